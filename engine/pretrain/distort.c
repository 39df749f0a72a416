// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/distort.h"

#include "base/error.h"
#include "model/shape.h"

#include <math.h>
#include <string.h>

enum { COSINES = 3 };

// A smooth curve over the bands as a power factor: exp of a few cosines (low-order cepstrum).
static void draw_equaliser(const struct distortion *distortion, int mels, struct random *random,
                           float *factor)
{
    float height[COSINES];
    for (int i = 0; i < COSINES; i++)
        height[i] = distortion->equaliser_db * random_normal(random);
    for (int m = 0; m < mels; m++) {
        float db = 0, place = (float)m / (float)mels;
        for (int i = 0; i < COSINES; i++)
            db += height[i] * cosf(3.14159265f * (float)(i + 1) * place);
        factor[m] = powf(10, db / 10);
    }
}

static float draw_floor(const struct distortion *distortion, float floor, struct random *random)
{
    bool on = random_uniform(random) < distortion->floor_probability;
    float db = random_between(random, distortion->floor_low_db, distortion->floor_high_db);
    return on ? floor * powf(10, db / 10) : 0;
}

void distort(const struct distortion *distortion, float floor, float *features, int frames,
             int mels, struct random *random)
{
    float factor[MAX_MELS];
    CHECK(mels <= MAX_MELS);
    draw_equaliser(distortion, mels, random, factor);
    const float noise = draw_floor(distortion, floor, random);
    if (distortion->equaliser_db == 0 && noise == 0)
        return;
    for (int t = 0; t < frames; t++)
        for (int m = 0; m < mels; m++) {
            float *x = &features[t * mels + m];
            float power = fmaxf(expf(*x) - floor, 0);
            *x = logf(power * factor[m] + noise + floor);
        }
}

void distort_hide(const struct distortion *distortion, float *features, int frames, int mels,
                  struct random *random)
{
    for (int t = 0; t < frames; t++) {
        const int left = frames - t;
        const int span = distortion->span_frames < left ? distortion->span_frames : left;
        if (random_uniform(random) < distortion->span_probability)
            memset(features + t * mels, 0, (size_t)(span * mels) * sizeof *features);
    }
}
