// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One pretraining under way: pretrain.c runs it, pace.c has its clocks, held_out.c judges it,
 * provenance.c writes down where it came from. */
#ifndef AURICLE_PRETRAIN_RUN_H
#define AURICLE_PRETRAIN_RUN_H

#include <auricle/pretrain.h>

#include "base/clock.h"
#include "model/model.h"
#include "pretrain/checkpoint.h"
#include "pretrain/indicators.h"
#include "pretrain/journal.h"
#include "pretrain/selection.h"

#include <limits.h>

enum { REPORT_EVERY = 10, INDICATOR_ROWS = 1024 };

/** Sums since the last report. */
struct interval {
    struct mixture_report report;
    double norm, rate;
    double started, cpu_started; // seconds: of the day's clock, of the CPU
    double elapsed;              // of training, up to started
    int steps;
};

struct pretraining {
    const auricle_pretrain_config *config;
    const struct clock *clock;
    struct settings settings;
    struct selection selection;
    struct parameters parameters;
    struct encoder_layout layout;
    struct network network; // of the three
    struct optimiser optimiser;
    struct trainer *trainer, *evaluator;
    struct loader *loader, *held_out; // held_out NULL: too few recordings to hold any out
    struct indicators latents, contexts;
    struct progress progress;
    struct interval interval;
    struct teacher_config teacher; // width 0: nobody learns from one
    struct numbers evaluation;     // the last one's
    double held_out_loss, realtime, last_checkpoint;
    int64_t steps, session_steps_left; // left < 0: no limit
    int skipped_in_a_row;
    bool told_of_no_gradient;
    bool features_known; // their statistics came with --from
    FILE *journal;
    char checkpoint_path[PATH_MAX], journal_path[PATH_MAX], out_path[PATH_MAX];
};

static inline struct objective_time pretraining_time(const struct pretraining *p)
{
    return (struct objective_time){.step = p->progress.step, .steps = p->steps};
}
/** Without a tape or a generator: for what is done between steps. */
static inline struct objective_context pretraining_context(struct pretraining *p)
{
    return (struct objective_context){.network = p->network, .time = pretraining_time(p)};
}
/** Time, not a number of steps, ends the training. */
static inline bool pretraining_has_budget(const auricle_pretrain_config *config)
{
    return config->minutes > 0 || config->cpu_minutes > 0;
}
/** auricle_pretrain, whose budgets and intervals follow this clock. */
auricle_status pretraining_run(const auricle_pretrain_config *config, const struct clock *clock,
                               auricle_error *error);
double pretraining_hours(const struct pretraining *p);
bool pretraining_stopped(const struct pretraining *p);
void pretraining_report(struct pretraining *p, auricle_pretrain_event event, const char *message,
                        double loss, const struct numbers *numbers);

void pretraining_note(void *p, const char *line);

/** What comes between two steps, an evaluation or a checkpoint, is not training's time: count what
 * was before it, restart the clocks after it. Counting goes on from now. */
void pretraining_count_time(struct pretraining *p);
void pretraining_restart_clocks(struct pretraining *p);
/** Counts, reports the steps since the last time, restarts. */
void pretraining_close_interval(struct pretraining *p);
/** With a budget of time: p->steps becomes what it will turn out to be at the pace so far. */
void pretraining_foresee(struct pretraining *p);

/** With config->from, of a training that begins: weights by name from that model, where the shapes
 * agree, and its feature statistics where its log-mel is the same.
 * Errors: as auricle_model_open; INVALID (not fp32; no tensor fits). */
auricle_status pretraining_warm_start(struct pretraining *p, auricle_error *error);

/** What is measured before the first step, over batches that are heard again: the log-mel's mean
 * and deviation, then what the objectives fit. */
auricle_status pretraining_prepare(struct pretraining *p, auricle_error *error);

/** Held-out losses and indicators into p->evaluation. Held-out recordings that can't be played are
 * no reason to lose what was learned: they are told of, and held_out is NULL from then on.
 * Errors: NO_MEMORY. */
auricle_status pretraining_evaluate(struct pretraining *p, auricle_error *error);
/** After training: the weights of the best evaluation instead, evaluated once more, where they are
 * kept. */
auricle_status pretraining_take_best(struct pretraining *p, auricle_error *error);

/** The deployable encoder with its card. */
auricle_status pretraining_write_model(struct pretraining *p, auricle_error *error);

#endif
