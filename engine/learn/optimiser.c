// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "learn/optimiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool optimiser_create(size_t size, struct adamw adamw, struct optimiser *optimiser)
{
    *optimiser = (struct optimiser){.adamw = adamw,
                                    .size = size,
                                    .mean = calloc(size, sizeof(float)),
                                    .square = calloc(size, sizeof(float))};
    if (optimiser->mean && optimiser->square)
        return true;
    optimiser_free(optimiser);
    return false;
}

void optimiser_free(struct optimiser *optimiser)
{
    free(optimiser->mean);
    free(optimiser->square);
    *optimiser = (struct optimiser){0};
}

double optimiser_gradient_norm(const struct parameters *parameters)
{
    // partial sums: one rounding error per block rather than one per number, and it vectorises
    enum { BLOCK = 1024 };
    double sum = 0;
    for (size_t start = 0; start < parameters->size; start += BLOCK) {
        size_t end = start + BLOCK < parameters->size ? start + BLOCK : parameters->size;
        float lane[16] = {0};
        for (size_t i = start; i < end; i++)
            lane[i % 16] += parameters->grad[i] * parameters->grad[i];
        for (int i = 0; i < 16; i++)
            sum += (double)lane[i];
    }
    return sqrt(sum);
}

static void update(struct optimiser *optimiser, float rate, double norm,
                   const struct parameters *parameters)
{
    const struct adamw *adamw = &optimiser->adamw;
    const double updates = (double)++optimiser->updates;
    const float clip =
        adamw->clip > 0 && norm > (double)adamw->clip ? (float)((double)adamw->clip / norm) : 1;
    const float unbias_mean = (float)(1 / (1 - pow((double)adamw->beta1, updates)));
    const float unbias_square = (float)(1 / (1 - pow((double)adamw->beta2, updates)));
    for (int p = 0; p < parameters->count; p++) {
        const struct parameter *parameter = &parameters->list[p];
        const size_t size = tensor_size(parameter->tensor), start = parameter->offset;
        const float keep = parameter->decay ? 1 - rate * adamw->decay : 1;
        float *value = parameters->value + start, *grad = parameters->grad + start;
        float *mean = optimiser->mean + start, *square = optimiser->square + start;
        for (size_t i = 0; i < size; i++) {
            float g = grad[i] * clip;
            mean[i] = adamw->beta1 * mean[i] + (1 - adamw->beta1) * g;
            square[i] = adamw->beta2 * square[i] + (1 - adamw->beta2) * g * g;
            float step =
                mean[i] * unbias_mean / (sqrtf(square[i] * unbias_square) + adamw->epsilon);
            value[i] = keep * value[i] - rate * step;
        }
    }
}

double optimiser_step(struct optimiser *optimiser, float rate, const struct parameters *parameters)
{
    const double norm = optimiser_gradient_norm(parameters);
    if (isfinite(norm))
        update(optimiser, rate, norm, parameters);
    return norm;
}

double learn_step(struct tape *tape, struct tensor *loss, const struct parameters *parameters,
                  struct optimiser *optimiser, float rate)
{
    memset(parameters->grad, 0, parameters->size * sizeof *parameters->grad);
    tape_backward(tape, loss, 1);
    return optimiser_step(optimiser, rate, parameters);
}

double schedule_cosine(double final_share, double done)
{
    return final_share + (1 - final_share) * 0.5 * (1 + cos(fmin(done, 1) * acos(-1.0)));
}

double schedule_rate(double rate, double final_share, int64_t warmup, int64_t steps, int64_t step)
{
    if (step < warmup)
        return rate * (double)(step + 1) / (double)warmup;
    if (step >= steps)
        return rate * final_share;
    return rate * schedule_cosine(final_share, (double)(step - warmup) / (double)(steps - warmup));
}
