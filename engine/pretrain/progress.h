// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** How far a training is: what a checkpoint keeps beside parameters, moments and carried state.
 * Random draws depend on seed and step alone, so there is no generator to keep. */
#ifndef AURICLE_PRETRAIN_PROGRESS_H
#define AURICLE_PRETRAIN_PROGRESS_H

#include <jansson.h>
#include <stdint.h>

struct progress {
    int64_t step;
    int64_t skipped_steps; // because of a loss or gradient that was not finite
    double seconds;        // of training, by the wall clock
    double cpu_seconds;    // of training, CPU time of all threads
    int64_t *position;     // [2 * streams] of the loader
    int64_t steps;         // planned, for the schedule of the rate; 0 = not known
    json_t *replanned;     // [{step, steps}]: steps planned up to this step; or NULL
    float *best;           // [parameters] of the lowest held-out loss; NULL: not kept
    double least_loss;     // the lowest held-out loss
    char from[65];         // content hash of the encoder that it began with, or ""
};

#endif
