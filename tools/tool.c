// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tool.h"

#include <auricle/head.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool append(struct text_list *list, const char *text)
{
    const char **longer = realloc(list->text, sizeof *longer * (size_t)(list->count + 1));
    if (!longer)
        return false;
    list->text = longer;
    list->text[list->count++] = text;
    return true;
}

bool text_list_cut(struct text_list *list)
{
    struct text_list cut = {0};
    bool whole = true;
    for (int i = 0; whole && i < list->count; i++) {
        char *at =
            (char *)list->text[i]; // argv's strings are the program's to change (C11 5.1.2.2.1)
        for (char *comma; whole && (comma = strchr(at, ',')); at = comma + 1) {
            *comma = '\0';
            whole = !*at || append(&cut, at);
        }
        whole = whole && (!*at || append(&cut, at));
    }
    text_list_free(list);
    *list = cut;
    if (!whole)
        fprintf(stderr, "auricle: out of memory\n");
    return whole;
}

void tool_print_json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

const char *tool_time(double seconds, char buffer[32])
{
    long long ms = (long long)(seconds * 1000 + 0.5);
    snprintf(buffer, 32, "%lld:%02d:%02d.%03d", ms / 3600000, (int)(ms / 60000 % 60),
             (int)(ms / 1000 % 60), (int)(ms % 1000));
    return buffer;
}

void tool_add_cure(auricle_error *error, const char *cure)
{
    const size_t used = strlen(error->text);
    if (error->status == AURICLE_NOT_FOUND)
        snprintf(error->text + used, sizeof error->text - used, "; %s", cure);
}

auricle_detector_config tool_detector_config(const struct tool_detector *given)
{
    return (auricle_detector_config){
        .threshold_on = (float)given->on,
        .threshold_off = (float)(given->off > 0 ? given->off : given->on / 2),
        .smoothing_hops = given->smoothing,
    };
}
