// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/safetensors.h"

#include "base/error.h"
#include "base/half.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DATA_ALIGNMENT = 64 };

static float float_at(const struct safetensors_entry *entry, size_t i)
{
    if (entry->dtype == DTYPE_F32)
        return ((const float *)entry->values)[i];
    return entry->dtype == DTYPE_F16 ? half_to_float(((const uint16_t *)entry->values)[i]) : 0;
}

static auricle_status check_entry(const struct safetensors_entry *entry, auricle_error *error)
{
    const size_t count = safetensors_entry_bytes(entry) / dtype_bytes(entry->dtype);
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(float_at(entry, i)) <= WEIGHT_MAX))
            return error_set(error, AURICLE_INVALID,
                             "tensor '%s' has a value of %g: not saved, training has diverged",
                             entry->name, (double)float_at(entry, i));
    return AURICLE_OK;
}

// Wider items first: then all are aligned without gaps, which the format has no place for.
static int by_width(const void *left, const void *right)
{
    const struct safetensors_entry *const *a = left, *const *b = right;
    size_t wide_a = dtype_bytes((*a)->dtype), wide_b = dtype_bytes((*b)->dtype);
    if (wide_a != wide_b)
        return wide_a > wide_b ? -1 : 1;
    return (*a > *b) - (*a < *b); // as they were given
}

static auricle_status order_entries(const struct safetensors_entry *entries, int count,
                                    const struct safetensors_entry ***ordered, auricle_error *error)
{
    *ordered = calloc((size_t)count + 1, sizeof **ordered);
    if (!*ordered)
        return error_set(error, AURICLE_NO_MEMORY, "not enough memory");
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < count && !status; i++) {
        (*ordered)[i] = &entries[i];
        status = check_entry(&entries[i], error);
    }
    qsort(*ordered, (size_t)count, sizeof **ordered, by_width);
    return status;
}

static json_t *entry_header(const struct safetensors_entry *entry, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; i < entry->rank; i++)
        if (json_array_append_new(shape, json_integer(entry->dims[i])) < 0) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", dtype_name(entry->dtype), "shape", shape,
                     "data_offsets", (json_int_t)begin,
                     (json_int_t)(begin + safetensors_entry_bytes(entry)));
}

// Header text padded with spaces, as the format allows, so that the data starts aligned.
static char *header_text(const struct safetensors_entry *const *entries, int count,
                         const json_t *metadata, size_t *length)
{
    json_t *header = json_object();
    size_t begin = 0;
    char *text = NULL;
    if (json_object_set(header, "__metadata__", (json_t *)metadata) < 0)
        goto done;
    for (int i = 0; i < count; begin += safetensors_entry_bytes(entries[i++]))
        if (json_object_set_new(header, entries[i]->name, entry_header(entries[i], begin)) < 0)
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
    const struct safetensors_entry **ordered;
    auricle_status status = order_entries(entries, count, &ordered, error);
    if (status) {
        error_prefix(error, status, "%s", path);
        goto done;
    }
    text = header_text(ordered, count, metadata, &length);
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
        parts[i + 2] = (struct file_part){ordered[i]->values, safetensors_entry_bytes(ordered[i])};
    status = file_replace(path, parts, count + 2, error);
done:
    free(ordered);
    free(text);
    free(parts);
    return status;
}
