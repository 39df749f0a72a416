// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The arithmetic everything runs on, behind one table. Knows nothing of layers.
 *
 * The table is chosen once, by CPU, before the first stream is created; within one table the same
 * input gives the same bits. The live path never calls a BLAS: only the training library puts
 * OpenBLAS into `sgemm` (kernels_use_blas, kernels/blas.c), so a live process never loads it. */
#ifndef AURICLE_KERNELS_KERNELS_H
#define AURICLE_KERNELS_KERNELS_H

#include "kernels/int8.h"

#include <stdbool.h>
#include <stddef.h>

/** Row-major C[m][n] = A op B + beta * C, op transposing either; ld* are row strides in floats. */
typedef void (*kernel_sgemm)(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                             const float *a, int lda, const float *b, int ldb, float beta, float *c,
                             int ldc);

struct spectrum;
struct band;

struct kernel_table {
    const char *name; // "portable", "v3", ... "v4-vnni"
    /** y[rows] = w[rows][columns] x[columns] + bias[rows] (bias may be NULL). */
    void (*gemv)(int rows, int columns, const float *w, const float *x, const float *bias,
                 float *y);
    /** sum over i of a[i] * b[i], in an order that depends only on n. */
    float (*dot)(int n, const float *a, const float *b);
    /** y[i] += a * x[i] */
    void (*axpy)(int n, float a, const float *x, float *y);
    void (*sigmoid)(int n, const float *x, float *y); // x == y is fine; error < 2e-7
    void (*tanh)(int n, const float *x, float *y);
    kernel_sgemm sgemm;

    /** Packed weights (nn/packed.h makes them) times a batch of vectors, B = 1 .. 64 or so. Blocks
     * of `block_rows` rows, or `lanes` units, padded with zeros at the end, are read in one go:
     *   product   weights [block][column][row], of the last block only the lanes it needs
     *             bias [row]
     *   gru       weights [block][column of W, then of U][r, z, n][unit]
     *             bias [block][b_ir + b_hr, b_iz + b_hz, b_in, b_hn][unit]
     *   lstm      weights [block][column of W, then of U][i, f, g, o][unit]
     *             bias [block][b_ii + b_hi, ...][unit]
     * Vectors of stream b are x[b], h[b] ...; next and y overlap nothing. A stream's bits don't
     * depend on batch. */
    int lanes, block_rows;
    void (*product)(int rows, int columns, const float *weights, const float *bias, int batch,
                    const float *const *x, float *const *y);
    void (*gru)(int in, int hidden, const float *weights, const float *bias, int batch,
                const float *const *x, const float *const *h, float *const *next);
    void (*lstm)(int in, int hidden, const float *weights, const float *bias, int batch,
                 const float *const *x, const float *const *h, float *const *next, float *const *c);

    // ---- log-mel (kernels/power_spectrum.h)
    /** Powers [points / 2 + 1] of the samples' spectrum, with BAND_STEP - 1 zeros behind. samples
     * and scratch [points] are both used up: the powers lie in one of them. */
    const float *(*power_spectrum)(const struct spectrum *spectrum, float *samples, float *scratch);
    /** y[b] = ln(weighted powers of band b + floor), floor at least 1e-30; error of the logarithm
     * below 2e-7 of itself or, near 0, 1e-7. */
    void (*bands_log)(int count, const struct band *bands, float floor, const float *power,
                      float *y);

    // ---- int8 (kernels/int8.h)
    int int8_depth; // what packed columns are rounded up to
    /** *low and *high are widened to hold every x[i]; NaN is passed over. */
    void (*int8_range)(int n, const float *x, float *low, float *high);
    void (*int8_encode)(int n, const float *x, struct int8_code code, uint8_t *bytes);
    /** y[i][rows] = w x[i] + bias for every vector. */
    void (*int8_product)(const struct int8_matrix *w, const struct int8_vectors *x,
                         float *const *y);
    /** One frame of a recurrent layer whose matrices are packed by gates: next[b][hidden] from the
     * bytes of x and h, and from h or the cells c (in and out) as floats. next overlaps nothing. */
    void (*int8_gru)(const struct int8_cell *cell, const float *const *h, float *const *next);
    void (*int8_lstm)(const struct int8_cell *cell, float *const *c, float *const *next);

    // ---- training, one row: a frame of a stream (kernels/training.h)
    /** gates: W_ih x in, r|z|n out. recurrent: W_hh h in, -|-|W_hn h + b_hn out. h may be next. */
    void (*gru_row)(int hidden, float *gates, float *recurrent, const float *bias_ih,
                    const float *bias_hh, const float *h, float *next);
    /** gates, recurrent: as left by gru_row in, the gradients of W_ih x and W_hh h out. dh: from
     * the next frame in, what goes round W_hh out. */
    void (*gru_row_backward)(int hidden, float *gates, float *recurrent, const float *h,
                             const float *dy, float *dh);
    /** x becomes its normalised self, y = max(0, x gain + bias); returns 1 / deviation. y may be
     * x, which then holds y. */
    float (*norm_relu)(int channels, float epsilon, float *x, const float *gain, const float *bias,
                       float *y);
    /** Adds to dx, dgain and dbias. */
    void (*norm_relu_backward)(int channels, const float *unit, float deviation, const float *gain,
                               const float *y, const float *dy, float *dx, float *dgain,
                               float *dbias);
    /** nn/softmax.h */
    float (*softmax)(int n, float *logits);

    // ---- training, one window of a recurrent layer (kernels/panels.h)
    /** For many products with one B (k x n), or its transpose (n x k): packed once into
     * panels_floats(n, k) floats, 64-byte aligned; then C[m][n] = A panels + beta C. */
    size_t (*panels_floats)(int n, int k);
    void (*panels_pack)(bool transpose_b, int n, int k, const float *b, int ldb, float *panels);
    void (*panels_product)(int m, int n, int k, const float *a, int lda, const float *panels,
                           float beta, float *c, int ldc);
};

/** The table in use. Never NULL; thread-safe (chosen once). */
const struct kernel_table *kernels(void);

/** Training library only: sgemm through OpenBLAS, its thread count pinned to threads (1 = none of
 * its own), all else as chosen. Call once a training, before its threads exist. */
void kernels_use_blas(int threads);

/** Training library only: what to do when OpenBLAS, which has not heard of every CPU, computes with
 * kernels of a much older one. NULL when all is well. */
const char *kernels_blas_advice(void);

/** Training library only, after kernels_use_blas: sgemm and panels multiply bfloat16 numbers and
 * add floats. Returns what multiplies, NULL where this CPU can't. */
const char *kernels_use_bf16(void);
/** Training library only: where that is slower than float, what to do. NULL when all is well. */
const char *kernels_bf16_advice(void);
/** For its test: puts into table the entries of the index-th way this CPU has, the fastest first.
 * NULL past the last. */
const char *kernels_bf16(int index, struct kernel_table *table);

/** For kernels/ itself: another table in use, copied. */
void kernels_set(const struct kernel_table *table);

#endif
