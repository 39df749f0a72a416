// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Everything a training needs to go on to the same bits, as one safetensors file. */
#ifndef AURICLE_PRETRAIN_CHECKPOINT_H
#define AURICLE_PRETRAIN_CHECKPOINT_H

#include "learn/optimiser.h"
#include "pretrain/progress.h"
#include "pretrain/trainer.h"

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
