// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Layer norm (nn/layer_norm.c) and ReLU in one pass each way, for training: the tensors between
 * them would be the largest there are.
 *
 *     unit = (x - mean) / sqrt(variance + eps),   y = max(0, unit * gain + bias)
 *
 * unit takes x's place. With u = gain * dy where y > 0, else 0:
 *     dx = (u - mean(u) - unit * mean(u * unit)) / sqrt(variance + eps) */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"

#include <string.h>

static const float EPSILON = 1e-5f;

struct norm_relu {
    struct tensor *x, *gain, *bias, *y;
    float *deviation; // [B*T]: 1 / sqrt(variance + eps)
};

static void norm_relu_backward(struct tape *tape, void *context)
{
    const struct norm_relu *l = context;
    const size_t bytes = (size_t)l->y->c * sizeof(float);
    float *nobodys = memset(tape_scratch(tape, bytes), 0, bytes); // gradient of a constant
    float *dgain = l->gain->grad ? l->gain->grad : nobodys;
    float *dbias = l->bias->grad ? l->bias->grad : nobodys;
    for (int i = 0; i < tensor_rows(l->y); i++)
        kernels()->norm_relu_backward(l->y->c, tensor_row(l->x, i), l->deviation[i], l->gain->data,
                                      tensor_row(l->y, i), tensor_grad_row(l->y, i),
                                      l->x->grad ? tensor_grad_row(l->x, i) : nobodys, dgain,
                                      dbias);
}

struct tensor *tape_norm_relu(struct tape *tape, struct tensor *x, struct tensor *gain,
                              struct tensor *bias)
{
    CHECK(gain->c == x->c && bias->c == x->c);
    struct norm_relu *l = tape_scratch(tape, sizeof *l);
    *l = (struct norm_relu){.x = x, .gain = gain, .bias = bias};
    l->y = tape_result(tape, x->b, x->t, x->c, x->grad || gain->grad || bias->grad);
    l->deviation = tape_scratch(tape, (size_t)tensor_rows(x) * sizeof *l->deviation);
    for (int i = 0; i < tensor_rows(x); i++)
        l->deviation[i] = kernels()->norm_relu(x->c, EPSILON, tensor_row(x, i), gain->data,
                                               bias->data, tensor_row(l->y, i));
    if (l->y->grad)
        tape_record(tape, norm_relu_backward, l);
    return l->y;
}

void norm_relu_step(const float *gain, const float *bias, int channels, float *x)
{
    kernels()->norm_relu(channels, EPSILON, x, gain, bias, x);
}
