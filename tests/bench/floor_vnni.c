// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "floor.h"

#include <immintrin.h>

enum { SUMS = 8, PRODUCTS = 64 };

// By hand, each sum a variable: around the intrinsic on an array GCC 12 spills.
#define TIMES(sum) "vpdpbusd %[b], %[a], %[" sum "]\n"

double floor_vnni(long count, int32_t *sink)
{
    __m512i a = _mm512_set1_epi32(sink[0]), b = _mm512_set1_epi32(sink[1]);
    __m512i s = a, t = a, u = a, v = a, w = a, x = a, y = a, z = a;
    for (long n = 0; n < count; n++)
        __asm__(TIMES("s") TIMES("t") TIMES("u") TIMES("v") TIMES("w") TIMES("x") TIMES("y")
                    TIMES("z")
                : [s] "+v"(s), [t] "+v"(t), [u] "+v"(u), [v] "+v"(v), [w] "+v"(w), [x] "+v"(x),
                  [y] "+v"(y), [z] "+v"(z)
                : [a] "v"(a), [b] "v"(b));
    s = _mm512_add_epi32(_mm512_add_epi32(_mm512_add_epi32(s, t), _mm512_add_epi32(u, v)),
                         _mm512_add_epi32(_mm512_add_epi32(w, x), _mm512_add_epi32(y, z)));
    sink[2] = _mm512_reduce_add_epi32(s);
    return (double)SUMS * PRODUCTS;
}
