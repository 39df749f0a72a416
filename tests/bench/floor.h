// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What one core can do at most, per instruction set: a table for each of the kernels'. */
#ifndef AURICLE_BENCH_FLOOR_H
#define AURICLE_BENCH_FLOOR_H

#include <stddef.h>

struct floor_table {
    const char *name;
    /** Runs count times as many multiply-adds as it returns; sink [16] keeps the sums alive. */
    double (*multiply)(long count, float *sink);
    /** The same of bytes; NULL where the instruction set has none of its own. */
    double (*multiply_bytes)(long count, int *sink);
    /** Reads count floats (a multiple of 256); returns something of them. */
    float (*read)(const float *from, size_t count);
};

extern const struct floor_table floor_portable;
#if defined(__x86_64__)
extern const struct floor_table floor_v3, floor_v4, floor_v4_vnni, floor_v4_amx;
#endif

#endif
