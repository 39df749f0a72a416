// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** hour MODEL RECORDING...: the recordings, over and over for an hour of sound, live in pieces of
 * random length and offline in windows of 2 s; says by how much the frames differ and fails above
 * 1e-5. */
#include <auricle/stream.h>

#include "base/error.h"
#include "base/random.h"
#include "model/model.h"
#include "data/audio_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 200, MINUTES = 60, HOP = HOP_SAMPLES, LONGEST_PIECE = 160000 };

struct offline {
    const struct encoder_shape *shape;
    struct parameters parameters;
    struct encoder_layout layout;
    struct network network; // of the three
    struct encoder_carry carry;
    struct logmel *logmel;
    float *history, *scratch, *input;
};

static void offline_create(struct offline *offline, const auricle_model *model)
{
    struct logmel_config config = model_logmel_config(&model->shape);
    offline->shape = &model->shape;
    encoder_declare(offline->shape, &offline->parameters, &offline->layout);
    CHECK(parameters_allocate(&offline->parameters));
    offline->network = (struct network){offline->shape, &offline->parameters, &offline->layout};
    model_read_parameters(model, &offline->network);
    CHECK(encoder_carry_create(offline->shape, 1, &offline->carry));
    offline->logmel = logmel_create(&config);
    CHECK(offline->logmel);
    offline->history = calloc(logmel_history_size(offline->logmel), sizeof(float));
    offline->scratch = calloc(logmel_scratch_size(offline->logmel), sizeof(float));
    offline->input = calloc((size_t)(WINDOW * offline->shape->logmel.mels), sizeof(float));
    CHECK(offline->history && offline->scratch && offline->input);
}

static float difference(const float *a, const float *b, int count)
{
    float most = 0;
    for (int i = 0; i < count; i++)
        most = fmaxf(most, fabsf(a[i] - b[i]));
    return most;
}

// One window of samples offline, against the live frames [WINDOW][dim] of the same.
static float offline_window(struct offline *offline, const float *samples, const float *live)
{
    const struct encoder_shape *shape = offline->shape;
    const int mels = shape->logmel.mels, dim = encoder_shape_frame_dim(shape);
    const int latent = encoder_shape_latent_dim(shape), hidden = shape->context_dim;
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    struct tape *tape = tape_create(false);
    float most = 0;
    for (int t = 0; t < WINDOW; t++)
        logmel_step(offline->logmel, offline->history, samples + t * HOP, offline->scratch,
                    offline->input + t * mels);
    encoder_normalise(&offline->network, &offline->carry, offline->input, 1, WINDOW);
    struct tensor *x = tape_constant(tape, offline->input, 1, WINDOW, mels);
    struct tensor *z = encoder_latents(tape, &offline->network, x, &offline->carry);
    encoder_contexts(tape, &offline->network, z, &offline->carry, contexts);
    for (int t = 0; t < WINDOW; t++) {
        const float *vector = live + (size_t)t * (size_t)dim;
        most = fmaxf(most, difference(vector, offline->input + t * mels, mels));
        most = fmaxf(most, difference(vector + mels, z->data + t * latent, latent));
        for (int i = 0; i < shape->context_layers; i++)
            most = fmaxf(most, difference(vector + mels + latent + i * hidden,
                                          contexts[i]->data + t * hidden, hidden));
    }
    tape_destroy(&tape);
    return most;
}

static void live_window(auricle_stream *stream, struct random *random, int dim,
                        const float *samples, float *live)
{
    int frames = 0;
    for (size_t done = 0; done < WINDOW * HOP;) {
        size_t piece = 1 + (size_t)random_below(random, LONGEST_PIECE), taken;
        if (piece > WINDOW * HOP - done)
            piece = WINDOW * HOP - done;
        for (size_t end = done + piece; done < end; done += taken) {
            auricle_frame frame;
            CHECK(auricle_stream_feed(stream, samples + done, end - done, &taken, &frame) ==
                  AURICLE_OK);
            if (frame.vector)
                memcpy(live + (size_t)frames++ * (size_t)dim, frame.vector,
                       (size_t)dim * sizeof *live);
        }
    }
    CHECK(frames == WINDOW);
}

// The recordings one after another, [*count], a multiple of a window.
static float *load_all(char **paths, int files, size_t *count)
{
    float *all = NULL;
    *count = 0;
    for (int i = 0; i < files; i++) {
        float *samples;
        size_t got;
        auricle_error error;
        if (audio_file_load(paths[i], SAMPLE_RATE_HZ, -1, 0, 0, &samples, &got, &error)) {
            fprintf(stderr, "hour: %s\n", error.text);
            exit(1);
        }
        all = realloc(all, (*count + got) * sizeof *all);
        CHECK(all);
        memcpy(all + *count, samples, got * sizeof *all);
        *count += got;
        free(samples);
    }
    *count -= *count % (WINDOW * HOP);
    return all;
}

int main(int argc, char **argv)
{
    auricle_model *model;
    auricle_stream *stream;
    auricle_error error;
    size_t count;
    if (argc < 3 || auricle_model_open(argv[1], &model, &error) ||
        auricle_stream_create(model, &(auricle_stream_config){0}, &stream, &error)) {
        fprintf(stderr, "hour MODEL RECORDING...: %s\n", argc < 3 ? "what to hear?" : error.text);
        return 2;
    }
    struct offline offline = {0};
    offline_create(&offline, model);
    float *sound = load_all(argv + 2, argc - 2, &count);
    CHECK(count > 0 && "at least a window of sound");
    const int dim = encoder_shape_frame_dim(&model->shape);
    float *live = malloc((size_t)(WINDOW * dim) * sizeof *live), most = 0;
    struct random random = random_seeded(1);
    const int windows = MINUTES * 60 * 100 / WINDOW;
    for (int w = 0; w < windows; w++) {
        const float *samples = sound + (size_t)w * WINDOW * HOP % count;
        live_window(stream, &random, dim, samples, live);
        most = fmaxf(most, offline_window(&offline, samples, live));
    }
    printf("%d minutes live in random pieces and offline: frames differ by %.3g at most\n", MINUTES,
           (double)most);
    free(live);
    free(sound);
    free(offline.history);
    free(offline.scratch);
    free(offline.input);
    logmel_destroy(&offline.logmel);
    encoder_carry_free(&offline.carry);
    parameters_free(&offline.parameters);
    auricle_stream_destroy(&stream);
    auricle_model_unref(&model);
    return most <= 1e-5f ? 0 : 1;
}
