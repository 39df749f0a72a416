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
    struct adamw adamw;
    size_t size;
    float *mean, *square; // [size] moments
    int64_t updates;      // for the bias correction
};

bool optimiser_create(size_t size, struct adamw adamw, struct optimiser *optimiser);
void optimiser_free(struct optimiser *optimiser);

/** L2 norm over all gradients; not finite when any of them isn't. */
double optimiser_gradient_norm(const struct parameters *parameters);

/** One update of the parameters from their gradients, with learning rate rate. Returns the norm of
 * the gradients; one that is not finite changes nothing. */
double optimiser_step(struct optimiser *optimiser, float rate, const struct parameters *parameters);

/** The same from a loss whose tape learns: clears the gradients, runs the tape backward, updates.
 */
double learn_step(struct tape *tape, struct tensor *loss, const struct parameters *parameters,
                  struct optimiser *optimiser, float rate);

/** Linear warm-up to rate, then half a cosine down to rate * final_share at steps (Loshchilov &
 * Hutter 2017). step counts from 0. */
double schedule_rate(double rate, double final_share, int64_t warmup, int64_t steps, int64_t step);
/** The half cosine: 1 at done = 0, final_share at 1 and beyond. */
double schedule_cosine(double final_share, double done);

#endif
