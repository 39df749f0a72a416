// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The time that a training takes, and the number of steps that a budget of time leaves.
 *
 * Only training counts: call pace_count before anything else that takes time (an evaluation, a
 * checkpoint), and pace_restart after it. */
#ifndef AURICLE_PRETRAIN_PACE_H
#define AURICLE_PRETRAIN_PACE_H

#include <auricle/pretrain.h>

#include "base/clock.h"
#include "pretrain/progress.h"
#include "ssl/objective.h"

struct pace {
    const struct clock *clock;
    double budget_s; // of training; 0 = no budget
    bool budget_is_cpu;
    double step_seconds;  // of sound in one step
    int64_t steps;        // in all; with a budget an estimate
    double wall_s, cpu_s; // the clocks when counting began
    double interval_s;    // counted since the last pace_close
    double realtime;      // seconds of sound for each second of the last interval
};

/** Whether time, not a number of steps, ends the training. */
bool pace_has_budget(const auricle_pretrain_config *config);

void pace_init(struct pace *pace, const auricle_pretrain_config *config, double step_seconds,
               const struct clock *clock);
void pace_restart(struct pace *pace);
/** Adds the time since the last count or restart to progress. Counting continues. */
void pace_count(struct pace *pace, struct progress *progress);
/** Ends an interval of so many steps. */
void pace_close(struct pace *pace, struct progress *progress, int steps);
/** With a time budget: counts, and estimates the steps again from the pace so far. */
void pace_estimate(struct pace *pace, struct progress *progress);

double pace_hours(const struct pace *pace, const struct progress *progress); // of sound
struct objective_time pace_time(const struct pace *pace, const struct progress *progress);

#endif
