// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Packed weights times a few vectors, what a live frame costs. Included by kernels/body.c only.
 *
 * With few streams the weights are read once per use, from L2 at best: they are packed in exactly
 * the order they are read (kernels.h), and everything else stays in registers, gates included.
 *
 *     weights  ==========================>  one sequential stream
 *                k = 0     k = 1     ...
 *     sums     [unit block] x [stream]      += w[k][unit block] * x[stream][k]
 *
 * A sum starts at its bias and runs over k upwards, one product at a time, whatever stands beside
 * it: a stream's bits don't depend on how many streams are computed together. */
#ifndef AURICLE_KERNELS_SKINNY_H
#define AURICLE_KERNELS_SKINNY_H

#include "kernels/squash.h"
#include "kernels/vector.h"

#include <stddef.h>

// Sums held in registers: of 32 (AVX-512, aarch64) 24, of 16 12; the rest hold weights and inputs.
#if defined(__AVX512F__) || defined(__aarch64__)
enum { SUMS = 24 };
#else
enum { SUMS = 12 };
#endif
enum {
    PRODUCT_VECTORS = 4, // registers of rows in a block
    PRODUCT_ROWS = PRODUCT_VECTORS * LANES,
    PRODUCT_STREAMS = SUMS / PRODUCT_VECTORS,
    PART_FLOATS = 16384, // of weights, 64 KiB: in any second-level cache
    GRU_GATES = 3,
    GRU_BIASES = 4,
    GRU_STREAMS = SUMS / GRU_GATES,
    LSTM_GATES = 4,
    LSTM_STREAMS = SUMS / LSTM_GATES,
    MOST_STREAMS = GRU_STREAMS,
    MOST_VECTORS = 2 * PRODUCT_VECTORS,
};

// The case of a constant count: tiles are compiled once for each size they take.
#define SKINNY_CASE(count, call)                                                                   \
    case count: {                                                                                  \
        const int N = count;                                                                       \
        call;                                                                                      \
        break;                                                                                     \
    }
#define SKINNY_SWITCH(n, call)                                                                     \
    switch (n) {                                                                                   \
        SKINNY_CASE(1, call)                                                                       \
        SKINNY_CASE(2, call)                                                                       \
        SKINNY_CASE(3, call)                                                                       \
        SKINNY_CASE(4, call)                                                                       \
        SKINNY_CASE(5, call)                                                                       \
        SKINNY_CASE(6, call)                                                                       \
        SKINNY_CASE(7, call)                                                                       \
        SKINNY_CASE(8, call)                                                                       \
    }

INLINE int skinny_least(int a, int b)
{
    return a < b ? a : b;
}

// How many of the streams left to take now: even shares, so that no weights are read for one alone.
INLINE int skinny_share(int streams, int most)
{
    int turns = (streams + most - 1) / most;
    return (streams + turns - 1) / turns;
}

typedef vector skinny_tile[MOST_VECTORS][MOST_STREAMS];

// sum[v][s] += w[k][v] * x[s][k] for k in [from, to), over blocks side by side (block_step floats
// apart), vectors registers each. blocks, vectors and streams are constants in each caller.
INLINE void skinny_sums(int blocks, int vectors, int streams, int from, int to, const float *w,
                        ptrdiff_t block_step, const float *const *x, skinny_tile sum)
{
    for (int k = from; k < to; k++, w += vectors * LANES) {
        vector ws[MOST_VECTORS];
        for (int p = 0; p < blocks; p++)
            for (int v = 0; v < vectors; v++)
                ws[p * vectors + v] = vector_load(w + p * block_step + v * LANES);
        for (int s = 0; s < streams; s++) {
            float xs = x[s][k];
            for (int v = 0; v < blocks * vectors; v++)
                sum[v][s] += ws[v] * xs;
        }
    }
}

// ---- matrix: [block of 4 registers of rows, the last one only what it needs][column][row]

struct product {
    int rows, columns, batch;
    const float *weights, *bias;
    const float *const *x;
    float *const *y;
};

INLINE void product_tile(int blocks, int vectors, int streams, const struct product *p, int first,
                         int stream, int from, int to)
{
    skinny_tile sum;
    const float *const *x = p->x + stream;
    float *const *y = p->y + stream;
    for (int v = 0; v < blocks * vectors; v++)
        for (int s = 0; s < streams; s++) {
            int row = first + v * LANES;
            sum[v][s] =
                from > 0 ? vector_load_part(y[s] + row, p->rows - row) : vector_load(p->bias + row);
        }
    skinny_sums(blocks, vectors, streams, from, to,
                p->weights + (ptrdiff_t)first * p->columns + (ptrdiff_t)from * vectors * LANES,
                (ptrdiff_t)p->columns * vectors * LANES, x, sum);
    for (int v = 0; v < blocks * vectors; v++)
        for (int s = 0; s < streams; s++) {
            int row = first + v * LANES;
            vector_store_part(y[s] + row, sum[v][s], p->rows - row);
        }
}

INLINE void product_block(int vectors, const struct product *p, int first, int from, int to)
{
    for (int s = 0, n; s < p->batch; s += n) {
        n = skinny_share(p->batch - s, PRODUCT_STREAMS);
        SKINNY_SWITCH(
            n, product_tile(1, vectors, skinny_least(N, PRODUCT_STREAMS), p, first, s, from, to))
    }
}

static void product_part(const struct product *p, int first, int from, int to)
{
    switch (skinny_least(PRODUCT_VECTORS, (p->rows - first + LANES - 1) / LANES)) {
    case 1:
        product_block(1, p, first, from, to);
        break;
    case 2:
        product_block(2, p, first, from, to);
        break;
    case 3:
        product_block(3, p, first, from, to);
        break;
    case 4:
        product_block(4, p, first, from, to);
        break;
    }
}

// More streams than a tile holds read a block's weights again and again: in parts that stay in
// cache, while the sums wait in y. A few streams take two blocks at a time, to have sums enough in
// flight.
static void packed_product(int rows, int columns, const float *weights, const float *bias,
                           int batch, const float *const *x, float *const *y)
{
    const struct product p = {rows, columns, batch, weights, bias, x, y};
    const int depth = batch <= PRODUCT_STREAMS ? columns : PART_FLOATS / PRODUCT_ROWS;
    int first = 0;
    for (; batch <= PRODUCT_STREAMS / 2 && first + 2 * PRODUCT_ROWS <= rows;
         first += 2 * PRODUCT_ROWS)
        SKINNY_SWITCH(batch, product_tile(2, PRODUCT_VECTORS, skinny_least(N, PRODUCT_STREAMS / 2),
                                          &p, first, 0, 0, columns))
    for (; first < rows; first += PRODUCT_ROWS)
        for (int from = 0; from < columns; from += depth)
            product_part(&p, first, from, skinny_least(from + depth, columns));
}

#endif
