// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Products with weights in an ONNX graph, in float or int8, and the recurrent cells made of them.
 */
#ifndef AURICLE_EXPORT_ONNX_LINEAR_H
#define AURICLE_EXPORT_ONNX_LINEAR_H

#include "nn/layers.h"
#include "export/onnx_write.h"

/** How an encoder is written. */
struct onnx_style {
    bool int8, gru_operator;
};

/** x (batch, columns) -> w [rows][columns] x + bias [rows]. */
struct onnx_value onnx_linear(struct onnx_graph *graph, const struct onnx_style *style,
                              const float *w, const float *bias, int rows, int columns,
                              struct onnx_value x);

/** One step: x (batch, in), h (batch, H) -> the node named next makes. */
void onnx_gru(struct onnx_graph *graph, const struct onnx_style *style,
              const struct recurrent_step_weights *weights, struct onnx_value x,
              struct onnx_value h, struct onnx_value next);
void onnx_lstm(struct onnx_graph *graph, const struct onnx_style *style,
               const struct recurrent_step_weights *weights, struct onnx_value x,
               struct onnx_value h, struct onnx_value c, struct onnx_value next_h,
               struct onnx_value next_c);

#endif
