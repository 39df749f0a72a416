// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/pace.h"

#include <math.h>

enum { STEPS_AT_FIRST = 1000000 }; // of a budget, before the first step shows the pace

bool pace_has_budget(const auricle_pretrain_config *config)
{
    return config->minutes > 0 || config->cpu_minutes > 0;
}

void pace_init(struct pace *pace, const auricle_pretrain_config *config, double step_seconds,
               const struct clock *clock)
{
    const bool is_cpu = config->cpu_minutes > 0;
    *pace = (struct pace){.clock = clock,
                          .budget_s = 60 * (is_cpu ? config->cpu_minutes : config->minutes),
                          .budget_is_cpu = is_cpu,
                          .step_seconds = step_seconds,
                          .steps = config->steps};
    if (config->hours > 0)
        pace->steps = (int64_t)ceil(config->hours * 3600 / step_seconds);
    if (pace->budget_s > 0)
        pace->steps = STEPS_AT_FIRST;
}

void pace_restart(struct pace *pace)
{
    pace->wall_s = clock_wall_s(pace->clock);
    pace->cpu_s = clock_cpu_s(pace->clock);
}

void pace_count(struct pace *pace, struct progress *progress)
{
    const double wall_s = pace->wall_s, cpu_s = pace->cpu_s;
    pace_restart(pace);
    pace->interval_s += pace->wall_s - wall_s;
    progress->seconds += pace->wall_s - wall_s;
    progress->cpu_seconds += pace->cpu_s - cpu_s;
}

void pace_close(struct pace *pace, struct progress *progress, int steps)
{
    pace_count(pace, progress);
    pace->realtime = pace->interval_s > 0 ? steps * pace->step_seconds / pace->interval_s : 0;
    pace->interval_s = 0;
}

void pace_estimate(struct pace *pace, struct progress *progress)
{
    if (pace->budget_s <= 0 || progress->step == 0)
        return;
    pace_count(pace, progress);
    const double spent = pace->budget_is_cpu ? progress->cpu_seconds : progress->seconds;
    pace->steps = spent >= pace->budget_s
                      ? progress->step
                      : (int64_t)((double)progress->step * pace->budget_s / spent) + 1;
}

double pace_hours(const struct pace *pace, const struct progress *progress)
{
    return (double)progress->step * pace->step_seconds / 3600;
}

struct objective_time pace_time(const struct pace *pace, const struct progress *progress)
{
    return (struct objective_time){.step = progress->step, .steps = pace->steps};
}
