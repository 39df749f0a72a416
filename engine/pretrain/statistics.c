// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/statistics.h"

#include "base/error.h"
#include "model/normalise.h"

#include <math.h>
#include <string.h>

static void add_frame(struct statistics *statistics, int mels, const float *x)
{
    for (int m = 0; m < mels; m++) {
        statistics->sum[m] += (double)x[m];
        statistics->squares[m] += (double)x[m] * (double)x[m];
    }
    statistics->count++;
}

void statistics_add(struct statistics *statistics, const struct logmel_shape *shape,
                    const float *features, int streams, int frames)
{
    const size_t mels = (size_t)shape->mels;
    for (int b = 0; b < streams; b++) {
        float level = 0, x[MAX_MELS];
        for (int t = 0; t < frames; t++, features += mels) {
            memcpy(x, features, mels * sizeof *x);
            normalise_level(shape, &level, x, 1);
            add_frame(statistics, shape->mels, x);
        }
    }
}

void statistics_read(const struct statistics *statistics, int mels, float *mean, float *std)
{
    CHECK(statistics->count > 0);
    for (int m = 0; m < mels; m++) {
        const double average = statistics->sum[m] / statistics->count;
        const double variance = statistics->squares[m] / statistics->count - average * average;
        mean[m] = (float)average;
        std[m] = (float)sqrt(fmax(variance, 1e-4)); // a band that never changes divides by nothing
    }
}
