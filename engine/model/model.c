// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** file -> card -> shape -> the tensors the shape declares, each found in the map -> model. */
#define _POSIX_C_SOURCE 200809L
#include "model/model.h"

#include "base/error.h"
#include "model/card.h"

#include <stdlib.h>
#include <string.h>

struct logmel_config model_logmel_config(const struct encoder_shape *shape)
{
    const struct logmel_shape *logmel = &shape->logmel;
    return (struct logmel_config){.sample_rate_hz = SAMPLE_RATE_HZ,
                                  .hop_samples = HOP_SAMPLES,
                                  .window_samples = logmel->window_samples,
                                  .fft_samples = logmel->fft_samples,
                                  .mels = logmel->mels,
                                  .low_hz = logmel->low_hz,
                                  .high_hz = logmel->high_hz,
                                  .floor = logmel->floor,
                                  .warp = 1};
}

static void model_free(auricle_model *model)
{
    if (!model)
        return;
    if (model->own)
        parameters_free(model->own);
    free(model->own);
    free(model->converted);
    free(model->silent_frame);
    encoder_state_destroy(&model->silent_state);
    logmel_destroy(&model->logmel);
    encoder_weights_unpack(&model->weights);
    safetensors_close(&model->file);
    free(model->card);
    free(model);
}

// The state of a stream after a second of silence: a warm stream begins here.
static bool hear_silence(auricle_model *model)
{
    static const float silence[HOP_SAMPLES] = {0};
    const struct encoder_shape *shape = &model->shape;
    const size_t history = model->logmel ? logmel_history_size(model->logmel) : 0;
    const size_t scratch = model->logmel ? logmel_scratch_size(model->logmel) : 0;
    float *past = calloc(history + 1, sizeof *past);
    float *room = aligned_alloc(64, (scratch + 16) / 16 * 16 * sizeof *room);
    struct encoder_scratch *step = encoder_scratch_create(shape, &model->weights, 1);
    model->silent_state = encoder_state_create(shape);
    model->silent_frame = calloc((size_t)encoder_shape_frame_dim(shape), sizeof(float));
    const bool ok = past && room && step && model->silent_state && model->silent_frame;
    for (int i = 0; ok && i < SILENT_FRAMES; i++) {
        if (model->logmel)
            logmel_step(model->logmel, past, silence, room, model->silent_frame);
        encoder_step(shape, &model->weights, model->silent_state,
                     model->logmel ? model->silent_frame : silence, model->silent_frame, step);
    }
    encoder_scratch_destroy(&step);
    free(room);
    free(past);
    return ok;
}

// Everything but the weights, once shape and card are known.
static auricle_status model_finish(auricle_model *model, const char *card, auricle_error *error)
{
    atomic_init(&model->references, 1);
    model->card = strdup(card);
    if (!model->card)
        return error_no_memory(error, "the model");
    if (model->shape.front_end == FRONT_END_LOGMEL) {
        struct logmel_config config = model_logmel_config(&model->shape);
        model->logmel = logmel_create(&config);
        if (!model->logmel)
            return error_no_memory(error, "the model");
    }
    if (!encoder_weights_pack(&model->shape, kernels(), &model->weights) || !hear_silence(model))
        return error_no_memory(error, "the model");
    return AURICLE_OK;
}

// ---- an encoder file

// Heads are bound to the encoder this one was quantised from, or else to itself.
static auricle_status read_origin(auricle_model *model, const json_t *card, auricle_error *error)
{
    const json_t *origin = json_object_get(card, "origin_hash");
    const char *text = json_string_value(origin);
    if (!origin) {
        memcpy(model->origin, model->hash, sizeof model->origin);
        return AURICLE_OK;
    }
    if (!text || strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
        return error_set(error, AURICLE_FORMAT,
                         "the card's 'origin_hash' is not 64 hexadecimal digits");
    memcpy(model->origin, text, sizeof model->origin);
    return AURICLE_OK;
}

static auricle_status model_load(auricle_model *model, auricle_error *error)
{
    const char *text;
    json_t *card;
    auricle_status status = card_read(&model->file, "encoder", &text, &card, error);
    if (status)
        return status;
    status = encoder_shape_from_json(json_object_get(card, "shape"), &model->shape, error);
    if (!status)
        status = model_find_weights(model, error);
    model->weight_bytes = model->file.data_bytes;
    if (!status && !safetensors_hash(&model->file, model->hash))
        status = error_no_memory(error, "the model");
    if (!status)
        status = read_origin(model, card, error);
    json_decref(card);
    return status ? status : model_finish(model, text, error);
}

// Takes over the file, also on failure.
static auricle_status model_make(struct safetensors *file, const char *name, auricle_model **model,
                                 auricle_error *error)
{
    auricle_model *made = calloc(1, sizeof *made);
    if (!made) {
        safetensors_close(file);
        return error_no_memory(error, "the model");
    }
    made->file = *file;
    auricle_status status = model_load(made, error);
    if (status) {
        error_prefix(error, status, "%s", name);
        model_free(made);
    } else {
        *model = made;
    }
    return status;
}

auricle_status auricle_model_open(const char *path, auricle_model **model, auricle_error *error)
{
    struct safetensors file;
    *model = NULL;
    auricle_status status = safetensors_open(path, &file, error);
    return status ? status : model_make(&file, path, model, error);
}

auricle_status auricle_model_open_memory(const void *bytes, size_t count, auricle_model **model,
                                         auricle_error *error)
{
    static const char name[] = "the encoder in memory";
    struct safetensors file;
    *model = NULL;
    auricle_status status = safetensors_copy(bytes, count, name, &file, error);
    return status ? status : model_make(&file, name, model, error);
}

auricle_status auricle_weights_check(const char *path, auricle_error *error)
{
    struct safetensors file;
    auricle_status status = safetensors_open(path, &file, error);
    if (!status)
        safetensors_close(&file);
    return status;
}

// ---- its life

auricle_model *auricle_model_ref(auricle_model *model)
{
    atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
    return model;
}

void auricle_model_unref(auricle_model **model)
{
    if (*model && atomic_fetch_sub_explicit(&(*model)->references, 1, memory_order_acq_rel) == 1)
        model_free(*model);
    *model = NULL;
}

void auricle_model_get_info(const auricle_model *model, auricle_model_info *info)
{
    const struct encoder_shape *shape = &model->shape;
    *info = (auricle_model_info){
        .sample_rate_hz = SAMPLE_RATE_HZ,
        .hop_samples = HOP_SAMPLES,
        .field_samples = encoder_shape_field_samples(shape),
        .feature_dim = encoder_shape_feature_dim(shape),
        .latent_dim = encoder_shape_latent_dim(shape),
        .context_dim = shape->context_dim,
        .context_layers = shape->context_layers,
        .cell_dim = encoder_shape_cell_dim(shape),
        .frame_dim = encoder_shape_frame_dim(shape),
        .embedding_offset = encoder_shape_feature_dim(shape),
        .embedding_dim = encoder_shape_embedding_dim(shape),
        .future_steps = shape->future_steps,
        .feature_shift = shape->feature_shift,
        .mask_frames = shape->mask_frames,
        .weight_bytes = model->weight_bytes,
        .weight_type = model_storage_name(model->storage),
    };
    memcpy(info->content_hash, model->hash, sizeof info->content_hash);
    memcpy(info->origin_hash, model->origin, sizeof info->origin_hash);
}

const char *auricle_model_card(const auricle_model *model)
{
    return model->card;
}

// ---- random weights

static auricle_status draw_weights(auricle_model *model, const auricle_model *like, uint64_t seed,
                                   auricle_error *error)
{
    struct encoder_layout layout;
    struct random random = random_for(seed, UINT64_C(0x656e636f646572)); // "encoder"
    model->own = calloc(1, sizeof *model->own);
    if (!model->own)
        return error_no_memory(error, "the model");
    encoder_declare(&model->shape, model->own, &layout);
    if (!parameters_allocate(model->own))
        return error_no_memory(error, "the model");
    const struct network network = {&model->shape, model->own, &layout};
    encoder_init(&network, &random);
    encoder_weights_of(&network, &model->weights);
    if (like && layout.feature_mean >= 0) {
        size_t bytes = (size_t)model->shape.logmel.mels * sizeof(float);
        memcpy((float *)model->weights.feature_mean, like->weights.feature_mean, bytes);
        memcpy((float *)model->weights.feature_std, like->weights.feature_std, bytes);
    }
    return AURICLE_OK;
}

int model_deployed_entries(const struct parameters *parameters, struct safetensors_entry *entries)
{
    int count = 0;
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->list[i];
        if (!parameter->deployed)
            continue;
        struct safetensors_entry *entry = &entries[count++];
        *entry = (struct safetensors_entry){.name = parameter->name,
                                            .rank = parameter->rank,
                                            .values = parameters->value + parameter->offset};
        memcpy(entry->dims, parameter->dims, sizeof parameter->dims);
    }
    return count;
}

json_t *model_encoder_card(const struct encoder_shape *shape, json_t *card)
{
    return json_pack("{s:s, s:o, s:o}", "kind", "encoder", "shape", encoder_shape_to_json(shape),
                     "card", card);
}

static auricle_status random_card(auricle_model *model, uint64_t seed, auricle_error *error)
{
    struct safetensors_entry entries[MAX_PARAMETERS];
    int count = model_deployed_entries(model->own, entries);
    if (!safetensors_hash_entries(entries, count, model->hash))
        return error_no_memory(error, "the model");
    memcpy(model->origin, model->hash, sizeof model->origin);
    json_t *json =
        model_encoder_card(&model->shape, json_pack("{s:s, s:I}", "objective", "none: random",
                                                    "seed", (json_int_t)seed));
    json_t *metadata = card_metadata(json);
    const char *text = json_string_value(json_object_get(metadata, "auricle"));
    auricle_status status =
        text ? model_finish(model, text, error) : error_no_memory(error, "the model");
    json_decref(metadata);
    return status;
}

auricle_status auricle_model_random(const auricle_model *like, uint64_t seed, auricle_model **model,
                                    auricle_error *error)
{
    *model = NULL;
    auricle_model *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "the model");
    made->shape = like ? like->shape : encoder_shape_default();
    auricle_status status = draw_weights(made, like, seed, error);
    if (!status) {
        made->weight_bytes = made->own->size * sizeof(float);
        status = random_card(made, seed, error);
    }
    if (status)
        model_free(made);
    else
        *model = made;
    return status;
}

// ---- to and from training

auricle_status model_write(const char *path, const struct encoder_shape *shape,
                           const struct parameters *parameters, const json_t *card, char hash[65],
                           auricle_error *error)
{
    struct safetensors_entry entries[MAX_PARAMETERS];
    int count = model_deployed_entries(parameters, entries);
    json_t *metadata = card_metadata(model_encoder_card(shape, json_deep_copy(card)));
    if (!metadata)
        return error_no_memory(error, "the model");
    auricle_status status = safetensors_write(path, entries, count, metadata, hash, error);
    json_decref(metadata);
    return status;
}

static void copy_tensor(const struct parameters *parameters, int index, const float *values)
{
    if (index < 0)
        return;
    struct tensor *tensor = parameters_tensor(parameters, index);
    memcpy(tensor->data, values, tensor_size(tensor) * sizeof *values);
}

void model_read_parameters(const auricle_model *model, const struct network *network)
{
    const struct parameters *parameters = network->parameters;
    const struct encoder_layout *layout = network->layout;
    const struct encoder_weights *from = &model->weights;
    CHECK(model->storage != STORAGE_INT8); // whose matrices are packed, and floats no more
    copy_tensor(parameters, layout->feature_mean, from->feature_mean);
    copy_tensor(parameters, layout->feature_std, from->feature_std);
    for (int i = 0; i < model->shape.conv_layers; i++) {
        copy_tensor(parameters, layout->conv[i].weight, from->conv[i].weight);
        copy_tensor(parameters, layout->conv[i].bias, from->conv[i].bias);
        copy_tensor(parameters, layout->conv[i].norm_weight, from->conv[i].norm_weight);
        copy_tensor(parameters, layout->conv[i].norm_bias, from->conv[i].norm_bias);
    }
    for (int i = 0; i < model->shape.context_layers; i++) {
        copy_tensor(parameters, layout->context[i].weight_ih, from->context[i].weight_ih);
        copy_tensor(parameters, layout->context[i].weight_hh, from->context[i].weight_hh);
        copy_tensor(parameters, layout->context[i].bias_ih, from->context[i].bias_ih);
        copy_tensor(parameters, layout->context[i].bias_hh, from->context[i].bias_hh);
    }
    for (int k = 0; k < model->shape.future_steps; k++)
        copy_tensor(parameters, layout->future[k], from->future[k]);
    copy_tensor(parameters, layout->feature_weight, from->feature_weight);
    copy_tensor(parameters, layout->feature_bias, from->feature_bias);
    copy_tensor(parameters, layout->mask_token, from->mask_token);
    copy_tensor(parameters, layout->mask_weight, from->mask_weight);
    copy_tensor(parameters, layout->mask_bias, from->mask_bias);
}
