// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/shape.h"

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

static const struct logmel_shape logmel_default = {
    .mels = 80,
    .window_samples = 400,
    .fft_samples = 512,
    .low_hz = 20,
    .high_hz = 8000,
    .floor = 1e-6f,
    .normalisation = NORMALISE_GLOBAL,
};

struct encoder_shape encoder_shape_default(void)
{
    return (struct encoder_shape){
        .front_end = FRONT_END_LOGMEL,
        .logmel = logmel_default,
        .conv_layers = 2,
        .conv = {{.channels = 256, .kernel = 5, .stride = 1},
                 {.channels = 256, .kernel = 3, .stride = 1}},
        .activation = ACTIVATION_RELU,
        .cell = CELL_GRU,
        .context_layers = 2,
        .context_dim = 256,
        .residual = 1,
        .future_steps = 12,
        .feature_shift = 3,
        .mask_frames = 8,
    };
}

// van den Oord et al. 2018, section 3.1
struct encoder_shape encoder_shape_waveform(int channels)
{
    return (struct encoder_shape){
        .front_end = FRONT_END_WAVEFORM,
        .conv_layers = 5,
        .conv = {{channels, 10, 5},
                 {channels, 8, 4},
                 {channels, 4, 2},
                 {channels, 4, 2},
                 {channels, 4, 2}},
        .activation = ACTIVATION_RELU,
        .cell = CELL_GRU,
        .context_layers = 1,
        .context_dim = 256,
        .future_steps = 12,
    };
}

int encoder_shape_feature_dim(const struct encoder_shape *shape)
{
    return shape->front_end == FRONT_END_LOGMEL ? shape->logmel.mels : 0;
}

int encoder_shape_drift_dim(const struct encoder_shape *shape)
{
    return shape->front_end == FRONT_END_LOGMEL ? shape->logmel.mels + 1 : 0;
}

int encoder_shape_latent_dim(const struct encoder_shape *shape)
{
    return shape->conv_layers ? shape->conv[shape->conv_layers - 1].channels
                              : encoder_shape_feature_dim(shape);
}

int encoder_shape_cell_dim(const struct encoder_shape *shape)
{
    return shape->cell == CELL_LSTM ? shape->context_layers * shape->context_dim : 0;
}

int encoder_shape_embedding_dim(const struct encoder_shape *shape)
{
    return encoder_shape_latent_dim(shape) + shape->context_layers * shape->context_dim;
}

int encoder_shape_frame_dim(const struct encoder_shape *shape)
{
    return encoder_shape_feature_dim(shape) + encoder_shape_embedding_dim(shape) +
           encoder_shape_cell_dim(shape);
}

int encoder_shape_field_samples(const struct encoder_shape *shape)
{
    int field = 1; // of one latent, in inputs of layer i as i goes down
    for (int i = shape->conv_layers - 1; i >= 0; i--)
        field = (field - 1) * shape->conv[i].stride + shape->conv[i].kernel;
    if (shape->front_end == FRONT_END_WAVEFORM)
        return field;
    return (field - 1) * HOP_SAMPLES + shape->logmel.window_samples;
}

struct range {
    const char *field;
    double value, low, high;
};

static auricle_status check_ranges(const struct range *ranges, size_t count, auricle_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return error_set(error, AURICLE_INVALID, "%s is %g, must be %g to %g", ranges[i].field,
                             ranges[i].value, ranges[i].low, ranges[i].high);
    return AURICLE_OK;
}

#define CHECK_RANGES(ranges, error) check_ranges(ranges, sizeof(ranges) / sizeof *(ranges), error)

static auricle_status check_logmel(const struct logmel_shape *logmel, auricle_error *error)
{
    const double nyquist_hz = SAMPLE_RATE_HZ / 2;
    bool running = logmel->normalisation == NORMALISE_RUNNING;
    struct range ranges[] = {
        {"logmel.mels", logmel->mels, 1, MAX_MELS},
        {"logmel.fft_samples", logmel->fft_samples, 256, 4096},
        {"logmel.window_samples", logmel->window_samples, HOP_SAMPLES, logmel->fft_samples},
        {"logmel.high_hz", (double)logmel->high_hz, 100, nyquist_hz},
        {"logmel.low_hz", (double)logmel->low_hz, 0, (double)logmel->high_hz - 50},
        {"logmel.floor", (double)logmel->floor, 1e-12, 1},
        {"logmel.range_db", (double)logmel->range_db, logmel->follow_db_s > 0 ? 1 : 0, 200},
        {"logmel.follow_db_s", (double)logmel->follow_db_s, 0, 1000},
        {"logmel.normalisation", logmel->normalisation, NORMALISE_GLOBAL, NORMALISE_RUNNING},
        {"logmel.running_frames", (double)logmel->running_frames, running ? 1 : 0,
         running ? 1e6 : 0},
    };
    auricle_status status = CHECK_RANGES(ranges, error);
    if (!status && (logmel->fft_samples & (logmel->fft_samples - 1)))
        status = error_set(error, AURICLE_INVALID, "logmel.fft_samples is %d, must be a power of 2",
                           logmel->fft_samples);
    return status;
}

static auricle_status check_conv(const struct encoder_shape *shape, auricle_error *error)
{
    bool waveform = shape->front_end == FRONT_END_WAVEFORM;
    int product = 1;
    for (int i = 0; i < shape->conv_layers; i++) {
        const struct conv_layer_shape *conv = &shape->conv[i];
        struct range ranges[] = {
            {"conv.channels", conv->channels, 1, 4096},
            {"conv.stride", conv->stride, 1, waveform ? HOP_SAMPLES : 1},
            {"conv.kernel", conv->kernel, conv->stride, 512},
        };
        auricle_status status = CHECK_RANGES(ranges, error);
        if (status)
            return error_prefix(error, status, "conv layer %d", i);
        if (HOP_SAMPLES % (product * conv->stride))
            return error_set(error, AURICLE_INVALID,
                             "conv strides up to layer %d multiply to %d, must divide %d", i,
                             product * conv->stride, HOP_SAMPLES);
        product *= conv->stride;
    }
    if (waveform && product != HOP_SAMPLES)
        return error_set(error, AURICLE_INVALID, "conv strides multiply to %d, must be %d", product,
                         HOP_SAMPLES);
    return AURICLE_OK;
}

auricle_status encoder_shape_check(const struct encoder_shape *shape, auricle_error *error)
{
    bool logmel = shape->front_end == FRONT_END_LOGMEL; // the two predictors of features need some
    struct range ranges[] = {
        {"front_end", shape->front_end, FRONT_END_LOGMEL, FRONT_END_WAVEFORM},
        {"conv_layers", shape->conv_layers, logmel ? 0 : 1, MAX_CONV_LAYERS},
        {"activation", shape->activation, ACTIVATION_RELU, ACTIVATION_GELU},
        {"cell", shape->cell, CELL_GRU, CELL_LSTM},
        {"context_layers", shape->context_layers, 1, MAX_CONTEXT_LAYERS},
        {"context_dim", shape->context_dim, 1, 4096},
        {"residual", shape->residual, 0, 1},
        {"future_steps", shape->future_steps, 0, MAX_FUTURE_STEPS},
        {"feature_shift", shape->feature_shift, 0, logmel ? MAX_FUTURE_STEPS : 0},
        {"mask_frames", shape->mask_frames, 0, logmel ? 100 : 0},
    };
    auricle_status status = CHECK_RANGES(ranges, error);
    if (!status && logmel)
        status = check_logmel(&shape->logmel, error);
    if (!status)
        status = check_conv(shape, error);
    if (!status && shape->residual && shape->context_layers > 1 &&
        encoder_shape_latent_dim(shape) != shape->context_dim)
        status = error_set(error, AURICLE_INVALID,
                           "residual adds a latent of %d to a context of %d: make them equal",
                           encoder_shape_latent_dim(shape), shape->context_dim);
    return status;
}
