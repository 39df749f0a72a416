// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** WEIGHT_INT8 of nn/packed.h: weights of 8 bits with a scale per row, inputs made bytes in the
 * caller's scratch. For packed.c only; creation is public in packed.h.
 *
 *   x --range--> code --encode--> bytes --+
 *                                         +--> sums of integers --scale, bias--> y
 *   the state h (always within [-1, 1]) --+    h has one fixed code, x one of its own per vector
 *
 * Gates, states and what leaves the layer stay floats: rounding enters once per product and frame.
 */
#ifndef AURICLE_NN_PACKED_INT8_H
#define AURICLE_NN_PACKED_INT8_H

#include "nn/packed.h"

size_t int8_matrix_scratch(const struct packed_matrix *matrix, int batch);
void int8_matrix_product(const struct packed_matrix *matrix, int batch, const float *const *x,
                         float *const *y, void *scratch);

size_t int8_recurrent_scratch(const struct packed_recurrent *layer, int batch);
void int8_gru_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                   const float *const *h, float *const *next, void *scratch);
void int8_lstm_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                    const float *const *h, float *const *next, float *const *c, void *scratch);

#endif
