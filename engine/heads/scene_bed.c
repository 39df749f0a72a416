// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/scene_bed.h"

#include "model/shape.h"

#include <math.h>

float scene_rms(const float *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return count ? (float)sqrt(sum / (double)count) : 0;
}

// ---- noise

static void add_coloured(float *samples, size_t count, float rms, struct random *random)
{
    // one pole: white (0) to brown (0.98); its output's deviation is sqrt((1-a)/(1+a))
    const float keep = 0.98f * random_uniform(random);
    const float gain = rms / sqrtf((1 - keep) / (1 + keep));
    float held = 0;
    for (size_t i = 0; i < count; i++) {
        // variance 1, and far cheaper than a normal: nobody hears the distribution after the filter
        float white = (random_uniform(random) - 0.5f) * 3.4641016f;
        held = keep * held + (1 - keep) * white;
        samples[i] += gain * held;
    }
}

static void add_recorded(float *samples, size_t count, float rms, const float *noise,
                         size_t noise_count, struct random *random)
{
    size_t at = random_below(random, noise_count);
    const float own = scene_rms(noise, noise_count), gain = own > 1e-6f ? rms / own : 0;
    for (size_t i = 0; i < count; i++) {
        samples[i] += gain * noise[at];
        at = at + 1 < noise_count ? at + 1 : 0;
    }
}

// ---- babble: several people of the bank at once

enum { VOICES = 4 };

struct babble {
    const struct scene_maker *maker;
    struct random *random;
    const float *voice[VOICES]; // [left[i]] what each has still to say, at level 1 / gain[i]
    size_t left[VOICES];
    float gain[VOICES];
};

static float next_babble(struct babble *babble)
{
    float sum = 0;
    for (int i = 0; i < VOICES; i++) {
        while (babble->left[i] == 0) {
            babble->voice[i] =
                noise_bank_draw(&babble->maker->bank, babble->random, &babble->left[i]);
            const float rms = scene_rms(babble->voice[i], babble->left[i]);
            babble->gain[i] = rms > 1e-6f ? 1 / rms : 0;
        }
        sum += *babble->voice[i]++ * babble->gain[i];
        babble->left[i]--;
    }
    return sum / 2; // the level of VOICES independent voices together is 2
}

// Each word decides the babble's level until half way to the next.
static void add_babble(const struct scene_maker *maker, struct scene *scene, struct random *random)
{
    struct babble babble = {.maker = maker, .random = random};
    size_t at = 0;
    for (int m = 0; m < scene->mark_count; m++) {
        const struct scene_mark *mark = &scene->marks[m];
        const size_t next =
            m + 1 < scene->mark_count ? (mark->end + scene->marks[m + 1].start) / 2 : scene->count;
        const float rms = scene_rms(scene->samples + mark->start, mark->end - mark->start) *
                          powf(10, -maker->style.babble_snr_db / 20);
        for (; at < next; at++)
            scene->samples[at] += rms * next_babble(&babble);
    }
}

static void add_quiet_bed(const struct scene_maker *maker, struct scene *scene,
                          struct random *random)
{
    const float rms = powf(10, -70.0f / 20), gain = powf(10, maker->style.gain_db / 20);
    add_coloured(scene->samples, scene->count, rms, random);
    if (maker->bank.count)
        add_babble(maker, scene, random);
    for (size_t i = 0; i < scene->count; i++)
        scene->samples[i] = fmaxf(-1, fminf(1, scene->samples[i] * gain));
}

// The whole scene nearer or further away: with set_level, recordings lie at -52 to -5 dBFS. A peak
// is clipped by 3 dB at most.
static void draw_distance(struct scene *scene, struct random *random)
{
    float gain = powf(10, random_between(random, -16, 8) / 20), peak = 0;
    for (size_t i = 0; i < scene->count; i++)
        peak = fmaxf(peak, fabsf(scene->samples[i]));
    if (peak * gain > 1.41f)
        gain = 1.41f / peak;
    for (size_t i = 0; i < scene->count; i++)
        scene->samples[i] = fmaxf(-1, fminf(1, scene->samples[i] * gain));
}

void scene_add_bed(const struct scene_maker *maker, struct scene *scene, struct random *random)
{
    if (maker->style.as_recorded) {
        add_quiet_bed(maker, scene, random);
        return;
    }
    for (size_t at = 0, count; at < scene->count; at += count) {
        count = (size_t)(random_between(random, 4, 12) * SAMPLE_RATE_HZ);
        count = count < scene->count - at ? count : scene->count - at;
        const float which = random_uniform(random);
        const float rms = powf(10, random_between(random, -85, -42) / 20);
        size_t noise_count = 0;
        const float *noise =
            maker->bank.count ? noise_bank_draw(&maker->bank, random, &noise_count) : NULL;
        if (which < 0.15f)
            continue; // digital silence is ordinary input
        if (noise && which > 0.5f)
            add_recorded(scene->samples + at, count, rms, noise, noise_count, random);
        else
            add_coloured(scene->samples + at, count, rms, random);
    }
    draw_distance(scene, random);
}
