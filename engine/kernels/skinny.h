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
    PRODUCT_STREAMS = SUMS / PRODUCT_VECTORS,
    GRU_GATES = 3,
    GRU_BIASES = 4,
    GRU_STREAMS = SUMS / GRU_GATES,
    LSTM_GATES = 4,
    LSTM_STREAMS = SUMS / LSTM_GATES,
    MOST_STREAMS = GRU_STREAMS,
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

// sum[v][s] += w[k][v] * x[s][k] for all k; returns where w ends.
INLINE const float *skinny_sums(int vectors, int streams, int columns, const float *w,
                                const float *const *x, vector sum[][MOST_STREAMS])
{
    for (int k = 0; k < columns; k++, w += vectors * LANES) {
        vector ws[PRODUCT_VECTORS];
        for (int v = 0; v < vectors; v++)
            ws[v] = vector_load(w + v * LANES);
        for (int s = 0; s < streams; s++) {
            float xs = x[s][k];
            for (int v = 0; v < vectors; v++)
                sum[v][s] += ws[v] * xs;
        }
    }
    return w;
}

INLINE vector skinny_load(const float *from, int count)
{
    return count >= LANES ? vector_load(from) : vector_load_part(from, count);
}

INLINE void skinny_store(float *to, vector v, int count)
{
    memcpy(to, &v, count >= LANES ? sizeof v : (size_t)count * sizeof *to);
}

// ---- matrix: [block of 4 registers of rows, the last one only what it needs][column][row]

INLINE void product_tile(int vectors, int streams, int rows, int columns, const float *w,
                         const float *bias, const float *const *x, float *const *y, int first)
{
    vector sum[PRODUCT_VECTORS][MOST_STREAMS];
    for (int v = 0; v < vectors; v++)
        for (int s = 0; s < streams; s++)
            sum[v][s] = vector_load(bias + v * LANES);
    skinny_sums(vectors, streams, columns, w, x, sum);
    for (int v = 0; v < vectors; v++)
        for (int s = 0; s < streams; s++)
            skinny_store(y[s] + first + v * LANES, sum[v][s], rows - v * LANES);
}

INLINE void product_block(int vectors, int rows, int columns, const float *w, const float *bias,
                          int batch, const float *const *x, float *const *y, int first)
{
    for (int s = 0, n; s < batch; s += n) {
        n = skinny_share(batch - s, PRODUCT_STREAMS);
        SKINNY_SWITCH(n, product_tile(vectors, skinny_least(N, PRODUCT_STREAMS), rows, columns, w,
                                      bias, x + s, y + s, first))
    }
}

static void packed_product(int rows, int columns, const float *weights, const float *bias,
                           int batch, const float *const *x, float *const *y)
{
    for (int first = 0; first < rows; first += PRODUCT_VECTORS * LANES) {
        int rest = rows - first, vectors = (rest + LANES - 1) / LANES;
        if (vectors >= 4)
            product_block(4, rest, columns, weights, bias, batch, x, y, first);
        else if (vectors == 3)
            product_block(3, rest, columns, weights, bias, batch, x, y, first);
        else if (vectors == 2)
            product_block(2, rest, columns, weights, bias, batch, x, y, first);
        else
            product_block(1, rest, columns, weights, bias, batch, x, y, first);
        weights += (ptrdiff_t)columns * PRODUCT_VECTORS * LANES;
        bias += PRODUCT_VECTORS * LANES;
    }
}

#endif
