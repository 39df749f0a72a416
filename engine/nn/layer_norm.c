// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Layer norm over the channels of each frame (Ba, Kiros & Hinton 2016, eq. 4):
 *     y = (x - mean) / sqrt(variance + eps) * gain + bias */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"

#include <math.h>

static const float EPSILON = 1e-5f;

struct layer_norm {
    struct tensor *x, *gain, *bias, *y;
    float *unit;      // [B*T][C]: x normalised, before gain and bias
    float *deviation; // [B*T]: 1 / sqrt(variance + eps)
};

static float normalise(int channels, const float *x, float *unit)
{
    float mean = row_sum(channels, x) / (float)channels;
    float variance = row_sum_squares(channels, x, mean) / (float)channels;
    float deviation = 1 / sqrtf(variance + EPSILON);
    for (int i = 0; i < channels; i++)
        unit[i] = (x[i] - mean) * deviation;
    return deviation;
}

static void apply_gain(int channels, const float *unit, const float *gain, const float *bias,
                       float *y)
{
    for (int i = 0; i < channels; i++)
        y[i] = unit[i] * gain[i] + bias[i];
}

// With u = dy * gain: dx = deviation * (u - mean(u) - unit * mean(u * unit)).
static void row_backward(int channels, const float *restrict dy, const float *restrict gain,
                         const float *restrict unit, float deviation, float *restrict u,
                         float *restrict dx)
{
    for (int i = 0; i < channels; i++)
        u[i] = dy[i] * gain[i];
    float mean = row_sum(channels, u) / (float)channels;
    float along = kernels()->dot(channels, u, unit) / (float)channels;
    for (int i = 0; i < channels; i++)
        dx[i] += deviation * (u[i] - mean - unit[i] * along);
}

static void gain_backward(int channels, const float *restrict dy, const float *restrict unit,
                          float *restrict dgain)
{
    for (int i = 0; i < channels; i++)
        dgain[i] += dy[i] * unit[i];
}

static void layer_norm_backward(struct tape *tape, void *context)
{
    const struct layer_norm *l = context;
    int rows = tensor_rows(l->y), channels = l->y->c;
    float *u = tape_scratch(tape, (size_t)channels * sizeof *u);
    for (int i = 0; i < rows; i++) {
        const float *dy = tensor_grad_row(l->y, i);
        const float *unit = l->unit + (size_t)i * (size_t)channels;
        if (l->x->grad)
            row_backward(channels, dy, l->gain->data, unit, l->deviation[i], u,
                         tensor_grad_row(l->x, i));
        if (l->gain->grad)
            gain_backward(channels, dy, unit, l->gain->grad);
    }
    if (l->bias->grad)
        rows_sum_columns(rows, channels, l->y->grad, l->bias->grad);
}

struct tensor *tape_layer_norm(struct tape *tape, struct tensor *x, struct tensor *gain,
                               struct tensor *bias)
{
    CHECK(gain->c == x->c && bias->c == x->c);
    int rows = tensor_rows(x), channels = x->c;
    struct tensor *y = tape_result(tape, x->b, x->t, channels, x->grad || gain->grad || bias->grad);
    // without a backward one row of scratch is enough
    size_t kept = y->grad ? (size_t)rows : 1;
    struct layer_norm l = {x, gain, bias, y, NULL, NULL};
    l.unit = tape_scratch(tape, kept * (size_t)channels * sizeof *l.unit);
    l.deviation = tape_scratch(tape, (size_t)rows * sizeof *l.deviation);
    for (int i = 0; i < rows; i++) {
        float *unit = l.unit + (y->grad ? (size_t)i * (size_t)channels : 0);
        l.deviation[i] = normalise(channels, tensor_row(x, i), unit);
        apply_gain(channels, unit, gain->data, bias->data, tensor_row(y, i));
    }
    if (y->grad) {
        struct layer_norm *context = tape_scratch(tape, sizeof *context);
        *context = l;
        tape_record(tape, layer_norm_backward, context);
    }
    return y;
}

void layer_norm_step(const float *gain, const float *bias, int channels, const float *x, float *y)
{
    normalise(channels, x, y);
    apply_gain(channels, y, gain, bias, y);
}
