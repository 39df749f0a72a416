// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The memory of the live step: what a stream keeps, and what whoever computes it lends. */
#include "model/encoder_live.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64 }; // bytes of a cache line

int encoder_layer_count(const struct encoder_shape *shape, int layer)
{
    int count = shape->front_end == FRONT_END_WAVEFORM ? HOP_SAMPLES : 1;
    for (int i = 0; i <= layer; i++)
        count /= shape->conv[i].stride;
    return count;
}

size_t encoder_past_floats(const struct encoder_shape *shape, int layer)
{
    struct conv1d_shape conv = encoder_conv_shape(shape, layer);
    return (size_t)(conv.kernel - conv.stride) * (size_t)conv.in;
}

size_t encoder_fresh_floats(const struct encoder_shape *shape, int layer)
{
    size_t in = (size_t)encoder_conv_shape(shape, layer).in;
    return (size_t)encoder_layer_count(shape, layer - 1) * in;
}

bool encoder_layer_joins(const struct encoder_shape *shape, int layer)
{
    return layer > 0 || encoder_past_floats(shape, layer) > 0;
}

// Deals out whole cache lines behind base; with no base the calls only count.
static void *take(char *base, size_t *used, size_t bytes)
{
    void *at = base ? base + *used : NULL;
    *used += (bytes + LINE - 1) / LINE * LINE;
    return at;
}

static float *take_floats(char *base, size_t *used, size_t count)
{
    return take(base, used, count * sizeof(float));
}

// ---- state

static size_t state_lay_out(const struct encoder_shape *shape, struct encoder_state *state,
                            char *base)
{
    const size_t contexts = (size_t)(shape->context_layers * shape->context_dim);
    size_t used = 0;
    state->drift = take_floats(base, &used, (size_t)encoder_shape_drift_dim(shape));
    for (int i = 0; i < shape->conv_layers; i++)
        state->history[i] = take_floats(base, &used, encoder_past_floats(shape, i));
    state->h = take_floats(base, &used, contexts);
    if (shape->cell == CELL_LSTM)
        state->c = take_floats(base, &used, contexts);
    return used;
}

struct encoder_state *encoder_state_create(const struct encoder_shape *shape)
{
    struct encoder_state counted = {0};
    size_t memory = state_lay_out(shape, &counted, NULL);
    size_t bytes = (sizeof counted + memory + LINE - 1) / LINE * LINE;
    struct encoder_state *state = aligned_alloc(LINE, bytes);
    if (!state)
        return NULL;
    memset(state, 0, bytes);
    state->bytes = bytes;
    state->memory_bytes = memory;
    state_lay_out(shape, state, state->memory);
    return state;
}

void encoder_state_destroy(struct encoder_state **state)
{
    free(*state);
    *state = NULL;
}

void encoder_state_reset(struct encoder_state *state)
{
    memset(state->memory, 0, state->memory_bytes);
}

void encoder_state_copy(struct encoder_state *to, const struct encoder_state *from)
{
    memcpy(to->memory, from->memory, from->memory_bytes);
}

size_t encoder_state_bytes(const struct encoder_state *state)
{
    return state->bytes;
}

// ---- scratch

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t joint_floats(const struct encoder_shape *shape, int parity)
{
    const size_t line = LINE / sizeof(float);
    size_t most = 0;
    for (int i = parity; i < shape->conv_layers; i += 2)
        if (encoder_layer_joins(shape, i))
            most = largest(most, encoder_past_floats(shape, i) + encoder_fresh_floats(shape, i));
    return (most + line - 1) / line * line;
}

// Rows a stream gives to one product, at most.
static size_t most_rows(const struct encoder_shape *shape)
{
    size_t most = 1;
    for (int i = 0; i < shape->conv_layers; i++)
        most = largest(most, (size_t)encoder_layer_count(shape, i));
    return most;
}

static size_t packed_bytes(const struct encoder_shape *shape, const struct encoder_weights *weights,
                           int batch)
{
    size_t most = 0;
    for (int i = 0; i < shape->conv_layers; i++)
        most = largest(most, packed_matrix_scratch(weights->conv[i].packed,
                                                   batch * encoder_layer_count(shape, i)));
    for (int i = 0; i < shape->context_layers; i++)
        most = largest(most, packed_recurrent_scratch(weights->packed_context[i], batch));
    return most;
}

// Arrays of pointers, one for each of count rows; short where a stream is alone, so not in lines.
static void *take_pointers(char *base, size_t *used, size_t count)
{
    void *at = base ? base + *used : NULL;
    *used += count * sizeof(float *);
    return at;
}

static size_t scratch_lay_out(const struct encoder_shape *shape,
                              const struct encoder_weights *weights, int batch,
                              struct encoder_scratch *scratch, char *base)
{
    const size_t streams = (size_t)batch, rows = streams * most_rows(shape);
    size_t used = sizeof *scratch;
    scratch->inputs = take_pointers(base, &used, streams);
    scratch->latents = take_pointers(base, &used, streams);
    scratch->contexts = take_pointers(base, &used, streams);
    scratch->h = take_pointers(base, &used, streams);
    scratch->c = take_pointers(base, &used, streams);
    scratch->joined = take_pointers(base, &used, streams);
    scratch->outputs = take_pointers(base, &used, streams);
    scratch->old = take_pointers(base, &used, streams);
    scratch->cells = take_pointers(base, &used, streams);
    scratch->from = take_pointers(base, &used, rows);
    scratch->to = take_pointers(base, &used, rows);
    used = (used + LINE - 1) / LINE * LINE;
    for (int i = 0; i < 2; i++) {
        scratch->joint_floats[i] = joint_floats(shape, i);
        scratch->joints[i] = take_floats(base, &used, streams * scratch->joint_floats[i]);
    }
    if (shape->residual)
        scratch->sums = take_floats(base, &used, streams * (size_t)shape->context_dim);
    scratch->packed = take(base, &used, packed_bytes(shape, weights, batch));
    return used;
}

struct encoder_scratch *encoder_scratch_create(const struct encoder_shape *shape,
                                               const struct encoder_weights *weights, int batch)
{
    CHECK(batch > 0);
    struct encoder_scratch counted;
    size_t bytes = scratch_lay_out(shape, weights, batch, &counted, NULL);
    struct encoder_scratch *scratch = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
    if (!scratch)
        return NULL;
    memset(scratch, 0, bytes);
    scratch_lay_out(shape, weights, batch, scratch, (char *)scratch);
    scratch->batch = batch;
    scratch->bytes = bytes;
    return scratch;
}

void encoder_scratch_destroy(struct encoder_scratch **scratch)
{
    free(*scratch);
    *scratch = NULL;
}

size_t encoder_scratch_bytes(const struct encoder_scratch *scratch)
{
    return scratch->bytes;
}
