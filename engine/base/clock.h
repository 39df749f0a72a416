// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Readings of time. Code whose decisions depend on time takes a clock, so that a test can pass one
 * of its own; programs pass &machine_clock. */
#ifndef AURICLE_BASE_CLOCK_H
#define AURICLE_BASE_CLOCK_H

struct clock {
    double (*wall_s)(void *user); // seconds since a fixed moment; never goes back
    double (*cpu_s)(void *user);  // seconds of CPU time that all threads of the process used
    void *user;
};

extern const struct clock machine_clock;

static inline double clock_wall_s(const struct clock *clock)
{
    return clock->wall_s(clock->user);
}
static inline double clock_cpu_s(const struct clock *clock)
{
    return clock->cpu_s(clock->user);
}

#endif
