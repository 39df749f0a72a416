// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** frame -> pool (hop by hop) -> standardise -> [hidden] -> output -> softmax, held until the next
 */
#include "stream/head.h"

#include "base/error.h"
#include "model/model.h"
#include "nn/layers.h"
#include "stream/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct auricle_head_stream {
    auricle_head *head;
    struct pool *pool; // NULL: a frame head
    int embedding_offset;
    int64_t frames;    // seen since creation or reset
    float *input;      // [inputs]
    float *hidden;     // [hidden]
    float *posteriors; // [class_count]
    float memory[];
};

static void softmax(int n, float *x)
{
    float top = x[0], sum = 0;
    for (int i = 1; i < n; i++)
        top = x[i] > top ? x[i] : top;
    for (int i = 0; i < n; i++)
        sum += x[i] = expf(x[i] - top);
    for (int i = 0; i < n; i++)
        x[i] /= sum;
}

void head_posteriors(const struct head_shape *shape, const struct head_weights *weights, float *x,
                     float *hidden, float *posteriors)
{
    const int inputs = head_inputs(shape);
    for (int i = 0; i < inputs; i++)
        x[i] = (x[i] - weights->input_mean[i]) / weights->input_std[i];
    int width = inputs;
    if (shape->hidden > 0) {
        linear_step(weights->hidden_weight, weights->hidden_bias, inputs, shape->hidden, x, hidden);
        relu_step(shape->hidden, hidden);
        x = hidden;
        width = shape->hidden;
    }
    linear_step(weights->output_weight, weights->output_bias, width, shape->class_count, x,
                posteriors);
    softmax(shape->class_count, posteriors);
}

auricle_status auricle_head_stream_create(auricle_head *head, auricle_head_stream **stream,
                                          auricle_error *error)
{
    const struct head_shape *shape = &head->shape;
    const size_t inputs = (size_t)head_inputs(shape), hidden = (size_t)shape->hidden;
    const size_t floats = inputs + hidden + (size_t)shape->class_count;
    *stream = NULL;
    auricle_head_stream *made = calloc(1, sizeof *made + floats * sizeof(float));
    if (!made)
        goto fail;
    made->head = auricle_head_ref(head);
    made->embedding_offset = head->embedding_offset;
    made->input = made->memory;
    made->hidden = made->input + inputs;
    made->posteriors = made->hidden + hidden;
    if (shape->window_frames > 1) {
        made->pool = pool_create(shape->embedding_dim, shape->window_frames, shape->hop_frames);
        if (!made->pool)
            goto fail;
    }
    auricle_head_stream_reset(made);
    *stream = made;
    return AURICLE_OK;
fail:
    auricle_head_stream_destroy(&made);
    return error_no_memory(error, "a head's stream");
}

void auricle_head_stream_destroy(auricle_head_stream **stream)
{
    auricle_head_stream *gone = *stream;
    *stream = NULL;
    if (!gone)
        return;
    pool_destroy(&gone->pool);
    auricle_head_unref(&gone->head);
    free(gone);
}

// Before the first decision: background, equally among its labels (all labels when there is none).
static void believe_background(auricle_head_stream *stream)
{
    const struct head_shape *shape = &stream->head->shape;
    int backgrounds = 0;
    for (int i = 0; i < shape->class_count; i++)
        backgrounds += shape->background[i];
    for (int i = 0; i < shape->class_count; i++) {
        bool shares = backgrounds == 0 || shape->background[i];
        stream->posteriors[i] =
            shares ? 1 / (float)(backgrounds ? backgrounds : shape->class_count) : 0;
    }
}

void auricle_head_stream_reset(auricle_head_stream *stream)
{
    stream->frames = 0;
    if (stream->pool)
        pool_reset(stream->pool);
    believe_background(stream);
}

// Fills input; true when this frame closed a hop.
static bool gather(auricle_head_stream *stream, const float *embedding)
{
    const struct head_shape *shape = &stream->head->shape;
    if (stream->pool)
        return pool_step(stream->pool, embedding, stream->input) > 0;
    memcpy(stream->input, embedding, (size_t)shape->embedding_dim * sizeof *embedding);
    return true;
}

const float *auricle_head_stream_step(auricle_head_stream *stream, const float *vector,
                                      bool *decided)
{
    const struct head_shape *shape = &stream->head->shape;
    const int wait =
        shape->window_frames < FIRST_DECISION_FRAMES ? shape->window_frames : FIRST_DECISION_FRAMES;
    stream->frames++;
    bool closed = gather(stream, vector + stream->embedding_offset) && stream->frames >= wait;
    if (closed)
        head_posteriors(shape, &stream->head->weights, stream->input, stream->hidden,
                        stream->posteriors);
    if (decided)
        *decided = closed;
    return stream->posteriors;
}
