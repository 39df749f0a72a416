// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A shape as JSON. Every field of a version must be there and no other: a field this program does
 * not know could change what the weights mean. */
#include "model/shape.h"

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

static const char *const front_end_names[] = {"logmel", "waveform", NULL};
static const char *const normalisation_names[] = {"global", "running", NULL};
static const char *const activation_names[] = {"relu", "gelu", NULL};
static const char *const cell_names[] = {"gru", "lstm", NULL};

static json_t *logmel_to_json(const struct logmel_shape *logmel)
{
    json_t *json =
        json_pack("{s:i, s:i, s:i, s:f, s:f, s:f, s:f, s:s, s:f}", "mels", logmel->mels,
                  "window_samples", logmel->window_samples, "fft_samples", logmel->fft_samples,
                  "low_hz", (double)logmel->low_hz, "high_hz", (double)logmel->high_hz, "floor",
                  (double)logmel->floor, "range_db", (double)logmel->range_db, "normalisation",
                  normalisation_names[logmel->normalisation], "running_frames",
                  (double)logmel->running_frames);
    if (logmel->follow_db_s > 0) // older programs can read all other files
        json_object_set_new(json, "follow_db_s", json_real((double)logmel->follow_db_s));
    return json;
}

static json_t *conv_to_json(const struct encoder_shape *shape)
{
    json_t *list = json_array();
    for (int i = 0; i < shape->conv_layers; i++) {
        const struct conv_layer_shape *conv = &shape->conv[i];
        json_t *layer = json_pack("{s:i, s:i, s:i}", "channels", conv->channels, "kernel",
                                  conv->kernel, "stride", conv->stride);
        if (json_array_append_new(list, layer) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *encoder_shape_to_json(const struct encoder_shape *shape)
{
    json_t *json = json_pack(
        "{s:i, s:i, s:s, s:o, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "sample_rate_hz",
        SAMPLE_RATE_HZ, "hop_samples", HOP_SAMPLES, "front_end", front_end_names[shape->front_end],
        "conv", conv_to_json(shape), "activation", activation_names[shape->activation], "cell",
        cell_names[shape->cell], "context_layers", shape->context_layers, "context_dim",
        shape->context_dim, "residual", shape->residual, "future_steps", shape->future_steps,
        "feature_shift", shape->feature_shift, "mask_frames", shape->mask_frames);
    if (json && shape->front_end == FRONT_END_LOGMEL &&
        json_object_set_new(json, "logmel", logmel_to_json(&shape->logmel)) < 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

// An object being read: what was asked for is counted, so that what was not asked for shows.
struct reader {
    const json_t *object;
    const char *name; // for messages
    const char *asked[16];
    int asked_count;
    auricle_error *error;
    auricle_status status; // of the first failure; later reads do nothing
};

static void reader_fail(struct reader *reader, const char *key, const char *expected)
{
    if (!reader->status)
        reader->status = error_set(reader->error, AURICLE_FORMAT, "%s.%s is not %s", reader->name,
                                   key, expected);
}

static struct reader reader_open(const json_t *object, const char *name, auricle_error *error)
{
    struct reader reader = {.object = object, .name = name, .error = error};
    if (!json_is_object(object))
        reader.status = error_set(error, AURICLE_FORMAT, "%s is not an object", name);
    return reader;
}

static const json_t *reader_get(struct reader *reader, const char *key)
{
    CHECK(reader->asked_count < 16);
    reader->asked[reader->asked_count++] = key;
    if (reader->status)
        return NULL;
    const json_t *value = json_object_get(reader->object, key);
    if (!value)
        reader->status =
            error_set(reader->error, AURICLE_FORMAT, "%s has no field '%s'", reader->name, key);
    return value;
}

static int reader_int(struct reader *reader, const char *key)
{
    const json_t *value = reader_get(reader, key);
    if (value && (!json_is_integer(value) || json_integer_value(value) < INT_MIN ||
                  json_integer_value(value) > INT_MAX)) {
        reader_fail(reader, key, "a small whole number");
        return 0;
    }
    return (int)json_integer_value(value);
}

static float reader_float(struct reader *reader, const char *key)
{
    const json_t *value = reader_get(reader, key);
    if (value && !json_is_number(value))
        reader_fail(reader, key, "a number");
    return (float)json_number_value(value);
}

static int reader_choice(struct reader *reader, const char *key, const char *const *names)
{
    const json_t *value = reader_get(reader, key);
    const char *text = json_string_value(value);
    for (int i = 0; text && names[i]; i++)
        if (!strcmp(text, names[i]))
            return i;
    if (value && !reader->status)
        reader->status =
            error_set(reader->error, AURICLE_FORMAT, "%s.%s is \"%.40s\", must be \"%s\" or \"%s\"",
                      reader->name, key, text ? text : "?", names[0], names[1]);
    return 0;
}

// Refuses unknown fields.
static auricle_status reader_close(struct reader *reader)
{
    void *at = reader->status ? NULL : json_object_iter((json_t *)reader->object);
    for (; at; at = json_object_iter_next((json_t *)reader->object, at)) {
        const char *key = json_object_iter_key(at);
        bool asked = false;
        for (int i = 0; i < reader->asked_count; i++)
            asked |= !strcmp(key, reader->asked[i]);
        if (!asked)
            return error_set(reader->error, AURICLE_FORMAT,
                             "%s has an unknown field '%.60s': a newer auricle may know it",
                             reader->name, key);
    }
    return reader->status;
}

static auricle_status logmel_from_json(const json_t *json, struct logmel_shape *logmel,
                                       auricle_error *error)
{
    struct reader reader = reader_open(json, "shape.logmel", error);
    logmel->mels = reader_int(&reader, "mels");
    logmel->window_samples = reader_int(&reader, "window_samples");
    logmel->fft_samples = reader_int(&reader, "fft_samples");
    logmel->low_hz = reader_float(&reader, "low_hz");
    logmel->high_hz = reader_float(&reader, "high_hz");
    logmel->floor = reader_float(&reader, "floor");
    if (json_object_get(json, "range_db")) // older files have none
        logmel->range_db = reader_float(&reader, "range_db");
    if (json_object_get(json, "follow_db_s"))
        logmel->follow_db_s = reader_float(&reader, "follow_db_s");
    logmel->normalisation =
        (enum normalisation)reader_choice(&reader, "normalisation", normalisation_names);
    logmel->running_frames = reader_float(&reader, "running_frames");
    return reader_close(&reader);
}

static auricle_status conv_from_json(const json_t *list, struct encoder_shape *shape,
                                     auricle_error *error)
{
    if (!json_is_array(list) || json_array_size(list) > MAX_CONV_LAYERS)
        return error_set(error, AURICLE_FORMAT, "shape.conv is not a list of at most %d layers",
                         MAX_CONV_LAYERS);
    shape->conv_layers = (int)json_array_size(list);
    for (int i = 0; i < shape->conv_layers; i++) {
        struct reader reader = reader_open(json_array_get(list, i), "shape.conv", error);
        shape->conv[i].channels = reader_int(&reader, "channels");
        shape->conv[i].kernel = reader_int(&reader, "kernel");
        shape->conv[i].stride = reader_int(&reader, "stride");
        auricle_status status = reader_close(&reader);
        if (status)
            return status;
    }
    return AURICLE_OK;
}

static auricle_status check_rate(int rate_hz, int hop_samples, auricle_error *error)
{
    if (rate_hz == SAMPLE_RATE_HZ && hop_samples == HOP_SAMPLES)
        return AURICLE_OK;
    return error_set(error, AURICLE_FORMAT,
                     "the encoder runs at %d Hz with hops of %d samples, this auricle at %d and %d",
                     rate_hz, hop_samples, SAMPLE_RATE_HZ, HOP_SAMPLES);
}

auricle_status encoder_shape_from_json(const json_t *json, struct encoder_shape *shape,
                                       auricle_error *error)
{
    *shape = (struct encoder_shape){0};
    struct reader reader = reader_open(json, "shape", error);
    int rate_hz = reader_int(&reader, "sample_rate_hz");
    int hop_samples = reader_int(&reader, "hop_samples");
    shape->front_end = (enum front_end)reader_choice(&reader, "front_end", front_end_names);
    const json_t *logmel =
        shape->front_end == FRONT_END_LOGMEL ? reader_get(&reader, "logmel") : NULL;
    const json_t *conv = reader_get(&reader, "conv");
    shape->activation = (enum activation)reader_choice(&reader, "activation", activation_names);
    shape->cell = (enum cell)reader_choice(&reader, "cell", cell_names);
    shape->context_layers = reader_int(&reader, "context_layers");
    shape->context_dim = reader_int(&reader, "context_dim");
    shape->residual = reader_int(&reader, "residual");
    shape->future_steps = reader_int(&reader, "future_steps");
    shape->feature_shift = reader_int(&reader, "feature_shift");
    shape->mask_frames = reader_int(&reader, "mask_frames");
    auricle_status status = reader_close(&reader);
    if (!status)
        status = check_rate(rate_hz, hop_samples, error);
    if (!status && logmel)
        status = logmel_from_json(logmel, &shape->logmel, error);
    if (!status)
        status = conv_from_json(conv, shape, error);
    if (!status && encoder_shape_check(shape, error))
        status = error_prefix(error, AURICLE_FORMAT, "shape");
    return status;
}
