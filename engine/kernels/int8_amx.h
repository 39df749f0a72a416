// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sixteen vectors at a time through AMX tiles. Included by kernels/int8_body.h only.
 *
 *   tile 0-3   [16 vectors][16 rows of W] sums     one for each block of a group
 *   tile 4     [16 vectors][64 columns]            unsigned
 *   tile 5     [64 columns / 4][16 rows of W][4]   signed: how W is packed */
#ifndef AURICLE_KERNELS_INT8_AMX_H
#define AURICLE_KERNELS_INT8_AMX_H

#include "kernels/int8.h"

#include <immintrin.h>
#include <string.h>

enum { AMX_VECTORS = 16, AMX_COLUMNS = 64 };

static void amx_begin(void)
{
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    _Static_assert(sizeof config == 64, "what ldtilecfg reads");
    for (int t = 0; t < 6; t++) {
        config.bytes[t] = 64;
        config.rows[t] = 16;
    }
    // GCC's intrinsic only says that it reads eight bytes.
    __asm__ volatile("" : : "r"(&config) : "memory");
    _tile_loadconfig(&config);
}

/** sums [16][16 blocks] of 16 vectors and blocks (1, 3 or 4) blocks of packed rows. */
static inline void amx_sums(const int8_t *packed, int blocks, int columns, const uint8_t *x,
                            ptrdiff_t x_step, int32_t *sums)
{
    const ptrdiff_t width = (ptrdiff_t)blocks * INT8_BLOCK * INT8_PACK;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int k = 0; k < columns; k += AMX_COLUMNS, packed += AMX_COLUMNS / INT8_PACK * width) {
        _tile_loadd(4, x + k, x_step);
        _tile_loadd(5, packed, width);
        _tile_dpbusd(0, 4, 5);
        if (blocks < 3) // one, then: there is nothing with two
            continue;
        _tile_loadd(5, packed + 64, width);
        _tile_dpbusd(1, 4, 5);
        _tile_loadd(5, packed + 128, width);
        _tile_dpbusd(2, 4, 5);
        if (blocks < 4)
            continue;
        _tile_loadd(5, packed + 192, width);
        _tile_dpbusd(3, 4, 5);
    }
    _tile_stored(0, sums, width);
    if (blocks < 3)
        return;
    _tile_stored(1, sums + 16, width);
    _tile_stored(2, sums + 32, width);
    if (blocks == 4)
        _tile_stored(3, sums + 48, width);
}

#endif
