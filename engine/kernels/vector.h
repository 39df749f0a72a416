// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One register of floats, as wide as the instruction set this file is compiled for. Everything is
 * static inline: including it twice for two instruction sets is two separate sets of functions. */
#ifndef AURICLE_KERNELS_VECTOR_H
#define AURICLE_KERNELS_VECTOR_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

// A row's end that fills no register: lanes count and above are not touched. With a count of LANES
// or more, all are.
#if defined(__AVX512F__)
INLINE __mmask16 vector_mask(int count)
{
    return (__mmask16)(count >= LANES ? 0xffffu : (1u << count) - 1u);
}
#elif defined(__AVX2__)
INLINE __m256i vector_mask(int count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/** The first count floats, then zeros. */
INLINE vector vector_load_part(const float *from, int count)
{
#if defined(__AVX512F__)
    return (vector)_mm512_maskz_loadu_ps(vector_mask(count), from);
#elif defined(__AVX2__)
    return (vector)_mm256_maskload_ps(from, vector_mask(count));
#else
    vector v = {0};
    if (count >= LANES)
        return vector_load(from);
    memcpy(&v, from, (size_t)count * sizeof *from);
    return v;
#endif
}

/** The first count floats alone. */
INLINE void vector_store_part(float *to, vector v, int count)
{
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(to, vector_mask(count), (__m512)v);
#elif defined(__AVX2__)
    _mm256_maskstore_ps(to, vector_mask(count), (__m256)v);
#else
    memcpy(to, &v, count >= LANES ? sizeof v : (size_t)count * sizeof *to);
#endif
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

/** The smaller and the larger of each lane's two; x where either is NaN. One instruction on x86. */
INLINE vector vector_least(vector x, vector other)
{
#if defined(__AVX512F__)
    return (vector)_mm512_min_ps((__m512)other, (__m512)x);
#elif defined(__AVX__)
    return (vector)_mm256_min_ps((__m256)other, (__m256)x);
#elif defined(__x86_64__)
    return (vector)_mm_min_ps((__m128)other, (__m128)x);
#else
    return vector_select(x > other, other, x);
#endif
}

INLINE vector vector_most(vector x, vector other)
{
#if defined(__AVX512F__)
    return (vector)_mm512_max_ps((__m512)other, (__m512)x);
#elif defined(__AVX__)
    return (vector)_mm256_max_ps((__m256)other, (__m256)x);
#elif defined(__x86_64__)
    return (vector)_mm_max_ps((__m128)other, (__m128)x);
#else
    return vector_select(x < other, other, x);
#endif
}

/** 1 / x to within a unit or two in the last place, for x of [2^-126, 2^126] and NaN. A division of
 * sixteen floats occupies the divider for sixteen cycles; a table of 2^-14 and a step of Newton's
 * take three instructions. */
INLINE vector vector_reciprocal(vector x)
{
#if defined(__AVX512F__)
    vector guess = (vector)_mm512_rcp14_ps((__m512)x);
    return guess + guess * (1.0f - x * guess);
#else
    return 1.0f / x;
#endif
}

// Lanes of a and, from LANES on, of b.
INLINE vector vector_pick(vector a, vector b, vector_int lanes)
{
#if __has_builtin(__builtin_shuffle)
    return __builtin_shuffle(a, b, lanes);
#else
    vector picked;
    for (int i = 0; i < LANES; i++)
        picked[i] = lanes[i] < LANES ? a[lanes[i]] : b[lanes[i] - LANES];
    return picked;
#endif
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
            mixed[2 * i] = vector_pick(rows[i], rows[i + LANES / 2], low);
            mixed[2 * i + 1] = vector_pick(rows[i], rows[i + LANES / 2], high);
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

// Halves against halves, as in the sums.
INLINE float vector_smallest_4(vector_4 v)
{
    const float a = v[0] < v[1] ? v[0] : v[1], b = v[2] < v[3] ? v[2] : v[3];
    return a < b ? a : b;
}

/** The smallest lane of numbers that are none of them NaN. */
INLINE float vector_smallest(vector v)
{
#if defined(__AVX512F__)
    return _mm512_reduce_min_ps((__m512)v);
#elif defined(__AVX__)
    __m128 half =
        _mm_min_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
    return vector_smallest_4((vector_4)half);
#else
    return vector_smallest_4(v);
#endif
}

#endif
