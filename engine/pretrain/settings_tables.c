// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/settings_tables.h"

#include "pretrain/settings.h"

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

#define LOOP(field, kind, fallback, low, high, help)                                               \
    SETTING_FIELD(struct loop_settings, field, #field, kind, fallback, low, high, help)
static const struct setting loop_settings[] = {
    LOOP(streams, SETTING_INT, 32, 1, 4096, "parallel streams of sound in a step, B"),
    LOOP(frames, SETTING_INT, 200, 4, 100000, "10 ms frames of a window, T"),
    LOOP(views, SETTING_INT, 2, 1, 2,
         "2 = each sound also under a second, independent augmentation, whose latents are the "
         "targets (Kharitonov et al. 2021)"),
    LOOP(reset, SETTING_DOUBLE, 0.5, 0, 1,
         "probability that a stream's state starts at zero with a new recording"),
    LOOP(statistics, SETTING_INT, 16, 1, 10000,
         "batches over which the log-mel's mean and deviation are measured before training"),
    LOOP(held_out, SETTING_DOUBLE, 2, 0, 50,
         "percent of the speakers (or files) kept for the held-out loss"),
    LOOP(evaluation, SETTING_INT, 4, 1, 10000, "batches of a held-out evaluation"),
    LOOP(balance, SETTING_DOUBLE, 0.5, 0, 1,
         "1 = sources heard as long as they are, 0 = all equally long, 0.5 = by the square root "
         "(Conneau et al. 2020, XLM-R, sec. 3.1)"),
    LOOP(gap, SETTING_DOUBLE, 0.7, 0, 1, "probability of near-silence before a recording"),
    LOOP(gap_low_s, SETTING_DOUBLE, 0.02, 0, 10, "shortest near-silence, seconds"),
    LOOP(gap_high_s, SETTING_DOUBLE, 0.5, 0, 10, "longest near-silence, seconds"),
    LOOP(non_finite, SETTING_INT, 20, 1, 10000,
         "steps in a row with a non-finite loss or gradient, each skipped, after which training "
         "stops"),
    LOOP(bf16, SETTING_INT, 0, 0, 1,
         "1 = matrix products of numbers rounded to bfloat16, sums and all else in float "
         "(Kalamkar et al. 2019): faster where the CPU has AVX512-BF16 or AMX"),
};
const struct setting_table loop_table = {loop_settings, COUNT(loop_settings)};

#define OPTIMISER(field, kind, fallback, low, high, help)                                          \
    SETTING_FIELD(struct optimiser_settings, field, #field, kind, fallback, low, high, help)
static const struct setting optimiser_settings[] = {
    OPTIMISER(rate, SETTING_DOUBLE, 1e-3, 0, 10, "highest learning rate"),
    OPTIMISER(final, SETTING_DOUBLE, 0.02, 0, 1, "share of the rate left at the end (cosine)"),
    OPTIMISER(warmup, SETTING_INT, 200, 0, 1e6, "steps of linear rise from zero"),
    OPTIMISER(beta1, SETTING_DOUBLE, 0.9, 0, 0.99999,
              "decay of the gradient's mean (AdamW, Loshchilov & Hutter 2019)"),
    OPTIMISER(beta2, SETTING_DOUBLE, 0.98, 0, 0.99999, "decay of the gradient's square"),
    OPTIMISER(epsilon, SETTING_DOUBLE, 1e-8, 1e-12, 1, "added to the root of the square"),
    OPTIMISER(decay, SETTING_DOUBLE, 0.01, 0, 10, "weight decay of matrices"),
    OPTIMISER(clip, SETTING_DOUBLE, 2, 0, 1e6,
              "largest norm of the whole gradient, 0 = no clipping"),
};
const struct setting_table optimiser_table = {optimiser_settings, COUNT(optimiser_settings)};

#define TEACHER(field, kind, fallback, low, high, help)                                            \
    SETTING_FIELD(struct teacher_settings, field, #field, kind, fallback, low, high, help)
static const struct setting teacher_settings[] = {
    TEACHER(hop_s, SETTING_DOUBLE, 0, 0, 3600,
            "seconds between a teacher's rows; 0 = a recording's length divided by the number of "
            "its rows"),
    TEACHER(first_s, SETTING_DOUBLE, -1, -1, 3600,
            "the moment of a recording's first row, seconds; -1 = half a hop"),
    TEACHER(delay, SETTING_INT, 0, 0, 1000,
            "10 ms frames that the student may be late: it hears that much more before it must "
            "answer"),
    TEACHER(nearest, SETTING_INT, 0, 0, 1,
            "1 = a frame gets the nearest row, as class numbers need, 0 = the mean of two rows by "
            "their distance"),
    TEACHER(missing, SETTING_INT, 0, 0, 1,
            "1 = recordings without a teacher's rows are heard too, 0 = they are left out"),
};
const struct setting_table teacher_table = {teacher_settings, COUNT(teacher_settings)};

// The defaults of the next groups are those of their structs.
#define AUGMENT(field, help, low, high)                                                            \
    SETTING_FIELD(struct augment_config, field, #field, SETTING_FLOAT, 0, low, high, help)
static const struct setting augment_settings[] = {
    AUGMENT(gain_db_low, "least gain", -60, 60),
    AUGMENT(gain_db_high, "most gain", -60, 60),
    AUGMENT(noise_probability, "probability of mixing noise in", 0, 1),
    AUGMENT(noise_snr_db_low, "worst signal-to-noise ratio", -30, 100),
    AUGMENT(noise_snr_db_high, "best signal-to-noise ratio", -30, 100),
    AUGMENT(reverb_probability, "probability of a synthetic room", 0, 1),
    AUGMENT(reverb_t60_low_s, "shortest reverberation, seconds", 0.01, 10),
    AUGMENT(reverb_t60_high_s, "longest reverberation, seconds", 0.01, 10),
    AUGMENT(telephone_probability, "probability of a telephone's band", 0, 1),
    AUGMENT(mulaw_probability, "probability of G.711 mu-law, given the telephone", 0, 1),
    AUGMENT(speed_low, "slowest speed", 0.25, 4),
    AUGMENT(speed_high, "fastest speed", 0.25, 4),
    AUGMENT(speed_probability, "probability of changing speed", 0, 1),
    AUGMENT(warp_low, "least vocal-tract factor (VTLP, Jaitly & Hinton 2013)", 0.5, 2),
    AUGMENT(warp_high, "greatest vocal-tract factor", 0.5, 2),
    AUGMENT(warp_probability, "probability of changing the vocal tract", 0, 1),
};
const struct setting_table augment_table = {augment_settings, COUNT(augment_settings)};

#define DISTORT(field, kind, fallback, low, high, help)                                            \
    SETTING_FIELD(struct distortion, field, #field, kind, fallback, low, high, help)
static const struct setting distort_settings[] = {
    DISTORT(equaliser_db, SETTING_FLOAT, 3, 0, 20,
            "deviation of each of three cosines over the bands; 0 = none"),
    DISTORT(floor_probability, SETTING_FLOAT, 0.3, 0, 1,
            "probability of a floor of stationary noise"),
    DISTORT(floor_low_db, SETTING_FLOAT, 0, -40, 80,
            "least power of the noise, over the front end's floor"),
    DISTORT(floor_high_db, SETTING_FLOAT, 30, -40, 80,
            "greatest power of the noise, over the front end's floor"),
    DISTORT(span_probability, SETTING_FLOAT, 0, 0, 1,
            "probability that a frame begins a span that is hidden from the encoder"),
    DISTORT(span_frames, SETTING_INT, 8, 1, 100, "frames of a hidden span"),
};
const struct setting_table distort_table = {distort_settings, COUNT(distort_settings)};

_Static_assert(sizeof(enum cell) == sizeof(int), "enums are read as int");
#define SHAPE(name, field, kind, low, high, help)                                                  \
    SETTING_FIELD(struct encoder_shape, field, name, kind, 0, low, high, help)
static const struct setting shape_settings[] = {
    SHAPE("mels", logmel.mels, SETTING_INT, 1, 128, "log-mel bands"),
    SHAPE("window", logmel.window_samples, SETTING_INT, HOP_SAMPLES, 4096,
          "samples of the log-mel window at 16 kHz"),
    SHAPE("fft", logmel.fft_samples, SETTING_INT, 256, 4096,
          "samples of the transform, a power of two"),
    SHAPE("low_hz", logmel.low_hz, SETTING_FLOAT, 0, 8000, "lowest band edge"),
    SHAPE("high_hz", logmel.high_hz, SETTING_FLOAT, 100, 8000, "highest band edge"),
    SHAPE("floor", logmel.floor, SETTING_FLOAT, 1e-12, 1,
          "power added to each band before the logarithm"),
    SHAPE("range_db", logmel.range_db, SETTING_FLOAT, 0, 200,
          "bands further below the running level are raised to it; 0 = off"),
    SHAPE(
        "follow_db_s", logmel.follow_db_s, SETTING_FLOAT, 0, 1000,
        "bands are measured from the running level, which falls by so much a second, so that gain "
        "changes nothing; 0 = bands are absolute"),
    SHAPE("running", logmel.normalisation, SETTING_INT, 0, 1,
          "1 = normalise by a running mean, 0 = by the corpus's"),
    SHAPE("running_frames", logmel.running_frames, SETTING_FLOAT, 0, 1e6,
          "time constant of the running mean"),
    SHAPE("gelu", activation, SETTING_INT, 0, 1, "1 = GELU, 0 = ReLU after each convolution"),
    SHAPE("lstm", cell, SETTING_INT, 0, 1, "1 = LSTM, 0 = GRU"),
    SHAPE("layers", context_layers, SETTING_INT, 1, MAX_CONTEXT_LAYERS,
          "layers of recurrent context"),
    SHAPE("dim", context_dim, SETTING_INT, 1, 4096, "units of a context layer"),
    SHAPE("residual", residual, SETTING_INT, 0, 1,
          "1 = a context layer's input is added to its output"),
};
const struct setting_table shape_table = {shape_settings, COUNT(shape_settings)};
