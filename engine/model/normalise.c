// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/normalise.h"

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
    for (int t = 0; t < frames; t++, x += mels, y += mels)
        if (shape->normalisation == NORMALISE_RUNNING)
            normalise_running(mels, mean, std, 1 / shape->running_frames, drift, x, y);
        else
            normalise_global(mels, mean, std, x, y);
}
