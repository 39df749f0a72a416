// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Causal self-attention (Vaswani et al. 2017, sec. 3.2), which looks back `left` frames at most:
 *
 *     y_t = sum over s in t - left .. t of  p_ts v_s       each head its own channels of q, k, v, y
 *     p_t = softmax over s of  q_t . k_s / sqrt(C / heads) - slope_h (t - s)
 *
 * The penalty on distance says where a frame is, without a position of its own, so that a stream
 * may run on for ever (ALiBi, Press, Smith & Lewis 2022, sec. 3: slope_h = 2^(-8 h / heads)). */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"
#include "nn/softmax.h"

#include <math.h>
#include <string.h>

struct attention {
    struct attention_shape shape;
    struct tensor *q, *k, *v, *y;
    float *weights; // [B][heads][T][T]: p, 0 outside t - left .. t
    float *slopes;  // [T][T], room for the backward
};

static int head_channels(struct attention_shape shape)
{
    return shape.channels / shape.heads;
}

static float head_scale(struct attention_shape shape)
{
    return 1 / sqrtf((float)head_channels(shape));
}

static float head_slope(struct attention_shape shape, int head)
{
    return exp2f(-8.0f * (float)(head + 1) / (float)shape.heads);
}

static int first_seen(struct attention_shape shape, int t)
{
    return t > shape.left ? t - shape.left : 0;
}

// Stream b's rows of one head: [T] rows of head_channels, channels floats apart.
static float *head_rows(const struct attention *a, float *rows, int b, int head)
{
    const size_t stream = (size_t)b * (size_t)a->q->t * (size_t)a->q->c;
    return rows + stream + (size_t)(head * head_channels(a->shape));
}

static float *head_weights(const struct attention *a, int b, int head)
{
    return a->weights + (size_t)(b * a->shape.heads + head) * (size_t)a->q->t * (size_t)a->q->t;
}

// Scores [T][T] become weights.
static void weigh(struct attention_shape shape, int head, int frames, float *scores)
{
    const float slope = head_slope(shape, head);
    for (int t = 0; t < frames; t++) {
        float *row = scores + (size_t)t * (size_t)frames;
        const int first = first_seen(shape, t);
        for (int s = first; s <= t; s++)
            row[s] -= slope * (float)(t - s);
        softmax_row(t - first + 1, row + first);
        memset(row, 0, sizeof(float) * (size_t)first);
        memset(row + t + 1, 0, sizeof(float) * (size_t)(frames - t - 1));
    }
}

static void head_forward(const struct attention *a, int b, int head)
{
    const int frames = a->q->t, all = a->q->c, width = head_channels(a->shape);
    float *weights = head_weights(a, b, head);
    kernels()->sgemm(false, true, frames, frames, width, head_scale(a->shape),
                     head_rows(a, a->q->data, b, head), all, head_rows(a, a->k->data, b, head), all,
                     0, weights, frames);
    weigh(a->shape, head, frames, weights);
    kernels()->sgemm(false, false, frames, width, frames, 1, weights, frames,
                     head_rows(a, a->v->data, b, head), all, 0, head_rows(a, a->y->data, b, head),
                     all);
}

// d score = p (dp - sum of p dp), with dp = dy v^T in slopes.
static void softmax_backward(const struct attention *a, const float *weights)
{
    const int frames = a->q->t;
    for (int t = 0; t < frames; t++) {
        const float *p = weights + (size_t)t * (size_t)frames;
        float *slope = a->slopes + (size_t)t * (size_t)frames;
        const float along = kernels()->dot(frames, p, slope);
        for (int s = 0; s < frames; s++)
            slope[s] = p[s] * (slope[s] - along);
    }
}

static void head_backward(const struct attention *a, int b, int head)
{
    const int frames = a->q->t, all = a->q->c, width = head_channels(a->shape);
    const float scale = head_scale(a->shape), *weights = head_weights(a, b, head);
    const float *dy = head_rows(a, a->y->grad, b, head);
    if (a->v->grad)
        kernels()->sgemm(true, false, frames, width, frames, 1, weights, frames, dy, all, 1,
                         head_rows(a, a->v->grad, b, head), all);
    kernels()->sgemm(false, true, frames, frames, width, 1, dy, all,
                     head_rows(a, a->v->data, b, head), all, 0, a->slopes, frames);
    softmax_backward(a, weights);
    if (a->q->grad)
        kernels()->sgemm(false, false, frames, width, frames, scale, a->slopes, frames,
                         head_rows(a, a->k->data, b, head), all, 1,
                         head_rows(a, a->q->grad, b, head), all);
    if (a->k->grad)
        kernels()->sgemm(true, false, frames, width, frames, scale, a->slopes, frames,
                         head_rows(a, a->q->data, b, head), all, 1,
                         head_rows(a, a->k->grad, b, head), all);
}

static void attention_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct attention *a = context;
    for (int b = 0; b < a->q->b; b++)
        for (int head = 0; head < a->shape.heads; head++)
            head_backward(a, b, head);
}

struct tensor *tape_attention(struct tape *tape, struct tensor *q, struct tensor *k,
                              struct tensor *v, struct attention_shape shape)
{
    CHECK(shape.heads > 0 && shape.channels % shape.heads == 0 && shape.left >= 0);
    CHECK(q->c == shape.channels && tensor_size(q) == tensor_size(k) &&
          tensor_size(q) == tensor_size(v) && q->t == k->t && q->t == v->t);
    const size_t square = sizeof(float) * (size_t)q->t * (size_t)q->t;
    struct attention *a = tape_scratch(tape, sizeof *a);
    *a = (struct attention){shape,
                            q,
                            k,
                            v,
                            tape_result(tape, q->b, q->t, q->c, q->grad || k->grad || v->grad),
                            tape_scratch(tape, square * (size_t)q->b * (size_t)shape.heads),
                            tape_scratch(tape, square)};
    for (int b = 0; b < q->b; b++)
        for (int head = 0; head < shape.heads; head++)
            head_forward(a, b, head);
    if (a->y->grad)
        tape_record(tape, attention_backward, a);
    return a->y;
}

void attention_step(struct attention_shape shape, const float *q, const float *k, const float *v,
                    int64_t frame, float *keys, float *values, float *scratch, float *y)
{
    const int width = head_channels(shape), room = shape.left + 1;
    const int seen = frame < shape.left ? (int)frame : shape.left; // frames before this one
    const size_t bytes = sizeof(float) * (size_t)shape.channels;
    memcpy(keys + (frame % room) * shape.channels, k, bytes);
    memcpy(values + (frame % room) * shape.channels, v, bytes);
    memset(y, 0, bytes);
    for (int head = 0; head < shape.heads; head++) {
        const int at = head * width;
        for (int back = seen; back >= 0; back--)
            scratch[seen - back] =
                head_scale(shape) *
                    kernels()->dot(width, q + at,
                                   keys + (frame - back) % room * shape.channels + at) -
                head_slope(shape, head) * (float)back;
        softmax_row(seen + 1, scratch);
        for (int back = seen; back >= 0; back--)
            kernels()->axpy(width, scratch[seen - back],
                            values + (frame - back) % room * shape.channels + at, y + at);
    }
}
