// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/safetensors.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DATA_ALIGNMENT = 64 };

static size_t entry_bytes(const struct safetensors_entry *entry)
{
    size_t count = 1;
    for (int i = 0; i < entry->rank; i++)
        count *= (size_t)entry->dims[i];
    return count * sizeof(float);
}

static auricle_status check_entries(const struct safetensors_entry *entries, int count,
                                    auricle_error *error)
{
    for (int i = 0; i < count; i++)
        for (size_t j = 0; j < entry_bytes(&entries[i]) / sizeof(float); j++)
            if (!(fabsf(entries[i].values[j]) <= WEIGHT_MAX))
                return error_set(error, AURICLE_INVALID,
                                 "tensor '%s' has a value of %g: not saved, training has diverged",
                                 entries[i].name, (double)entries[i].values[j]);
    return AURICLE_OK;
}

static json_t *entry_header(const struct safetensors_entry *entry, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; i < entry->rank; i++)
        if (json_array_append_new(shape, json_integer(entry->dims[i])) < 0) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + entry_bytes(entry)));
}

// Header text padded with spaces, as the format allows, so that the data starts aligned.
static char *header_text(const struct safetensors_entry *entries, int count, const json_t *metadata,
                         size_t *length)
{
    json_t *header = json_object();
    size_t begin = 0;
    char *text = NULL;
    if (json_object_set(header, "__metadata__", (json_t *)metadata) < 0)
        goto done;
    for (int i = 0; i < count; begin += entry_bytes(&entries[i++]))
        if (json_object_set_new(header, entries[i].name, entry_header(&entries[i], begin)) < 0)
            goto done;
    size_t used = json_dumpb(header, NULL, 0, JSON_COMPACT);
    *length = (8 + used + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT - 8;
    text = used ? malloc(*length) : NULL;
    if (!text)
        goto done;
    memset(text, ' ', *length);
    if (json_dumpb(header, text, used, JSON_COMPACT) != used) {
        free(text);
        text = NULL;
    }
done:
    json_decref(header);
    return text;
}

auricle_status safetensors_write(const char *path, const struct safetensors_entry *entries,
                                 int count, const json_t *metadata, char hash[65],
                                 auricle_error *error)
{
    size_t length = 0;
    unsigned char prefix[8];
    char *text = NULL;
    struct file_part *parts = NULL;
    auricle_status status = check_entries(entries, count, error);
    if (status)
        return error_prefix(error, status, "%s", path);
    text = header_text(entries, count, metadata, &length);
    parts = calloc((size_t)count + 2, sizeof *parts);
    if (!text || !parts || (hash && !safetensors_hash_entries(entries, count, hash))) {
        status = error_set(error, AURICLE_NO_MEMORY, "not enough memory to write %s", path);
        goto done;
    }
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char)(length >> (8 * i));
    parts[0] = (struct file_part){prefix, sizeof prefix};
    parts[1] = (struct file_part){text, length};
    for (int i = 0; i < count; i++)
        parts[i + 2] = (struct file_part){entries[i].values, entry_bytes(&entries[i])};
    status = file_replace(path, parts, count + 2, error);
done:
    free(text);
    free(parts);
    return status;
}
