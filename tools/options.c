// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 64, HELP = 1000, FIRST = 1001 };

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
    bool good = end != text && !*end && in_range(option, as_float) && isfinite(as_float);
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
        if (text_list_add(option->value, text))
            return TOOL_GO_ON;
        fprintf(stderr, "auricle: out of memory\n");
        return TOOL_FAILED;
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
    char shorts[2 * MAX_OPTIONS + 3] =
        ":h"; // ':': getopt prints nothing, and a missing value is ':'
    size_t used = 2;
    TOOL_CHECK(page->option_count <= MAX_OPTIONS);
    for (int i = 0; i < page->option_count; i++) {
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

// ---- the command line

// Plain letters, 'quoted text', or for text that is not UTF-8: $'caf\xe9'.
static char *quote(char *at, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_=+:,./@%";
    json_t *readable = json_string(text);
    const bool escaped = !readable, bare = *text && !text[strspn(text, plain)];
    json_decref(readable);
    if (!bare)
        at += sprintf(at, escaped ? "$'" : "'");
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (escaped && (byte >= 0x80 || byte == '\'' || byte == '\\'))
            at += sprintf(at, "\\x%02x", byte);
        else
            at += byte == '\'' ? sprintf(at, "'\\''") : sprintf(at, "%c", byte);
    }
    if (!bare)
        *at++ = '\'';
    return at;
}

char *tool_command_line(int argc, char **argv)
{
    size_t room = sizeof "auricle";
    for (int i = 0; i < argc; i++)
        room += 4 * strlen(argv[i]) + 4; // at worst every character is a quote
    char *line = malloc(room), *at = line;
    if (!line)
        return NULL;
    at += sprintf(at, "auricle");
    for (int i = 0; i < argc; i++) {
        *at++ = ' ';
        at = quote(at, argv[i]);
    }
    *at = '\0';
    return line;
}
