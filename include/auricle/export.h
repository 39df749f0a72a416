// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** An encoder for other programs. In libauricle-train. */
#ifndef AURICLE_EXPORT_H
#define AURICLE_EXPORT_H

#include <auricle/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zeros: float32, recurrent layers as single steps of plain operators. */
typedef struct auricle_onnx_options {
    bool int8;         /**< weights of eight bits with a scale per row; inputs of every product
                            quantised as they come (DynamicQuantizeLinear, MatMulInteger) */
    bool gru_operator; /**< ONNX's own GRU where the cell is one, instead of plain operators */
} auricle_onnx_options;

/** Writes the encoder's streaming step, one frame of any number of streams, as an ONNX model
 * (operator set 17). Inputs: "input" (batch, feature_dim), the raw log-mel ln(power + floor), which
 * is not part of the graph, or with the waveform front end (batch, hop_samples); and the state, all
 * zeros for a new stream. Outputs: the frame's parts "features" (normalised; not with the waveform
 * front end) and "latent", and for every state NAME "next.NAME", to be fed at the next frame.
 * States:
 *
 *     drift (batch, feature_dim), level (batch, 1)   where the shape's normalisation has them
 *     history.I (batch, (kernel - stride) * inputs)  of convolution I, where it is not empty
 *     context.I, cell.I (batch, context_dim)         next.context.I is the frame's context I
 *
 * The card travels in metadata_props under "auricle". options NULL: zeros. Errors: IO, NO_MEMORY,
 * INVALID (gru_operator with another cell; a model whose file is int8). */
AURICLE_API auricle_status auricle_export_onnx(const auricle_model *model,
                                               const auricle_onnx_options *options,
                                               const char *path, auricle_error *error);

#ifdef __cplusplus
}
#endif
#endif
