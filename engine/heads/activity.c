// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/activity.h"

#include "model/shape.h"

#include <math.h>

enum { CLOSED_GAP = 15 * HOP_SAMPLES, SHORTEST = 5 * HOP_SAMPLES };
static const double share = 1e-3; // of the loudest frame's energy: -30 dB

static double frame_energy(const float *samples)
{
    double sum = 0;
    for (int i = 0; i < HOP_SAMPLES; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum;
}

int activity_find(const float *samples, size_t count, struct activity found[MAX_ACTIVITY])
{
    double top = 0;
    int stretches = 0;
    for (size_t at = 0; at + HOP_SAMPLES <= count; at += HOP_SAMPLES) {
        const double energy = frame_energy(samples + at);
        top = energy > top ? energy : top;
    }
    for (size_t at = 0; at + HOP_SAMPLES <= count; at += HOP_SAMPLES) {
        if (top == 0 || frame_energy(samples + at) < share * top)
            continue;
        struct activity *last = stretches ? &found[stretches - 1] : NULL;
        if (last && (at - last->end <= CLOSED_GAP || stretches == MAX_ACTIVITY)) {
            last->end = at + HOP_SAMPLES;
            continue;
        }
        if (last && last->end - last->start < SHORTEST)
            stretches--;
        found[stretches++] = (struct activity){at, at + HOP_SAMPLES};
    }
    if (stretches && found[stretches - 1].end - found[stretches - 1].start < SHORTEST)
        stretches--;
    return stretches;
}

// ---- a single word

static float frame_level(const float *samples, size_t frame)
{
    return (float)sqrt(frame_energy(samples + frame * HOP_SAMPLES) / HOP_SAMPLES);
}

void activity_find_word(const float *samples, size_t count, size_t *start, size_t *end)
{
    enum { GAP = 25, BEFORE = 4, AFTER = 6 }; // frames
    const size_t frames = count / HOP_SAMPLES;
    size_t peak = 0, first, last;
    float top = 0;
    for (size_t i = 0; i < frames; i++) {
        float energy = frame_level(samples, i);
        if (energy > top) {
            top = energy;
            peak = i;
        }
    }
    first = last = peak;
    const float enough = top * 0.05f; // -26 dB
    for (size_t i = peak; i-- > 0 && first - i <= GAP;)
        first = frame_level(samples, i) > enough ? i : first;
    for (size_t i = peak + 1; i < frames && i - last <= GAP; i++)
        last = frame_level(samples, i) > enough ? i : last;
    first = first > BEFORE ? first - BEFORE : 0;
    last = last + AFTER < frames ? last + AFTER : frames;
    *start = first * HOP_SAMPLES;
    *end = frames ? (last > first ? last : first + 1) * HOP_SAMPLES : count;
    *end = *end < count ? *end : count;
}
