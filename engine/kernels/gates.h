// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The gates of GRU and LSTM once both products are there, for weights whose sums can't start where
 * the other's end. Formulas: nn/gru.c, nn/lstm.c. Included by kernels/body.c only. */
#ifndef AURICLE_KERNELS_GATES_H
#define AURICLE_KERNELS_GATES_H

#include "kernels/skinny_cells.h"

INLINE vector gates_sum(const float *x, const float *h, int at, int count)
{
    return skinny_load(x + at, count) + skinny_load(h + at, count);
}

// xs, hs [3][hidden]: W x and U h with their biases, r|z|n.
static void gates_gru(int hidden, const float *xs, const float *hs, const float *h, float *next)
{
    for (int i = 0; i < hidden; i += LANES) {
        const int count = hidden - i;
        vector r = squash_sigmoid_of(gates_sum(xs, hs, i, count));
        vector z = squash_sigmoid_of(gates_sum(xs, hs, hidden + i, count));
        vector n = squash_tanh_of(skinny_load(xs + 2 * hidden + i, count) +
                                  r * skinny_load(hs + 2 * hidden + i, count));
        vector old = skinny_load(h + i, count);
        skinny_store(next + i, skinny_flush(n + z * (old - n)), count);
    }
}

// xs, hs [4][hidden]: i|f|g|o.
static void gates_lstm(int hidden, const float *xs, const float *hs, float *c, float *next)
{
    for (int at = 0; at < hidden; at += LANES) {
        const int count = hidden - at;
        vector i = squash_sigmoid_of(gates_sum(xs, hs, at, count));
        vector f = squash_sigmoid_of(gates_sum(xs, hs, hidden + at, count));
        vector g = squash_tanh_of(gates_sum(xs, hs, 2 * hidden + at, count));
        vector o = squash_sigmoid_of(gates_sum(xs, hs, 3 * hidden + at, count));
        vector cell = skinny_flush(f * skinny_load(c + at, count) + i * g);
        skinny_store(c + at, cell, count);
        skinny_store(next + at, skinny_flush(o * squash_tanh_of(cell)), count);
    }
}

#endif
