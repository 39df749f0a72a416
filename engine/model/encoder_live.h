// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the encoder's live step works on. For encoder_live.c and encoder_step.c. */
#ifndef AURICLE_MODEL_ENCODER_LIVE_H
#define AURICLE_MODEL_ENCODER_LIVE_H

#include "model/encoder.h"

/** What a stream carries from frame to frame; all of memory is cleared by a reset. */
struct encoder_state {
    size_t bytes;                    // of the whole allocation
    size_t memory_bytes;             // of memory
    float *drift;                    // [mels + 1]
    float *history[MAX_CONV_LAYERS]; // [kernel - stride][in]
    float *h, *c;                    // [context_layers][H]; c is NULL with GRU
    _Alignas(64) char memory[];
};

/** Nobody's between two calls. */
struct encoder_scratch {
    int batch;
    size_t bytes; // of the whole allocation
    // [batch]: where each stream's numbers are
    const float **inputs;                  // samples or normalised features
    float **latents, **contexts, **h, **c; // in its frame, in its frame, in its state
    const float **joined;                  // of the convolution at hand: history and inputs
    float **outputs;                       // of it
    const float **old;                     // of the recurrent layer at hand: h
    float **cells;                         // of it: c
    // [batch * outputs a hop of the busiest layer]: the rows of one product
    const float **from;
    float **to;
    // numbers
    float *joints[2]; // [batch][joint_floats]: joined, of layers 0, 2, .. and of layers 1, 3, ..
    size_t joint_floats[2];
    float *sums;  // [batch][H]: what residual layers read
    void *packed; // scratch of the weights' type
};

/** Outputs of layer per hop; layer -1 is the input. */
int encoder_layer_count(const struct encoder_shape *shape, int layer);
/** Floats of layer's history and of its inputs of one hop. */
size_t encoder_past_floats(const struct encoder_shape *shape, int layer);
size_t encoder_fresh_floats(const struct encoder_shape *shape, int layer);
/** false for a first layer without history, which reads its input where that lies. */
bool encoder_layer_joins(const struct encoder_shape *shape, int layer);

#endif
