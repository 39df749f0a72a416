// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"

#include <time.h>

static double seconds_of(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double wall_s(void *user)
{
    (void)user;
    return seconds_of(CLOCK_MONOTONIC);
}

static double cpu_s(void *user)
{
    (void)user;
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

const struct clock machine_clock = {.wall_s = wall_s, .cpu_s = cpu_s};
