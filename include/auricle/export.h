// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** An encoder in fewer bits, with what that costs, and as ONNX. In libauricle-train.
 *
 * Threads: one call at a time in a process; callbacks run in the calling thread. */
#ifndef AURICLE_EXPORT_H
#define AURICLE_EXPORT_H

#include <auricle/model.h>
#include <auricle/progress.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to do; a zeroed one but for encoder, type and out will do. All strings are borrowed. */
typedef struct auricle_quantize_config {
    const char *encoder;        /**< fp32 or fp16 */
    const char *type;           /**< "int8" or "fp16" */
    const char *out;            /**< written whole at the end, or not at all */
    const char *const *audio;   /**< [audio_count] recordings to compare frames on */
    int audio_count;            /**< 0: 20 s of made-up bursts of noise and tones */
    const char *const *folders; /**< [folder_count] labelled recordings, each with metadata.csv */
    int folder_count;
    const char *const *tasks; /**< [task_count] probed in both encoders */
    int task_count;
    const char *const *heads; /**< [head_count] fitted on encoder: evaluated on both */
    int head_count;
    const char *command; /**< exact command line for the card, or NULL */
    auricle_progress progress;
    void *user;
} auricle_quantize_config;

/** One result before and after. */
typedef struct auricle_quantize_change {
    char name[96];       /**< "emotion", or the head's file */
    const char *measure; /**< "accuracy", "UAR", "EER": in % */
    int count;           /**< recordings, or trials' recordings */
    double before, after;
} auricle_quantize_change;

/** Freed by auricle_quantize_result_free. */
typedef struct auricle_quantize_result {
    size_t bytes_before, bytes_after; /**< of tensors */
    double seconds;                   /**< of sound compared */
    double latent_error;  /**< deviation of the latents from those of fp32, relative to these */
    double context_error; /**< the same of the recurrent layers */
    auricle_quantize_change *changes;
    int change_count;
} auricle_quantize_result;

/** Writes out, with the cost on its card. Errors: INVALID (no such type; int8 already), NOT_FOUND,
 * FORMAT, IO (an old file at out is kept), INTERRUPTED. */
AURICLE_API auricle_status auricle_quantize(const auricle_quantize_config *config,
                                            auricle_quantize_result *result, auricle_error *error);
AURICLE_API void auricle_quantize_result_free(auricle_quantize_result *result);

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
