// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Decoder files: reading checks everything before it is used. */
#include "ssl/decoder.h"

#include "base/error.h"
#include "model/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ending[] = ".safetensors";

auricle_status decoder_beside(const char *model, const char *kind, char *path, size_t size,
                              auricle_error *error)
{
    size_t length = strlen(model);
    const size_t tail = sizeof ending - 1;
    if (length > tail && !strcmp(model + length - tail, ending))
        length -= tail;
    if ((size_t)snprintf(path, size, "%.*s.%s%s", (int)length, model, kind, ending) >= size)
        return error_set(error, AURICLE_INVALID, "%.80s...: the path is too long", model);
    return AURICLE_OK;
}

/** The shape's numbers as the card has them. */
struct shape_field {
    const char *name;
    int *value;
    int low, high;
};
enum { FIELDS = 7 };

static void list_fields(struct decoder_shape *shape, struct shape_field fields[FIELDS])
{
    const struct shape_field all[FIELDS] = {
        {"levels", &shape->levels, 1, DECODER_LEVELS},
        {"codes", &shape->codes, 2, 65536},
        {"width", &shape->width, 1, 4096},
        {"stride", &shape->stride, 1, 64},
        {"context", &shape->context, 1, 8192},
        {"channels", &shape->channels, 1, 4096},
        {"bands", &shape->bands, 2, DECODER_WINDOW / 2},
    };
    memcpy(fields, all, sizeof all);
}

auricle_status decoder_shape_check(const struct decoder_shape *shape, auricle_error *error)
{
    struct decoder_shape copy = *shape;
    struct shape_field fields[FIELDS];
    list_fields(&copy, fields);
    for (int i = 0; i < FIELDS; i++)
        if (*fields[i].value < fields[i].low || *fields[i].value > fields[i].high)
            return error_set(error, AURICLE_INVALID, "a decoder's %s is %d, must be %d to %d",
                             fields[i].name, *fields[i].value, fields[i].low, fields[i].high);
    return AURICLE_OK;
}

// What training alone needs: the means that codes are made of.
static bool is_kept(const struct parameters *parameters, const int *own, int index)
{
    for (int l = 0; l < DECODER_LEVELS; l++) {
        const int *book = own + DECODER_BOOK + CODEBOOK_OWN * l;
        if (book[CODEBOOK_CODES] >= 0 &&
            (index == book[CODEBOOK_COUNT] || index == book[CODEBOOK_SUM]))
            return false;
    }
    return !strncmp(parameters->list[index].name, "jukebox.", 8);
}

// ---- writing

static int list_entries(const struct parameters *parameters, const int *own,
                        struct safetensors_entry *entries)
{
    int count = 0;
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->list[i];
        if (!is_kept(parameters, own, i))
            continue;
        struct safetensors_entry *entry = &entries[count++];
        *entry = (struct safetensors_entry){.name = parameter->name,
                                            .rank = parameter->rank,
                                            .values = parameters->value + parameter->offset};
        memcpy(entry->dims, parameter->dims, sizeof parameter->dims);
    }
    return count;
}

static json_t *card_of(const struct decoder_shape *shape, const char *encoder_hash,
                       const json_t *card)
{
    struct decoder_shape copy = *shape;
    struct shape_field fields[FIELDS];
    json_t *numbers = json_object();
    list_fields(&copy, fields);
    for (int i = 0; i < FIELDS; i++)
        json_object_set_new(numbers, fields[i].name, json_integer(*fields[i].value));
    return json_pack("{s:s, s:s, s:o, s:o}", "kind", "decoder", "encoder_hash", encoder_hash,
                     "shape", numbers, "card", card ? json_deep_copy(card) : json_object());
}

auricle_status decoder_write(const char *path, const struct decoder_shape *shape,
                             const struct parameters *parameters, const int *own,
                             const char *encoder_hash, const json_t *card, auricle_error *error)
{
    struct safetensors_entry entries[MAX_PARAMETERS];
    json_t *metadata = card_metadata(card_of(shape, encoder_hash, card));
    if (!metadata)
        return error_set(error, AURICLE_NO_MEMORY, "not enough memory to write %s", path);
    auricle_status status = safetensors_write(path, entries, list_entries(parameters, own, entries),
                                              metadata, NULL, error);
    json_decref(metadata);
    return status;
}

// ---- reading

static auricle_status read_shape(const json_t *json, struct decoder *decoder, auricle_error *error)
{
    struct shape_field fields[FIELDS];
    const char *hash = json_string_value(json_object_get(json, "encoder_hash"));
    if (!hash || strlen(hash) != 64)
        return error_set(error, AURICLE_FORMAT, "the card's 'encoder_hash' is not a hash");
    memcpy(decoder->encoder_hash, hash, 65);
    list_fields(&decoder->shape, fields);
    for (int i = 0; i < FIELDS; i++) {
        const json_t *found = json_object_get(json_object_get(json, "shape"), fields[i].name);
        const json_int_t number = json_integer_value(found);
        if (!json_is_integer(found) || number < 0 || number > 1 << 20)
            return error_set(error, AURICLE_FORMAT,
                             "the card's shape '%s' is missing or is not a usable number",
                             fields[i].name);
        *fields[i].value = (int)number;
    }
    return decoder_shape_check(&decoder->shape, error) ? error_prefix(error, AURICLE_FORMAT, "card")
                                                       : AURICLE_OK;
}

static auricle_status read_tensors(const struct safetensors *file, struct decoder *decoder,
                                   auricle_error *error)
{
    struct parameters *parameters = &decoder->parameters;
    int kept = 0;
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->list[i];
        const float *values;
        parameters->list[i].tensor->grad = NULL; // nothing learns here
        if (!is_kept(parameters, decoder->own, i))
            continue;
        kept++;
        auricle_status status = safetensors_float(file, parameter->name, parameter->rank,
                                                  parameter->dims, &values, error);
        if (status)
            return status;
        memcpy(parameter->tensor->data, values, tensor_size(parameter->tensor) * sizeof(float));
    }
    if (safetensors_count(file) != kept)
        return error_set(error, AURICLE_FORMAT, "%d tensors, a decoder of this shape has %d",
                         safetensors_count(file), kept);
    return AURICLE_OK;
}

static auricle_status load(const struct safetensors *file, struct decoder *decoder,
                           auricle_error *error)
{
    const char *text;
    json_t *json = NULL;
    auricle_status status = card_read(file, "decoder", &text, &json, error);
    if (!status)
        status = read_shape(json, decoder, error);
    json_decref(json);
    if (status)
        return status;
    decoder_declare(&decoder->shape, &decoder->parameters, decoder->own);
    // half of it at most is what only training needs: nothing is allocated for a card that lies
    if (decoder->parameters.size * sizeof(float) > 2 * file->data_bytes + (1 << 20))
        return error_set(error, AURICLE_FORMAT, "%zu bytes are too few for a decoder of this shape",
                         file->data_bytes);
    if (!parameters_allocate(&decoder->parameters) || !safetensors_hash(file, decoder->hash))
        return error_no_memory(error, "the decoder");
    return read_tensors(file, decoder, error);
}

auricle_status decoder_open(const char *path, struct decoder **decoder, auricle_error *error)
{
    struct safetensors file;
    *decoder = NULL;
    auricle_status status = safetensors_open(path, &file, error);
    if (status)
        return status;
    *decoder = calloc(1, sizeof **decoder);
    status = *decoder ? load(&file, *decoder, error) : error_no_memory(error, "the decoder");
    safetensors_close(&file);
    if (status) {
        decoder_close(decoder);
        return error_prefix(error, status, "%s", path);
    }
    return AURICLE_OK;
}

void decoder_close(struct decoder **decoder)
{
    if (!*decoder)
        return;
    parameters_free(&(*decoder)->parameters);
    free(*decoder);
    *decoder = NULL;
}
