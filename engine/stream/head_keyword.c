// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The kind "keyword": a small recurrent layer hears every hop_frames-th frame and remembers, so
 * that a word is named when the whole of it has been heard.
 *
 *   (x - mean) / std -> linear [hidden], ReLU -> GRU [hidden] -> linear -> softmax
 *
 * window_frames says how many frames a word is taken to last: events are placed by it. */
#include "stream/head_kind.h"

#include "base/error.h"
#include "nn/layers.h"
#include "nn/softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GATES = 3 }; // r, z, n: as in nn/gru.c

struct keyword_state {
    int hidden, waited;
    float *h;               // [hidden]
    float *inward, *onward; // [3 * hidden] of the input, of h
    float memory[];
};

static auricle_status keyword_check(const struct head_shape *shape, auricle_error *error)
{
    if (shape->hidden < 1)
        return error_set(error, AURICLE_INVALID, "hidden is %d, a keyword head has 1 or more",
                         shape->hidden);
    return AURICLE_OK;
}

static int keyword_inputs(const struct head_shape *shape)
{
    return shape->embedding_dim;
}

static int keyword_span(const struct head_shape *shape)
{
    return shape->window_frames;
}

static int keyword_tensors(const struct head_shape *shape, struct head_weights *weights,
                           struct head_tensor *tensors)
{
    const int in = shape->embedding_dim, hidden = shape->hidden, gates = GATES * hidden;
    const struct head_tensor all[] = {
        {"input.mean", 1, {in}, &weights->input_mean},
        {"input.std", 1, {in}, &weights->input_std},
        {"hidden.weight", 2, {hidden, in}, &weights->hidden_weight},
        {"hidden.bias", 1, {hidden}, &weights->hidden_bias},
        {"recurrent.weight_ih", 2, {gates, hidden}, &weights->recurrent_weight_ih},
        {"recurrent.weight_hh", 2, {gates, hidden}, &weights->recurrent_weight_hh},
        {"recurrent.bias_ih", 1, {gates}, &weights->recurrent_bias_ih},
        {"recurrent.bias_hh", 1, {gates}, &weights->recurrent_bias_hh},
        {"output.weight", 2, {shape->class_count, hidden}, &weights->output_weight},
        {"output.bias", 1, {shape->class_count}, &weights->output_bias},
    };
    memcpy(tensors, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void keyword_reset(void *state)
{
    struct keyword_state *keyword = state;
    keyword->waited = 0;
    memset(keyword->h, 0, (size_t)keyword->hidden * sizeof *keyword->h);
}

static void *keyword_create(const struct head_shape *shape)
{
    const size_t hidden = (size_t)shape->hidden;
    struct keyword_state *made = calloc(1, sizeof *made + (1 + 2 * GATES) * hidden * sizeof(float));
    if (!made)
        return NULL;
    made->hidden = shape->hidden;
    made->h = made->memory;
    made->inward = made->h + hidden;
    made->onward = made->inward + GATES * hidden;
    return made;
}

static bool keyword_gather(void *state, const struct head_shape *shape, const float *embedding,
                           float *x)
{
    struct keyword_state *keyword = state;
    if (++keyword->waited < shape->hop_frames)
        return false;
    keyword->waited = 0;
    memcpy(x, embedding, (size_t)shape->embedding_dim * sizeof *x);
    return true;
}

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

// h = (1 - z) n + z h, with the equations of nn/gru.c
static void step_gru(struct keyword_state *keyword, const struct head_weights *weights,
                     const float *x)
{
    const int hidden = keyword->hidden;
    const float *in = keyword->inward, *on = keyword->onward;
    linear_step(weights->recurrent_weight_ih, weights->recurrent_bias_ih, hidden, GATES * hidden, x,
                keyword->inward);
    linear_step(weights->recurrent_weight_hh, weights->recurrent_bias_hh, hidden, GATES * hidden,
                keyword->h, keyword->onward);
    for (int i = 0; i < hidden; i++) {
        const float r = sigmoid(in[i] + on[i]), z = sigmoid(in[hidden + i] + on[hidden + i]);
        const float n = tanhf(in[2 * hidden + i] + r * on[2 * hidden + i]);
        const float h = (1 - z) * n + z * keyword->h[i];
        keyword->h[i] = fabsf(h) < 1e-20f ? 0 : h; // before it is denormal
    }
}

static void keyword_decide(void *state, const struct head_shape *shape,
                           const struct head_weights *weights, float *x, float *scratch,
                           float *posteriors)
{
    struct keyword_state *keyword = state;
    for (int i = 0; i < shape->embedding_dim; i++)
        x[i] = (x[i] - weights->input_mean[i]) / weights->input_std[i];
    linear_step(weights->hidden_weight, weights->hidden_bias, shape->embedding_dim, shape->hidden,
                x, scratch);
    relu_step(shape->hidden, scratch);
    step_gru(keyword, weights, scratch);
    linear_step(weights->output_weight, weights->output_bias, shape->hidden, shape->class_count,
                keyword->h, posteriors);
    softmax_row(shape->class_count, posteriors);
}

const struct head_kind head_kind_keyword = {
    .name = "keyword",
    .check = keyword_check,
    .inputs = keyword_inputs,
    .span_frames = keyword_span,
    .tensors = keyword_tensors,
    .create = keyword_create,
    .destroy = free,
    .reset = keyword_reset,
    .gather = keyword_gather,
    .decide = keyword_decide,
};
