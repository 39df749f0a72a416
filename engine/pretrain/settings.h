// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Everything that decides what a training computes, set by "group.name=value" and written out the
 * same way into checkpoint and card. */
#ifndef AURICLE_PRETRAIN_SETTINGS_H
#define AURICLE_PRETRAIN_SETTINGS_H

#include "signal/augment.h"
#include "ssl/mixture.h"
#include "pretrain/distort.h"
#include "data/loader.h"

enum loop_setting {
    LOOP_STREAMS,
    LOOP_FRAMES,
    LOOP_VIEWS,
    LOOP_RESET,
    LOOP_STATISTICS,
    LOOP_HELD_OUT,
    LOOP_EVALUATION,
    LOOP_BALANCE,
    LOOP_GAP,
    LOOP_GAP_LOW,
    LOOP_GAP_HIGH,
    LOOP_NON_FINITE,
    LOOP_BF16,
    LOOP_SETTINGS,
};

enum optimiser_setting {
    OPTIMISER_RATE,
    OPTIMISER_FINAL,
    OPTIMISER_WARMUP,
    OPTIMISER_BETA1,
    OPTIMISER_BETA2,
    OPTIMISER_EPSILON,
    OPTIMISER_DECAY,
    OPTIMISER_CLIP,
    OPTIMISER_SETTINGS,
};

enum teacher_setting {
    TEACHER_HOP,
    TEACHER_FIRST,
    TEACHER_DELAY,
    TEACHER_NEAREST,
    TEACHER_MISSING,
    TEACHER_SETTINGS,
};

struct settings {
    struct encoder_shape shape;
    struct mixture mixture;
    double loop[LOOP_SETTINGS], optimiser[OPTIMISER_SETTINGS], teacher[TEACHER_SETTINGS];
    struct augment_config augment[LOADER_VIEWS]; // groups augment (both views) and target_augment
    struct distortion distortion;                // group distort: each view draws its own
};

/** Defaults, then the list in order, then the shape gets the mixture's predictors and all is
 * checked together. Errors: INVALID, with the names or the range there are. */
auricle_status settings_parse(const char *objective, const char *const *list, int count,
                              struct settings *settings, auricle_error *error);

/** An array of "group.name=value", complete and in a fixed order, without the shape. NULL: memory.
 */
json_t *settings_to_json(const struct settings *settings);

/** What there is: groups of settings, or objectives with their hyper-parameters. */
json_t *settings_describe(void);
json_t *objectives_describe(void);

#endif
