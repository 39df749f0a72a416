// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Weights of the live path, packed once when a model opens, and the products of B streams with
 * them. Immutable after creation: any number of threads may read one.
 *
 * Contract of every weight type: the result of one stream has the same bits whatever batch it is
 * computed in, within one kernel table.
 *
 *   WEIGHT_FP32   floats in the table's order (kernels.h), made at creation
 *   WEIGHT_INT8   bytes with a scale per row (packed_int8.h)
 *
 * A further type adds its fields to the two structs, its creation, and its case to the switches in
 * packed.c. What it computes from x (quantised activations) goes into the caller's scratch. Only
 * *_create allocates. */
#ifndef AURICLE_NN_PACKED_H
#define AURICLE_NN_PACKED_H

#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/packed_int8.h"

#include <stddef.h>

enum weight_type { WEIGHT_FP32, WEIGHT_INT8 };

/** y = W x + bias */
struct packed_matrix {
    enum weight_type type;
    int rows, columns;
    const struct kernel_table *table; // the layout is this table's, and so is the arithmetic
    size_t bytes;                     // of all this owns
    float *weights, *bias;            // WEIGHT_FP32
    struct int8_matrix int8;          // WEIGHT_INT8
};

/** w [rows][columns] row-major, bias [rows] or NULL = zeros; both are copied. NULL when memory is
 * out. */
struct packed_matrix *packed_matrix_create(const struct kernel_table *table, int rows, int columns,
                                           const float *w, const float *bias);
/** The same from bytes: w [rows][columns] with scale [rows], all copied. */
struct packed_matrix *packed_matrix_create_int8(const struct kernel_table *table, int rows,
                                                int columns, const int8_t *w, const float *scale,
                                                const float *bias);
void packed_matrix_destroy(struct packed_matrix **matrix); // *matrix may be NULL
/** Bytes of scratch that a product of batch vectors needs, 64-byte aligned. 0: pass NULL. */
size_t packed_matrix_scratch(const struct packed_matrix *matrix, int batch);
/** y[b][rows] = W x[b] + bias for b in [0, batch). Rows of x may overlap (a convolution's windows);
 * y overlaps nothing. RT safe. */
void packed_matrix_product(const struct packed_matrix *matrix, int batch, const float *const *x,
                           float *const *y, void *scratch);

/** One recurrent layer: GRU (gates 3: r,z,n) or LSTM (gates 4: i,f,g,o). */
struct packed_recurrent {
    enum weight_type type;
    int gates, in, hidden;
    const struct kernel_table *table;
    size_t bytes;
    float *weights, *bias;      // WEIGHT_FP32
    struct int8_recurrent int8; // WEIGHT_INT8
};

/** Copies what weights point to. NULL when memory is out. */
struct packed_recurrent *packed_recurrent_create(const struct kernel_table *table, int gates,
                                                 const struct recurrent_step_weights *weights);
/** The same from bytes. */
struct packed_recurrent *packed_recurrent_create_int8(const struct kernel_table *table, int gates,
                                                      const struct recurrent_int8_weights *weights);
void packed_recurrent_destroy(struct packed_recurrent **layer); // *layer may be NULL
size_t packed_recurrent_scratch(const struct packed_recurrent *layer, int batch);
/** One frame of batch streams: x[b][in], h[b][H] -> next[b][H]. next overlaps nothing: every unit
 * reads the whole of h. What fades below 1e-20 becomes 0, before it would be denormal. RT safe. */
void packed_gru_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                     const float *const *h, float *const *next, void *scratch);
/** As above, with cells c[b][H] in and out. */
void packed_lstm_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                      const float *const *h, float *const *next, float *const *c, void *scratch);

#endif
