// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The loss and the collapse indicators on recordings that training does not hear. */
#ifndef AURICLE_PRETRAIN_HELD_OUT_H
#define AURICLE_PRETRAIN_HELD_OUT_H

#include "pretrain/indicators.h"
#include "pretrain/report.h"
#include "pretrain/trainer.h"

struct held_out {
    struct loader *loader; // NULL: nothing is held out, or it cannot be played
    struct trainer *trainer;
    struct indicators latents, contexts;
    double loss;            // of the last evaluation
    struct numbers numbers; // of the last evaluation; empty before the first
};

/** Borrows settings and network. loader: NULL = no recording is held out. Errors: those of
 * loader_create and trainer_create. held_out must be zero; free it after an error as well. */
auricle_status held_out_create(const struct settings *settings, const struct network *network,
                               const struct loader_config *loader, uint64_t seed, int workers,
                               struct held_out *held_out, auricle_error *error);
void held_out_free(struct held_out *held_out);

/** Evaluates and reports; does nothing without a loader. Held-out recordings that cannot be played
 * do not end a training: it gets a note, and nothing is evaluated from then on. Errors: NO_MEMORY.
 */
auricle_status held_out_evaluate(struct held_out *held_out, struct objective_time time,
                                 struct report_sink *sink, auricle_error *error);
/** Keeps the weights in progress->best if the last loss is the lowest. Errors: NO_MEMORY. */
auricle_status held_out_keep_best(const struct held_out *held_out,
                                  const struct parameters *parameters, struct progress *progress,
                                  auricle_error *error);

#endif
