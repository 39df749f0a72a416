// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What is behind auricle_head, and how a fitted one becomes a file.
 *
 *   window of embeddings -> mean | std | max -> (x - mean) / std -> [W x + b, relu] -> W x + b
 *   -> softmax;     window_frames = 1: the embedding itself instead of the pooled three
 *
 * Tensors: input.mean, input.std [inputs]; hidden.weight [hidden][inputs], hidden.bias (hidden >
 * 0); output.weight [classes][hidden or inputs], output.bias. */
#ifndef AURICLE_STREAM_HEAD_H
#define AURICLE_STREAM_HEAD_H

#include <auricle/head.h>

#include "model/safetensors.h"

#include <stdatomic.h>

enum {
    MAX_HEAD_CLASSES = 1024,
    MAX_HEAD_HIDDEN = 4096,
    MAX_WINDOW_FRAMES = 3000,
    MAX_SMOOTHING_HOPS = 64,
    // A stream's first decision waits for this many frames or a full window, whichever is less:
    // what an encoder says right after its reset resembles nothing it was fitted on.
    FIRST_DECISION_FRAMES = 30,
};

struct head_shape {
    const char *task;
    const char *encoder_hash; // of the encoder it was fitted on
    int embedding_dim;        // of that encoder
    int class_count;
    const char *const *labels; // [class_count]
    const bool *background;    // [class_count]
    int window_frames, hop_frames;
    int hidden;                       // 0 = linear
    auricle_detector_config detector; // the recommendation, no zeros stand for anything else
};

struct head_weights {
    const float *input_mean, *input_std;      // [inputs]
    const float *hidden_weight, *hidden_bias; // NULL when hidden is 0
    const float *output_weight, *output_bias;
};

struct auricle_head {
    atomic_int references;
    struct head_shape shape; // its pointers go to the fields below
    struct head_weights weights;
    struct safetensors file;
    json_t *json; // the card, parsed: owns task, hash and labels
    const char **labels;
    bool *background;
    char *card;
    int embedding_offset; // in the encoder's frame vector
};

/** embedding_dim, three times that when a window is pooled. */
int head_inputs(const struct head_shape *shape);
/** INVALID with the field, its value and its range. */
auricle_status head_shape_check(const struct head_shape *shape, auricle_error *error);
/** Writes a head file atomically. card: free JSON object for the card's "card" (borrowed). hash
 * (may be NULL) gets the content hash. Errors: INVALID (shape, value that is not finite), IO,
 * NO_MEMORY. */
auricle_status head_write(const char *path, const struct head_shape *shape,
                          const struct head_weights *weights, const json_t *card, char hash[65],
                          auricle_error *error);

/** auricle_detector_create for a head that is not in a file yet. Only shape is looked at. */
auricle_status detector_create(const struct head_shape *shape,
                               const auricle_detector_config *config, auricle_detector **detector,
                               auricle_error *error);

/** x [inputs] (pooled, or the embedding; overwritten) -> posteriors [class_count] summing to 1.
 * hidden: scratch [shape->hidden]. What the live head and the fit task's dev run share. RT safe. */
void head_posteriors(const struct head_shape *shape, const struct head_weights *weights, float *x,
                     float *hidden, float *posteriors);

#endif
