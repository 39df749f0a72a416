// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Prior files: reading checks everything before it is used. */
#include "generate/prior_network.h"

#include "base/error.h"
#include "model/card.h"

#include <stdlib.h>
#include <string.h>

auricle_status prior_write(const char *path, const struct prior_shape *shape,
                           const struct parameters *parameters, const char *decoder_hash,
                           const json_t *labels, const json_t *card, auricle_error *error)
{
    struct safetensors_entry entries[PRIOR_OWN];
    CHECK(parameters->count <= PRIOR_OWN);
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->list[i];
        entries[i] = (struct safetensors_entry){.name = parameter->name,
                                                .rank = parameter->rank,
                                                .values = parameters->value + parameter->offset};
        memcpy(entries[i].dims, parameter->dims, sizeof parameter->dims);
    }
    json_t *metadata = card_metadata(json_pack(
        "{s:s, s:s, s:{s:i, s:i}, s:O, s:O}", "kind", "prior", "decoder_hash", decoder_hash,
        "shape", "width", shape->width, "hidden", shape->hidden, "labels", labels, "card", card));
    if (!metadata)
        return error_set(error, AURICLE_NO_MEMORY, "not enough memory to write %s", path);
    auricle_status status =
        safetensors_write(path, entries, parameters->count, metadata, NULL, error);
    json_decref(metadata);
    return status;
}

// ---- reading

static auricle_status read_number(const json_t *json, const char *name, int *value,
                                  auricle_error *error)
{
    const json_t *found = json_object_get(json, name);
    const json_int_t number = json_integer_value(found);
    if (!json_is_integer(found) || number < 1 || number > 8192)
        return error_set(error, AURICLE_FORMAT, "the card's shape '%s' is missing or not 1 to 8192",
                         name);
    *value = (int)number;
    return AURICLE_OK;
}

static auricle_status read_labels(struct prior *prior, auricle_error *error)
{
    const json_t *labels = json_object_get(prior->json, "labels");
    const size_t count = json_array_size(labels);
    if (!json_is_array(labels) || count > MAX_PRIOR_LABELS)
        return error_set(error, AURICLE_FORMAT,
                         "the card's 'labels' is not a list of up to %d strings", MAX_PRIOR_LABELS);
    for (size_t i = 0; i < count; i++)
        if (!json_is_string(json_array_get(labels, i)))
            return error_set(error, AURICLE_FORMAT, "label %zu is not a string", i);
    prior->shape.labels = (int)count;
    return AURICLE_OK;
}

static auricle_status read_card(struct prior *prior, const struct decoder *decoder,
                                auricle_error *error)
{
    const json_t *shape = json_object_get(prior->json, "shape");
    const char *hash = json_string_value(json_object_get(prior->json, "decoder_hash"));
    if (!hash || strlen(hash) != 64)
        return error_set(error, AURICLE_FORMAT, "the card's 'decoder_hash' is not a hash");
    if (strcmp(hash, decoder->hash) != 0)
        return error_set(error, AURICLE_MISMATCH,
                         "this prior is of the codes of decoder %.12s..., the decoder is %.12s...: "
                         "name the one it came with, or learn it anew with auricle prior",
                         hash, decoder->hash);
    memcpy(prior->decoder_hash, hash, 65);
    prior->shape.levels = decoder->shape.levels;
    prior->shape.codes = decoder->shape.codes;
    prior->shape.stride = decoder->shape.stride;
    auricle_status status = read_number(shape, "width", &prior->shape.width, error);
    if (!status)
        status = read_number(shape, "hidden", &prior->shape.hidden, error);
    return status ? status : read_labels(prior, error);
}

static auricle_status read_tensors(const struct safetensors *file, struct prior *prior,
                                   auricle_error *error)
{
    struct parameters *parameters = &prior->parameters;
    prior_declare(&prior->shape, parameters, prior->own);
    // nothing is allocated for a card that lies
    if (parameters->size * sizeof(float) > file->data_bytes + (1 << 20))
        return error_set(error, AURICLE_FORMAT, "%zu bytes are too few for a prior of this shape",
                         file->data_bytes);
    if (!parameters_allocate(parameters))
        return error_no_memory(error, "the prior");
    for (int i = 0; i < parameters->count; i++) {
        struct parameter *parameter = &parameters->list[i];
        const float *values;
        auricle_status status = safetensors_float(file, parameter->name, parameter->rank,
                                                  parameter->dims, &values, error);
        if (status)
            return status;
        memcpy(parameter->tensor->data, values, tensor_size(parameter->tensor) * sizeof(float));
    }
    if (safetensors_count(file) != parameters->count)
        return error_set(error, AURICLE_FORMAT, "%d tensors, a prior of this shape has %d",
                         safetensors_count(file), parameters->count);
    return AURICLE_OK;
}

auricle_status prior_open(const char *path, const struct decoder *decoder, struct prior **prior,
                          auricle_error *error)
{
    struct safetensors file;
    const char *text;
    *prior = NULL;
    auricle_status status = safetensors_open(path, &file, error);
    if (status)
        return status;
    *prior = calloc(1, sizeof **prior);
    if (!*prior)
        status = error_no_memory(error, "the prior");
    if (!status)
        status = card_read(&file, "prior", &text, &(*prior)->json, error);
    if (!status)
        status = read_card(*prior, decoder, error);
    if (!status)
        status = read_tensors(&file, *prior, error);
    safetensors_close(&file);
    if (status) {
        prior_close(prior);
        return error_prefix(error, status, "%s", path);
    }
    return AURICLE_OK;
}

void prior_close(struct prior **prior)
{
    if (!*prior)
        return;
    parameters_free(&(*prior)->parameters);
    json_decref((*prior)->json);
    free(*prior);
    *prior = NULL;
}

int prior_label(const struct prior *prior, const char *label)
{
    const json_t *labels = json_object_get(prior->json, "labels");
    for (int i = 0; i < prior->shape.labels; i++)
        if (!strcmp(json_string_value(json_array_get(labels, (size_t)i)), label))
            return i + 1;
    return 0;
}
