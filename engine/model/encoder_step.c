// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The encoder one frame at a time, of as many streams as come together:
 *
 *   log-mel --normalise--> features --[join history, conv, norm, activation]*--> z --> GRU/LSTM ...
 *                                        |_ keeps its last kernel - stride inputs
 *
 * A layer is computed for all streams before the next one, so that its weights are read once. It
 * writes its outputs where the next layer's windows are, behind room for that one's history; the
 * windows are rows that overlap, and nothing is copied but the histories:
 *
 *     stream 0 [history | inputs of this hop]   stream 1 [history | inputs ...
 *              [-- window 0 --]
 *                   [-- window 1 --]                                                            */
#include "model/encoder_live.h"

#include "base/error.h"
#include "model/normalise.h"

#include <string.h>

// ---- recurrent layers

// What the layer wrote becomes what the next one reads, with residual layers what they read added.
static void context_inputs(const struct encoder_shape *shape, int batch,
                           struct encoder_scratch *scratch)
{
    const int hidden = shape->context_dim;
    for (int b = 0; b < batch; b++) {
        const float *x = scratch->from[b], *h = scratch->to[b];
        scratch->from[b] = h;
        if (!shape->residual)
            continue;
        float *sum = scratch->sums + (ptrdiff_t)b * hidden;
        for (int i = 0; i < hidden; i++)
            sum[i] = h[i] + x[i];
        scratch->from[b] = sum;
    }
}

void encoder_context_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                          int batch, const float *const *z, float *const *h, float *const *next,
                          float *const *c, struct encoder_scratch *scratch)
{
    CHECK(batch <= scratch->batch);
    memcpy(scratch->from, z, (size_t)batch * sizeof *z);
    for (int i = 0; i < shape->context_layers; i++) {
        const struct packed_recurrent *layer = weights->packed_context[i];
        const ptrdiff_t at = (ptrdiff_t)i * shape->context_dim;
        if (i > 0)
            context_inputs(shape, batch, scratch);
        for (int b = 0; b < batch; b++) {
            scratch->old[b] = h[b] + at;
            scratch->to[b] = next[b] + at;
            scratch->cells[b] = shape->cell == CELL_LSTM ? c[b] + at : NULL;
        }
        if (shape->cell == CELL_LSTM)
            packed_lstm_step(layer, batch, scratch->from, scratch->old, scratch->to, scratch->cells,
                             scratch->packed);
        else
            packed_gru_step(layer, batch, scratch->from, scratch->old, scratch->to,
                            scratch->packed);
    }
}

// ---- latents

// Where stream b's inputs of layer are written, behind its history.
static float *inputs_at(const struct encoder_shape *shape, int layer,
                        const struct encoder_scratch *scratch, int b)
{
    const int parity = layer % 2;
    return scratch->joints[parity] + (size_t)b * scratch->joint_floats[parity] +
           encoder_past_floats(shape, layer);
}

// Brings history and inputs of each stream together; the end of both is the next history.
static void join(const struct encoder_shape *shape, int layer, int batch,
                 struct encoder_state *const *states, struct encoder_scratch *scratch)
{
    const size_t past = encoder_past_floats(shape, layer) * sizeof(float);
    const size_t fresh = encoder_fresh_floats(shape, layer) * sizeof(float);
    if (!encoder_layer_joins(shape, layer)) {
        memcpy(scratch->joined, scratch->inputs, (size_t)batch * sizeof *scratch->inputs);
        return;
    }
    for (int b = 0; b < batch; b++) {
        float *inputs = inputs_at(shape, layer, scratch, b), *history = states[b]->history[layer];
        char *joined = (char *)inputs - past;
        if (layer == 0)
            memcpy(inputs, scratch->inputs[b], fresh);
        memcpy(joined, history, past);
        memcpy(history, joined + fresh, past);
        scratch->joined[b] = (const float *)(void *)joined;
    }
}

// Where the layer writes: in front of the next layer's windows, or into the frames.
static void place_outputs(const struct encoder_shape *shape, int layer, int batch,
                          struct encoder_scratch *scratch)
{
    for (int b = 0; b < batch; b++)
        scratch->outputs[b] = layer + 1 < shape->conv_layers
                                  ? inputs_at(shape, layer + 1, scratch, b)
                                  : scratch->latents[b];
}

static void activate(const struct encoder_shape *shape, const struct encoder_weights *weights,
                     int layer, int rows, float *const *row)
{
    const float *gain = weights->conv[layer].norm_weight, *bias = weights->conv[layer].norm_bias;
    const int channels = shape->conv[layer].channels;
    for (int r = 0; r < rows; r++)
        if (shape->activation == ACTIVATION_GELU) {
            layer_norm_step(gain, bias, channels, row[r], row[r]);
            gelu_step(channels, row[r]);
        } else {
            norm_relu_step(gain, bias, channels, row[r]);
        }
}

static void latent_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                        int batch, struct encoder_state *const *states,
                        struct encoder_scratch *scratch)
{
    for (int i = 0; i < shape->conv_layers; i++) {
        const struct conv1d_rows rows = {.joined = scratch->joined,
                                         .outputs = scratch->outputs,
                                         .from = scratch->from,
                                         .to = scratch->to};
        const int count = encoder_layer_count(shape, i);
        join(shape, i, batch, states, scratch);
        place_outputs(shape, i, batch, scratch);
        conv1d_step(encoder_conv_shape(shape, i), weights->conv[i].packed, batch, count, &rows,
                    scratch->packed);
        activate(shape, weights, i, batch * count, scratch->to);
    }
    // without convolutions the features are the latents
    for (int b = 0; b < batch && shape->conv_layers == 0; b++)
        memcpy(scratch->latents[b], scratch->inputs[b],
               (size_t)encoder_shape_latent_dim(shape) * sizeof(float));
}

// ---- the frame

static void place(const struct encoder_shape *shape, int batch, struct encoder_state *const *states,
                  const float *const *inputs, float *const *frames, struct encoder_scratch *scratch)
{
    for (int b = 0; b < batch; b++) {
        scratch->inputs[b] = shape->front_end == FRONT_END_LOGMEL ? frames[b] : inputs[b];
        scratch->latents[b] = frames[b] + encoder_shape_feature_dim(shape);
        scratch->contexts[b] = scratch->latents[b] + encoder_shape_latent_dim(shape);
        scratch->h[b] = states[b]->h;
        scratch->c[b] = states[b]->c;
    }
}

static void keep_contexts(const struct encoder_shape *shape, struct encoder_state *state,
                          float *contexts)
{
    const size_t floats = (size_t)(shape->context_layers * shape->context_dim);
    memcpy(state->h, contexts, floats * sizeof *contexts);
    if (state->c)
        memcpy(contexts + floats, state->c, floats * sizeof *contexts);
}

void encoder_step_batch(const struct encoder_shape *shape, const struct encoder_weights *weights,
                        int batch, struct encoder_state *const *states, const float *const *inputs,
                        float *const *frames, struct encoder_scratch *scratch)
{
    CHECK(batch <= scratch->batch);
    for (int b = 0; b < batch && shape->front_end == FRONT_END_LOGMEL; b++)
        normalise_block(&shape->logmel, weights->feature_mean, weights->feature_std,
                        states[b]->drift, inputs[b], 1, frames[b]);
    place(shape, batch, states, inputs, frames, scratch);
    latent_step(shape, weights, batch, states, scratch);
    encoder_context_step(shape, weights, batch, (const float *const *)scratch->latents, scratch->h,
                         scratch->contexts, scratch->c, scratch);
    for (int b = 0; b < batch; b++)
        keep_contexts(shape, states[b], scratch->contexts[b]);
}

void encoder_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                  struct encoder_state *state, const float *input, float *frame,
                  struct encoder_scratch *scratch)
{
    encoder_step_batch(shape, weights, 1, &state, &input, &frame, scratch);
}
