// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// scenes [B] -> log-mel, window by window -> (B,T,mels) -> z, contexts (B,T,C) -> pools [B] ->
// visit
#include "train/scene_encoder.h"

#include "base/error.h"
#include "model/model.h"
#include "stream/head.h"
#include "stream/pool.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 100 }; // frames encoded at a time

struct scene_encoder {
    const auricle_model *model;
    int window_frames, hop_frames;
    struct parameters parameters;
    struct encoder_parameters where;
    struct encoder_carry carry;
    struct tape *tape;
    struct pool *pools[SCENES_AT_ONCE]; // NULL: nothing is pooled
    int input_dim, embedding_dim;       // floats of a frame: into the network, out of it
    float *input;                       // [B][WINDOW][input_dim]
    float *history;                     // of the log-mel: [B][history_size]
    size_t history_size;
    float *scratch; // of the log-mel
    float *frame;   // [embedding_dim]
    float *x;       // [3 * embedding_dim]
};

static bool take_memory(struct scene_encoder *encoder)
{
    const auricle_model *model = encoder->model;
    const struct encoder_shape *shape = &model->shape;
    size_t scratch = 1;
    encoder->input_dim = model->logmel ? shape->logmel.mels : HOP_SAMPLES;
    encoder->embedding_dim = encoder_shape_embedding_dim(shape);
    if (model->logmel) {
        encoder->history_size = logmel_history_size(model->logmel);
        scratch = logmel_scratch_size(model->logmel);
    }
    encoder->input =
        malloc((size_t)SCENES_AT_ONCE * WINDOW * (size_t)encoder->input_dim * sizeof(float));
    encoder->history = calloc(SCENES_AT_ONCE * encoder->history_size + 1, sizeof(float));
    encoder->scratch = malloc(scratch * sizeof(float));
    encoder->frame = malloc((size_t)encoder->embedding_dim * sizeof(float));
    encoder->x = malloc(3 * (size_t)encoder->embedding_dim * sizeof(float));
    encoder->tape = tape_create(false);
    bool whole = encoder->input && encoder->history && encoder->scratch && encoder->frame &&
                 encoder->x && encoder->tape &&
                 encoder_carry_create(shape, SCENES_AT_ONCE, &encoder->carry) &&
                 parameters_allocate(&encoder->parameters);
    for (int i = 0; whole && i < SCENES_AT_ONCE && encoder->window_frames > 1; i++)
        whole = (encoder->pools[i] = pool_create(encoder->embedding_dim, encoder->window_frames,
                                                 encoder->hop_frames));
    return whole;
}

auricle_status scene_encoder_create(const auricle_model *model, int window_frames, int hop_frames,
                                    struct scene_encoder **encoder, auricle_error *error)
{
    struct scene_encoder *made = calloc(1, sizeof *made);
    *encoder = NULL;
    if (!made)
        goto fail;
    made->model = model;
    made->window_frames = window_frames;
    made->hop_frames = hop_frames;
    encoder_declare(&model->shape, &made->parameters, &made->where);
    if (!take_memory(made))
        goto fail;
    model_read_parameters(model, &made->parameters, &made->where);
    *encoder = made;
    return AURICLE_OK;
fail:
    scene_encoder_destroy(&made);
    return error_set(error, AURICLE_NO_MEMORY, "no memory to encode %d streams", SCENES_AT_ONCE);
}

void scene_encoder_destroy(struct scene_encoder **encoder)
{
    struct scene_encoder *gone = *encoder;
    *encoder = NULL;
    if (!gone)
        return;
    for (int i = 0; i < SCENES_AT_ONCE; i++)
        pool_destroy(&gone->pools[i]);
    encoder_carry_free(&gone->carry);
    parameters_free(&gone->parameters);
    tape_destroy(&gone->tape);
    free(gone->input);
    free(gone->history);
    free(gone->scratch);
    free(gone->frame);
    free(gone->x);
    free(gone);
}

static void start_anew(struct scene_encoder *encoder)
{
    for (int i = 0; i < SCENES_AT_ONCE; i++) {
        encoder_carry_reset(&encoder->model->shape, &encoder->carry, i);
        if (encoder->pools[i])
            pool_reset(encoder->pools[i]);
    }
    memset(encoder->history, 0, SCENES_AT_ONCE * encoder->history_size * sizeof(float));
}

static void read_input(struct scene_encoder *encoder, const struct scene *scene, int stream,
                       int64_t first)
{
    const struct logmel *logmel = encoder->model->logmel;
    for (int t = 0; t < WINDOW; t++) {
        const size_t at = (size_t)(first + t) * HOP_SAMPLES;
        float hop[HOP_SAMPLES] = {0}; // beyond the scene's end: silence nobody looks at
        float *out =
            encoder->input + ((size_t)stream * WINDOW + (size_t)t) * (size_t)encoder->input_dim;
        if (at < scene->count)
            memcpy(hop, scene->samples + at,
                   (scene->count - at < HOP_SAMPLES ? scene->count - at : HOP_SAMPLES) *
                       sizeof *hop);
        if (logmel)
            logmel_step(logmel, encoder->history + (size_t)stream * encoder->history_size, hop,
                        encoder->scratch, out);
        else
            memcpy(out, hop, sizeof hop);
    }
}

struct window {
    const struct tensor *z, *contexts[MAX_CONTEXT_LAYERS];
};

static struct window encode(struct scene_encoder *encoder, int streams)
{
    const struct encoder_shape *shape = &encoder->model->shape;
    struct tensor *contexts[MAX_CONTEXT_LAYERS] = {0};
    struct window window = {0};
    const bool logmel = encoder->model->logmel != NULL;
    tape_reset(encoder->tape);
    if (logmel)
        encoder_normalise(shape, &encoder->parameters, &encoder->where, &encoder->carry,
                          encoder->input, streams, WINDOW);
    struct tensor *x =
        tape_constant(encoder->tape, encoder->input, streams,
                      logmel ? WINDOW : WINDOW * HOP_SAMPLES, logmel ? encoder->input_dim : 1);
    struct tensor *z = encoder_latents(encoder->tape, shape, &encoder->parameters, &encoder->where,
                                       x, &encoder->carry);
    encoder_contexts(encoder->tape, shape, &encoder->parameters, &encoder->where, z,
                     &encoder->carry, contexts);
    window.z = z;
    for (int i = 0; i < shape->context_layers; i++)
        window.contexts[i] = contexts[i];
    return window;
}

static void gather(struct scene_encoder *encoder, const struct window *window, int stream, int t)
{
    const struct encoder_shape *shape = &encoder->model->shape;
    const size_t row = (size_t)stream * WINDOW + (size_t)t, latent = (size_t)window->z->c,
                 context = (size_t)shape->context_dim;
    memcpy(encoder->frame, window->z->data + row * latent, latent * sizeof(float));
    for (int i = 0; i < shape->context_layers; i++)
        memcpy(encoder->frame + latent + (size_t)i * context,
               window->contexts[i]->data + row * context, context * sizeof(float));
}

// True when this frame closed a hop: x is ready.
static bool pool(struct scene_encoder *encoder, int stream, int64_t frame)
{
    if (encoder->pools[stream])
        return pool_step(encoder->pools[stream], encoder->frame, encoder->x) > 0;
    memcpy(encoder->x, encoder->frame, (size_t)encoder->embedding_dim * sizeof(float));
    return (frame + 1) % encoder->hop_frames == 0;
}

static bool visit_window(struct scene_encoder *encoder, const struct window *window,
                         const struct scene *scene, int stream, int64_t first, scene_visitor visit,
                         void *user)
{
    const int wait = encoder->window_frames < FIRST_DECISION_FRAMES ? encoder->window_frames
                                                                    : FIRST_DECISION_FRAMES;
    for (int t = 0; t < WINDOW; t++) {
        const int64_t frame = first + t;
        if ((size_t)(frame + 1) * HOP_SAMPLES > scene->count)
            return true;
        gather(encoder, window, stream, t);
        if (pool(encoder, stream, frame) && frame + 1 >= wait &&
            !visit(user, stream, frame, encoder->x))
            return false;
    }
    return true;
}

auricle_status scene_encoder_run(struct scene_encoder *encoder, const struct scene *scenes,
                                 int count, scene_visitor visit, void *user, auricle_error *error)
{
    size_t longest = 0;
    CHECK(count > 0 && count <= SCENES_AT_ONCE);
    for (int i = 0; i < count; i++)
        longest = scenes[i].count > longest ? scenes[i].count : longest;
    start_anew(encoder);
    for (int64_t first = 0; (size_t)first * HOP_SAMPLES < longest; first += WINDOW) {
        for (int i = 0; i < count; i++)
            read_input(encoder, &scenes[i], i, first);
        const struct window window = encode(encoder, count);
        for (int i = 0; i < count; i++)
            if (!visit_window(encoder, &window, &scenes[i], i, first, visit, user))
                return error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    return AURICLE_OK;
}
