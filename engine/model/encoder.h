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

#include "model/parameters.h"
#include "model/shape.h"
#include "nn/layers.h"

/** Indices into a parameter list, -1 where the shape has none. */
struct encoder_parameters {
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

/** Declares every tensor of the shape, in file order. */
void encoder_declare(const struct encoder_shape *shape, struct parameters *parameters,
                     struct encoder_parameters *where);
/** Fresh weights (PyTorch's default initialisations); mean 0, std 1. */
void encoder_init(const struct encoder_shape *shape, struct parameters *parameters,
                  const struct encoder_parameters *where, struct random *random);

/** Convolution i as the layer wants it. */
struct conv1d_shape encoder_conv_shape(const struct encoder_shape *shape, int layer);

/** What B parallel streams carry from window to window while training or encoding offline. */
struct encoder_carry {
    float *history[MAX_CONV_LAYERS];    // [B][kernel-stride][in]
    float *context[MAX_CONTEXT_LAYERS]; // [B][H] or [B][2H]
    float *drift;                       // [B][mels + 1], see normalise.h; NULL without log-mel
    int streams;
};
bool encoder_carry_create(const struct encoder_shape *shape, int streams,
                          struct encoder_carry *carry);
void encoder_carry_free(struct encoder_carry *carry);
/** Stream b starts anew. */
void encoder_carry_reset(const struct encoder_shape *shape, struct encoder_carry *carry,
                         int stream);

/** Raw log-mel [B][T][mels] in place -> normalised, as the live stream does. */
void encoder_normalise(const struct encoder_shape *shape, const struct parameters *parameters,
                       const struct encoder_parameters *where, struct encoder_carry *carry,
                       float *features, int streams, int frames);

/** x: normalised features (B,T,mels) or samples (B,T*160,1) -> z (B,T,Z). histories from carry
 * (NULL: zero history, not kept). */
struct tensor *encoder_latents(struct tape *tape, const struct encoder_shape *shape,
                               struct parameters *parameters,
                               const struct encoder_parameters *where, struct tensor *x,
                               struct encoder_carry *carry);
/** z (B,T,Z) -> contexts[context_layers], each (B,T,H). */
void encoder_contexts(struct tape *tape, const struct encoder_shape *shape,
                      struct parameters *parameters, const struct encoder_parameters *where,
                      struct tensor *z, struct encoder_carry *carry, struct tensor **contexts);

/** Live weights: pointers into a mapped file (or into parameters). */
struct encoder_weights {
    const float *feature_mean, *feature_std;
    struct {
        const float *weight, *bias, *norm_weight, *norm_bias;
    } conv[MAX_CONV_LAYERS];
    struct recurrent_step_weights context[MAX_CONTEXT_LAYERS];
    const float *future[MAX_FUTURE_STEPS];
    const float *feature_weight, *feature_bias;
    const float *mask_token, *mask_weight, *mask_bias;
};
void encoder_weights_of(const struct encoder_shape *shape, struct parameters *parameters,
                        const struct encoder_parameters *where, struct encoder_weights *weights);
/** The same from pointers in the order of encoder_declare. */
void encoder_weights_from(const struct encoder_shape *shape, const struct encoder_parameters *where,
                          const float *const *values, struct encoder_weights *weights);

/** One live stream's network state: one allocation, cleared by encoder_state_reset. */
struct encoder_state;
struct encoder_state *encoder_state_create(const struct encoder_shape *shape);
void encoder_state_destroy(struct encoder_state **state);
void encoder_state_reset(struct encoder_state *state);
size_t encoder_state_bytes(const struct encoder_state *state);
/** input: raw log-mel [mels] (normalised here, causally) or 160 samples; frame: [frame_dim]
 * = features | z | contexts | cells. RT safe. */
void encoder_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                  struct encoder_state *state, const float *input, float *frame);

/** z [latent] -> contexts h [layers][H] and cells c [layers][H] (LSTM; NULL with GRU), in and out.
 * scratch: encoder_context_scratch floats. What encoder_step and the masked predictor share. */
void encoder_context_step(const struct encoder_shape *shape, const struct encoder_weights *weights,
                          const float *z, float *h, float *c, float *scratch);
size_t encoder_context_scratch(const struct encoder_shape *shape);

#endif
