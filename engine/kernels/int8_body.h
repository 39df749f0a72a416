// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The int8 kernels of one instruction set. Included by kernels/body.c only.
 *
 *               64 rows of W ->             each lane: += w0 x0 + w1 x1 + w2 x2 + w3 x3
 *             +-------------+
 *   4 vectors |    tile     |  all of its sums stay in registers while k runs                   */
#ifndef AURICLE_KERNELS_INT8_BODY_H
#define AURICLE_KERNELS_INT8_BODY_H

#include "kernels/int8.h"
#include "kernels/skinny.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__AMX_INT8__)
#include "kernels/int8_amx.h"
#endif

enum {
#if defined(__AMX_INT8__)
    INT8_DEPTH = AMX_COLUMNS,
#else
    INT8_DEPTH = INT8_PACK,
#endif
    INT8_BLOCK_VECTORS = INT8_BLOCK / LANES,
#if defined(__AVX512F__)
    INT8_TILE_VECTORS = 4, // 4 x 4 sums, 4 of W, 1 of x fit thirty-two registers
    INT8_TILE_COUNT = 4,
#else
    INT8_TILE_VECTORS = INT8_BLOCK_VECTORS < 2 ? 1 : 2,
    INT8_TILE_COUNT = 2,
#endif
};

// A loop left standing would keep the sums in memory instead of registers.
#define INT8_UNROLL _Pragma("GCC unroll 16")

// ---- sums of four products

typedef int16_t vector_short __attribute__((vector_size(LANES * sizeof(int32_t))));

#if defined(__AVX512VNNI__)
INLINE vector_int int8_dot4(vector_int sum, vector_int x, vector_int w)
{
    return (vector_int)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
}
#elif defined(__x86_64__)
INLINE vector_int int8_pairs(vector_short a, vector_short b)
{
#if defined(__AVX512BW__)
    return (vector_int)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (vector_int)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
    return (vector_int)_mm_madd_epi16((__m128i)a, (__m128i)b);
#endif
}

// Widened to 16 bits: pmaddubsw would be shorter, but it saturates at 32767.
INLINE vector_int int8_dot4(vector_int sum, vector_int x, vector_int w)
{
    vector_short even_w = (vector_short)w << 8 >> 8, odd_w = (vector_short)w >> 8;
    vector_short even_x = (vector_short)(x & 0x00ff00ff);
    vector_short odd_x = (vector_short)((vector_int)((vector_bits)x >> 8) & 0x00ff00ff);
    return sum + int8_pairs(even_x, even_w) + int8_pairs(odd_x, odd_w);
}
#else
INLINE vector_int int8_dot4(vector_int sum, vector_int x, vector_int w)
{
    sum += (x & 0xff) * (w << 24 >> 24);
    sum += (x >> 8 & 0xff) * (w << 16 >> 24);
    sum += (x >> 16 & 0xff) * (w << 8 >> 24);
    sum += (x >> 24 & 0xff) * (w >> 24);
    return sum;
}
#endif

INLINE vector_int int8_load(const void *from)
{
    vector_int v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE vector_int int8_broadcast(const uint8_t *from)
{
    int32_t four;
    memcpy(&four, from, sizeof four);
    return four - (vector_int){0};
}

// ---- one tile: count vectors times the rows of vectors registers (constants in each caller)

struct int8_task {
    const struct int8_matrix *w;
    const struct int8_vectors *x;
    float *const *y;
};

INLINE void int8_start(const struct int8_task *task, int first_row, int at, int count, int vectors,
                       vector_int *sums)
{
    INT8_UNROLL for (int v = 0; v < vectors; v++)
    {
        vector_int of_row = int8_load(task->w->sums + first_row + v * LANES);
        INT8_UNROLL for (int i = 0; i < count; i++)
        {
            sums[i * vectors + v] = -task->x->codes[at + i].zero * of_row;
        }
    }
}

INLINE void int8_add_up(const struct int8_task *task, const int8_t *packed, int width,
                        const uint8_t *x, int count, int vectors, vector_int *sums)
{
    const ptrdiff_t step = task->x->step;
    for (int k = 0; k < task->w->column_bytes; k += INT8_PACK, packed += width * INT8_PACK) {
        vector_int w[INT8_TILE_VECTORS];
        for (int v = 0; v < vectors; v++)
            w[v] = int8_load(packed + v * LANES * INT8_PACK);
        for (int i = 0; i < count; i++) {
            vector_int four = int8_broadcast(x + i * step + k);
            for (int v = 0; v < vectors; v++)
                sums[i * vectors + v] = int8_dot4(sums[i * vectors + v], four, w[v]);
        }
    }
}

// Sums -> y, as far as there are rows.
INLINE void int8_finish(const struct int8_task *task, int first_row, int at, int count, int vectors,
                        const vector_int *sums)
{
    const int rest = task->w->rows - first_row;
    vector scale[INT8_TILE_VECTORS], bias[INT8_TILE_VECTORS];
    INT8_UNROLL for (int v = 0; v < vectors; v++)
    {
        scale[v] = vector_load(task->w->scale + first_row + v * LANES);
        bias[v] = vector_load(task->w->bias + first_row + v * LANES);
    }
    INT8_UNROLL for (int i = 0; i < count; i++)
    {
        const float x_scale = task->x->codes[at + i].scale;
        float *y = task->y[at + i] + first_row;
        INT8_UNROLL for (int v = 0; v < vectors; v++)
        {
            vector value = __builtin_convertvector(sums[i * vectors + v], vector);
            value = value * (scale[v] * x_scale) + bias[v];
            if (rest >= vectors * LANES)
                vector_store(y + v * LANES, value);
            else if (rest > v * LANES)
                skinny_store(y + v * LANES, value, rest - v * LANES);
        }
    }
}

INLINE void int8_tile(const struct int8_task *task, const int8_t *packed, int width, int first_row,
                      int at, int count, int vectors)
{
    vector_int sums[INT8_TILE_COUNT * INT8_TILE_VECTORS];
    int8_start(task, first_row, at, count, vectors, sums);
    int8_add_up(task, packed, width, task->x->bytes + at * task->x->step, count, vectors, sums);
    int8_finish(task, first_row, at, count, vectors, sums);
}

// ---- the product

// As many vectors as go sixteen at a time: returns how many.
INLINE int int8_sixteens(const struct int8_task *task, const int8_t *packed, int width,
                         int first_row)
{
    int at = 0;
#if defined(__AMX_INT8__)
    _Alignas(64) int32_t sums[AMX_VECTORS * INT8_BLOCK * INT8_GROUP];
    for (; at + AMX_VECTORS <= task->x->count; at += AMX_VECTORS) {
        amx_sums(packed, width / INT8_BLOCK, task->w->column_bytes,
                 task->x->bytes + at * task->x->step, task->x->step, sums);
        for (int i = 0; i < AMX_VECTORS; i++)
            for (int r = 0; r < width; r += LANES) {
                vector_int sum;
                int8_start(task, first_row + r, at + i, 1, 1, &sum);
                sum += int8_load(sums + i * width + r);
                int8_finish(task, first_row + r, at + i, 1, 1, &sum);
            }
    }
#else
    (void)task, (void)packed, (void)width, (void)first_row;
#endif
    return at;
}

// All vectors times width rows from first_row on; packed is where these begin.
INLINE void int8_rows(const struct int8_task *task, const int8_t *packed, int width, int first_row,
                      int vectors)
{
    const int done = int8_sixteens(task, packed, width, first_row);
    for (int r = 0; r < width; r += vectors * LANES)
        for (int at = done, n; at < task->x->count; at += n) {
            n = skinny_share(task->x->count - at, INT8_TILE_COUNT);
            SKINNY_SWITCH(n, int8_tile(task, packed + r * INT8_PACK, width, first_row + r, at,
                                       skinny_least(N, INT8_TILE_COUNT), vectors))
        }
}

static void int8_product(const struct int8_matrix *w, const struct int8_vectors *x, float *const *y)
{
    const struct int8_task task = {w, x, y};
    const int group = INT8_BLOCK * INT8_GROUP;
    const ptrdiff_t row_bytes = w->column_bytes;
    const int rows = (w->rows + INT8_BLOCK - 1) / INT8_BLOCK * INT8_BLOCK;
    int r = 0;
#if defined(__AMX_INT8__)
    if (x->count >= AMX_VECTORS)
        amx_begin();
#endif
    for (; r + group <= rows; r += group)
        int8_rows(&task, w->packed + r * row_bytes, group, r, INT8_TILE_VECTORS);
    for (; r < rows; r += INT8_BLOCK)
        int8_rows(&task, w->packed + r * row_bytes, INT8_BLOCK, r,
                  INT8_BLOCK_VECTORS < INT8_TILE_VECTORS ? INT8_BLOCK_VECTORS : INT8_TILE_VECTORS);
#if defined(__AMX_INT8__)
    if (x->count >= AMX_VECTORS)
        _tile_release();
#endif
}

// ---- floats to bytes

// Two chains of comparisons side by side: one alone waits for each.
static void int8_range(int n, const float *x, float *low, float *high)
{
    vector low_a = {0}, low_b = {0}, high_a = {0}, high_b = {0};
    int i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        vector a = vector_load(x + i), b = vector_load(x + i + LANES);
        low_a = vector_select(a < low_a, a, low_a);
        low_b = vector_select(b < low_b, b, low_b);
        high_a = vector_select(a > high_a, a, high_a);
        high_b = vector_select(b > high_b, b, high_b);
    }
    for (; i < n; i += LANES) {
        vector a = n - i >= LANES ? vector_load(x + i) : vector_load_part(x + i, n - i);
        low_a = vector_select(a < low_a, a, low_a);
        high_a = vector_select(a > high_a, a, high_a);
    }
    low_a = vector_select(low_b < low_a, low_b, low_a);
    high_a = vector_select(high_b > high_a, high_b, high_a);
    for (int l = 0; l < LANES; l++) {
        *low = low_a[l] < *low ? low_a[l] : *low;
        *high = high_a[l] > *high ? high_a[l] : *high;
    }
}

typedef uint8_t vector_bytes __attribute__((vector_size(LANES)));

// Written so that a NaN becomes 0.
INLINE vector_bytes int8_bytes_of(vector x, struct int8_code code)
{
    x = x * code.inverse + ((float)code.zero + 0.5f);
    x = vector_select(x > 0.0f, x, (vector){0});
    x = vector_select(x < 255.0f, x, vector_all(255.0f));
    return __builtin_convertvector(__builtin_convertvector(x, vector_int), vector_bytes);
}

static void int8_encode(int n, const float *x, struct int8_code code, uint8_t *bytes)
{
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
        vector_bytes some = int8_bytes_of(vector_load(x + i), code);
        memcpy(bytes + i, &some, LANES);
    }
    if (i < n) {
        vector_bytes some = int8_bytes_of(vector_load_part(x + i, n - i), code);
        memcpy(bytes + i, &some, (size_t)(n - i));
    }
}

#endif
