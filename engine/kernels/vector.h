// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One register of floats, as wide as the instruction set this file is compiled for. Everything is
 * static inline: including it twice for two instruction sets is two separate sets of functions. */
#ifndef AURICLE_KERNELS_VECTOR_H
#define AURICLE_KERNELS_VECTOR_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t vector_int __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t vector_bits __attribute__((vector_size(LANES * sizeof(uint32_t))));

#define INLINE static inline __attribute__((always_inline))

INLINE vector vector_load(const float *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE void vector_store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

/** The first count floats, then zeros. */
INLINE vector vector_load_part(const float *from, int count)
{
    vector v = {0};
    memcpy(&v, from, (size_t)count * sizeof *from);
    return v;
}

INLINE vector vector_all(float value)
{
    return value - (vector){0}; // a minus, so that -0 stays -0
}

/** mask is all ones or all zeros per lane, as a comparison gives it. */
INLINE vector vector_select(vector_int mask, vector yes, vector no)
{
    return (vector)((mask & (vector_int)yes) | (~mask & (vector_int)no));
}

// Rows for columns: the first half interleaved with the second, once for every halving of LANES.
INLINE void vector_transpose(vector rows[LANES])
{
    vector_int low, high; // of two registers' lanes, taken in turn
    for (int i = 0; i < LANES; i++) {
        low[i] = i / 2 + (i % 2 ? LANES : 0);
        high[i] = low[i] + LANES / 2;
    }
    for (int width = 1; width < LANES; width *= 2) {
        vector mixed[LANES];
        for (int i = 0; i < LANES / 2; i++) {
            mixed[2 * i] = __builtin_shuffle(rows[i], rows[i + LANES / 2], low);
            mixed[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + LANES / 2], high);
        }
        memcpy(rows, mixed, sizeof mixed);
    }
}

// Halves added onto halves: the order is fixed and shallow.
typedef float vector_4 __attribute__((vector_size(16)));
typedef float vector_8 __attribute__((vector_size(32)));

INLINE float vector_sum_4(vector_4 v)
{
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1);
    v += __builtin_shufflevector(v, v, 1, 0, 3, 2);
    return v[0];
}

#if defined(__AVX__)
INLINE float vector_sum_8(vector_8 v)
{
    return vector_sum_4(__builtin_shufflevector(v, v, 0, 1, 2, 3) +
                        __builtin_shufflevector(v, v, 4, 5, 6, 7));
}
#endif

INLINE float vector_sum(vector v)
{
#if defined(__AVX512F__)
    return vector_sum_8(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                        __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#elif defined(__AVX__)
    return vector_sum_8(v);
#else
    return vector_sum_4(v);
#endif
}

#endif
