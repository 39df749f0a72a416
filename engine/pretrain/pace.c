// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The time that a training takes: counted, reported, and what a budget of it leaves of steps. */
#include "pretrain/run.h"

void pretraining_restart_clocks(struct pretraining *p)
{
    p->interval.started = clock_wall_s(p->clock);
    p->interval.cpu_started = clock_cpu_s(p->clock);
}

void pretraining_count_time(struct pretraining *p)
{
    const struct interval before = p->interval;
    pretraining_restart_clocks(p);
    p->interval.elapsed += p->interval.started - before.started;
    p->progress.seconds += p->interval.started - before.started;
    p->progress.cpu_seconds += p->interval.cpu_started - before.cpu_started;
}

// Nothing to compare, nothing taught: it would go on for hours and write a model that learned
// nothing.
static void warn_of_no_gradient(struct pretraining *p)
{
    if (p->interval.steps == 0 || p->interval.norm > 0 || p->told_of_no_gradient)
        return;
    p->told_of_no_gradient = true;
    pretraining_note(
        p,
        "the gradient is zero: the objective finds nothing to learn from in these recordings, or "
        "its windows (loop.frames) are too short for its settings");
}

void pretraining_close_interval(struct pretraining *p)
{
    struct mixture_report mean = {0};
    struct numbers numbers = {.count = 0};
    pretraining_count_time(p);
    const double steps = p->interval.steps, elapsed = p->interval.elapsed;
    p->realtime = elapsed > 0 ? steps * settings_step_seconds(&p->settings) / elapsed : 0;
    if (p->interval.steps > 0) {
        trainer_report_add(&mean, &p->interval.report, p->settings.mixture.count, 1 / steps);
        numbers_add_report(&numbers, &p->settings.mixture, &mean);
        numbers_add(&numbers, p->interval.norm / steps, "gradient_norm");
        numbers_add(&numbers, p->interval.rate, "rate");
        numbers_add(&numbers, p->realtime, "realtime");
        numbers_add(&numbers, (double)p->progress.skipped_steps, "skipped_steps");
        numbers_add(&numbers, loader_skipped(p->loader), "skipped_recordings");
        pretraining_report(p, AURICLE_PRETRAIN_STEP, NULL, mean.total, &numbers);
        warn_of_no_gradient(p);
    }
    p->interval = (struct interval){0};
    pretraining_restart_clocks(p);
}

void pretraining_foresee(struct pretraining *p)
{
    const double cpu = p->config->cpu_minutes, budget = 60 * (cpu > 0 ? cpu : p->config->minutes);
    if (budget <= 0 || p->progress.step == 0)
        return;
    pretraining_count_time(p);
    const double spent = cpu > 0 ? p->progress.cpu_seconds : p->progress.seconds;
    p->steps = spent >= budget ? p->progress.step
                               : (int64_t)((double)p->progress.step * budget / spent) + 1;
}
