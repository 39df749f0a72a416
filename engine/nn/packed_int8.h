// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Products and recurrent steps with weights of 8 bits; nn/packed.h is for callers.
 *
 *   x --range--> code --encode--> bytes --+
 *                                         +--> sums of integers --scale, bias--> y
 *   the state h (always within [-1, 1]) --+    h has one fixed code, each x a code of its own
 *
 * The inputs become bytes in the caller's scratch. Gates, states and outputs stay floats: each
 * product of a frame is rounded once. The table is the one that the weights were packed for. */
#ifndef AURICLE_NN_PACKED_INT8_H
#define AURICLE_NN_PACKED_INT8_H

#include "kernels/int8.h"
#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of scratch that products with batch vectors need. */
size_t int8_products_scratch(const struct int8_matrix *matrix, int batch);
void int8_products(const struct kernel_table *table, const struct int8_matrix *matrix, int batch,
                   const float *const *x, float *const *y, void *scratch);

/** Weights of a recurrent layer with G gates: weight_ih [G*H][in], weight_hh [G*H][H], scales and
 * biases [G*H]. */
struct recurrent_int8_weights {
    const int8_t *weight_ih, *weight_hh;
    const float *scale_ih, *scale_hh, *bias_ih, *bias_hh;
    int in, hidden;
};

/** The same weights, packed for a table. */
struct int8_recurrent {
    int hidden;
    struct int8_matrix ih, hh;
};

/** Copies the weights. False when memory is out; the layer is then to be freed too. */
bool int8_recurrent_pack(struct int8_recurrent *layer, const struct kernel_table *table, int gates,
                         const struct recurrent_int8_weights *weights);
void int8_recurrent_free(struct int8_recurrent *layer);
size_t int8_recurrent_bytes(const struct int8_recurrent *layer);
/** Bytes of scratch that a step of batch streams needs. */
size_t int8_recurrent_scratch(const struct int8_recurrent *layer, int batch);
void int8_gru_step(const struct kernel_table *table, const struct int8_recurrent *layer, int batch,
                   const float *const *x, const float *const *h, float *const *next, void *scratch);
void int8_lstm_step(const struct kernel_table *table, const struct int8_recurrent *layer, int batch,
                    const float *const *x, const float *const *h, float *const *next,
                    float *const *c, void *scratch);

#endif
