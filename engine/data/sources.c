// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "data/sources.h"

#include <string.h>

static json_t *find_entry(json_t *list, const struct corpus_row *row)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        if (!strcmp(json_string_value(json_object_get(entry, "source")), row->source) &&
            !strcmp(json_string_value(json_object_get(entry, "licence")), row->licence) &&
            !strcmp(json_string_value(json_object_get(entry, "ship")), row->ship))
            return entry;
    }
    json_t *entry = json_pack("{s:s, s:s, s:s, s:i, s:f}", "source", row->source, "licence",
                              row->licence, "ship", row->ship, "recordings", 0, "hours", 0.0);
    json_array_append_new(list, entry);
    return entry;
}

void sources_count(json_t *list, const struct corpus_row *row)
{
    json_t *entry = find_entry(list, row);
    json_t *recordings = json_object_get(entry, "recordings"),
           *hours = json_object_get(entry, "hours");
    json_integer_set(recordings, json_integer_value(recordings) + 1);
    json_real_set(hours, json_real_value(hours) + row->seconds / 3600);
}
