// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Everything a training needs to go on to the same bits, as one safetensors file. */
#ifndef AURICLE_PRETRAIN_CHECKPOINT_H
#define AURICLE_PRETRAIN_CHECKPOINT_H

#include "learn/optimiser.h"
#include "pretrain/trainer.h"

#include <jansson.h>

/** What is saved beside parameters, moments and carried state. Random draws depend on seed and step
 * alone, so there is no generator to save. */
struct progress {
    int64_t step;
    int64_t skipped_steps; // non-finite ones
    double seconds;        // spent training
    double cpu_seconds;    // the same in CPU time of all threads
    int64_t *position;     // [2 * streams] of the loader
    int64_t steps;         // planned, which the rate's schedule follows; 0 = not known
    json_t *replanned;     // [{step, steps}]: steps planned up to this step; or NULL
    float *best;           // [parameters] of the lowest held-out loss; NULL: not kept
    double least_loss;     // that loss
    char from[65];         // content hash of the encoder it began with, or ""
};

/** Replaces path atomically; on failure what was there stays. Errors: IO, INVALID (not finite). */
auricle_status checkpoint_write(const char *path, const struct trainer *trainer,
                                const struct optimiser *optimiser, const struct progress *progress,
                                auricle_error *error);

/** Errors: NOT_FOUND, FORMAT, and MISMATCH naming the first setting, seed, worker count or shape
 * that differs. Then trainer, optimiser and progress may be partly overwritten. */
auricle_status checkpoint_read(const char *path, struct trainer *trainer,
                               struct optimiser *optimiser, struct progress *progress,
                               auricle_error *error);

#endif
