// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One frame of GRU and LSTM for a few streams: the sums of skinny.h, then the gates on them while
 * they are still in registers. Formulas: nn/gru.c, nn/lstm.c. Included by kernels/body.c only. */
#ifndef AURICLE_KERNELS_SKINNY_CELLS_H
#define AURICLE_KERNELS_SKINNY_CELLS_H

#include "kernels/skinny.h"

// States that fade under constant input would pass through denormal numbers, which cost a hundred
// times as much as others; 1e-20 is far below what a float sum of them can notice.
INLINE vector skinny_flush(vector x)
{
    vector magnitude = vector_select(x < 0.0f, -x, x);
    return vector_select(magnitude < 1e-20f, (vector){0}, x);
}

// ---- GRU: [block of units][column of W, then of U][r, z, n][unit]; bias [block][r, z, in, hn]

INLINE void gru_tile(int streams, int units, int in, int hidden, const float *w, const float *bias,
                     const float *const *x, const float *const *h, float *const *next, int first)
{
    vector sum[GRU_GATES][MOST_STREAMS], input[MOST_STREAMS];
    for (int g = 0; g < GRU_GATES; g++)
        for (int s = 0; s < streams; s++)
            sum[g][s] = vector_load(bias + g * LANES);
    w = skinny_sums(GRU_GATES, streams, in, w, x, sum);
    for (int s = 0; s < streams; s++) { // the reset gate acts on the recurrent half of n alone
        input[s] = sum[2][s];
        sum[2][s] = vector_load(bias + 3 * LANES);
    }
    skinny_sums(GRU_GATES, streams, hidden, w, h, sum);
    for (int s = 0; s < streams; s++) {
        vector r = squash_sigmoid_of(sum[0][s]), z = squash_sigmoid_of(sum[1][s]);
        vector n = squash_tanh_of(input[s] + r * sum[2][s]);
        vector old = skinny_load(h[s] + first, units);
        skinny_store(next[s] + first, skinny_flush(n + z * (old - n)), units);
    }
}

static void packed_gru(int in, int hidden, const float *weights, const float *bias, int batch,
                       const float *const *x, const float *const *h, float *const *next)
{
    for (int first = 0; first < hidden; first += LANES) {
        for (int s = 0, n; s < batch; s += n) {
            n = skinny_share(batch - s, GRU_STREAMS);
            SKINNY_SWITCH(n, gru_tile(skinny_least(N, GRU_STREAMS), hidden - first, in, hidden,
                                      weights, bias, x + s, h + s, next + s, first))
        }
        weights += (ptrdiff_t)(in + hidden) * GRU_GATES * LANES;
        bias += GRU_BIASES * LANES;
    }
}

// ---- LSTM: [block of units][column of W, then of U][i, f, g, o][unit]; bias [block][i, f, g, o]

INLINE void lstm_tile(int streams, int units, int in, int hidden, const float *w, const float *bias,
                      const float *const *x, const float *const *h, float *const *next,
                      float *const *c, int first)
{
    vector sum[LSTM_GATES][MOST_STREAMS];
    for (int g = 0; g < LSTM_GATES; g++)
        for (int s = 0; s < streams; s++)
            sum[g][s] = vector_load(bias + g * LANES);
    w = skinny_sums(LSTM_GATES, streams, in, w, x, sum);
    skinny_sums(LSTM_GATES, streams, hidden, w, h, sum);
    for (int s = 0; s < streams; s++) {
        vector i = squash_sigmoid_of(sum[0][s]), f = squash_sigmoid_of(sum[1][s]);
        vector g = squash_tanh_of(sum[2][s]), o = squash_sigmoid_of(sum[3][s]);
        vector cell = skinny_flush(f * skinny_load(c[s] + first, units) + i * g);
        skinny_store(c[s] + first, cell, units);
        skinny_store(next[s] + first, skinny_flush(o * squash_tanh_of(cell)), units);
    }
}

static void packed_lstm(int in, int hidden, const float *weights, const float *bias, int batch,
                        const float *const *x, const float *const *h, float *const *next,
                        float *const *c)
{
    for (int first = 0; first < hidden; first += LANES) {
        for (int s = 0, n; s < batch; s += n) {
            n = skinny_share(batch - s, LSTM_STREAMS);
            SKINNY_SWITCH(n, lstm_tile(skinny_least(N, LSTM_STREAMS), hidden - first, in, hidden,
                                       weights, bias, x + s, h + s, next + s, c + s, first))
        }
        weights += (ptrdiff_t)(in + hidden) * LSTM_GATES * LANES;
        bias += LSTM_GATES * LANES;
    }
}

#endif
