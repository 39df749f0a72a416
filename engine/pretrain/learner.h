// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What learns: a network, its trainer and its optimiser.
 *
 *     batch -> trainer (loss, gradients) -> mixture_settle -> optimiser -> weights */
#ifndef AURICLE_PRETRAIN_LEARNER_H
#define AURICLE_PRETRAIN_LEARNER_H

#include "learn/optimiser.h"
#include "pretrain/journal.h"
#include "pretrain/progress.h"
#include "pretrain/trainer.h"

/** Sums over the steps since the last report. */
struct interval {
    struct mixture_report report;
    double norm, rate; // rate: of the last step
    int steps;
};

struct learner {
    const struct settings *settings;
    struct parameters parameters;
    struct encoder_layout layout;
    struct network network; // of the three
    struct optimiser optimiser;
    struct trainer *trainer;
    struct interval interval;
    int skipped_in_a_row;
};

/** Fresh weights. Borrows settings, whose mixture gets the places of its tensors. learner must be
 * zero; free it after an error as well. Errors: NO_MEMORY. */
auricle_status learner_create(struct settings *settings, uint64_t seed, int workers,
                              struct learner *learner, auricle_error *error);
void learner_free(struct learner *learner);

/** Without a tape or a generator, for work between steps. */
struct objective_context learner_context(const struct learner *learner, struct objective_time time);

/** One step; time.step is its number. A loss or gradient that is not finite changes no weight: the
 * streams start anew, and progress counts it. Errors: INVALID (too many of them in a row). */
auricle_status learner_step(struct learner *learner, const struct loader_batch *batch,
                            struct objective_time time, struct progress *progress,
                            auricle_error *error);

/** Mean loss and numbers of the interval, which starts anew; false: it has no step. */
bool learner_close_interval(struct learner *learner, double *loss, struct numbers *numbers);

#endif
