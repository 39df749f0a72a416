// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/storage.h"

#include "base/error.h"
#include "base/half.h"
#include "model/card.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The file's tensors while it is put together; each of memory belongs to it. */
struct writing {
    struct parameters parameters;
    struct encoder_layout layout;
    struct safetensors_entry floats[MAX_PARAMETERS], entries[2 * MAX_PARAMETERS];
    char names[MAX_PARAMETERS][PARAMETER_NAME + 8]; // of scales
    void *memory[2 * MAX_PARAMETERS];
    int count, scales, taken;
};

void quantize_rows(int rows, int columns, const float *w, int8_t *bytes, float *scale)
{
    for (int r = 0; r < rows; r++, w += columns, bytes += columns) {
        float largest = 0;
        for (int c = 0; c < columns; c++)
            largest = fmaxf(largest, fabsf(w[c]));
        scale[r] = fmaxf(largest / 127, INT8_SCALE_MIN);
        for (int c = 0; c < columns; c++) // a rounded scale may make the largest 127.00001
            bytes[c] = (int8_t)fmaxf(-127, fminf(127, rintf(w[c] / scale[r])));
    }
}

static void *take(struct writing *writing, size_t bytes)
{
    return writing->memory[writing->taken++] = malloc(bytes);
}

static int rows_of(const struct safetensors_entry *entry, size_t *count)
{
    *count = safetensors_entry_bytes(entry) / dtype_bytes(entry->dtype);
    return entry->dims[0];
}

static bool to_halves(struct writing *writing, const struct safetensors_entry *entry)
{
    size_t count;
    rows_of(entry, &count);
    uint16_t *halves = take(writing, count * sizeof *halves);
    if (!halves)
        return false;
    for (size_t i = 0; i < count; i++)
        halves[i] = half_from_float(((const float *)entry->values)[i]);
    struct safetensors_entry *to = &writing->entries[writing->count++];
    *to = *entry;
    to->values = halves;
    to->dtype = DTYPE_F16;
    return true;
}

static bool to_bytes(struct writing *writing, const struct safetensors_entry *entry)
{
    size_t count;
    const int rows = rows_of(entry, &count);
    int8_t *bytes = take(writing, count);
    float *scale = take(writing, (size_t)rows * sizeof *scale);
    if (!bytes || !scale)
        return false;
    quantize_rows(rows, (int)(count / (size_t)rows), entry->values, bytes, scale);
    struct safetensors_entry *to = &writing->entries[writing->count++];
    *to = *entry;
    to->values = bytes;
    to->dtype = DTYPE_I8;
    char *name = writing->names[writing->scales++];
    snprintf(name, sizeof *writing->names, "%s.scale", entry->name);
    writing->entries[writing->count++] = (struct safetensors_entry){
        .name = name, .rank = 1, .dims = {rows}, .values = scale, .dtype = DTYPE_F32};
    return true;
}

static bool stays(const struct writing *writing, const struct encoder_shape *shape, int index,
                  enum storage storage)
{
    const struct parameter *parameter = &writing->parameters.list[index];
    bool of_samples =
        shape->front_end == FRONT_END_WAVEFORM && index == writing->layout.conv[0].weight;
    bool long_rows = parameter->tensor->c > INT8_MAX_COLUMNS;
    return storage == STORAGE_FP32 || parameter->rank == 1 ||
           (storage == STORAGE_INT8 && (of_samples || long_rows));
}

static bool convert(struct writing *writing, const auricle_model *model, enum storage storage)
{
    encoder_declare(&model->shape, &writing->parameters, &writing->layout);
    if (!parameters_allocate(&writing->parameters))
        return false;
    const struct network network = {&model->shape, &writing->parameters, &writing->layout};
    model_read_parameters(model, &network);
    int count = model_deployed_entries(&writing->parameters, writing->floats);
    bool whole = count == writing->parameters.count; // an encoder has nothing else
    CHECK(whole);
    for (int i = 0; i < count && whole; i++) {
        if (stays(writing, &model->shape, i, storage))
            writing->entries[writing->count++] = writing->floats[i];
        else
            whole = storage == STORAGE_INT8 ? to_bytes(writing, &writing->floats[i])
                                            : to_halves(writing, &writing->floats[i]);
    }
    return whole;
}

static json_t *metadata_of(const auricle_model *model, const json_t *card)
{
    json_t *whole = model_encoder_card(&model->shape, json_deep_copy(card));
    if (whole && json_object_set_new(whole, "origin_hash", json_string(model->origin)) < 0) {
        json_decref(whole);
        return NULL;
    }
    return card_metadata(whole);
}

auricle_status quantize_write(const char *path, const auricle_model *model, enum storage storage,
                              const json_t *card, auricle_error *error)
{
    if (model->storage == STORAGE_INT8)
        return error_set(error, AURICLE_INVALID,
                         "the encoder is int8 already: start from the file it was made from");
    auricle_status status = AURICLE_OK;
    json_t *metadata = metadata_of(model, card);
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing || !metadata || !convert(writing, model, storage))
        status = error_no_memory(error, "the converted weights");
    if (!status)
        status = safetensors_write(path, writing->entries, writing->count, metadata, NULL, error);
    for (int i = 0; writing && i < writing->taken; i++)
        free(writing->memory[i]);
    if (writing)
        parameters_free(&writing->parameters);
    free(writing);
    json_decref(metadata);
    return status;
}
