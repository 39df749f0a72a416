// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What every racer does alike, ours and a peer's, so that bench.py can let them run in turn: it
 * pins itself to a core, gets ready, prints a line of facts, and for every line "N" on stdin times
 * N pieces of work, one by one, and answers {"p50": us, "p99": us, "mean": us, "rss_bytes": n}. */
#ifndef AURICLE_BENCH_RACER_H
#define AURICLE_BENCH_RACER_H

#define _GNU_SOURCE // sched_setaffinity
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RACER_MOST = 1 << 20 };

static inline double racer_clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static inline double racer_now_us(void)
{
    return racer_clock_us(CLOCK_MONOTONIC);
}

// The last core, which interrupts and desktops like least; all racers the same one.
static inline void racer_pin(void)
{
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof all, &all))
        return;
    for (size_t cpu = CPU_SETSIZE; cpu-- > 0;)
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
}

static inline int racer_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline size_t racer_resident_bytes(void)
{
    char line[256];
    size_t kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "VmRSS:", 6))
            kilobytes = strtoul(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

static inline void racer_answer(double *us, long count)
{
    double sum = 0;
    for (long i = 0; i < count; i++)
        sum += us[i];
    qsort(us, (size_t)count, sizeof *us, racer_compare);
    printf("{\"p50\": %.3f, \"p99\": %.3f, \"mean\": %.3f, \"rss_bytes\": %zu}\n", us[count / 2],
           us[(long)(0.99 * (double)(count - 1))], sum / (double)count, racer_resident_bytes());
    fflush(stdout);
}

// Long work is timed by what the processor gave this thread: a busy neighbour interrupts it at some
// time in any case. Of short work the median is free of that, and the thread's clock too slow.
static inline clockid_t racer_clock_for(void (*work)(void *), void *subject)
{
    enum { LONG_US = 200 };
    double before = racer_now_us();
    work(subject);
    work(subject);
    return racer_now_us() - before > 2 * LONG_US ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

// Until stdin ends. A tenth of the work first is not counted: the caches are another racer's.
static inline int racer_run(void (*work)(void *), void *subject, const char *facts)
{
    char line[64];
    double *us = malloc(RACER_MOST * sizeof *us);
    if (!us)
        return 1;
    const clockid_t clock = racer_clock_for(work, subject);
    printf("%s\n", facts);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        long count = strtol(line, NULL, 10);
        if (count < 1 || count > RACER_MOST)
            break;
        for (long i = 0; i < count / 10 + 1; i++)
            work(subject);
        for (long i = 0; i < count; i++) {
            double before = racer_clock_us(clock);
            work(subject);
            us[i] = racer_clock_us(clock) - before;
        }
        racer_answer(us, count);
    }
    free(us);
    return 0;
}

// Noise in +-scale (Numerical Recipes' generator): the same for every racer.
static inline void racer_noise(uint32_t *state, long count, float scale, float *to)
{
    for (long i = 0; i < count; i++) {
        *state = 1664525 * *state + 1013904223;
        to[i] = scale * ((float)(*state >> 8) / 8388608.0f - 1);
    }
}

#endif
