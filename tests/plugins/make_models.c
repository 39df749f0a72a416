// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Writes the small models and heads the plugin tests load: make_models FOLDER.
 *
 * encoder.safetensors    log-mel, GRU, all predictors       other.safetensors   log-mel, LSTM
 * plain.safetensors      no predictors                      corrupt.safetensors not a model
 * head.safetensors       quiet (background), noise, tone: nearest class mean of encoder's frames
 * slow.safetensors       the same by windows of 30 frames every 10
 * foreign.safetensors    a head for other */
#include "stream/head_kind.h"
#include "../stream/fixture.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3, LEARN_FRAMES = 200 };

static char *path_in(const char *folder, const char *name)
{
    static char path[FILENAME_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s.safetensors", folder, name) < (int)sizeof path);
    return path;
}

static auricle_model *write_model(const char *folder, const char *name, enum fixture_kind kind,
                                  bool predictors)
{
    struct fixture fixture;
    auricle_error error = {0};
    fixture_draw(&fixture, kind);
    if (!predictors) {
        struct random random = random_seeded(5);
        parameters_free(&fixture.parameters);
        fixture.parameters = (struct parameters){0};
        fixture.shape.future_steps = fixture.shape.feature_shift = fixture.shape.mask_frames = 0;
        encoder_declare(&fixture.shape, &fixture.parameters, &fixture.layout);
        CHECK(parameters_allocate(&fixture.parameters));
        const struct network network = fixture_network(&fixture);
        encoder_init(&network, &random);
    }
    json_t *card = json_object();
    CHECK(!model_write(path_in(folder, name), &fixture.shape, &fixture.parameters, card, NULL,
                       &error));
    json_decref(card);
    parameters_free(&fixture.parameters);
    auricle_model *model;
    CHECK(!auricle_model_open(path_in(folder, name), &model, &error));
    return model;
}

static float sample_of(int class, int i, struct random *random)
{
    if (class == 1)
        return random_between(random, -0.4f, 0.4f);
    return class == 2 ? 0.5f * sinf(0.2f * (float)i) : 0;
}

// The mean embedding of a class, [dim].
static void class_mean(auricle_model *model, int class, float *mean)
{
    auricle_model_info info;
    auricle_stream *stream;
    struct random random = random_seeded(3);
    auricle_model_get_info(model, &info);
    CHECK(!auricle_stream_create(model, &(auricle_stream_config){0}, &stream, NULL));
    memset(mean, 0, (size_t)info.embedding_dim * sizeof *mean);
    for (int f = 0, count = 0; f < LEARN_FRAMES; f++) {
        float hop[HOP_SAMPLES];
        size_t consumed;
        auricle_frame frame;
        for (int i = 0; i < HOP_SAMPLES; i++)
            hop[i] = sample_of(class, f * HOP_SAMPLES + i, &random);
        CHECK(!auricle_stream_feed(stream, hop, HOP_SAMPLES, &consumed, &frame) && frame.vector);
        count += f >= LEARN_FRAMES / 2;
        for (int i = 0; i < info.embedding_dim && f >= LEARN_FRAMES / 2; i++)
            mean[i] += (frame.vector[info.embedding_offset + i] - mean[i]) / (float)count;
    }
    auricle_stream_destroy(&stream);
}

// logit = sharpness * (mean . x - |mean|^2 / 2); a pooled window adds std and max, which weigh 0.
static void write_head(const char *path, auricle_model *model, int window, int hop)
{
    static const char *const labels[] = {"quiet", "noise", "tone"};
    static const bool background[] = {true, false, false};
    const float sharpness = 4;
    int dim = encoder_shape_embedding_dim(&model->shape);
    struct head_shape shape = {
        .kind = head_kind_of_window(window),
        .task = "bursts",
        .encoder_hash = model->hash,
        .embedding_dim = dim,
        .class_count = CLASSES,
        .labels = labels,
        .background = background,
        .window_frames = window,
        .hop_frames = hop,
        .detector = {.threshold_on = 0.6f,
                     .threshold_off = 0.4f,
                     .smoothing_hops = window > 1 ? 1 : 5,
                     .min_frames = 5,
                     .refractory_frames = 10},
    };
    int inputs = head_inputs(&shape);
    float *zero = calloc((size_t)inputs, sizeof *zero), *one = malloc((size_t)inputs * sizeof *one);
    float *weight = calloc((size_t)(CLASSES * inputs), sizeof *weight), bias[CLASSES] = {0};
    auricle_error error = {0};
    for (int i = 0; i < inputs; i++)
        one[i] = 1;
    for (int c = 0; c < CLASSES; c++) {
        float *row = weight + c * inputs;
        class_mean(model, c, row);
        for (int i = 0; i < dim; i++) {
            bias[c] -= sharpness * row[i] * row[i] / 2;
            row[i] *= sharpness;
        }
    }
    struct head_weights weights = {
        .input_mean = zero, .input_std = one, .output_weight = weight, .output_bias = bias};
    if (head_write(path, &shape, &weights, NULL, NULL, &error))
        fprintf(stderr, "%s\n", error.text);
    CHECK(!error.status);
    free(zero);
    free(one);
    free(weight);
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    const char *folder = arguments[1];
    auricle_model *encoder = write_model(folder, "encoder", FIXTURE_LOGMEL_GRU, true);
    auricle_model *other = write_model(folder, "other", FIXTURE_LOGMEL_LSTM, true);
    auricle_model *plain = write_model(folder, "plain", FIXTURE_LOGMEL_GRU, false);
    write_head(path_in(folder, "head"), encoder, 1, 1);
    write_head(path_in(folder, "slow"), encoder, 30, 10);
    write_head(path_in(folder, "foreign"), other, 1, 1);
    FILE *corrupt = fopen(path_in(folder, "corrupt"), "wb");
    CHECK(corrupt && fputs("this is not a model", corrupt) >= 0 && !fclose(corrupt));
    auricle_model_unref(&encoder);
    auricle_model_unref(&other);
    auricle_model_unref(&plain);
    return 0;
}
