// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Reading: header -> a list of spans sorted by offset -> no hole, no overlap, nothing left over.
 */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/half.h"
#include "base/sha256.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_HEADER = 100 << 20, MAX_TENSORS = 4096, MAX_RANK = 4, MAX_SHAPE_TEXT = 96 };

// Names in an untrusted file may hold anything: keep the message one printable line.
static auricle_status refuse(auricle_error *error, const char *format, ...)
{
    if (!error)
        return AURICLE_FORMAT;
    va_list arguments;
    va_start(arguments, format);
    error->status = AURICLE_FORMAT;
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    for (unsigned char *at = (unsigned char *)error->text; *at; at++)
        if (*at < ' ' || *at == 0x7f)
            *at = '?';
    return AURICLE_FORMAT;
}

// ---- one tensor's entry in the header

struct span {
    const char *name;
    const json_t *shape;
    size_t begin, end;
    enum dtype dtype;
};

static const struct {
    const char *name;
    size_t bytes;
} dtypes[DTYPES] = {[DTYPE_F32] = {"F32", 4},
                    [DTYPE_F16] = {"F16", 2},
                    [DTYPE_I8] = {"I8", 1},
                    [DTYPE_I64] = {"I64", 8}};

const char *dtype_name(enum dtype dtype)
{
    return dtypes[dtype].name;
}

size_t dtype_bytes(enum dtype dtype)
{
    return dtypes[dtype].bytes;
}

static bool dtype_read(const char *name, enum dtype *dtype)
{
    for (int i = 0; name && i < DTYPES; i++)
        if (!strcmp(name, dtypes[i].name)) {
            *dtype = (enum dtype)i;
            return true;
        }
    return false;
}

static auricle_status shape_bytes(const struct span *span, size_t *bytes, auricle_error *error)
{
    if (!json_is_array(span->shape) || json_array_size(span->shape) > MAX_RANK)
        return refuse(error, "tensor '%.60s': shape is not a list of at most %d numbers",
                      span->name, MAX_RANK);
    *bytes = dtype_bytes(span->dtype);
    for (size_t i = 0; i < json_array_size(span->shape); i++) {
        const json_t *dim = json_array_get(span->shape, i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return refuse(error, "tensor '%.60s': the shape has an entry that is not a size",
                          span->name);
        if (__builtin_mul_overflow(*bytes, (size_t)json_integer_value(dim), bytes))
            return refuse(error, "tensor '%.60s': shape is too large to be true", span->name);
    }
    return AURICLE_OK;
}

static auricle_status read_offsets(const struct safetensors *file, const json_t *offsets,
                                   struct span *span, auricle_error *error)
{
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return refuse(error, "tensor '%.60s': data_offsets is not a pair of numbers", span->name);
    json_int_t from = json_integer_value(begin), to = json_integer_value(end);
    if (from < 0 || to < from || (uint64_t)to > file->data_bytes)
        return refuse(error,
                      "tensor '%.60s': data_offsets %lld to %lld are outside the %zu data bytes",
                      span->name, (long long)from, (long long)to, file->data_bytes);
    span->begin = (size_t)from;
    span->end = (size_t)to;
    return AURICLE_OK;
}

static auricle_status read_span(const struct safetensors *file, const char *name,
                                const json_t *entry, struct span *span, auricle_error *error)
{
    *span = (struct span){.name = name, .shape = json_object_get(entry, "shape")};
    if (!json_is_object(entry) || json_object_size(entry) != 3)
        return refuse(error, "tensor '%.60s': entry is not {dtype, shape, data_offsets}", name);
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (!dtype_read(dtype, &span->dtype))
        return refuse(error, "tensor '%.60s': dtype is %.20s, must be F32, F16, I8 or I64", name,
                      dtype ? dtype : "missing");
    size_t bytes = 0;
    auricle_status status = shape_bytes(span, &bytes, error);
    if (!status)
        status = read_offsets(file, json_object_get(entry, "data_offsets"), span, error);
    if (!status && span->end - span->begin != bytes)
        return refuse(error, "tensor '%.60s': %zu bytes of data, its shape needs %zu", name,
                      span->end - span->begin, bytes);
    if (!status && ((uintptr_t)file->data + span->begin) % dtype_bytes(span->dtype))
        return refuse(error, "tensor '%.60s': data is not aligned to %zu bytes", name,
                      dtype_bytes(span->dtype));
    return status;
}

static auricle_status check_floats(const struct span *span, const float *values, size_t count,
                                   auricle_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(values[i]) <= WEIGHT_MAX)) // NaN is not <= anything
            return refuse(error, "tensor '%.60s': value %zu is %g, out of range for a weight",
                          span->name, i, (double)values[i]);
    return AURICLE_OK;
}

static auricle_status check_halves(const struct span *span, const uint16_t *values, size_t count,
                                   auricle_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(half_to_float(values[i])))
            return refuse(error, "tensor '%.60s': value %zu is %g, out of range for a weight",
                          span->name, i, (double)half_to_float(values[i]));
    return AURICLE_OK;
}

static auricle_status check_values(const struct safetensors *file, const struct span *span,
                                   auricle_error *error)
{
    const void *values = file->data + span->begin;
    size_t count = (span->end - span->begin) / dtype_bytes(span->dtype);
    if (span->dtype == DTYPE_F32)
        return check_floats(span, values, count, error);
    if (span->dtype == DTYPE_F16)
        return check_halves(span, values, count, error);
    return AURICLE_OK;
}

// ---- all of them

static int by_offset(const void *left, const void *right)
{
    const struct span *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

static auricle_status check_cover(const struct safetensors *file, struct span *spans, size_t count,
                                  auricle_error *error)
{
    qsort(spans, count, sizeof *spans, by_offset);
    size_t covered = 0;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].begin < covered)
            return refuse(error, "tensor '%.60s': data overlaps that of another", spans[i].name);
        if (spans[i].begin > covered)
            return refuse(error, "hole of %zu bytes before the data of tensor '%.60s'",
                          spans[i].begin - covered, spans[i].name);
        covered = spans[i].end;
    }
    if (covered != file->data_bytes)
        return refuse(error, "%zu bytes after the last tensor belong to no tensor",
                      file->data_bytes - covered);
    return AURICLE_OK;
}

static auricle_status check_metadata(const struct safetensors *file, auricle_error *error)
{
    if (!file->metadata)
        return AURICLE_OK;
    if (!json_is_object(file->metadata))
        return refuse(error, "__metadata__ is not an object");
    for (void *at = json_object_iter(file->metadata); at;
         at = json_object_iter_next(file->metadata, at))
        if (!json_is_string(json_object_iter_value(at)))
            return refuse(error, "__metadata__ '%.60s' is not a string", json_object_iter_key(at));
    return AURICLE_OK;
}

int safetensors_count(const struct safetensors *file)
{
    return (int)json_object_size(file->header) - (file->metadata ? 1 : 0);
}

static auricle_status check_tensors(const struct safetensors *file, auricle_error *error)
{
    int count = safetensors_count(file), filled = 0;
    if (count > MAX_TENSORS)
        return refuse(error, "%d tensors, at most %d are read", count, MAX_TENSORS);
    struct span *spans = calloc((size_t)count + 1, sizeof *spans);
    if (!spans)
        return error_no_memory(error, "the header");
    auricle_status status = AURICLE_OK;
    for (void *at = json_object_iter(file->header); at && !status;
         at = json_object_iter_next(file->header, at))
        if (json_object_iter_value(at) != file->metadata)
            status = read_span(file, json_object_iter_key(at), json_object_iter_value(at),
                               &spans[filled++], error);
    if (!status)
        status = check_cover(file, spans, (size_t)count, error);
    for (int i = 0; i < count && !status; i++)
        status = check_values(file, &spans[i], error);
    free(spans);
    return status;
}

static auricle_status parse_header(struct safetensors *file, auricle_error *error)
{
    uint64_t length = 0;
    if (file->map.count < 8)
        return refuse(error, "%zu bytes, too short for a safetensors file", file->map.count);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | file->map.bytes[i];
    if (length > MAX_HEADER || length > file->map.count - 8)
        return refuse(error, "header of %llu bytes in a file of %zu: not safetensors, or cut off",
                      (unsigned long long)length, file->map.count);
    const char *text = (const char *)file->map.bytes + 8;
    if (length == 0 || text[0] != '{')
        return refuse(error, "header does not begin with '{': not a safetensors file");
    json_error_t reason;
    file->header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &reason);
    if (!file->header && (json_error_code(&reason) == json_error_out_of_memory || !reason.text[0]))
        return error_no_memory(error, "the header");
    if (!file->header)
        return refuse(error, "header is not JSON: %.120s", reason.text);
    file->metadata = json_object_get(file->header, "__metadata__");
    file->data = file->map.bytes + 8 + length;
    file->data_bytes = file->map.count - 8 - (size_t)length;
    return AURICLE_OK;
}

// Closes a file that is refused.
static auricle_status check_file(struct safetensors *file, const char *name, auricle_error *error)
{
    auricle_status status = parse_header(file, error);
    if (!status)
        status = check_metadata(file, error);
    if (!status)
        status = check_tensors(file, error);
    if (status) {
        error_prefix(error, status, "%s", name);
        safetensors_close(file);
    }
    return status;
}

auricle_status safetensors_open(const char *path, struct safetensors *file, auricle_error *error)
{
    *file = (struct safetensors){0};
    auricle_status status = file_map_open(path, &file->map, error); // names the path
    return status ? status : check_file(file, path, error);
}

auricle_status safetensors_copy(const void *bytes, size_t count, const char *name,
                                struct safetensors *file, auricle_error *error)
{
    *file = (struct safetensors){0};
    auricle_status status = file_map_copy(bytes, count, &file->map, error);
    return status ? status : check_file(file, name, error);
}

void safetensors_close(struct safetensors *file)
{
    json_decref(file->header);
    file_map_close(&file->map);
    *file = (struct safetensors){0};
}

// ---- one tensor

size_t safetensors_entry_bytes(const struct safetensors_entry *entry)
{
    size_t bytes = dtype_bytes(entry->dtype);
    for (int i = 0; i < entry->rank; i++)
        bytes *= (size_t)entry->dims[i];
    return bytes;
}

bool safetensors_has(const struct safetensors *file, const char *name)
{
    return strcmp(name, "__metadata__") != 0 && json_object_get(file->header, name);
}

static void shape_text(const json_t *shape, char text[MAX_SHAPE_TEXT])
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < json_array_size(shape); i++)
        used += (size_t)snprintf(text + used, MAX_SHAPE_TEXT - used, "%s%lld", i ? "," : "",
                                 (long long)json_integer_value(json_array_get(shape, i)));
}

static bool same_shape(const json_t *shape, int rank, const int *dims)
{
    bool same = json_array_size(shape) == (size_t)rank;
    for (int i = 0; i < rank && same; i++)
        same = json_integer_value(json_array_get(shape, (size_t)i)) == dims[i];
    return same;
}

auricle_status safetensors_find(const struct safetensors *file, const char *name, int rank,
                                const int *dims, enum dtype *dtype, const void **values,
                                auricle_error *error)
{
    CHECK(rank >= 0 && rank <= MAX_RANK);
    if (!safetensors_has(file, name))
        return refuse(error, "no tensor '%s', which the shape in the card needs", name);
    struct span span;
    auricle_status status =
        read_span(file, name, json_object_get(file->header, name), &span, error);
    if (status)
        return status;
    if (!same_shape(span.shape, rank, dims)) {
        char is[MAX_SHAPE_TEXT], must[MAX_SHAPE_TEXT] = "";
        size_t used = 0;
        for (int i = 0; i < rank; i++)
            used +=
                (size_t)snprintf(must + used, sizeof must - used, "%s%d", i ? "," : "", dims[i]);
        shape_text(span.shape, is);
        return refuse(error, "tensor '%s': shape is [%s], the card says [%s]", name, is, must);
    }
    *dtype = span.dtype;
    *values = file->data + span.begin;
    return AURICLE_OK;
}

auricle_status safetensors_float(const struct safetensors *file, const char *name, int rank,
                                 const int *dims, const float **values, auricle_error *error)
{
    enum dtype dtype;
    const void *found;
    auricle_status status = safetensors_find(file, name, rank, dims, &dtype, &found, error);
    if (!status && dtype != DTYPE_F32)
        return refuse(error, "tensor '%s': dtype is %s, must be F32", name, dtype_name(dtype));
    *values = status ? NULL : found;
    return status;
}

// ---- the content hash

struct hashed {
    const char *name, *dtype;
    int rank;
    long long dims[MAX_RANK];
    const void *bytes;
    size_t byte_count;
};

static int by_name(const void *left, const void *right)
{
    const struct hashed *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void hash_sorted(struct hashed *tensors, int count, char hash[65])
{
    struct sha256 sha = sha256_begin();
    qsort(tensors, (size_t)count, sizeof *tensors, by_name);
    for (int i = 0; i < count; i++) {
        const struct hashed *tensor = &tensors[i];
        char text[MAX_SHAPE_TEXT];
        sha256_add(&sha, tensor->name, strlen(tensor->name));
        sha256_add(&sha, "\n", 1);
        sha256_add(&sha, tensor->dtype, strlen(tensor->dtype));
        for (int d = 0; d < tensor->rank; d++) {
            int length = snprintf(text, sizeof text, "%c%lld", d ? ',' : '\n', tensor->dims[d]);
            sha256_add(&sha, text, (size_t)length);
        }
        sha256_add(&sha, tensor->rank ? "\n" : "\n\n", tensor->rank ? 1 : 2);
        sha256_add(&sha, tensor->bytes, tensor->byte_count);
    }
    sha256_end(&sha, hash);
}

bool safetensors_hash(const struct safetensors *file, char hash[65])
{
    struct hashed *tensors = calloc((size_t)safetensors_count(file) + 1, sizeof *tensors);
    int count = 0;
    if (!tensors)
        return false;
    for (void *at = json_object_iter(file->header); at;
         at = json_object_iter_next(file->header, at)) {
        struct span span;
        if (json_object_iter_value(at) == file->metadata)
            continue;
        CHECK(!read_span(file, json_object_iter_key(at), json_object_iter_value(at), &span, NULL));
        struct hashed *tensor = &tensors[count++];
        *tensor = (struct hashed){.name = span.name,
                                  .dtype = dtype_name(span.dtype),
                                  .rank = (int)json_array_size(span.shape),
                                  .bytes = file->data + span.begin,
                                  .byte_count = span.end - span.begin};
        for (int d = 0; d < tensor->rank; d++)
            tensor->dims[d] = json_integer_value(json_array_get(span.shape, (size_t)d));
    }
    hash_sorted(tensors, count, hash);
    free(tensors);
    return true;
}

bool safetensors_hash_entries(const struct safetensors_entry *entries, int count, char hash[65])
{
    struct hashed *tensors = calloc((size_t)count + 1, sizeof *tensors);
    if (!tensors)
        return false;
    for (int i = 0; i < count; i++) {
        tensors[i] = (struct hashed){.name = entries[i].name,
                                     .dtype = dtype_name(entries[i].dtype),
                                     .rank = entries[i].rank,
                                     .bytes = entries[i].values,
                                     .byte_count = safetensors_entry_bytes(&entries[i])};
        for (int d = 0; d < entries[i].rank; d++)
            tensors[i].dims[d] = entries[i].dims[d];
    }
    hash_sorted(tensors, count, hash);
    free(tensors);
    return true;
}
