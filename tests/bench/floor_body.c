// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Compiled once per instruction set, as the kernels are.
#include "floor.h"

#include "kernels/vector.h"

#if defined(__AVX512VNNI__)
#include <immintrin.h>
#endif

enum { SUMS = 12 }; // in flight: enough for two multiply-adds a cycle of latency five, and more

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

// By hand, each sum a variable: around the intrinsics on an array GCC 12 spills.
#if defined(__AMX_INT8__)
static double multiply_bytes(long count, int *sink)
{
    enum { TILES = 4, PRODUCTS = 16 * 16 * 64 };
    struct {
        uint8_t palette, row, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shapes = {.palette = 1};
    for (int i = 0; i < TILES + 2; i++) {
        shapes.bytes[i] = 64;
        shapes.rows[i] = 16;
    }
    _tile_loadconfig(&shapes);
    _tile_zero(4);
    _tile_zero(5);
    for (long n = 0; n < count; n++)
        __asm__ volatile("tdpbusd %tmm5, %tmm4, %tmm0\n"
                         "tdpbusd %tmm5, %tmm4, %tmm1\n"
                         "tdpbusd %tmm5, %tmm4, %tmm2\n"
                         "tdpbusd %tmm5, %tmm4, %tmm3\n");
    _tile_release();
    sink[0]++;
    return (double)TILES * PRODUCTS;
}
#define BYTES multiply_bytes
#elif defined(__AVX512VNNI__)
#define BYTES multiply_bytes
#define TIMES(sum) "vpdpbusd %[b], %[a], %[" sum "]\n"

struct eight {
    __m512i s, t, u, v, w, x, y, z;
};

INLINE void multiply_eight(struct eight *e, __m512i a, __m512i b)
{
    __asm__(TIMES("s") TIMES("t") TIMES("u") TIMES("v") TIMES("w") TIMES("x") TIMES("y") TIMES("z")
            : [s] "+v"(e->s), [t] "+v"(e->t), [u] "+v"(e->u), [v] "+v"(e->v), [w] "+v"(e->w),
              [x] "+v"(e->x), [y] "+v"(e->y), [z] "+v"(e->z)
            : [a] "v"(a), [b] "v"(b));
}

INLINE __m512i sum_eight(struct eight e)
{
    return _mm512_add_epi32(
        _mm512_add_epi32(_mm512_add_epi32(e.s, e.t), _mm512_add_epi32(e.u, e.v)),
        _mm512_add_epi32(_mm512_add_epi32(e.w, e.x), _mm512_add_epi32(e.y, e.z)));
}

static double multiply_bytes(long count, int *sink)
{
    enum { REGISTERS = 16, PRODUCTS = 64 };
    __m512i a = _mm512_set1_epi32(sink[0]), b = _mm512_set1_epi32(sink[1]);
    struct eight some = {a, a, a, a, a, a, a, a}, others = {b, b, b, b, b, b, b, b};
    for (long i = 0; i < count; i++) {
        multiply_eight(&some, a, b);
        multiply_eight(&others, a, b);
    }
    sink[2] = _mm512_reduce_add_epi32(_mm512_add_epi32(sum_eight(some), sum_eight(others)));
    return (double)REGISTERS * PRODUCTS;
}
#else
#define BYTES NULL
#endif

#define TABLE_OF(variant) floor_##variant
#define TABLE(variant) TABLE_OF(variant)

const struct floor_table TABLE(FLOOR_VARIANT) = {
    .name = FLOOR_NAME, .multiply = multiply, .multiply_bytes = BYTES, .read = read_all};
