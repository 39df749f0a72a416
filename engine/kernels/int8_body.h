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
    INT8_CELL_SUMS = 12, // of a recurrent layer, whose other half waits in as many registers
#else
    INT8_TILE_VECTORS = 4, // the registers of all gates; of a product two
    INT8_TILE_COUNT = 2,
    INT8_CELL_SUMS = 6,
#endif
    INT8_PRODUCT_VECTORS = LANES == 16              ? 4
                           : INT8_BLOCK_VECTORS < 2 ? 1
                                                    : 2,
#if defined(__AVX512VNNI__)
    INT8_CHAINS = 8, // sums enough to hide a latency of five cycles
#else
    INT8_CHAINS = 1, // additions of one cycle
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

// ---- one tile: count vectors times some registers of rows (constants in each caller)

/** Rows of W: `vectors` registers of them, one `step` rows after the other. */
struct int8_rows {
    const int8_t *packed; // the first column of the first
    int width;            // rows that stand side by side there
    int first, step, vectors;
};

INLINE void int8_start(const struct int8_matrix *w, const struct int8_vectors *x,
                       struct int8_rows rows, int at, int count, vector_int *sums)
{
    INT8_UNROLL for (int v = 0; v < rows.vectors; v++)
    {
        vector_int of_row = int8_load(w->sums + rows.first + v * rows.step);
        INT8_UNROLL for (int i = 0; i < count; i++)
        {
            sums[i * rows.vectors + v] = -x->codes[at + i].zero * of_row;
        }
    }
}

// Columns k .. k + 3 of all.
INLINE void int8_add(const struct int8_rows *rows, const struct int8_vectors *x,
                     const uint8_t *bytes, int k, int count, vector_int *sums)
{
    const int8_t *packed = rows->packed + (ptrdiff_t)k * rows->width;
    vector_int w[INT8_TILE_VECTORS];
    for (int v = 0; v < rows->vectors; v++)
        w[v] = int8_load(packed + v * rows->step * INT8_PACK);
    for (int i = 0; i < count; i++) {
        vector_int four = int8_broadcast(bytes + i * x->step + k);
        for (int v = 0; v < rows->vectors; v++)
            sums[i * rows->vectors + v] = int8_dot4(sums[i * rows->vectors + v], four, w[v]);
    }
}

// A sum waits five cycles for the one before it, and two can begin in each: of few, the columns are
// dealt out to twice or four times as many. Of integers the order changes nothing.
INLINE void int8_add_up(const struct int8_matrix *w, const struct int8_vectors *x,
                        struct int8_rows rows, int at, int count, vector_int *sums)
{
    const uint8_t *bytes = x->bytes + at * x->step;
    const int all = count * rows.vectors;
    const int parts = INT8_CHAINS >= 4 * all ? 4 : INT8_CHAINS >= 2 * all ? 2 : 1;
    vector_int more[3][INT8_CHAINS / 2 + 1] = {0};
    int k = 0;
    for (; k + parts * INT8_PACK <= w->column_bytes; k += parts * INT8_PACK) {
        int8_add(&rows, x, bytes, k, count, sums);
        for (int p = 1; p < parts; p++)
            int8_add(&rows, x, bytes, k + p * INT8_PACK, count, more[p - 1]);
    }
    for (; parts > 1 && k < w->column_bytes; k += INT8_PACK)
        int8_add(&rows, x, bytes, k, count, sums);
    for (int p = 1; p < parts; p++)
        INT8_UNROLL for (int i = 0; i < all; i++)
        {
            sums[i] += more[p - 1][i];
        }
}

INLINE void int8_scale(const struct int8_matrix *w, const struct int8_vectors *x,
                       struct int8_rows rows, int at, int count, const vector_int *sums,
                       vector *values)
{
    vector scale[INT8_TILE_VECTORS], bias[INT8_TILE_VECTORS];
    INT8_UNROLL for (int v = 0; v < rows.vectors; v++)
    {
        scale[v] = vector_load(w->scale + rows.first + v * rows.step);
        bias[v] = vector_load(w->bias + rows.first + v * rows.step);
    }
    INT8_UNROLL for (int i = 0; i < count; i++)
    {
        const float x_scale = x->codes[at + i].scale;
        INT8_UNROLL for (int v = 0; v < rows.vectors; v++)
        {
            vector value = __builtin_convertvector(sums[i * rows.vectors + v], vector);
            values[i * rows.vectors + v] = value * (scale[v] * x_scale) + bias[v];
        }
    }
}

/** values [count][vectors] of vectors at .. at + count - 1. */
INLINE void int8_values(const struct int8_matrix *w, const struct int8_vectors *x,
                        struct int8_rows rows, int at, int count, vector *values)
{
    vector_int sums[INT8_TILE_COUNT * INT8_TILE_VECTORS];
    int8_start(w, x, rows, at, count, sums);
    int8_add_up(w, x, rows, at, count, sums);
    int8_scale(w, x, rows, at, count, sums, values);
}

#if defined(__AMX_INT8__)
/** The same of one vector whose sums the tiles have made. */
INLINE void int8_values_of(const struct int8_matrix *w, const struct int8_vectors *x,
                           struct int8_rows rows, int at, const int32_t *made, vector *values)
{
    vector_int sums[INT8_TILE_VECTORS];
    int8_start(w, x, rows, at, 1, sums);
    for (int v = 0; v < rows.vectors; v++)
        sums[v] += int8_load(made + v * rows.step);
    int8_scale(w, x, rows, at, 1, sums, values);
}
#endif

#define INT8_SWITCH(n, call)                                                                       \
    switch (n) {                                                                                   \
        SKINNY_CASE(1, call)                                                                       \
        SKINNY_CASE(2, call)                                                                       \
        SKINNY_CASE(3, call)                                                                       \
        SKINNY_CASE(4, call)                                                                       \
    }

// ---- the product

struct int8_task {
    const struct int8_matrix *w;
    const struct int8_vectors *x;
    float *const *y;
};

INLINE void int8_store(const struct int8_task *task, struct int8_rows rows, int at, int count,
                       const vector *values)
{
    INT8_UNROLL for (int i = 0; i < count; i++)
    {
        float *y = task->y[at + i];
        INT8_UNROLL for (int v = 0; v < rows.vectors; v++)
        {
            const int row = rows.first + v * rows.step, rest = task->w->rows - row;
            if (rest > 0)
                vector_store_part(y + row, values[i * rows.vectors + v], rest);
        }
    }
}

INLINE void int8_tile(const struct int8_task *task, struct int8_rows rows, int at, int count)
{
    vector values[INT8_TILE_COUNT * INT8_TILE_VECTORS];
    int8_values(task->w, task->x, rows, at, count, values);
    int8_store(task, rows, at, count, values);
}

// As many vectors as go sixteen at a time: returns how many.
INLINE int int8_sixteens(const struct int8_task *task, struct int8_rows rows)
{
    int at = 0;
#if defined(__AMX_INT8__)
    _Alignas(64) int32_t sums[AMX_VECTORS * INT8_BLOCK * INT8_GROUP];
    const struct int8_vectors *x = task->x;
    for (; at + AMX_VECTORS <= x->count; at += AMX_VECTORS) {
        amx_sums(rows.packed, rows.width / INT8_BLOCK, task->w->column_bytes,
                 x->bytes + at * x->step, x->step, sums);
        for (int i = 0; i < AMX_VECTORS; i++)
            for (int r = 0; r < rows.width; r += LANES) {
                const struct int8_rows some = {NULL, rows.width, rows.first + r, LANES, 1};
                vector value;
                int8_values_of(task->w, x, some, at + i, sums + i * rows.width + r, &value);
                int8_store(task, some, at + i, 1, &value);
            }
    }
#else
    (void)task, (void)rows;
#endif
    return at;
}

// All vectors times `width` rows from `first` on, where packed begins, `vectors` registers at once.
INLINE void int8_band(const struct int8_task *task, const int8_t *packed, int width, int first,
                      int vectors)
{
    struct int8_rows rows = {packed, width, first, LANES, vectors};
    const int done = int8_sixteens(task, rows);
    for (int r = 0; r < width; r += vectors * LANES) {
        rows.packed = packed + r * INT8_PACK;
        rows.first = first + r;
        for (int at = done, n; at < task->x->count; at += n) {
            n = skinny_share(task->x->count - at, INT8_TILE_COUNT);
            INT8_SWITCH(n, int8_tile(task, rows, at, skinny_least(N, INT8_TILE_COUNT)))
        }
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
        int8_band(&task, w->packed + r * row_bytes, group, r, INT8_PRODUCT_VECTORS);
    for (; r < rows; r += INT8_BLOCK)
        int8_band(&task, w->packed + r * row_bytes, INT8_BLOCK, r,
                  skinny_least(INT8_BLOCK_VECTORS, INT8_PRODUCT_VECTORS));
#if defined(__AMX_INT8__)
    if (x->count >= AMX_VECTORS)
        _tile_release();
#endif
}

// ---- floats to bytes

// Two chains side by side: one alone waits for each comparison.
static void int8_range(int n, const float *x, float *low, float *high)
{
    vector low_a = {0}, low_b = {0}, high_a = {0}, high_b = {0};
    int i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        vector a = vector_load(x + i), b = vector_load(x + i + LANES);
        low_a = vector_least(low_a, a), low_b = vector_least(low_b, b);
        high_a = vector_most(high_a, a), high_b = vector_most(high_b, b);
    }
    for (; i < n; i += LANES) {
        vector a = vector_load_part(x + i, n - i);
        low_a = vector_least(low_a, a);
        high_a = vector_most(high_a, a);
    }
    const float least = vector_smallest(vector_least(low_a, low_b));
    const float most = -vector_smallest(-vector_most(high_a, high_b));
    *low = least < *low ? least : *low;
    *high = most > *high ? most : *high;
}

typedef uint8_t vector_bytes __attribute__((vector_size(LANES)));

// Written so that a NaN becomes 0.
INLINE vector_bytes int8_bytes_of(vector x, struct int8_code code)
{
    x = x * code.inverse + ((float)code.zero + 0.5f);
    x = vector_least(vector_most((vector){0}, x), vector_all(255.0f));
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
