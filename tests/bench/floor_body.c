// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Compiled once per instruction set, as the kernels are.
#include "floor.h"

#include "kernels/vector.h"

enum { SUMS = 12 }; // in flight: enough for two multiply-adds a cycle of latency four, and more

static double multiply(long count, float *sink)
{
    vector sums[SUMS];
    for (int i = 0; i < SUMS; i++)
        sums[i] = vector_all(sink[i]);
    vector factor = vector_all(sink[0]), more = vector_all(sink[1]);
    for (long n = 0; n < count; n++) {
        for (int i = 0; i < SUMS; i++)
            sums[i] = sums[i] * factor + more;
        __asm__ volatile("" : "+x"(factor)); // each round anew
    }
    for (int i = 0; i < SUMS; i++)
        sink[i] = vector_sum(sums[i]);
    return (double)SUMS * LANES;
}

static float read_all(const float *from, size_t count)
{
    enum { READS = 8 };
    vector sums[READS] = {0};
    for (size_t i = 0; i < count; i += (size_t)READS * LANES)
        for (int s = 0; s < READS; s++)
            sums[s] += vector_load(from + i + (size_t)s * LANES);
    for (int s = 1; s < READS; s++)
        sums[0] += sums[s];
    return vector_sum(sums[0]);
}

#define TABLE_OF(variant) floor_##variant
#define TABLE(variant) TABLE_OF(variant)
#define NAME_OF(variant) #variant
#define NAME(variant) NAME_OF(variant)

const struct floor_table TABLE(FLOOR_VARIANT) = {NAME(FLOOR_VARIANT), multiply, read_all};
