// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What an encoder looks like: plain numbers, read from and written to the model card. */
#ifndef AURICLE_MODEL_SHAPE_H
#define AURICLE_MODEL_SHAPE_H

#include <auricle/status.h>
#include <jansson.h>

enum {
    SAMPLE_RATE_HZ = 16000,
    HOP_SAMPLES = 160,
    MAX_MELS = 128,
    MAX_CONV_LAYERS = 8,
    MAX_CONTEXT_LAYERS = 4,
    MAX_FUTURE_STEPS = 32,
};

enum front_end { FRONT_END_LOGMEL, FRONT_END_WAVEFORM };
enum normalisation { NORMALISE_GLOBAL, NORMALISE_RUNNING };
enum activation { ACTIVATION_RELU, ACTIVATION_GELU };
enum cell { CELL_GRU, CELL_LSTM };

/** Log-mel: window 400 samples ending with the hop, Hann, FFT 512, HTK mel, ln(power + floor). */
struct logmel_shape {
    int mels;              // 1..MAX_MELS
    int window_samples;    // HOP_SAMPLES..fft_samples
    int fft_samples;       // power of two
    float low_hz, high_hz; // band edges
    float floor;           // added to each band's power
    float range_db;        // bands further below the running level are raised to it; 0 = off
    float follow_db_s;     // > 0: bands are measured from the running level, which falls by so
                           // many dB a second, so that gain changes nothing; 0 = absolute
    enum normalisation normalisation;
    float running_frames; // NORMALISE_RUNNING: time constant; starts from the global statistics
};

struct conv_layer_shape {
    int channels, kernel, stride;
};

struct encoder_shape {
    enum front_end front_end;
    struct logmel_shape logmel; // FRONT_END_LOGMEL
    int conv_layers; // each: causal conv -> layer norm -> activation; 0: features are latents
    struct conv_layer_shape
        conv[MAX_CONV_LAYERS]; // strides: all 1 (log-mel), product 160 (waveform)
    enum activation activation;
    enum cell cell;
    int context_layers, context_dim;
    int residual;      // input of layer i+1 = h_i + input of layer i (widths must agree)
    int future_steps;  // CPC predictors, 0 = none
    int feature_shift; // APC, 0 = none
    int mask_frames;   // masked predictor's chunk, 0 = none
};

/** log-mel 80 -> conv -> 2 x GRU 256 with K = 12, APC 3, chunk 8: the default model's shape. */
struct encoder_shape encoder_shape_default(void);
/** CPC's strided waveform convolutions (10,8,4,4,4 / 5,4,2,2,2) -> GRU. */
struct encoder_shape encoder_shape_waveform(int channels);

int encoder_shape_feature_dim(const struct encoder_shape *shape); // mels, or 0
/** Floats that causal normalisation carries: a drift per band and the running level, or 0. */
int encoder_shape_drift_dim(const struct encoder_shape *shape);
int encoder_shape_latent_dim(const struct encoder_shape *shape);
int encoder_shape_cell_dim(const struct encoder_shape *shape);
int encoder_shape_frame_dim(const struct encoder_shape *shape);
int encoder_shape_embedding_dim(const struct encoder_shape *shape);
/** Samples, ending with the hop's last one, that a latent depends on. */
int encoder_shape_field_samples(const struct encoder_shape *shape);

/** INVALID with the field, its value and its range. */
auricle_status encoder_shape_check(const struct encoder_shape *shape, auricle_error *error);
json_t *encoder_shape_to_json(const struct encoder_shape *shape);
/** FORMAT on missing, unknown or out-of-range fields. */
auricle_status encoder_shape_from_json(const json_t *json, struct encoder_shape *shape,
                                       auricle_error *error);

#endif
