// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** AdamW (Loshchilov & Hutter 2019) over the flat parameter array, with global-norm clipping. */
#ifndef AURICLE_LEARN_OPTIMISER_H
#define AURICLE_LEARN_OPTIMISER_H

#include "nn/parameters.h"

#include <stdint.h>

struct adamw {
    float beta1, beta2, epsilon, decay, clip; // clip: largest gradient norm, 0 = none
};

struct optimiser {
    size_t size;
    float *mean, *square; // [size] moments
    int64_t updates;      // for the bias correction
};

bool optimiser_create(size_t size, struct optimiser *optimiser);
void optimiser_free(struct optimiser *optimiser);

/** L2 norm over all gradients; not finite when any of them isn't. */
double optimiser_gradient_norm(const struct parameters *parameters);

/** One update with learning rate rate; norm as above, finite. */
void optimiser_update(struct optimiser *optimiser, const struct adamw *adamw, float rate,
                      double norm, struct parameters *parameters);

/** Linear warm-up to rate, then half a cosine down to rate * final_share at steps (Loshchilov &
 * Hutter 2017). step counts from 0. */
double schedule_rate(double rate, double final_share, int64_t warmup, int64_t steps, int64_t step);

#endif
