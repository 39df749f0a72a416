// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What is behind auricle_head, and how a fitted one becomes a file.
 *
 * A head has a kind (head_kind.h), which knows its tensors and how it turns frames into posteriors;
 * everything here is common to all kinds. */
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
    // A stream's first decision waits for this many frames or the span of a decision, whichever is
    // less: what an encoder says right after its reset resembles nothing a head was fitted on.
    FIRST_DECISION_FRAMES = 30,
};

struct head_kind;

struct head_shape {
    const struct head_kind *kind;
    const char *task;
    const char *encoder_hash; // of the encoder it was fitted on
    int embedding_dim;        // of that encoder
    int class_count;
    const char *const *labels; // [class_count]
    const bool *background;    // [class_count]
    int window_frames, hop_frames;
    int hidden;                       // 0 = linear
    auricle_detector_config detector; // recommended settings, all given: 0 is not "default" here
};

struct head_weights {
    const float *input_mean, *input_std;                    // [inputs]
    const float *hidden_weight, *hidden_bias;               // NULL when hidden is 0
    const float *recurrent_weight_ih, *recurrent_weight_hh; // keyword heads only
    const float *recurrent_bias_ih, *recurrent_bias_hh;
    const float *output_weight, *output_bias;
    const float *cohort_mean, *cohort_covariance, *calibration; // verification heads only
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

/** Numbers that one decision reads. */
int head_inputs(const struct head_shape *shape);
/** Frames before the first decision of a stream: see FIRST_DECISION_FRAMES. */
int head_wait_frames(const struct head_shape *shape);
/** The longest time, in frames, from the first frame that belongs to an event to the frame at which
 * its start is decided: span, hop, smoothing and min_frames together. */
int head_delay_frames(const struct head_shape *shape, const auricle_detector_config *detector);
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

/** A new detector takes the place of old in the same stream: frames count on. */
void detector_go_on(auricle_detector *detector, const auricle_detector *old);

/** As new, but as if the stream had been silent before: silence [frame_dim] is the model's frame of
 * silence. RT safe. */
void head_stream_reset_to_silence(auricle_head_stream *stream, const float *silence);

#endif
