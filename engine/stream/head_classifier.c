// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// (x - mean) / std -> [W x + b, relu] -> W x + b -> softmax
#include "stream/head_kind.h"

#include "nn/layers.h"

#include <math.h>

// Not nn/softmax.h: bundled heads keep the bits of this sum.
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

int head_classifier_tensors(const struct head_shape *shape, struct head_weights *weights,
                            struct head_tensor *tensors)
{
    const int inputs = head_inputs(shape), classes = shape->class_count, hidden = shape->hidden;
    const struct head_tensor all[] = {
        {"input.mean", 1, {inputs}, &weights->input_mean},
        {"input.std", 1, {inputs}, &weights->input_std},
        {"output.weight", 2, {classes, hidden ? hidden : inputs}, &weights->output_weight},
        {"output.bias", 1, {classes}, &weights->output_bias},
        {"hidden.weight", 2, {hidden, inputs}, &weights->hidden_weight},
        {"hidden.bias", 1, {hidden}, &weights->hidden_bias},
    };
    const int count = hidden ? 6 : 4;
    for (int i = 0; i < count; i++)
        tensors[i] = all[i];
    return count;
}

void head_classifier_decide(void *state, const struct head_shape *shape,
                            const struct head_weights *weights, float *x, float *scratch,
                            float *posteriors)
{
    (void)state;
    const int inputs = head_inputs(shape);
    for (int i = 0; i < inputs; i++)
        x[i] = (x[i] - weights->input_mean[i]) / weights->input_std[i];
    int width = inputs;
    if (shape->hidden > 0) {
        linear_step(weights->hidden_weight, weights->hidden_bias, inputs, shape->hidden, x,
                    scratch);
        relu_step(shape->hidden, scratch);
        x = scratch;
        width = shape->hidden;
    }
    linear_step(weights->output_weight, weights->output_bias, width, shape->class_count, x,
                posteriors);
    softmax(shape->class_count, posteriors);
}
