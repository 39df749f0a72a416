// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Packing and blocking; what multiplies is bf16_avx512.c or bf16_amx.c.
//
// A block of B stays in L2 while blocks of A go by. Both lie on the stack: nothing is allocated.
#include "kernels/bf16.h"

#include <immintrin.h>

enum {
    B_CAPACITY = 384 << 10, // numbers: 768 KiB
    A_CAPACITY = 96 << 10,
    MOST_COLUMNS = 768,
    LEAST_DEPTH = B_CAPACITY / MOST_COLUMNS,
    MOST_DEPTH = 2048,
    LANES = 16,
    PAIRS = 2 * LANES, // numbers along k in a register of pairs
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int round_up(int n, int multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

// ---- registers of sixteen pairs

static inline __mmask16 first(int count)
{
    return (__mmask16)(count >= LANES ? 0xffffu : (1u << (count < 0 ? 0 : count)) - 1u);
}

// x[0 .. count) along k.
static inline __m512i pairs_along(const float *x, int count)
{
    __m512 low = _mm512_maskz_loadu_ps(first(count), x);
    __m512 high = count > LANES ? _mm512_maskz_loadu_ps(first(count - LANES), x + LANES)
                                : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

// Row k and row k + 1 (none: zeros), columns [0, count): each column's pair.
static inline __m512i pairs_across(const float *row, const float *next, int count)
{
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    __m512 low = _mm512_maskz_loadu_ps(first(count), row);
    __m512 high = next ? _mm512_maskz_loadu_ps(first(count), next) : _mm512_setzero_ps();
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

// Sixteen registers of sixteen pairs, rows for columns.
static inline void transpose(__m512i r[LANES])
{
    __m512i s[LANES];
    for (int i = 0; i < LANES; i += 2) {
        s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4)
        for (int j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm512_unpacklo_epi64(s[i + j], s[i + 2 + j]);
            r[i + 2 * j + 1] = _mm512_unpackhi_epi64(s[i + j], s[i + 2 + j]);
        }
    for (int i = 0; i < LANES; i += 8)
        for (int j = 0; j < 4; j++) {
            s[i + j] = _mm512_shuffle_i32x4(r[i + j], r[i + 4 + j], 0x88);
            s[i + 4 + j] = _mm512_shuffle_i32x4(r[i + j], r[i + 4 + j], 0xdd);
        }
    for (int j = 0; j < 8; j++) {
        r[j] = _mm512_shuffle_i32x4(s[j], s[8 + j], 0x88);
        r[8 + j] = _mm512_shuffle_i32x4(s[j], s[8 + j], 0xdd);
    }
}

// ---- packing; `depth` is what is packed of k, padded to `padded`

/** op(M) with elements (outer, k): outer is A's row or B's column. */
struct view {
    const float *at;
    int stride;
    bool k_runs; // neighbours along k are neighbours in memory
};

static inline const float *view_row(const struct view *view, int i)
{
    return view->at + (ptrdiff_t)i * view->stride;
}

// Sixteen outer indices from `outer` on, k in [p, p + 32): one register for each outer index.
static inline void load_along(const struct view *view, int outer, int count, int p, int depth,
                              __m512i r[LANES])
{
    for (int i = 0; i < LANES; i++)
        r[i] = i < count ? pairs_along(view_row(view, outer + i) + p, depth - p)
                         : _mm512_setzero_si512();
}

// The same: one register for each pair of k.
static inline void load_across(const struct view *view, int outer, int count, int p, int depth,
                               __m512i r[LANES])
{
    for (int i = 0; i < LANES; i++) {
        int k = p + 2 * i;
        r[i] = k < depth ? pairs_across(view_row(view, k) + outer,
                                        k + 1 < depth ? view_row(view, k + 1) + outer : NULL, count)
                         : _mm512_setzero_si512();
    }
}

// A's rows [0, count) -> [padded_rows][padded]
static void pack_rows(struct view view, int count, int padded_rows, int depth, int padded,
                      uint16_t *packed)
{
    __m512i r[LANES];
    for (int i = 0; i < padded_rows; i += LANES)
        for (int p = 0; p < padded; p += PAIRS) {
            if (view.k_runs) {
                load_along(&view, i, count - i, p, depth, r);
            } else {
                load_across(&view, i, count - i, p, depth, r);
                transpose(r);
            }
            __mmask16 columns = first((padded - p) / 2);
            for (int j = 0; j < LANES && i + j < padded_rows; j++)
                _mm512_mask_storeu_epi32(packed + (ptrdiff_t)(i + j) * padded + p, columns, r[j]);
        }
}

// B's columns [0, count) -> panels
static void pack_panels(struct view view, int count, int depth, int padded, uint16_t *packed)
{
    __m512i r[LANES];
    for (int j = 0; j < count; j += BF16_COLUMNS)
        for (int p = 0; p < padded; p += PAIRS)
            for (int half = 0; half < BF16_COLUMNS; half += LANES) {
                if (view.k_runs) {
                    load_along(&view, j + half, count - j - half, p, depth, r);
                    transpose(r);
                } else {
                    load_across(&view, j + half, count - j - half, p, depth, r);
                }
                uint16_t *to = packed + (ptrdiff_t)j * padded + (ptrdiff_t)p * BF16_COLUMNS;
                for (int i = 0; i < LANES && p + 2 * i < padded; i++)
                    _mm512_store_si512(to + (2 * i * BF16_COLUMNS + 2 * half), r[i]);
            }
}

// ---- blocking

static struct view view_from(const float *at, int stride, bool k_runs, int outer, int k)
{
    at += k_runs ? (ptrdiff_t)outer * stride + k : (ptrdiff_t)k * stride + outer;
    return (struct view){at, stride, k_runs};
}

// All rows of A, a block at a time, with packed columns of B.
static void rows_product(const struct bf16_unit *unit, struct view a, int m, int depth, int padded,
                         struct bf16_block block)
{
    _Alignas(64) uint16_t packed[A_CAPACITY];
    const int most = A_CAPACITY / padded / unit->rows * unit->rows;
    float *c = block.c;
    block.a = packed;
    block.depth = padded;
    for (int i = 0; i < m; i += most) {
        block.rows = least(most, m - i);
        pack_rows(view_from(a.at, a.stride, a.k_runs, i, 0), block.rows,
                  round_up(block.rows, unit->rows), depth, padded, packed);
        block.c = c + (ptrdiff_t)i * block.ldc;
        unit->block(&block);
    }
}

void bf16_sgemm(const struct bf16_unit *unit, bool transpose_a, bool transpose_b, int m, int n,
                int k, float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                float *c, int ldc)
{
    _Alignas(64) uint16_t packed[B_CAPACITY];
    const int width = least(MOST_COLUMNS, round_up(n, BF16_COLUMNS));
    const int most = least(MOST_DEPTH, B_CAPACITY / width / PAIRS * PAIRS);
    for (int j = 0; j < n; j += width)
        for (int p = 0; p < k || p == 0; p += most) { // k = 0 still scales C
            int columns = least(width, n - j), depth = least(most, k - p);
            int padded = round_up(depth, unit->depth);
            pack_panels(view_from(b, ldb, transpose_b, j, p), columns, depth, padded, packed);
            struct bf16_block block = {.columns = columns,
                                       .b = packed,
                                       .alpha = alpha,
                                       .beta = p == 0 ? beta : 1,
                                       .c = c + j,
                                       .ldc = ldc};
            rows_product(unit, view_from(a, lda, !transpose_a, 0, p), m, depth, padded, block);
        }
}

// ---- one B, many A

size_t bf16_panels_floats(const struct bf16_unit *unit, int n, int k)
{
    return (size_t)round_up(n, BF16_COLUMNS) * (size_t)round_up(k, unit->depth) / 2;
}

void bf16_panels_pack(const struct bf16_unit *unit, bool transpose_b, int n, int k, const float *b,
                      int ldb, float *panels)
{
    pack_panels(view_from(b, ldb, transpose_b, 0, 0), n, k, round_up(k, unit->depth),
                (uint16_t *)panels);
}

void bf16_panels_product(const struct bf16_unit *unit, int m, int n, int k, const float *a, int lda,
                         const float *panels, float beta, float *c, int ldc)
{
    struct bf16_block block = {
        .columns = n, .b = (const uint16_t *)panels, .alpha = 1, .beta = beta, .c = c, .ldc = ldc};
    rows_product(unit, view_from(a, lda, true, 0, 0), m, k, round_up(k, unit->depth), block);
}
