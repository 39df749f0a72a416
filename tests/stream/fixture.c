// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"
#include "model/storage.h"
#include "stream/head_kind.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct encoder_shape logmel_gru = {
    .front_end = FRONT_END_LOGMEL,
    .logmel = {.mels = 20,
               .window_samples = 400,
               .fft_samples = 512,
               .low_hz = 50,
               .high_hz = 7600,
               .floor = 1e-6f},
    .conv_layers = 2,
    .conv = {{24, 5, 1}, {16, 3, 1}},
    .activation = ACTIVATION_RELU,
    .cell = CELL_GRU,
    .context_layers = 2,
    .context_dim = 16,
    .residual = 1,
    .future_steps = 6,
    .feature_shift = 3,
    .mask_frames = 8,
};

struct encoder_shape fixture_shape(enum fixture_kind kind)
{
    struct encoder_shape shape = logmel_gru;
    kind = kind == FIXTURE_INT8_GRU    ? FIXTURE_LOGMEL_GRU
           : kind == FIXTURE_INT8_LSTM ? FIXTURE_WAVEFORM_LSTM
                                       : kind;
    if (kind == FIXTURE_WAVEFORM_GRU || kind == FIXTURE_WAVEFORM_LSTM) {
        shape = encoder_shape_waveform(12);
        shape.context_layers = 2;
        shape.context_dim = 12;
        shape.future_steps = 4;
    }
    shape.residual = kind == FIXTURE_LOGMEL_GRU || kind == FIXTURE_WAVEFORM_LSTM;
    shape.cell =
        kind == FIXTURE_LOGMEL_LSTM || kind == FIXTURE_WAVEFORM_LSTM ? CELL_LSTM : CELL_GRU;
    shape.activation = shape.cell == CELL_LSTM ? ACTIVATION_GELU : ACTIVATION_RELU;
    if (kind == FIXTURE_LOGMEL_LSTM) {
        shape.logmel.normalisation = NORMALISE_RUNNING;
        shape.logmel.running_frames = 50;
        shape.logmel.range_db = 30;
        shape.logmel.follow_db_s = 20;
    }
    if (kind == FIXTURE_LOGMEL_BARE)
        shape.conv_layers = 0;
    return shape;
}

void fixture_draw(struct fixture *fixture, enum fixture_kind kind)
{
    struct encoder_shape shape = fixture_shape(kind);
    fixture_draw_shape(fixture, &shape);
    fixture->int8 = kind == FIXTURE_INT8_GRU || kind == FIXTURE_INT8_LSTM;
}

void fixture_draw_shape(struct fixture *fixture, const struct encoder_shape *shape)
{
    struct random random = random_seeded(7);
    *fixture = (struct fixture){.shape = *shape};
    encoder_declare(&fixture->shape, &fixture->parameters, &fixture->layout);
    CHECK(parameters_allocate(&fixture->parameters));
    const struct network network = fixture_network(fixture);
    encoder_init(&network, &random);
    for (int m = 0; m < encoder_shape_feature_dim(&fixture->shape); m++) {
        parameters_tensor(&fixture->parameters, fixture->layout.feature_mean)->data[m] = -4;
        parameters_tensor(&fixture->parameters, fixture->layout.feature_std)->data[m] = 5;
    }
}

void fixture_path(const char *name, char path[FILENAME_MAX])
{
    const char *memory = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm"; // thousands are written
    snprintf(path, FILENAME_MAX, "%s/auricle-test-%ld-%s", memory, (long)getpid(), name);
}

void fixture_open(struct fixture *fixture)
{
    char path[FILENAME_MAX];
    auricle_error error = {0};
    json_t *card = json_pack("{s:s}", "data", "none: a test");
    fixture_path("encoder.safetensors", path);
    model_write(path, &fixture->shape, &fixture->parameters, card, NULL, &error);
    if (!error.status)
        auricle_model_open(path, &fixture->model, &error);
    if (!error.status && fixture->int8) {
        auricle_model *exact = fixture->model;
        if (!quantize_write(path, exact, STORAGE_INT8, card, &error))
            auricle_model_open(path, &fixture->model, &error);
        auricle_model_unref(&exact);
    }
    if (error.status)
        fprintf(stderr, "%s\n", error.text);
    CHECK(!error.status);
    unlink(path); // the map stays
    json_decref(card);
}

void fixture_create(struct fixture *fixture, enum fixture_kind kind)
{
    fixture_draw(fixture, kind);
    fixture_open(fixture);
}

void fixture_destroy(struct fixture *fixture)
{
    auricle_model_unref(&fixture->model);
    parameters_free(&fixture->parameters);
}

float *fixture_sound(size_t count, int rate_hz, unsigned long seed)
{
    struct random random = random_seeded(seed);
    float *sound = calloc(count + 1, sizeof *sound);
    CHECK(sound);
    size_t burst = (size_t)rate_hz / 4;
    for (size_t start = 0; start < count; start += burst) {
        float noise = random_between(&random, 0, 0.3f), tone = random_between(&random, 0, 0.6f);
        float step = 6.2831853f * random_between(&random, 80, 3000) / (float)rate_hz;
        if (random_below(&random, 4) == 0)
            continue;
        for (size_t i = start; i < start + burst && i < count; i++)
            sound[i] = noise * random_between(&random, -1, 1) + tone * sinf(step * (float)i);
    }
    return sound;
}

// ---- heads

static float *drawn(size_t count, float scale, float offset, struct random *random)
{
    float *values = malloc(count * sizeof *values);
    CHECK(values);
    for (size_t i = 0; i < count; i++)
        values[i] = offset + scale * random_between(random, -1, 1);
    return values;
}

void fixture_write_head(const char *path, const auricle_model *model, int classes,
                        int window_frames, int hop_frames, int hidden,
                        auricle_detector_config detector)
{
    static const char *const labels[] = {"background", "one", "two", "three", "four"};
    static const bool background[] = {true, false, false, false, false};
    CHECK(classes <= 5);
    struct random random = random_seeded(99);
    struct head_shape shape = {.kind = head_kind_of_window(window_frames),
                               .task = "test",
                               .encoder_hash = model->origin,
                               .embedding_dim = encoder_shape_embedding_dim(&model->shape),
                               .class_count = classes,
                               .labels = labels,
                               .background = background,
                               .window_frames = window_frames,
                               .hop_frames = hop_frames,
                               .hidden = hidden,
                               .detector = detector};
    size_t in = (size_t)head_inputs(&shape), out = (size_t)classes, mid = (size_t)hidden;
    float *owned[] = {drawn(in, 0.1f, 0, &random),
                      drawn(in, 0.1f, 0.5f, &random),
                      drawn(out * (mid ? mid : in), 0.3f, 0, &random),
                      drawn(out, 0.3f, 0, &random),
                      drawn(mid * in + 1, 0.3f, 0, &random),
                      drawn(mid + 1, 0.3f, 0, &random)};
    struct head_weights weights = {.input_mean = owned[0],
                                   .input_std = owned[1],
                                   .output_weight = owned[2],
                                   .output_bias = owned[3],
                                   .hidden_weight = owned[4],
                                   .hidden_bias = owned[5]};
    auricle_error error = {0};
    if (head_write(path, &shape, &weights, NULL, NULL, &error))
        fprintf(stderr, "%s\n", error.text);
    CHECK(!error.status);
    for (int i = 0; i < 6; i++)
        free(owned[i]);
}

auricle_head *fixture_head(const auricle_model *model, int classes, int window_frames,
                           int hop_frames, int hidden, auricle_detector_config detector)
{
    char path[FILENAME_MAX];
    auricle_error error = {0};
    auricle_head *head;
    fixture_path("head.safetensors", path);
    fixture_write_head(path, model, classes, window_frames, hop_frames, hidden, detector);
    if (auricle_head_open(path, model, &head, &error))
        fprintf(stderr, "%s\n", error.text);
    CHECK(head);
    unlink(path);
    return head;
}

// ---- running

struct frames {
    float *vectors;
    size_t count, capacity;
    int dim;
};

static void keep(struct frames *frames, const auricle_frame *frame)
{
    if (!frame->vector)
        return;
    CHECK(frame->index == frames->count && frames->count < frames->capacity);
    memcpy(frames->vectors + frames->count++ * (size_t)frames->dim, frame->vector,
           (size_t)frames->dim * sizeof(float));
}

float *fixture_run(auricle_stream *stream, int frame_dim, const float *sound, size_t count,
                   size_t piece, size_t *frame_count)
{
    struct random random = random_seeded(count);
    struct frames frames = {.capacity = count / 70 + 20, .dim = frame_dim};
    frames.vectors = malloc(frames.capacity * (size_t)frame_dim * sizeof(float));
    CHECK(frames.vectors);
    auricle_frame frame;
    for (size_t start = 0, end; start < count; start = end) {
        end = start + (piece ? piece : 1 + random_below(&random, 3000));
        end = end < count ? end : count;
        for (size_t at = start, consumed; at < end; at += consumed) {
            CHECK(!auricle_stream_feed(stream, sound + at, end - at, &consumed, &frame));
            CHECK(consumed > 0 || frame.vector);
            keep(&frames, &frame);
        }
    }
    for (auricle_stream_drain(stream, &frame); frame.vector; auricle_stream_drain(stream, &frame))
        keep(&frames, &frame);
    *frame_count = frames.count;
    return frames.vectors;
}

auricle_stream *fixture_stream(const struct fixture *fixture, int rate_hz)
{
    auricle_stream *stream;
    auricle_stream_config config = {.sample_rate_hz = rate_hz};
    CHECK(!auricle_stream_create(fixture->model, &config, &stream, NULL));
    return stream;
}

float *fixture_encode(const struct fixture *fixture, int rate_hz, const float *sound, size_t count,
                      size_t piece, size_t *frames)
{
    auricle_stream *stream = fixture_stream(fixture, rate_hz);
    int dim = encoder_shape_frame_dim(&fixture->shape);
    float *vectors = fixture_run(stream, dim, sound, count, piece, frames);
    auricle_stream_destroy(&stream);
    return vectors;
}

float fixture_difference(const float *a, const float *b, size_t count)
{
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        float difference = fabsf(a[i] - b[i]);
        most = fmaxf(most, isnan(difference) ? INFINITY : difference);
    }
    return most;
}
