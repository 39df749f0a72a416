// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Small encoders with random weights and sound to feed them, for tests of the live path. */
#ifndef AURICLE_TESTS_FIXTURE_H
#define AURICLE_TESTS_FIXTURE_H

#include <auricle/stream.h>

#include "model/model.h"
#include "stream/head.h"

#include <stdio.h>

enum fixture_kind {
    FIXTURE_LOGMEL_GRU,    // residual, global normalisation, all predictors
    FIXTURE_LOGMEL_LSTM,   // not residual, running level and mean, gelu, all predictors
    FIXTURE_WAVEFORM_GRU,  // not residual
    FIXTURE_WAVEFORM_LSTM, // residual, gelu
    FIXTURE_LOGMEL_BARE,   // GRU on the features themselves
    FIXTURE_FLOAT_KINDS,
    // FIXTURE_LOGMEL_GRU and FIXTURE_WAVEFORM_LSTM, quantised:
    FIXTURE_INT8_GRU = FIXTURE_FLOAT_KINDS,
    FIXTURE_INT8_LSTM,
    FIXTURE_KINDS,
};

/** The encoder and the parameters it was written from. */
struct fixture {
    struct encoder_shape shape;
    struct parameters parameters;
    struct encoder_layout layout;
    bool int8; // the model's matrices are rounded from parameters
    auricle_model *model;
};

static inline struct network fixture_network(const struct fixture *fixture)
{
    return (struct network){&fixture->shape, &fixture->parameters, &fixture->layout};
}

struct encoder_shape fixture_shape(enum fixture_kind kind);
/** Declares and draws parameters; features.mean and .std as of quiet speech. */
void fixture_draw(struct fixture *fixture, enum fixture_kind kind);
void fixture_draw_shape(struct fixture *fixture, const struct encoder_shape *shape);
/** Writes the parameters as they are to a temporary file and opens it. */
void fixture_open(struct fixture *fixture);
/** Both. */
void fixture_create(struct fixture *fixture, enum fixture_kind kind);
void fixture_destroy(struct fixture *fixture);

/** A path for a temporary file of this process, of this name. */
void fixture_path(const char *name, char path[FILENAME_MAX]);

/** count samples: noise and tones in bursts with digital silence between, within +-0.9. */
float *fixture_sound(size_t count, int rate_hz, unsigned long seed);

/** A head of `classes` classes (the first is "background") for the model, random weights. */
auricle_head *fixture_head(const auricle_model *model, int classes, int window_frames,
                           int hop_frames, int hidden, auricle_detector_config detector);

void fixture_write_head(const char *path, const auricle_model *model, int classes,
                        int window_frames, int hop_frames, int hidden,
                        auricle_detector_config detector);

/** Every frame of the sound, fed in pieces (0 = random 1..3000) and drained: [*frames][frame_dim].
 */
float *fixture_run(auricle_stream *stream, int frame_dim, const float *sound, size_t count,
                   size_t piece, size_t *frames);

/** A stream at this rate, and its whole run: fixture_run on a fresh stream. */
auricle_stream *fixture_stream(const struct fixture *fixture, int rate_hz);
float *fixture_encode(const struct fixture *fixture, int rate_hz, const float *sound, size_t count,
                      size_t piece, size_t *frames);

/** Largest absolute difference. */
float fixture_difference(const float *a, const float *b, size_t count);

#endif
