// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The encoder one frame at a time:
 *
 *   log-mel --normalise--> features --[join history, conv, norm, activation]*--> z --> GRU/LSTM ...
 *                                        |_ keeps its last kernel - stride inputs
 *
 * The state is one allocation in two halves: what a reset clears, and scratch. */
#include "model/encoder.h"

#include "model/normalise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct encoder_state {
    size_t bytes;                    // of the whole allocation
    size_t cleared;                  // floats from `memory` that a reset clears
    float *drift;                    // [mels + 1]
    float *history[MAX_CONV_LAYERS]; // [kernel - stride][in]
    float *h, *c;                    // [context_layers][H]; c is NULL with GRU
    float *joined;                   // scratch: history and input of one layer
    float *ping, *pong;              // scratch: outputs of two successive layers
    float *recurrent;                // scratch of encoder_context_step
    _Alignas(64) float memory[];
};

enum { LINE = 16 }; // floats in a cache line

static int largest(int a, int b)
{
    return a > b ? a : b;
}

/** Outputs of layer per hop. */
static int layer_count(const struct encoder_shape *shape, int layer)
{
    int count = shape->front_end == FRONT_END_WAVEFORM ? HOP_SAMPLES : 1;
    for (int i = 0; i <= layer; i++)
        count /= shape->conv[i].stride;
    return count;
}

static int joined_floats(const struct encoder_shape *shape)
{
    int most = 0;
    for (int i = 0; i < shape->conv_layers; i++) {
        struct conv1d_shape conv = encoder_conv_shape(shape, i);
        int rows = conv.kernel - conv.stride + layer_count(shape, i) * conv.stride;
        most = largest(most, rows * conv.in);
    }
    return most;
}

static int output_floats(const struct encoder_shape *shape)
{
    int most = 0;
    for (int i = 0; i < shape->conv_layers; i++)
        most = largest(most, layer_count(shape, i) * shape->conv[i].channels);
    return most;
}

size_t encoder_context_scratch(const struct encoder_shape *shape)
{
    int width = largest(shape->context_dim, encoder_shape_latent_dim(shape));
    return (size_t)(8 * shape->context_dim + width);
}

// Deals out the memory; with state == NULL only counts. Returns floats in all.
static size_t lay_out(const struct encoder_shape *shape, struct encoder_state *state)
{
    size_t used = 0;
    float *memory = state ? state->memory : NULL;
#define TAKE(pointer, floats)                                                                      \
    do {                                                                                           \
        if (state)                                                                                 \
            state->pointer = memory + used;                                                        \
        used += ((size_t)(floats) + LINE - 1) / LINE * LINE;                                       \
    } while (0)
    TAKE(drift, encoder_shape_drift_dim(shape));
    for (int i = 0; i < shape->conv_layers; i++) {
        struct conv1d_shape conv = encoder_conv_shape(shape, i);
        TAKE(history[i], (conv.kernel - conv.stride) * conv.in);
    }
    TAKE(h, shape->context_layers * shape->context_dim);
    if (shape->cell == CELL_LSTM)
        TAKE(c, shape->context_layers * shape->context_dim);
    if (state)
        state->cleared = used;
    TAKE(joined, joined_floats(shape));
    TAKE(ping, output_floats(shape));
    TAKE(pong, output_floats(shape));
    TAKE(recurrent, encoder_context_scratch(shape));
#undef TAKE
    return used;
}

struct encoder_state *encoder_state_create(const struct encoder_shape *shape)
{
    size_t bytes = sizeof(struct encoder_state) + lay_out(shape, NULL) * sizeof(float);
    bytes = (bytes + 63) / 64 * 64;
    struct encoder_state *state = aligned_alloc(64, bytes);
    if (!state)
        return NULL;
    memset(state, 0, bytes);
    state->bytes = bytes;
    lay_out(shape, state);
    return state;
}

void encoder_state_destroy(struct encoder_state **state)
{
    free(*state);
    *state = NULL;
}

void encoder_state_reset(struct encoder_state *state)
{
    memset(state->memory, 0, state->cleared * sizeof(float));
}

size_t encoder_state_bytes(const struct encoder_state *state)
{
    return state->bytes;
}

// States that fade under constant input would pass through denormal numbers, which cost a hundred
// times as much as others; 1e-20 is far below what a float sum of them can notice.
static void flush_tiny(int count, float *x)
{
    for (int i = 0; i < count; i++)
        x[i] = fabsf(x[i]) < 1e-20f ? 0 : x[i];
}

void encoder_context_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                          const float *z, float *h, float *c, float *scratch)
{
    const int hidden = shape->context_dim;
    float *x = scratch + 8 * hidden; // [max(H, Z)]: input of the layer at hand
    memcpy(x, z, (size_t)encoder_shape_latent_dim(shape) * sizeof *x);
    for (int i = 0; i < shape->context_layers; i++, h += hidden) {
        if (c) {
            lstm_step(&weights->context[i], x, h, c, scratch);
            flush_tiny(hidden, c);
            c += hidden;
        } else {
            gru_step(&weights->context[i], x, h, scratch);
        }
        flush_tiny(hidden, h);
        for (int j = 0; j < hidden; j++) // of the last layer this is not used
            x[j] = h[j] + (shape->residual ? x[j] : 0);
    }
}

static void latent_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                        struct encoder_state *state, const float *input, float *z)
{
    float *from = state->ping, *to = state->pong;
    for (int i = 0; i < shape->conv_layers; i++) {
        struct conv1d_shape conv = encoder_conv_shape(shape, i);
        int count = layer_count(shape, i);
        conv1d_step(conv, weights->conv[i].weight, weights->conv[i].bias, state->history[i],
                    i ? from : input, count, state->joined, to);
        for (int t = 0; t < count; t++) {
            float *row = to + t * conv.out;
            layer_norm_step(weights->conv[i].norm_weight, weights->conv[i].norm_bias, conv.out, row,
                            row);
            if (shape->activation == ACTIVATION_GELU)
                gelu_step(conv.out, row);
            else
                relu_step(conv.out, row);
        }
        float *spare = from;
        from = to;
        to = spare;
    }
    memcpy(z, from, (size_t)encoder_shape_latent_dim(shape) * sizeof *z);
}

void encoder_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                  struct encoder_state *state, const float *input, float *frame)
{
    const size_t context_floats = (size_t)(shape->context_layers * shape->context_dim);
    float *z = frame + encoder_shape_feature_dim(shape);
    float *contexts = z + encoder_shape_latent_dim(shape);
    if (shape->front_end == FRONT_END_LOGMEL) {
        normalise_block(&shape->logmel, weights->feature_mean, weights->feature_std, state->drift,
                        input, 1, frame);
        input = frame;
    }
    latent_step(shape, weights, state, input, z);
    encoder_context_step(shape, weights, z, state->h, state->c, state->recurrent);
    memcpy(contexts, state->h, context_floats * sizeof *contexts);
    if (state->c)
        memcpy(contexts + context_floats, state->c, context_floats * sizeof *contexts);
}
