// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tones.h"

#include "base/error.h"

#include <limits.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { SYLLABLES = 12, SYLLABLE_SAMPLES = TONES_RATE_HZ * 16 / 100, HARMONICS = 6 };

static const double turn = 6.283185307179586;

// Two formants and a glide that depend on the syllable alone.
static void syllable(int which, double voice, float *samples)
{
    double formant[] = {300 + 90.0 * (which % 4), 1000 + 400.0 * (which % 3)}, phase = 0;
    for (int i = 0; i < SYLLABLE_SAMPLES; i++) {
        double at = (double)i / SYLLABLE_SAMPLES;
        double pitch_hz = voice * (130 + 40 * at * (which % 2 ? 1 : -1)), sum = 0;
        phase += turn * pitch_hz / TONES_RATE_HZ;
        for (int h = 1; h <= HARMONICS; h++)
            for (int f = 0; f < 2; f++)
                sum += sin(h * phase * (f ? 4 : 1)) *
                       exp(-fabs(h * pitch_hz * (f ? 4 : 1) - formant[f]) / 150);
        samples[i] = (float)(0.2 * sum * sin(turn / 2 * at));
    }
}

void tones_write(const char *folder, const char *name, double seconds, double voice, uint64_t seed)
{
    char path[PATH_MAX];
    struct random random = random_seeded(seed);
    const int count = (int)(seconds * TONES_RATE_HZ);
    float *samples = calloc((size_t)count + SYLLABLE_SAMPLES, sizeof *samples);
    CHECK(samples);
    int which = (int)random_below(&random, SYLLABLES);
    for (int at = 0; at < count; at += SYLLABLE_SAMPLES) {
        syllable(which, voice, samples + at);
        bool usual = random_uniform(&random) < 0.8f;
        which = usual ? (which * 5 + 1) % SYLLABLES : (int)random_below(&random, SYLLABLES);
    }
    for (int i = 0; i < count; i++)
        samples[i] += 1e-3f * random_normal(&random);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SF_INFO info = {
        .samplerate = TONES_RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    CHECK(file && sf_write_float(file, samples, count) == count);
    sf_close(file);
    free(samples);
}
