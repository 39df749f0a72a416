// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** C = A B + beta C for one B and many A of few rows: what a recurrent layer does at every step of
 * a window. B is packed once; a BLAS would pack it at every call. Included by kernels/body.c only.
 *
 *     B (k x n) -> panels [n / PANEL_COLUMNS][k][PANEL_COLUMNS], the last one padded with zeros
 *
 * A panel is read once for every PANEL_ROWS rows of A, whose numbers are used where they lie. Every
 * sum runs over k upwards, so a row's bits don't depend on the rows beside it. */
#ifndef AURICLE_KERNELS_PANELS_H
#define AURICLE_KERNELS_PANELS_H

#include "kernels/vector.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PANEL_VECTORS = 2,
    PANEL_COLUMNS = PANEL_VECTORS * LANES,
    // sums for it, two registers of B, one of A: of 32 registers with AVX-512, else of 16
    PANEL_ROWS = LANES == 16 ? 12 : 6,
};

static size_t panels_floats(int n, int k)
{
    return (size_t)(n + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS * (size_t)k;
}

// Rows [0, rows) of b become columns of a panel, LANES of k at a time.
static void panels_turn(int rows, int k, const float *b, int ldb, float *panel)
{
    for (int p = 0; p < k; p += LANES) {
        vector block[LANES];
        int depth = k - p < LANES ? k - p : LANES;
        for (int i = 0; i < LANES; i++)
            block[i] =
                i < rows ? vector_load_part(b + (ptrdiff_t)i * ldb + p, depth) : vector_all(0.0f);
        vector_transpose(block);
        for (int i = 0; i < depth; i++)
            vector_store(panel + (ptrdiff_t)(p + i) * PANEL_COLUMNS, block[i]);
    }
}

static void panels_copy(int columns, int k, const float *b, int ldb, float *panel)
{
    for (int p = 0; p < k; p++, b += ldb, panel += PANEL_COLUMNS) {
        memcpy(panel, b, (size_t)columns * sizeof *panel);
        memset(panel + columns, 0, (size_t)(PANEL_COLUMNS - columns) * sizeof *panel);
    }
}

static void panels_pack(bool transpose_b, int n, int k, const float *b, int ldb, float *panels)
{
    for (int j = 0; j < n; j += PANEL_COLUMNS, panels += (ptrdiff_t)k * PANEL_COLUMNS) {
        int columns = n - j < PANEL_COLUMNS ? n - j : PANEL_COLUMNS;
        for (int v = 0; transpose_b && v < PANEL_COLUMNS; v += LANES)
            panels_turn(columns - v, k, b + (ptrdiff_t)(j + v) * ldb, ldb, panels + v);
        if (!transpose_b)
            panels_copy(columns, k, b + j, ldb, panels);
    }
}

INLINE void panels_store(vector sum, float beta, float *c, int columns)
{
    if (columns >= LANES) {
        vector_store(c, beta != 0.0f ? sum + beta * vector_load(c) : sum);
        return;
    }
    for (int i = 0; i < columns; i++)
        c[i] = beta != 0.0f ? sum[i] + beta * c[i] : sum[i];
}

// rows is a constant at each call.
INLINE void panels_tile(int rows, int columns, int k, const float *a, int lda, const float *panel,
                        float beta, float *c, int ldc)
{
    vector sum[PANEL_ROWS][PANEL_VECTORS] = {0};
    for (int p = 0; p < k; p++, panel += PANEL_COLUMNS) {
        vector b[PANEL_VECTORS];
        for (int v = 0; v < PANEL_VECTORS; v++)
            b[v] = vector_load(panel + v * LANES);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < PANEL_VECTORS; v++)
                sum[r][v] += a[(ptrdiff_t)r * lda + p] * b[v];
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < PANEL_VECTORS && v * LANES < columns; v++)
            panels_store(sum[r][v], beta, c + (ptrdiff_t)r * ldc + v * LANES, columns - v * LANES);
}

static void panels_rows(int rows, int columns, int k, const float *a, int lda, const float *panel,
                        float beta, float *c, int ldc)
{
#define PANELS_CASE(count)                                                                         \
    case count:                                                                                    \
        panels_tile(count, columns, k, a, lda, panel, beta, c, ldc);                               \
        break;
    switch (rows) {
        PANELS_CASE(1)
        PANELS_CASE(2)
        PANELS_CASE(3)
        PANELS_CASE(4)
        PANELS_CASE(5)
        PANELS_CASE(6)
#if defined(__AVX512F__)
        PANELS_CASE(7)
        PANELS_CASE(8)
        PANELS_CASE(9)
        PANELS_CASE(10)
        PANELS_CASE(11)
        PANELS_CASE(12)
#endif
    }
#undef PANELS_CASE
}

static void panels_product(int m, int n, int k, const float *a, int lda, const float *panels,
                           float beta, float *c, int ldc)
{
    for (int j = 0; j < n; j += PANEL_COLUMNS, panels += (ptrdiff_t)k * PANEL_COLUMNS)
        for (int i = 0; i < m; i += PANEL_ROWS)
            panels_rows(m - i < PANEL_ROWS ? m - i : PANEL_ROWS, n - j, k, a + (ptrdiff_t)i * lda,
                        lda, panels, beta, c + (ptrdiff_t)i * ldc + j, ldc);
}

#endif
