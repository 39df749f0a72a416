// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/settings_tables.h"

#include <stddef.h>
#include <string.h>

double field_read(const struct field *field, const void *record)
{
    const char *place = (const char *)record + field->offset;
    if (field->is_float) {
        float value;
        memcpy(&value, place, sizeof value);
        return (double)value;
    }
    int value;
    memcpy(&value, place, sizeof value);
    return value;
}

void field_write(const struct field *field, void *record, double value)
{
    char *place = (char *)record + field->offset;
    float as_float = (float)value;
    int as_int = (int)value;
    if (field->is_float)
        memcpy(place, &as_float, sizeof as_float);
    else
        memcpy(place, &as_int, sizeof as_int);
}

const struct hyper loop_hypers[LOOP_SETTINGS] = {
    [LOOP_STREAMS] = {"streams", "parallel streams of sound in a step, B", 32, 1, 4096, true},
    [LOOP_FRAMES] = {"frames", "10 ms frames of a window, T", 200, 4, 100000, true},
    [LOOP_VIEWS] = {"views",
                    "2 = each sound also under a second, independent augmentation, whose "
                    "latents are the targets (Kharitonov et al. 2021)",
                    2, 1, 2, true},
    [LOOP_RESET] = {"reset",
                    "probability that a stream's state starts at zero with a new recording", 0.5, 0,
                    1, false},
    [LOOP_STATISTICS] = {"statistics",
                         "batches over which the log-mel's mean and deviation are "
                         "measured before training",
                         16, 1, 10000, true},
    [LOOP_HELD_OUT] = {"held_out", "percent of the speakers (or files) kept for the held-out loss",
                       2, 0, 50, false},
    [LOOP_EVALUATION] = {"evaluation", "batches of a held-out evaluation", 4, 1, 10000, true},
    [LOOP_BALANCE] = {"balance",
                      "1 = sources heard as long as they are, 0 = all equally long, 0.5 = "
                      "by the square root (Conneau et al. 2020, XLM-R, sec. 3.1)",
                      0.5, 0, 1, false},
    [LOOP_GAP] = {"gap", "probability of near-silence before a recording", 0.7, 0, 1, false},
    [LOOP_GAP_LOW] = {"gap_low_s", "its shortest, seconds", 0.02, 0, 10, false},
    [LOOP_GAP_HIGH] = {"gap_high_s", "its longest, seconds", 0.5, 0, 10, false},
    [LOOP_NON_FINITE] = {"non_finite",
                         "steps in a row with a non-finite loss or gradient, each "
                         "skipped, after which training stops",
                         20, 1, 10000, true},
    [LOOP_BF16] = {"bf16",
                   "1 = matrix products of numbers rounded to bfloat16, sums and all else in float "
                   "(Kalamkar et al. 2019): faster where the CPU has AVX512-BF16 or AMX",
                   0, 0, 1, true},
};

const struct hyper optimiser_hypers[OPTIMISER_SETTINGS] = {
    [OPTIMISER_RATE] = {"rate", "highest learning rate", 1e-3, 0, 10, false},
    [OPTIMISER_FINAL] = {"final", "share of it left at the end (cosine)", 0.02, 0, 1, false},
    [OPTIMISER_WARMUP] = {"warmup", "steps of linear rise from zero", 200, 0, 1e6, true},
    [OPTIMISER_BETA1] = {"beta1", "decay of the gradient's mean (AdamW, Loshchilov & Hutter 2019)",
                         0.9, 0, 0.99999, false},
    [OPTIMISER_BETA2] = {"beta2", "decay of the gradient's square", 0.98, 0, 0.99999, false},
    [OPTIMISER_EPSILON] = {"epsilon", "added to the root of the square", 1e-8, 1e-12, 1, false},
    [OPTIMISER_DECAY] = {"decay", "weight decay of matrices", 0.01, 0, 10, false},
    [OPTIMISER_CLIP] = {"clip", "largest norm of the whole gradient, 0 = no clipping", 2, 0, 1e6,
                        false},
};

const struct hyper teacher_hypers[TEACHER_SETTINGS] = {
    [TEACHER_HOP] = {"hop_s",
                     "seconds between a teacher's rows; 0 = a recording's length shared out among "
                     "its rows",
                     0, 0, 3600, false},
    [TEACHER_FIRST] = {"first_s", "the moment of a recording's first row, seconds; -1 = half a hop",
                       -1, -1, 3600, false},
    [TEACHER_DELAY] = {"delay",
                       "10 ms frames that the student may be late: it has heard so much more than "
                       "the moment it is asked about",
                       0, 0, 1000, true},
    [TEACHER_NEAREST] = {"nearest",
                         "1 = a frame gets the nearest row, as class numbers need, 0 = the mean of "
                         "two rows by their distance",
                         0, 0, 1, true},
    [TEACHER_MISSING] = {"missing",
                         "1 = recordings without a teacher's rows are heard too, 0 = they are left "
                         "out",
                         0, 0, 1, true},
};

#define AUGMENT(field, help, low, high)                                                            \
    {                                                                                              \
#field, help, 0, low, high, false                                                          \
    }
const struct hyper augment_hypers[] = {
    AUGMENT(gain_db_low, "least gain", -60, 60),
    AUGMENT(gain_db_high, "most gain", -60, 60),
    AUGMENT(noise_probability, "of mixing noise in", 0, 1),
    AUGMENT(noise_snr_db_low, "worst signal-to-noise ratio", -30, 100),
    AUGMENT(noise_snr_db_high, "best signal-to-noise ratio", -30, 100),
    AUGMENT(reverb_probability, "of a synthetic room", 0, 1),
    AUGMENT(reverb_t60_low_s, "shortest reverberation, seconds", 0.01, 10),
    AUGMENT(reverb_t60_high_s, "longest reverberation, seconds", 0.01, 10),
    AUGMENT(telephone_probability, "of a telephone's band", 0, 1),
    AUGMENT(mulaw_probability, "of G.711 mu-law, given the telephone", 0, 1),
    AUGMENT(speed_low, "slowest speed", 0.25, 4),
    AUGMENT(speed_high, "fastest speed", 0.25, 4),
    AUGMENT(speed_probability, "of changing speed", 0, 1),
    AUGMENT(warp_low, "least vocal-tract factor (VTLP, Jaitly & Hinton 2013)", 0.5, 2),
    AUGMENT(warp_high, "greatest vocal-tract factor", 0.5, 2),
};
const int augment_count = sizeof augment_hypers / sizeof *augment_hypers;

#define AUGMENT_FIELD(name)                                                                        \
    {                                                                                              \
        offsetof(struct augment_config, name), true                                                \
    }
const struct field augment_fields[] = {
    AUGMENT_FIELD(gain_db_low),
    AUGMENT_FIELD(gain_db_high),
    AUGMENT_FIELD(noise_probability),
    AUGMENT_FIELD(noise_snr_db_low),
    AUGMENT_FIELD(noise_snr_db_high),
    AUGMENT_FIELD(reverb_probability),
    AUGMENT_FIELD(reverb_t60_low_s),
    AUGMENT_FIELD(reverb_t60_high_s),
    AUGMENT_FIELD(telephone_probability),
    AUGMENT_FIELD(mulaw_probability),
    AUGMENT_FIELD(speed_low),
    AUGMENT_FIELD(speed_high),
    AUGMENT_FIELD(speed_probability),
    AUGMENT_FIELD(warp_low),
    AUGMENT_FIELD(warp_high),
};
_Static_assert(sizeof augment_fields / sizeof *augment_fields ==
                   sizeof augment_hypers / sizeof *augment_hypers,
               "a place for each");

const struct hyper distort_hypers[] = {
    {"equaliser_db", "deviation of each of three cosines over the bands; 0 = none", 3, 0, 20,
     false},
    {"floor_probability", "of a floor of stationary noise", 0.3, 0, 1, false},
    {"floor_low_db", "its least power, over the front end's floor", 0, -40, 80, false},
    {"floor_high_db", "its greatest power, over the front end's floor", 30, -40, 80, false},
    {"span_probability", "of a frame to begin a span that is hidden from the encoder", 0, 0, 1,
     false},
    {"span_frames", "frames of such a span", 8, 1, 100, true},
};
const int distort_count = sizeof distort_hypers / sizeof *distort_hypers;
const struct field distort_fields[] = {
    {offsetof(struct distortion, equaliser_db), true},
    {offsetof(struct distortion, floor_probability), true},
    {offsetof(struct distortion, floor_low_db), true},
    {offsetof(struct distortion, floor_high_db), true},
    {offsetof(struct distortion, span_probability), true},
    {offsetof(struct distortion, span_frames), false},
};
_Static_assert(sizeof distort_fields / sizeof *distort_fields ==
                   sizeof distort_hypers / sizeof *distort_hypers,
               "a place for each");

const struct hyper shape_hypers[] = {
    {"mels", "log-mel bands", 0, 1, 128, true},
    {"window", "samples of the log-mel window at 16 kHz", 0, HOP_SAMPLES, 4096, true},
    {"fft", "samples of the transform, a power of two", 0, 256, 4096, true},
    {"low_hz", "lowest band edge", 0, 0, 8000, false},
    {"high_hz", "highest band edge", 0, 100, 8000, false},
    {"floor", "power added to each band before the logarithm", 0, 1e-12, 1, false},
    {"range_db", "bands further below the running level are raised to it; 0 = off", 0, 0, 200,
     false},
    {"follow_db_s",
     "bands are measured from the running level, which falls by so much a second, so that gain "
     "changes nothing; 0 = bands are absolute",
     0, 0, 1000, false},
    {"running", "1 = normalise by a running mean, 0 = by the corpus's", 0, 0, 1, true},
    {"running_frames", "time constant of the running mean", 0, 0, 1e6, false},
    {"gelu", "1 = GELU, 0 = ReLU after each convolution", 0, 0, 1, true},
    {"lstm", "1 = LSTM, 0 = GRU", 0, 0, 1, true},
    {"layers", "of recurrent context", 0, 1, MAX_CONTEXT_LAYERS, true},
    {"dim", "units of a context layer", 0, 1, 4096, true},
    {"residual", "1 = a context layer's input is added to its output", 0, 0, 1, true},
};
const int shape_count = sizeof shape_hypers / sizeof *shape_hypers;

#define SHAPE_FIELD(name, is_float)                                                                \
    {                                                                                              \
        offsetof(struct encoder_shape, name), is_float                                             \
    }
_Static_assert(sizeof(enum cell) == sizeof(int), "enums are read as int");
const struct field shape_fields[] = {
    SHAPE_FIELD(logmel.mels, false),
    SHAPE_FIELD(logmel.window_samples, false),
    SHAPE_FIELD(logmel.fft_samples, false),
    SHAPE_FIELD(logmel.low_hz, true),
    SHAPE_FIELD(logmel.high_hz, true),
    SHAPE_FIELD(logmel.floor, true),
    SHAPE_FIELD(logmel.range_db, true),
    SHAPE_FIELD(logmel.follow_db_s, true),
    SHAPE_FIELD(logmel.normalisation, false),
    SHAPE_FIELD(logmel.running_frames, true),
    SHAPE_FIELD(activation, false),
    SHAPE_FIELD(cell, false),
    SHAPE_FIELD(context_layers, false),
    SHAPE_FIELD(context_dim, false),
    SHAPE_FIELD(residual, false),
};
_Static_assert(sizeof shape_fields / sizeof *shape_fields ==
                   sizeof shape_hypers / sizeof *shape_hypers,
               "a place for each");
