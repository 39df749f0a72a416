// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// AMX: C 32 x 32 in four tiles of 16 x 16 sums, two of A (16 rows x 32 of k), two of B (32 of k, as
// pairs, x 16 columns). Few rows use two tiles of C.
#include "kernels/bf16.h"

#include <immintrin.h>

enum { ROWS = 16, LANES = 16, DEPTH = 32, ROW_BYTES = 64 };

struct tile_config { // Intel SDM vol. 1, sec. 18.2
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

static void configure(void)
{
    _Alignas(64) struct tile_config config = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        config.row_bytes[i] = ROW_BYTES;
        config.rows[i] = ROWS;
    }
    _tile_loadconfig(&config);
}

// rows [16 or 32][BF16_COLUMNS] of sums
static void sums_32(int depth, const uint16_t *a, const uint16_t *b, float *sums)
{
    const size_t stride = (size_t)depth * sizeof *a, b_stride = 2 * BF16_COLUMNS * sizeof *b;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int p = 0; p < depth; p += DEPTH, b += DEPTH * BF16_COLUMNS) {
        _tile_loadd(4, a + p, stride);
        _tile_loadd(6, b, b_stride);
        _tile_loadd(7, b + 2 * LANES, b_stride);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + ROWS * (ptrdiff_t)depth + p, stride);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums, BF16_COLUMNS * sizeof *sums);
    _tile_stored(1, sums + LANES, BF16_COLUMNS * sizeof *sums);
    _tile_stored(2, sums + ROWS * BF16_COLUMNS, BF16_COLUMNS * sizeof *sums);
    _tile_stored(3, sums + ROWS * BF16_COLUMNS + LANES, BF16_COLUMNS * sizeof *sums);
}

static void sums_16(int depth, const uint16_t *a, const uint16_t *b, float *sums)
{
    const size_t stride = (size_t)depth * sizeof *a, b_stride = 2 * BF16_COLUMNS * sizeof *b;
    _tile_zero(0);
    _tile_zero(1);
    for (int p = 0; p < depth; p += DEPTH, b += DEPTH * BF16_COLUMNS) {
        _tile_loadd(4, a + p, stride);
        _tile_loadd(6, b, b_stride);
        _tile_loadd(7, b + 2 * LANES, b_stride);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
    }
    _tile_stored(0, sums, BF16_COLUMNS * sizeof *sums);
    _tile_stored(1, sums + LANES, BF16_COLUMNS * sizeof *sums);
}

static void store(const struct bf16_block *block, int rows, int columns, const float *sums,
                  float *c)
{
    const __m512 alpha = _mm512_set1_ps(block->alpha), beta = _mm512_set1_ps(block->beta);
    for (int i = 0; i < rows; i++, sums += BF16_COLUMNS, c += block->ldc)
        for (int j = 0; j < columns && j < BF16_COLUMNS; j += LANES) {
            int count = columns - j;
            __mmask16 mask = (__mmask16)(count >= LANES ? 0xffffu : (1u << count) - 1u);
            __m512 sum = _mm512_mul_ps(_mm512_loadu_ps(sums + j), alpha);
            if (block->beta != 0.0f)
                sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, c + j), beta, sum);
            _mm512_mask_storeu_ps(c + j, mask, sum);
        }
}

static void amx_block(const struct bf16_block *block)
{
    _Alignas(64) float sums[2 * ROWS * BF16_COLUMNS];
    configure();
    for (int j = 0; j < block->columns; j += BF16_COLUMNS)
        for (int i = 0; i < block->rows; i += 2 * ROWS) {
            const uint16_t *a = block->a + (ptrdiff_t)i * block->depth;
            const uint16_t *b = block->b + (ptrdiff_t)j * block->depth;
            int rows = block->rows - i < 2 * ROWS ? block->rows - i : 2 * ROWS;
            if (rows > ROWS)
                sums_32(block->depth, a, b, sums);
            else
                sums_16(block->depth, a, b, sums);
            store(block, rows, block->columns - j, sums, block->c + (ptrdiff_t)i * block->ldc + j);
        }
    _tile_release();
}

const struct bf16_unit bf16_amx = {.depth = DEPTH, .rows = 2 * ROWS, .block = amx_block};
