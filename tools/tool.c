// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tool.h"

#include <auricle/head.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool text_list_add(struct text_list *list, const char *text)
{
    const char **longer = realloc(list->text, sizeof *longer * (size_t)(list->count + 1));
    if (!longer)
        return false;
    list->text = longer;
    list->text[list->count++] = text;
    return true;
}

void text_list_free(struct text_list *list)
{
    free(list->text);
    *list = (struct text_list){0};
}

bool text_list_cut(struct text_list *list)
{
    struct text_list cut = {0};
    bool whole = true;
    for (int i = 0; whole && i < list->count; i++) {
        char *at = (char *)list->text[i]; // argv may be changed (C11 5.1.2.2.1)
        for (char *comma; whole && (comma = strchr(at, ',')); at = comma + 1) {
            *comma = '\0';
            whole = !*at || text_list_add(&cut, at);
        }
        whole = whole && (!*at || text_list_add(&cut, at));
    }
    text_list_free(list);
    *list = cut;
    if (!whole)
        fprintf(stderr, "auricle: out of memory\n");
    return whole;
}

const char *tool_time(double seconds, int decimals, char buffer[32])
{
    const double scale = decimals ? 1000 : 1;
    const long long parts = seconds > 0 && seconds < 1e9 ? (long long)(seconds * scale + 0.5) : 0;
    const long long whole = parts / (long long)scale;
    int used = snprintf(buffer, 32, "%lld:%02d:%02d", whole / 3600, (int)(whole / 60 % 60),
                        (int)(whole % 60));
    if (decimals)
        snprintf(buffer + used, 32 - (size_t)used, ".%03d", (int)(parts % 1000));
    return buffer;
}

auricle_detector_config tool_detector_config(const struct tool_detector *given)
{
    return (auricle_detector_config){
        .threshold_on = (float)given->on,
        .threshold_off = (float)(given->off > 0 ? given->off : given->on / 2),
        .smoothing_hops = given->smoothing,
    };
}
