// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** C = alpha op(A) op(B) + beta C without a BLAS. Included by kernels/body.c only.
 *
 * After Goto & van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008): blocks of A
 * and B are copied, zero-padded, into panels that stay in cache, and one register tile of C is
 * summed over a panel at a time. The panels lie on the stack (72 KiB): nothing is allocated.
 *
 *            n ->                      B panel: [k][TILE_COLUMNS]
 *        +--------+
 *      m |  tile  |  A panel: [k][TILE_ROWS]
 *        +--------+                                                                           */
#ifndef AURICLE_KERNELS_SGEMM_H
#define AURICLE_KERNELS_SGEMM_H

#include "kernels/vector.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TILE_ROWS = 6,
    TILE_VECTORS = 2, // 6 x 2 sums, 2 of B and 1 of A fit sixteen registers
    TILE_COLUMNS = TILE_VECTORS * LANES,
    BLOCK_ROWS = 8 * TILE_ROWS,
    BLOCK_COLUMNS = 96, // a multiple of TILE_COLUMNS at 4, 8 and 16 lanes
    BLOCK_DEPTH = 128,
};

/** op(M): element (row, column) lies at at[row * row_step + column * column_step]. */
struct sgemm_view {
    const float *at;
    ptrdiff_t row_step, column_step;
};

static struct sgemm_view sgemm_view_of(const float *at, int stride, bool transposed)
{
    return transposed ? (struct sgemm_view){at, 1, stride} : (struct sgemm_view){at, stride, 1};
}

static int sgemm_least(int a, int b)
{
    return a < b ? a : b;
}

// count of the view's rows, depth columns -> panels of width rows each, [panel][depth][width].
static void sgemm_pack(struct sgemm_view view, int count, int depth, int width, float *packed)
{
    for (int first = 0; first < count; first += width)
        for (int p = 0; p < depth; p++)
            for (int i = 0; i < width; i++) {
                ptrdiff_t row = first + i;
                *packed++ =
                    row < count ? view.at[row * view.row_step + p * view.column_step] : 0.0f;
            }
}

INLINE void sgemm_tile(int depth, const float *a, const float *b, float *tile)
{
    vector sum[TILE_ROWS][TILE_VECTORS] = {0};
    for (int p = 0; p < depth; p++, a += TILE_ROWS, b += TILE_COLUMNS) {
        vector bs[TILE_VECTORS];
        for (int v = 0; v < TILE_VECTORS; v++)
            bs[v] = vector_load(b + v * LANES);
        for (int r = 0; r < TILE_ROWS; r++)
            for (int v = 0; v < TILE_VECTORS; v++)
                sum[r][v] += a[r] * bs[v];
    }
    for (int r = 0; r < TILE_ROWS; r++)
        for (int v = 0; v < TILE_VECTORS; v++)
            vector_store(tile + r * TILE_COLUMNS + v * LANES, sum[r][v]);
}

// One block of C from packed panels, tile by tile.
static void sgemm_block(int rows, int columns, int depth, float alpha, const float *a,
                        const float *b, float *c, int ldc)
{
    float tile[TILE_ROWS * TILE_COLUMNS];
    for (int j = 0; j < columns; j += TILE_COLUMNS)
        for (int i = 0; i < rows; i += TILE_ROWS) {
            sgemm_tile(depth, a + (ptrdiff_t)i * depth, b + (ptrdiff_t)j * depth, tile);
            int tile_rows = sgemm_least(TILE_ROWS, rows - i);
            int tile_columns = sgemm_least(TILE_COLUMNS, columns - j);
            for (int r = 0; r < tile_rows; r++)
                for (int s = 0; s < tile_columns; s++)
                    c[(ptrdiff_t)(i + r) * ldc + j + s] += alpha * tile[r * TILE_COLUMNS + s];
        }
}

// beta = 0 overwrites: what stood in C, NaN included, is not read.
static void sgemm_scale(int m, int n, float beta, float *c, int ldc)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float *at = &c[(ptrdiff_t)i * ldc + j];
            *at = beta == 0.0f ? 0.0f : beta * *at;
        }
}

static void sgemm_blocked(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                          const float *a, int lda, const float *b, int ldb, float beta, float *c,
                          int ldc)
{
    _Alignas(64) float a_panels[BLOCK_ROWS * BLOCK_DEPTH];
    _Alignas(64) float b_panels[BLOCK_COLUMNS * BLOCK_DEPTH];
    struct sgemm_view a_view = sgemm_view_of(a, lda, transpose_a);
    struct sgemm_view b_columns = sgemm_view_of(b, ldb, !transpose_b); // (column, depth)
    if (beta != 1.0f)
        sgemm_scale(m, n, beta, c, ldc);
    for (int j = 0; j < n; j += BLOCK_COLUMNS)
        for (int p = 0; p < k; p += BLOCK_DEPTH) {
            int columns = sgemm_least(BLOCK_COLUMNS, n - j),
                depth = sgemm_least(BLOCK_DEPTH, k - p);
            struct sgemm_view b_block = b_columns;
            b_block.at += j * b_columns.row_step + p * b_columns.column_step;
            sgemm_pack(b_block, columns, depth, TILE_COLUMNS, b_panels);
            for (int i = 0; i < m; i += BLOCK_ROWS) {
                int rows = sgemm_least(BLOCK_ROWS, m - i);
                struct sgemm_view a_block = a_view;
                a_block.at += i * a_view.row_step + p * a_view.column_step;
                sgemm_pack(a_block, rows, depth, TILE_ROWS, a_panels);
                sgemm_block(rows, columns, depth, alpha, a_panels, b_panels,
                            c + (ptrdiff_t)i * ldc + j, ldc);
            }
        }
}

#endif
