// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The encoder network, once for training (tape) and once live (step), from the same weights.
 *
 *   log-mel:   features --norm--> conv/LN/act ... -> z -> GRU/LSTM 0 -> ... -> GRU/LSTM n-1
 *   waveform:  160 samples -----> conv/LN/act ... -> z -> ...
 *
 * Tensor names: features.mean, features.std [mels]; latent.I.weight [out][kernel][in],
 * latent.I.bias, latent.I.norm.weight, latent.I.norm.bias; context.I.weight_ih, .weight_hh,
 * .bias_ih, .bias_hh; predict.future.K.weight [latent][context] (K = 0 is one step ahead, no bias);
 * predict.feature.weight [mels][context], predict.feature.bias;
 * predict.mask.token [latent], predict.mask.weight [mels][context], predict.mask.bias.
 * Predictors read the last context layer. */
#ifndef AURICLE_MODEL_ENCODER_H
#define AURICLE_MODEL_ENCODER_H

#include "nn/parameters.h"
#include "model/shape.h"
#include "nn/layers.h"
#include "nn/packed.h"

/** Indices into a parameter list, -1 where the shape has none. */
struct encoder_layout {
    int feature_mean, feature_std; // constants: never trained
    struct {
        int weight, bias, norm_weight, norm_bias;
    } conv[MAX_CONV_LAYERS];
    struct {
        int weight_ih, weight_hh, bias_ih, bias_hh;
    } context[MAX_CONTEXT_LAYERS];
    int future[MAX_FUTURE_STEPS];
    int feature_weight, feature_bias;
    int mask_token, mask_weight, mask_bias;
};

/** A view of an encoder and its weights: all that a pass over it needs. Borrowed. */
struct network {
    const struct encoder_shape *shape;
    const struct parameters *parameters;
    const struct encoder_layout *layout;
};

/** Declares every tensor of the shape, in file order. */
void encoder_declare(const struct encoder_shape *shape, struct parameters *parameters,
                     struct encoder_layout *layout);
/** Fresh weights (PyTorch's default initialisations); mean 0, std 1. */
void encoder_init(const struct network *network, struct random *random);

/** Convolution i as the layer wants it. */
struct conv1d_shape encoder_conv_shape(const struct encoder_shape *shape, int layer);

/** What B parallel streams carry from window to window while training or encoding offline. */
struct encoder_carry {
    float *history[MAX_CONV_LAYERS];    // [B][kernel-stride][in]
    float *context[MAX_CONTEXT_LAYERS]; // [B][H] or [B][2H]
    float *drift;                       // [B][mels + 1], see normalise.h; NULL without log-mel
    int streams;
};
/** The floats that one stream carries in each of these arrays; 0 where the shape has none. */
struct carry_widths {
    size_t history[MAX_CONV_LAYERS], context[MAX_CONTEXT_LAYERS], drift;
};
struct carry_widths encoder_carry_widths(const struct encoder_shape *shape);
bool encoder_carry_create(const struct encoder_shape *shape, int streams,
                          struct encoder_carry *carry);
void encoder_carry_free(struct encoder_carry *carry);
/** Stream b starts anew. */
void encoder_carry_reset(const struct encoder_shape *shape, struct encoder_carry *carry,
                         int stream);

/** Raw log-mel [B][T][mels] in place -> normalised, as the live stream does. */
void encoder_normalise(const struct network *network, struct encoder_carry *carry, float *features,
                       int streams, int frames);

/** x: normalised features (B,T,mels) or samples (B,T*160,1) -> z (B,T,Z). histories from carry
 * (NULL: zero history, not kept). */
struct tensor *encoder_latents(struct tape *tape, const struct network *network, struct tensor *x,
                               struct encoder_carry *carry);
/** z (B,T,Z) -> contexts[context_layers], each (B,T,H). */
void encoder_contexts(struct tape *tape, const struct network *network, struct tensor *z,
                      struct encoder_carry *carry, struct tensor **contexts);

/** Live weights: pointers into a mapped file (or into parameters), and what a frame multiplies
 * with, packed. */
struct encoder_weights {
    const float *feature_mean, *feature_std;
    struct {
        const float *weight, *bias, *norm_weight, *norm_bias;
        struct packed_matrix *packed;
    } conv[MAX_CONV_LAYERS];
    struct recurrent_step_weights context[MAX_CONTEXT_LAYERS];
    struct packed_recurrent *packed_context[MAX_CONTEXT_LAYERS];
    const float *future[MAX_FUTURE_STEPS];
    const float *feature_weight, *feature_bias;
    const float *mask_token, *mask_weight, *mask_bias;
};
void encoder_weights_of(const struct network *network, struct encoder_weights *weights);
/** The same from pointers in the order of encoder_declare. */
void encoder_weights_from(const struct encoder_shape *shape, const struct encoder_layout *layout,
                          const float *const *values, struct encoder_weights *weights);

/** Packs for table what is not packed yet. false when memory is out. */
bool encoder_weights_pack(const struct encoder_shape *shape, const struct kernel_table *table,
                          struct encoder_weights *weights);
/** Frees what is packed; the rest belongs to its owner. */
void encoder_weights_unpack(struct encoder_weights *weights);

/** One live stream's network state: one allocation, cleared by encoder_state_reset. */
struct encoder_state;
struct encoder_state *encoder_state_create(const struct encoder_shape *shape);
void encoder_state_destroy(struct encoder_state **state);
void encoder_state_reset(struct encoder_state *state);
/** Both are of the same shape. RT safe. */
void encoder_state_copy(struct encoder_state *to, const struct encoder_state *from);
size_t encoder_state_bytes(const struct encoder_state *state);

/** Scratch for steps of up to batch streams: of one thread at a time, empty between two calls. */
struct encoder_scratch;
struct encoder_scratch *encoder_scratch_create(const struct encoder_shape *shape,
                                               const struct encoder_weights *weights, int batch);
void encoder_scratch_destroy(struct encoder_scratch **scratch);
size_t encoder_scratch_bytes(const struct encoder_scratch *scratch);

/** One frame of batch streams, each with its state. inputs[b]: raw log-mel [mels] (normalised here,
 * causally; may be frames[b]) or 160 samples; frames[b]: [frame_dim] = features | z | contexts |
 * cells. A stream's bits don't depend on the batch it is in. RT safe. */
void encoder_step_batch(const struct encoder_shape *shape, const struct encoder_weights *weights,
                        int batch, struct encoder_state *const *states, const float *const *inputs,
                        float *const *frames, struct encoder_scratch *scratch);
/** The same of one stream. */
void encoder_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                  struct encoder_state *state, const float *input, float *frame,
                  struct encoder_scratch *scratch);

/** z[b] [latent], contexts h[b] [layers][H] -> next[b] [layers][H], which overlaps none; cells c[b]
 * [layers][H] in and out (LSTM; else not read). What the frame and the masked predictor share. */
void encoder_context_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                          int batch, const float *const *z, float *const *h, float *const *next,
                          float *const *c, struct encoder_scratch *scratch);

#endif
