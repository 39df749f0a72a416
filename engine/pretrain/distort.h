// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Distortions drawn per recording and view that are cheapest on the log-mel: a smooth equaliser,
 * as of another microphone, a floor of stationary noise, and hidden spans. */
#ifndef AURICLE_PRETRAIN_DISTORT_H
#define AURICLE_PRETRAIN_DISTORT_H

#include "base/random.h"

#include <stdbool.h>

struct distortion {
    float equaliser_db;                // deviation of each of the curve's three cosines; 0 = none
    float floor_probability;           // of adding a noise floor
    float floor_low_db, floor_high_db; // its power over the front end's own floor
    float span_probability;            // of a frame to begin a hidden span
    int span_frames;
};

/** features [frames][mels] = ln(power + floor), in place. Draws the same number of times whatever
 * the settings. */
void distort(const struct distortion *distortion, float floor, float *features, int frames,
             int mels, struct random *random);

/** Hides spans of normalised features [frames][mels]: 0 is each band's mean. */
void distort_hide(const struct distortion *distortion, float *features, int frames, int mels,
                  struct random *random);

#endif
