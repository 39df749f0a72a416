// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A racer: train_step ENCODER STREAMS FRAMES [WORKERS [bf16]] times steps of contrastive
 * predictive coding for an encoder of that shape: forward, loss, backward, clipping and update, on
 * noise that is there already. peer_torch.py does the same work. */
#include <auricle/machine.h>
#include "racer.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "model/model.h"
#include "learn/optimiser.h"
#include "pretrain/trainer.h"

#include <string.h>

enum { BATCHES = 4 };

struct training {
    struct settings settings;
    struct parameters parameters;
    struct encoder_layout layout;
    struct optimiser optimiser;
    struct trainer *trainer;
    struct loader_batch batch[BATCHES];
    uint64_t number;
};

static void step(void *subject)
{
    struct training *t = subject;
    trainer_run(t->trainer, &t->batch[t->number % BATCHES], t->number,
                (struct objective_time){.step = (int64_t)t->number, .steps = 1000});
    optimiser_step(&t->optimiser, 1e-4f, &t->parameters);
    t->number++;
}

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    CHECK(memory);
    return memory;
}

static void make_batch(struct loader_batch *batch, const struct encoder_shape *shape,
                       size_t streams, size_t frames, uint32_t *seed)
{
    const bool logmel = shape->front_end == FRONT_END_LOGMEL;
    const size_t width = logmel ? (size_t)shape->logmel.mels : HOP_SAMPLES;
    const size_t floats = streams * frames * width;
    float *noise = zeros(floats, sizeof *noise);
    racer_noise(seed, (long)floats, logmel ? 1 : 0.1f, noise);
    *batch = (struct loader_batch){.fresh = zeros(streams, 1),
                                   .begins = zeros(streams * frames, 1),
                                   .gap = zeros(streams * frames, 1),
                                   .recording = zeros(streams, sizeof(int)),
                                   .speaker = zeros(streams, sizeof(int))};
    batch->features[0] = batch->samples[0] = noise;
}

static auricle_status prepare(struct training *t, const char *path, int streams, int frames,
                              int workers, auricle_error *error)
{
    const char *const list[] = {"loop.views=1"};
    struct random random = random_seeded(1);
    uint32_t seed = 1;
    auricle_model *model;
    auricle_status status = auricle_model_open(path, &model, error);
    if (!status)
        status = settings_parse("cpc:1", list, 1, &t->settings, error);
    if (status)
        return status;
    const int steps = t->settings.shape.future_steps; // the objective's
    t->settings.shape = model->shape;
    t->settings.shape.future_steps = steps;
    auricle_model_unref(&model);
    t->settings.loop.streams = streams;
    t->settings.loop.frames = frames;
    kernels_use_blas(1);
    encoder_declare(&t->settings.shape, &t->parameters, &t->layout);
    CHECK(parameters_allocate(&t->parameters));
    const struct adamw adamw = {0.9f, 0.999f, 1e-8f, 0.01f, 1};
    CHECK(optimiser_create(t->parameters.size, adamw, &t->optimiser));
    const struct network network = {&t->settings.shape, &t->parameters, &t->layout};
    encoder_init(&network, &random);
    for (int i = 0; i < BATCHES; i++)
        make_batch(&t->batch[i], &t->settings.shape, (size_t)streams, (size_t)frames, &seed);
    return trainer_create(&t->settings, &network, true, 1, workers, &t->trainer, error);
}

int main(int argc, char **argv)
{
    static struct training training;
    char facts[128];
    auricle_error error = {0};
    if (argc < 4 || argc > 6 || (argc == 6 && strcmp(argv[5], "bf16") != 0))
        return 2;
    const int streams = (int)strtol(argv[2], NULL, 10), frames = (int)strtol(argv[3], NULL, 10);
    const int workers = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 1;
    if (workers == 1)
        racer_pin();
    if (prepare(&training, argv[1], streams, frames, workers, &error)) {
        fprintf(stderr, "train_step: %s\n", error.text);
        return 1;
    }
    if (argc == 6 && !kernels_use_bf16()) {
        fprintf(stderr, "train_step: this CPU has no bfloat16\n");
        return 1;
    }
    snprintf(facts, sizeof facts, "{\"kernels\": \"%s\", \"seconds\": %g}",
             auricle_kernels_in_use(), 0.01 * streams * frames);
    return racer_run(step, &training, facts);
}
