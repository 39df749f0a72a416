// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 64, HELP = 1000, FIRST = 1001 };

void text_list_free(struct text_list *list)
{
    free(list->text);
    *list = (struct text_list){0};
}

int tool_wrong(const char *name, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "auricle %s: ", name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nauricle %s --help says what there is\n", name);
    return TOOL_USAGE;
}

int tool_failed(const char *name, const auricle_error *error)
{
    fprintf(stderr, "auricle %s: %s\n", name,
            error->text[0] ? error->text : auricle_status_name(error->status));
    return TOOL_FAILED;
}

// ---- help

static void print_default(const struct tool_option *option)
{
    switch (option->kind) {
    case OPTION_INT:
        printf(" (default %d)", *(const int *)option->value);
        break;
    case OPTION_INT64:
        printf(" (default %lld)", (long long)*(const int64_t *)option->value);
        break;
    case OPTION_FLOAT:
        printf(" (default %g)", *(const double *)option->value);
        break;
    case OPTION_TEXT:
        if (*(const char *const *)option->value && **(const char *const *)option->value)
            printf(" (default %s)", *(const char *const *)option->value);
        break;
    case OPTION_FLAG:
    case OPTION_LIST:
        break;
    }
}

static void print_option(const struct tool_option *option)
{
    char head[64];
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(head, sizeof head, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    printf("  %-32s%s", head, strlen(head) >= 32 ? "\n                                  " : "");
    printf("%s", option->help);
    print_default(option);
    printf("%s\n", option->kind == OPTION_LIST ? " (can be repeated)" : "");
}

static int print_help(const struct tool_page *page)
{
    printf("Usage: auricle %s [OPTION...]%s%s\n\n%s\n\nOptions:\n", page->name,
           *page->operands ? " " : "", page->operands, page->summary);
    for (int i = 0; i < page->option_count; i++)
        print_option(&page->options[i]);
    printf("      --help                      this page\n");
    printf("\nExamples:\n%s\nExit status: 0 done, 1 failed, 2 wrong usage.\n", page->examples);
    return TOOL_DONE;
}

// ---- values

static int wrong_value(const struct tool_page *page, const struct tool_option *option,
                       const char *text)
{
    if (option->low < option->high)
        return tool_wrong(page->name, "--%s %s: must be a%s number from %g to %g", option->name,
                          text, option->kind == OPTION_FLOAT ? "" : " whole", option->low,
                          option->high);
    return tool_wrong(page->name, "--%s %s: must be a%s number", option->name, text,
                      option->kind == OPTION_FLOAT ? "" : " whole");
}

static bool in_range(const struct tool_option *option, double value)
{
    return option->low >= option->high || (value >= option->low && value <= option->high);
}

static int set_number(const struct tool_page *page, const struct tool_option *option,
                      const char *text)
{
    char *end;
    errno = 0;
    double as_float = strtod(text, &end);
    bool good = end != text && !*end && in_range(option, as_float) && as_float - as_float == 0;
    if (option->kind == OPTION_FLOAT) {
        if (!good)
            return wrong_value(page, option, text);
        *(double *)option->value = as_float;
        return TOOL_GO_ON;
    }
    long long whole = strtoll(text, &end, 10);
    if (!good || *end || errno || (option->kind == OPTION_INT && whole != (int)whole))
        return wrong_value(page, option, text);
    if (option->kind == OPTION_INT)
        *(int *)option->value = (int)whole;
    else
        *(int64_t *)option->value = whole;
    return TOOL_GO_ON;
}

static int add_text(struct text_list *list, const char *text)
{
    const char **longer = realloc(list->text, sizeof *longer * (size_t)(list->count + 1));
    if (!longer) {
        fprintf(stderr, "auricle: out of memory\n");
        return TOOL_FAILED;
    }
    list->text = longer;
    list->text[list->count++] = text;
    return TOOL_GO_ON;
}

static int set_value(const struct tool_page *page, const struct tool_option *option,
                     const char *text)
{
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)option->value = true;
        return TOOL_GO_ON;
    case OPTION_TEXT:
        *(const char **)option->value = text;
        return TOOL_GO_ON;
    case OPTION_LIST:
        return add_text(option->value, text);
    case OPTION_INT:
    case OPTION_INT64:
    case OPTION_FLOAT:
        break;
    }
    return set_number(page, option, text);
}

// ---- parsing

int tool_parse(const struct tool_page *page, int argc, char **argv, int *operand)
{
    struct option longs[MAX_OPTIONS + 2] = {{"help", no_argument, NULL, HELP}};
    char shorts[2 * MAX_OPTIONS + 3] = ":h"; // ':': missing arguments are told apart, unprinted
    size_t used = 2;
    for (int i = 0; i < page->option_count && i < MAX_OPTIONS; i++) {
        const struct tool_option *option = &page->options[i];
        bool flag = option->kind == OPTION_FLAG;
        longs[i + 1] =
            (struct option){option->name, flag ? no_argument : required_argument, NULL, FIRST + i};
        if (option->letter) {
            shorts[used++] = option->letter;
            if (!flag)
                shorts[used++] = ':';
        }
    }
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == HELP || code == 'h')
            return print_help(page);
        if (code == '?')
            return tool_wrong(page->name, "there is no option %s", argv[optind - 1]);
        if (code == ':')
            return tool_wrong(page->name, "%s needs a value", argv[optind - 1]);
        int index = code - FIRST;
        for (int i = 0; code < HELP && i < page->option_count; i++)
            if (page->options[i].letter == code)
                index = i;
        int status = set_value(page, &page->options[index], optarg);
        if (status != TOOL_GO_ON)
            return status;
    }
    *operand = optind;
    return TOOL_GO_ON;
}

char *tool_command_line(int argc, char **argv)
{
    size_t room = sizeof "auricle";
    for (int i = 0; i < argc; i++)
        room += 4 * strlen(argv[i]) + 3; // at worst every character is a quote
    char *line = malloc(room), *at = line;
    if (!line)
        return NULL;
    at += sprintf(at, "auricle");
    for (int i = 0; i < argc; i++) {
        *at++ = ' ';
        bool plain =
            argv[i][0] && !argv[i][strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
                                                   "QRSTUVWXYZ0123456789-_=+:,./@%")];
        if (!plain)
            *at++ = '\'';
        for (const char *c = argv[i]; *c; c++)
            at += *c == '\'' ? sprintf(at, "'\\''") : sprintf(at, "%c", *c);
        if (!plain)
            *at++ = '\'';
    }
    *at = '\0';
    return line;
}
