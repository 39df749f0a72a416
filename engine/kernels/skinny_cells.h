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
    vector magnitude = (vector)((vector_bits)x & 0x7fffffffu);
    return vector_select(magnitude < 1e-20f, (vector){0}, x);
}

// ---- GRU: [block of units][column of W, then of U][r, z, n][unit]; bias [block][r, z, in, hn]

struct gru_batch {
    int in, hidden, batch;
    const float *weights, *bias;
    const float *const *x, *const *h;
    float *const *next;
};

// The gates of a register of units, from their sums.
INLINE void gru_gates(vector r, vector z, vector n_input, vector n_hidden, const float *h,
                      float *next, int units)
{
    vector n = squash_tanh_of(n_input + squash_sigmoid_of(r) * n_hidden);
    vector old = vector_load_part(h, units);
    vector_store_part(next, skinny_flush(n + squash_sigmoid_of(z) * (old - n)), units);
}

INLINE void gru_tile(int blocks, int streams, const struct gru_batch *g, int first, int stream)
{
    skinny_tile sum;
    vector input[2][MOST_STREAMS];
    const ptrdiff_t columns = g->in + g->hidden, block_step = columns * GRU_GATES * LANES;
    const float *w = g->weights + first * columns * GRU_GATES;
    const float *bias = g->bias + (ptrdiff_t)first * GRU_BIASES;
    for (int p = 0; p < blocks; p++)
        for (int i = 0; i < GRU_GATES; i++)
            for (int s = 0; s < streams; s++)
                sum[p * GRU_GATES + i][s] = vector_load(bias + (p * GRU_BIASES + i) * LANES);
    skinny_sums(blocks, GRU_GATES, streams, 0, g->in, w, block_step, g->x + stream, sum);
    for (int p = 0; p < blocks; p++)
        for (int s = 0; s < streams; s++) { // the reset gate acts on the recurrent half of n alone
            input[p][s] = sum[p * GRU_GATES + 2][s];
            sum[p * GRU_GATES + 2][s] = vector_load(bias + (p * GRU_BIASES + 3) * LANES);
        }
    skinny_sums(blocks, GRU_GATES, streams, 0, g->hidden, w + (ptrdiff_t)g->in * GRU_GATES * LANES,
                block_step, g->h + stream, sum);
    for (int p = 0; p < blocks; p++)
        for (int s = 0; s < streams; s++) {
            int unit = first + p * LANES;
            gru_gates(sum[p * GRU_GATES][s], sum[p * GRU_GATES + 1][s], input[p][s],
                      sum[p * GRU_GATES + 2][s], g->h[stream + s] + unit,
                      g->next[stream + s] + unit, g->hidden - unit);
        }
}

// A few streams' sums don't fill the pipeline: they take two blocks at a time.
static void packed_gru(int in, int hidden, const float *weights, const float *bias, int batch,
                       const float *const *x, const float *const *h, float *const *next)
{
    const struct gru_batch g = {in, hidden, batch, weights, bias, x, h, next};
    int first = 0;
    for (; batch <= GRU_STREAMS / 2 && first + LANES < hidden; first += 2 * LANES)
        SKINNY_SWITCH(batch, gru_tile(2, skinny_least(N, GRU_STREAMS / 2), &g, first, 0))
    for (; first < hidden; first += LANES)
        for (int s = 0, n; s < batch; s += n) {
            n = skinny_share(batch - s, GRU_STREAMS);
            SKINNY_SWITCH(n, gru_tile(1, skinny_least(N, GRU_STREAMS), &g, first, s))
        }
}

// ---- LSTM: [block of units][column of W, then of U][i, f, g, o][unit]; bias [block][i, f, g, o]

struct lstm_batch {
    int in, hidden, batch;
    const float *weights, *bias;
    const float *const *x, *const *h;
    float *const *next, *const *c;
};

INLINE void lstm_gates(const vector sum[LSTM_GATES], float *c, float *next, int units)
{
    vector kept = squash_sigmoid_of(sum[1]) * vector_load_part(c, units);
    vector cell = skinny_flush(kept + squash_sigmoid_of(sum[0]) * squash_tanh_of(sum[2]));
    vector_store_part(c, cell, units);
    vector_store_part(next, skinny_flush(squash_sigmoid_of(sum[3]) * squash_tanh_of(cell)), units);
}

INLINE void lstm_tile(int streams, const struct lstm_batch *l, int first, int stream)
{
    skinny_tile sum;
    const ptrdiff_t columns = l->in + l->hidden;
    const float *w = l->weights + first * columns * LSTM_GATES;
    const float *bias = l->bias + (ptrdiff_t)first * LSTM_GATES;
    for (int i = 0; i < LSTM_GATES; i++)
        for (int s = 0; s < streams; s++)
            sum[i][s] = vector_load(bias + i * LANES);
    skinny_sums(1, LSTM_GATES, streams, 0, l->in, w, 0, l->x + stream, sum);
    skinny_sums(1, LSTM_GATES, streams, 0, l->hidden, w + (ptrdiff_t)l->in * LSTM_GATES * LANES, 0,
                l->h + stream, sum);
    for (int s = 0; s < streams; s++) {
        const vector gates[LSTM_GATES] = {sum[0][s], sum[1][s], sum[2][s], sum[3][s]};
        lstm_gates(gates, l->c[stream + s] + first, l->next[stream + s] + first, l->hidden - first);
    }
}

static void packed_lstm(int in, int hidden, const float *weights, const float *bias, int batch,
                        const float *const *x, const float *const *h, float *const *next,
                        float *const *c)
{
    const struct lstm_batch l = {in, hidden, batch, weights, bias, x, h, next, c};
    for (int first = 0; first < hidden; first += LANES)
        for (int s = 0, n; s < batch; s += n) {
            n = skinny_share(batch - s, LSTM_STREAMS);
            SKINNY_SWITCH(n, lstm_tile(skinny_least(N, LSTM_STREAMS), &l, first, s))
        }
}

#endif
