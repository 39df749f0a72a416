// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//    in ──> room ──> + ──> telephone: 300 Hz high-pass, 3.6 kHz low-pass, every second sample, ──>
//    gain
//                    |                mu-law, zeros between, 3.6 kHz low-pass
//       noise x level/SNR
#define _DEFAULT_SOURCE // M_PI
#include "signal/augment.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 8, EARLY = 6, EARLY_SAMPLES = 640, LOW_PASS_PAIRS = 4, HIGH_PASS_PAIRS = 2 };

// Feedback delay network (Jot & Chaigne 1991): delays of incommensurate length, mixed by a
// Householder matrix, each losing what its length asks for, high frequencies sooner.
struct room {
    float *line[LINES];
    int length[LINES], at[LINES];
    float gain[LINES], sign[LINES], low[LINES];
    float damping, dry, wet;
    float early[EARLY_SAMPLES]; // the last input samples, for the first reflections
    int early_at, early_delay[EARLY];
    float early_gain[EARLY];
};

struct noise {
    const float *recorded; // NULL: coloured
    size_t count, at;
    float scale; // to unit power
    float colour, last;
    struct random random;
    float ratio; // amplitude of the noise at signal level 1
    double power, heard;
    int level_known;
};

struct biquad {
    double b0, b1, b2, a1, a2, s1, s2;
};

struct telephone {
    struct biquad high[HIGH_PASS_PAIRS], low[LOW_PASS_PAIRS], back[LOW_PASS_PAIRS];
    int odd, mulaw;
};

struct augment {
    float warp, speed, gain;
    struct room *room;
    struct noise *noise;
    struct telephone *telephone;
};

struct augment_config augment_config_default(void)
{
    return (struct augment_config){
        .gain_db_low = -10.0f,
        .gain_db_high = 6.0f,
        .noise_probability = 0.5f,
        .noise_snr_db_low = 5.0f,
        .noise_snr_db_high = 30.0f,
        .reverb_probability = 0.3f,
        .reverb_t60_low_s = 0.15f,
        .reverb_t60_high_s = 0.8f,
        .telephone_probability = 0.3f,
        .mulaw_probability = 0.5f,
        .speed_low = 0.9f,
        .speed_high = 1.1f,
        .speed_probability = 0.5f,
        .warp_low = 0.9f,
        .warp_high = 1.1f,
        .warp_probability = 1.0f,
    };
}

// Rounds what is below 1e-22 of full scale to zero: decaying tails would otherwise end in denormal
// numbers, which cost a hundred times more than others.
static float settle(float value)
{
    return (value + 1e-15f) - 1e-15f;
}

static float from_db(float db)
{
    return powf(10.0f, db / 20.0f);
}

// ---- room

static void room_draw_early(struct room *room, struct random *random)
{
    for (int i = 0; i < EARLY; i++) {
        room->early_delay[i] = 32 + (int)random_below(random, EARLY_SAMPLES - 32); // 2 to 40 ms
        float sign = random_uniform(random) < 0.5f ? -1.0f : 1.0f;
        room->early_gain[i] = sign * 0.5f * expf(-(float)room->early_delay[i] / 320.0f);
    }
}

// Energy heard for one unit of energy fed to every line: mixing is orthogonal, so each round keeps
// gain^2 of what circulates; signs are random, so cross terms vanish.
static float room_tail_energy(const struct room *room)
{
    float kept = 0.0f;
    for (int i = 0; i < LINES; i++)
        kept += room->gain[i] * room->gain[i] / LINES;
    return LINES * kept / (1.0f - kept);
}

static void room_draw(struct room *room, float t60_s, struct random *random)
{
    float tail_db = random_between(random, -12.0f, 0.0f); // tail against direct sound
    room->damping = random_between(random, 0.1f, 0.5f);
    room_draw_early(room, random);
    for (int i = 0; i < LINES; i++) {
        float seconds = (float)room->length[i] / AUGMENT_RATE_HZ;
        room->gain[i] = powf(10.0f, -3.0f * seconds / t60_s);
        room->sign[i] = random_uniform(random) < 0.5f ? -1.0f : 1.0f;
    }
    float tail = from_db(tail_db);
    room->dry = 1.0f / sqrtf(1.0f + tail * tail);
    room->wet = room->dry * tail / sqrtf(room_tail_energy(room));
}

static struct room *room_create(float t60_s, struct random *random)
{
    // lengths from 9 to 49 ms, one drawn in each eighth of that range
    int length[LINES], total = 0;
    for (int i = 0; i < LINES; i++)
        total += length[i] = 144 + i * 80 + (int)random_below(random, 79);
    struct room *room = calloc(1, sizeof *room + (size_t)total * sizeof(float));
    if (!room)
        return NULL;
    float *samples = (float *)(room + 1);
    for (int i = 0; i < LINES; i++) {
        room->length[i] = length[i];
        room->line[i] = samples;
        samples += length[i];
    }
    room_draw(room, fmaxf(t60_s, 0.02f), random);
    return room;
}

static float room_reflect(struct room *room, float sample)
{
    float sum = 0.0f;
    room->early[room->early_at] = sample;
    for (int i = 0; i < EARLY; i++) {
        int at = room->early_at - room->early_delay[i];
        sum += room->early_gain[i] * room->early[at < 0 ? at + EARLY_SAMPLES : at];
    }
    room->early_at = room->early_at + 1 == EARLY_SAMPLES ? 0 : room->early_at + 1;
    return sum;
}

static float room_step(struct room *room, float sample)
{
    float out[LINES], sum = 0.0f, heard = 0.0f;
    for (int i = 0; i < LINES; i++) {
        float decayed = room->gain[i] * room->line[i][room->at[i]];
        room->low[i] = settle(decayed + room->damping * (room->low[i] - decayed));
        out[i] = room->low[i];
        sum += out[i];
        heard += room->sign[i] * out[i];
    }
    float reflected = room_reflect(room, sample);
    float feed = sample + reflected - sum * (2.0f / LINES);
    for (int i = 0; i < LINES; i++) {
        room->line[i][room->at[i]] = out[i] + feed;
        room->at[i] = room->at[i] + 1 == room->length[i] ? 0 : room->at[i] + 1;
    }
    return room->dry * (sample + reflected) + room->wet * heard;
}

// ---- noise

static float power_of(const float *samples, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return count ? (float)(sum / (double)count) : 0.0f;
}

static struct noise *noise_create(const struct augment_config *config, const float *recorded,
                                  size_t count, struct random *random)
{
    struct noise *noise = calloc(1, sizeof *noise);
    if (!noise)
        return NULL;
    float snr_db = random_between(random, config->noise_snr_db_low, config->noise_snr_db_high);
    noise->ratio = from_db(-snr_db);
    noise->random = random_seeded(random_bits(random));
    // white to nearly brown: the corner of the low-pass is log-uniform over two decades
    noise->colour = 1.0f - powf(10.0f, random_between(random, -2.0f, 0.0f));
    uint64_t start = random_bits(random);
    float power = recorded ? power_of(recorded, count) : 0.0f;
    if (power > 1e-12f) { // a silent recording cannot be brought to any SNR
        noise->recorded = recorded;
        noise->count = count;
        noise->at = (size_t)(start % count);
        noise->scale = 1.0f / sqrtf(power);
    } else {
        noise->scale = sqrtf(1.0f - noise->colour * noise->colour);
    }
    return noise;
}

// Four uniform 16-bit numbers add up to nearly a normal one; unit power.
static float noise_white(struct random *random)
{
    uint64_t bits = random_bits(random);
    int sum = 0;
    for (int i = 0; i < 4; i++, bits >>= 16)
        sum += (int)(bits & 0xFFFF);
    return ((float)sum - 131070.0f) * (1.7320508f / 65536.0f);
}

static float noise_step(struct noise *noise)
{
    if (!noise->recorded) {
        noise->last = noise->colour * noise->last + noise_white(&noise->random);
        return noise->scale * noise->last;
    }
    float sample = noise->recorded[noise->at];
    noise->at = noise->at + 1 == noise->count ? 0 : noise->at + 1;
    return noise->scale * sample;
}

static float noise_level(struct noise *noise, float sample)
{
    if (!noise->level_known) {
        double square = (double)sample * (double)sample;
        noise->heard = fmin(noise->heard + 1.0, 10.0 * AUGMENT_RATE_HZ);
        noise->power += (square - noise->power) / noise->heard;
    }
    return sqrtf((float)noise->power);
}

// ---- telephone

// Audio EQ cookbook (Bristow-Johnson): one pole pair of quality q.
static struct biquad biquad_pair(double hz, double q, int high)
{
    double w = 2.0 * M_PI * hz / AUGMENT_RATE_HZ, c = cos(w), alpha = sin(w) / (2.0 * q);
    double a0 = 1.0 + alpha, edge = high ? 1.0 + c : 1.0 - c;
    return (struct biquad){.b0 = edge / 2.0 / a0,
                           .b1 = (high ? -edge : edge) / a0,
                           .b2 = edge / 2.0 / a0,
                           .a1 = -2.0 * c / a0,
                           .a2 = (1.0 - alpha) / a0};
}

static void butterworth(struct biquad *pairs, int count, double hz, int high)
{
    for (int i = 0; i < count; i++)
        pairs[i] = biquad_pair(hz, 0.5 / cos(M_PI * (2 * i + 1) / (4 * count)), high);
}

static double cascade_step(struct biquad *pairs, int count, double x)
{
    for (int i = 0; i < count; i++) {
        struct biquad *p = &pairs[i];
        double y = p->b0 * x + p->s1;
        p->s1 = p->b1 * x - p->a1 * y + p->s2;
        p->s2 = p->b2 * x - p->a2 * y;
        x = y;
    }
    return x;
}

static struct telephone *telephone_create(int mulaw)
{
    struct telephone *telephone = calloc(1, sizeof *telephone);
    if (!telephone)
        return NULL;
    telephone->mulaw = mulaw;
    butterworth(telephone->high, HIGH_PASS_PAIRS, 300.0, 1);
    butterworth(telephone->low, LOW_PASS_PAIRS, 3600.0, 0); // -3 dB; -1.6 dB at 3400 Hz
    memcpy(telephone->back, telephone->low, sizeof telephone->back);
    return telephone;
}

static float telephone_step(struct telephone *telephone, float sample)
{
    // what is added, 240 dB below full scale, keeps each filter's tail out of the denormal numbers
    double nudge = telephone->odd ? 1e-12 : -1e-12;
    double x = cascade_step(telephone->high, HIGH_PASS_PAIRS, (double)sample + nudge);
    x = cascade_step(telephone->low, LOW_PASS_PAIRS, x + 1e-12);
    double kept = 0.0;
    if (!telephone->odd)
        kept = 2.0 * (telephone->mulaw ? (double)augment_mulaw((float)x) : x);
    telephone->odd = !telephone->odd;
    return (float)cascade_step(telephone->back, LOW_PASS_PAIRS, kept + 1e-12);
}

// ITU-T G.711 section 3.2 on 16-bit samples (the standard's 14 bits, shifted by 2): a sign, a
// segment that doubles in width, 16 steps in each; 132 = 4 * 33 is the bias.
float augment_mulaw(float sample)
{
    int value = (int)lrintf(fminf(fmaxf(sample, -1.0f), 1.0f) * 32768.0f);
    int magnitude = (value < 0 ? -value : value) + 132;
    if (magnitude > 32767)
        magnitude = 32767;
    int segment = 0;
    while (magnitude >> (segment + 8))
        segment++;
    int step = magnitude >> (segment + 3) & 15;
    int decoded = (((step << 3) + 132) << segment) - 132;
    return (float)(value < 0 ? -decoded : decoded) / 32768.0f;
}

// ---- the whole

static int draw(struct random *random, float probability)
{
    return random_uniform(random) < probability;
}

static float draw_factor(struct random *random, float low, float high)
{
    float factor = random_between(random, low, high);
    return factor > 0.0f ? factor : 1.0f;
}

struct augment *augment_draw(const struct augment_config *config, const float *noise,
                             size_t noise_count, struct random *random)
{
    struct augment *augment = calloc(1, sizeof *augment);
    if (!augment)
        return NULL;
    augment->gain = from_db(random_between(random, config->gain_db_low, config->gain_db_high));
    augment->warp = draw_factor(random, config->warp_low, config->warp_high);
    int other_speed = draw(random, config->speed_probability);
    augment->speed = draw_factor(random, config->speed_low, config->speed_high);
    if (!other_speed)
        augment->speed = 1.0f;
    int reverb = draw(random, config->reverb_probability);
    float t60 = random_between(random, config->reverb_t60_low_s, config->reverb_t60_high_s);
    int noisy = draw(random, config->noise_probability);
    int telephone = draw(random, config->telephone_probability);
    int mulaw = draw(random, config->mulaw_probability);

    if (reverb && !(augment->room = room_create(t60, random)))
        goto fail;
    if (noisy && !(augment->noise = noise_create(config, noise, noise_count, random)))
        goto fail;
    if (telephone && !(augment->telephone = telephone_create(mulaw)))
        goto fail;
    // drawn last, and only where it can matter, so that older seeds give the same augmentations
    if (augment->warp != 1.0f && config->warp_probability < 1.0f &&
        !draw(random, config->warp_probability))
        augment->warp = 1.0f;
    return augment;
fail:
    augment_destroy(&augment);
    return NULL;
}

void augment_destroy(struct augment **augment)
{
    if (!*augment)
        return;
    free((*augment)->room);
    free((*augment)->noise);
    free((*augment)->telephone);
    free(*augment);
    *augment = NULL;
}

float augment_warp(const struct augment *augment)
{
    return augment->warp;
}

float augment_speed(const struct augment *augment)
{
    return augment->speed;
}

void augment_set_level(struct augment *augment, float rms)
{
    if (!augment->noise)
        return;
    augment->noise->power = (double)rms * (double)rms;
    augment->noise->level_known = 1;
}

void augment_apply(struct augment *augment, float *samples, size_t count)
{
    struct noise *noise = augment->noise;
    for (size_t i = 0; augment->room && i < count; i++)
        samples[i] = room_step(augment->room, samples[i]);
    for (size_t i = 0; noise && i < count; i++)
        samples[i] += noise->ratio * noise_level(noise, samples[i]) * noise_step(noise);
    for (size_t i = 0; augment->telephone && i < count; i++)
        samples[i] = telephone_step(augment->telephone, samples[i]);
    for (size_t i = 0; i < count; i++)
        samples[i] = fminf(fmaxf(samples[i] * augment->gain, -1.0f), 1.0f);
}

// Catmull & Rom 1974, through p[1] at t = 0 and p[2] at t = 1.
static float cubic(const float *p, float t)
{
    float slope0 = 0.5f * (p[2] - p[0]), slope1 = 0.5f * (p[3] - p[1]), rise = p[2] - p[1];
    return p[1] + t * (slope0 + t * (3.0f * rise - 2.0f * slope0 - slope1 +
                                     t * (slope0 + slope1 - 2.0f * rise)));
}

size_t augment_speed_block(float speed, double *phase, const float *in, float *out, size_t count)
{
    CHECK(speed > 0.0f && *phase >= 0.0 && *phase < 1.0);
    for (size_t i = 0; i < count; i++) {
        double position = *phase + (double)i * (double)speed;
        size_t whole = (size_t)position;
        out[i] = cubic(in + whole, (float)(position - (double)whole));
    }
    double end = *phase + (double)count * (double)speed;
    *phase = end - floor(end);
    return (size_t)end;
}
