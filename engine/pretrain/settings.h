// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Everything that decides what a training computes: set by "group.name=value", and written the
 * same way into checkpoint and card. */
#ifndef AURICLE_PRETRAIN_SETTINGS_H
#define AURICLE_PRETRAIN_SETTINGS_H

#include "data/loader.h"
#include "pretrain/distort.h"
#include "signal/augment.h"
#include "ssl/mixture.h"

// What each field means is its help text in settings_tables.c.
struct loop_settings {
    int streams, frames, views, statistics, evaluation, non_finite, bf16;
    double reset, held_out, balance, gap, gap_low_s, gap_high_s;
};

struct optimiser_settings {
    int warmup;
    double rate, final, beta1, beta2, epsilon, decay, clip;
};

struct teacher_settings {
    int delay, nearest, missing;
    double hop_s, first_s;
};

struct settings {
    struct encoder_shape shape;
    struct mixture mixture;
    struct loop_settings loop;
    struct optimiser_settings optimiser;
    struct teacher_settings teacher;
    struct augment_config augment[LOADER_VIEWS]; // groups augment (both views) and target_augment
    struct distortion distortion;                // group distort: each view draws its own
};

/** The seconds of sound in one step, of one view. */
static inline double settings_step_seconds(const struct settings *settings)
{
    return (double)settings->loop.streams * settings->loop.frames * HOP_SAMPLES / SAMPLE_RATE_HZ;
}

/** Takes the defaults, then the list in order; then the shape gets the mixture's predictors, and
 * everything is checked together. Errors: INVALID, with the possible names or the range. */
auricle_status settings_parse(const char *objective, const char *const *list, int count,
                              struct settings *settings, auricle_error *error);

/** An array of "group.name=value", complete and in a fixed order, without the shape. NULL: memory
 * is out. */
json_t *settings_to_json(const struct settings *settings);

/** Lists of all groups of settings, and of all objectives with their settings. */
json_t *settings_describe(void);
json_t *objectives_describe(void);

#endif
