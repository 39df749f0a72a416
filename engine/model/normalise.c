// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/normalise.h"

#include <math.h>
#include <string.h>

// A log-mel is the natural logarithm of a power: 10 dB are ln 10.
static const float NEPERS_PER_DB = 0.230258509f;

static float loudest(int mels, const float *x, float at_least)
{
    for (int m = 0; m < mels; m++)
        at_least = x[m] > at_least ? x[m] : at_least;
    return at_least;
}

float normalise_lowest_level(const struct logmel_shape *shape)
{
    const float range = shape->range_db * NEPERS_PER_DB;
    return logf(shape->floor) + (shape->follow_db_s > 0 ? range : 0);
}

float normalise_level_fall(const struct logmel_shape *shape)
{
    const float hops_per_s = (float)SAMPLE_RATE_HZ / HOP_SAMPLES;
    const float db = shape->follow_db_s > 0 ? shape->follow_db_s / hops_per_s : LEVEL_FALL_DB;
    return db * NEPERS_PER_DB;
}

void normalise_level(const struct logmel_shape *shape, float *level, float *x, int frames)
{
    if (shape->range_db == 0)
        return;
    const float lowest = normalise_lowest_level(shape), fall = normalise_level_fall(shape);
    const float range = shape->range_db * NEPERS_PER_DB;
    for (int t = 0; t < frames; t++, x += shape->mels) {
        float quieter = *level > fall ? *level - fall : 0;
        float top = loudest(shape->mels, x, lowest + quieter);
        float zero = shape->follow_db_s > 0 ? top : 0;
        for (int m = 0; m < shape->mels; m++)
            x[m] = (x[m] > top - range ? x[m] : top - range) - zero;
        *level = top - lowest;
    }
}

static void normalise_global(int mels, const float *mean, const float *std, const float *x,
                             float *y)
{
    for (int m = 0; m < mels; m++)
        y[m] = (x[m] - mean[m]) / std[m];
}

static void normalise_running(int mels, const float *mean, const float *std, float rate,
                              float *drift, const float *x, float *y)
{
    for (int m = 0; m < mels; m++) {
        float surprise = x[m] - mean[m] - drift[m];
        y[m] = surprise / std[m];
        drift[m] += surprise * rate;
    }
}

void normalise_block(const struct logmel_shape *shape, const float *mean, const float *std,
                     float *drift, const float *x, int frames, float *y)
{
    int mels = shape->mels;
    if (y != x)
        memcpy(y, x, (size_t)frames * (size_t)mels * sizeof *y);
    normalise_level(shape, drift + mels, y, frames);
    for (int t = 0; t < frames; t++, y += mels)
        if (shape->normalisation == NORMALISE_RUNNING)
            normalise_running(mels, mean, std, 1 / shape->running_frames, drift, y, y);
        else
            normalise_global(mels, mean, std, y, y);
}
