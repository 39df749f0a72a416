// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/trainer.h"

#include "base/error.h"
#include "nn/rows.h"
#include "model/carry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static size_t input_width(const struct settings *settings)
{
    bool features = settings->shape.front_end == FRONT_END_LOGMEL;
    return features ? (size_t)settings->shape.logmel.mels : HOP_SAMPLES;
}

// Workers other than the first learn into gradients of their own: no two write to one place.
static bool take_network(const struct trainer *trainer, int index, struct worker *worker)
{
    worker->network = trainer->network;
    if (!trainer->learn || index == 0)
        return true;
    worker->network.parameters = &worker->shared;
    return parameters_share(trainer->network.parameters, &worker->shared);
}

static bool worker_create(const struct trainer *trainer, int index, struct worker *worker)
{
    const struct settings *settings = trainer->settings;
    const int streams = settings->loop.streams, views = settings->loop.views;
    const size_t frames = (size_t)settings->loop.frames;
    worker->trainer = trainer;
    worker->first = streams * index / trainer->worker_count;
    worker->streams = streams * (index + 1) / trainer->worker_count - worker->first;
    worker->tape = tape_create(trainer->learn);
    size_t floats = (size_t)worker->streams * frames * input_width(settings);
    worker->input[0] = malloc((size_t)views * floats * sizeof(float));
    bool whole = worker->tape && worker->input[0] &&
                 encoder_carry_create(&settings->shape, worker->streams, &worker->start) &&
                 encoder_carry_create(&settings->shape, views * worker->streams, &worker->both);
    for (int v = 0; v < views && whole; v++) {
        worker->input[v] = worker->input[0] + (size_t)v * floats;
        worker->carry[v] =
            carry_streams(&settings->shape, &worker->both, v * worker->streams, worker->streams);
    }
    return whole && take_network(trainer, index, worker);
}

static void worker_free(struct worker *worker)
{
    tape_destroy(&worker->tape);
    parameters_unshare(&worker->shared);
    free(worker->input[0]);
    encoder_carry_free(&worker->start);
    encoder_carry_free(&worker->both);
}

auricle_status trainer_create(const struct settings *settings, const struct network *network,
                              bool learn, uint64_t seed, int workers, struct trainer **trainer,
                              auricle_error *error)
{
    CHECK(workers >= 1 && workers <= MAX_WORKERS);
    *trainer = calloc(1, sizeof **trainer);
    if (!*trainer)
        return error_no_memory(error, "a trainer");
    **trainer = (struct trainer){.settings = settings,
                                 .network = *network,
                                 .learn = learn,
                                 .seed = seed,
                                 .worker_count = workers};
    for (int i = 0; i < workers; i++)
        if (!worker_create(*trainer, i, &(*trainer)->worker[i])) {
            trainer_destroy(trainer);
            return error_no_memory(error,
                                   "%d streams of %d frames: lower loop.streams or loop.frames",
                                   settings->loop.streams, settings->loop.frames);
        }
    return AURICLE_OK;
}

void trainer_destroy(struct trainer **trainer)
{
    if (!*trainer)
        return;
    for (int i = 0; i < (*trainer)->worker_count; i++)
        worker_free(&(*trainer)->worker[i]);
    free(*trainer);
    *trainer = NULL;
}

void trainer_reset(struct trainer *trainer)
{
    for (int i = 0; i < trainer->worker_count; i++)
        for (int v = 0; v < trainer->settings->loop.views; v++)
            carry_clear(&trainer->settings->shape, &trainer->worker[i].carry[v]);
}

// A window with a new recording in it may start from silence, as at deployment's start, or in the
// midst of a stream.
static void maybe_reset(struct worker *worker)
{
    const struct settings *settings = worker->trainer->settings;
    const size_t frames = (size_t)settings->loop.frames;
    for (int b = 0; b < worker->streams; b++)
        if (memchr(worker->batch->begins + (size_t)(worker->first + b) * frames, 1, frames) &&
            (double)random_uniform(&worker->random) < settings->loop.reset)
            for (int v = 0; v < settings->loop.views; v++)
                encoder_carry_reset(&settings->shape, &worker->carry[v], b);
}

// The same distortion for all windows of a recording that follow on one another: drawn by
// recording, view and a slow clock.
static void distort_stream(struct worker *worker, int v, int b)
{
    enum { SAME_FOR_STEPS = 256 };
    const struct settings *settings = worker->trainer->settings;
    const int frames = settings->loop.frames, mels = settings->shape.logmel.mels;
    const uint64_t recording = (uint64_t)worker->batch->recording[worker->first + b];
    const uint64_t clock = worker->number / SAME_FOR_STEPS;
    struct random random =
        random_for(worker->trainer->seed + 2 + (uint64_t)v, clock << 32 | recording);
    distort(&settings->distortion, settings->shape.logmel.floor,
            worker->input[v] + (size_t)b * (size_t)frames * (size_t)mels, frames, mels, &random);
}

// Spans hidden from the encoder, drawn by step, stream and view.
static void hide_spans(struct worker *worker, int v)
{
    const struct settings *settings = worker->trainer->settings;
    const int frames = settings->loop.frames, mels = settings->shape.logmel.mels;
    if (settings->distortion.span_probability == 0)
        return;
    for (int b = 0; b < worker->streams; b++) {
        const uint64_t stream = (uint64_t)(worker->first + b);
        struct random random =
            random_for(worker->trainer->seed + 4 + (uint64_t)v, worker->number << 16 | stream);
        distort_hide(&settings->distortion,
                     worker->input[v] + (size_t)b * (size_t)frames * (size_t)mels, frames, mels,
                     &random);
    }
}

// View v of the worker's streams, normalised, as a tensor.
static struct tensor *view(struct worker *worker, int v)
{
    const struct settings *settings = worker->trainer->settings;
    const int frames = settings->loop.frames;
    const size_t window = (size_t)frames * input_width(settings);
    const bool features = settings->shape.front_end == FRONT_END_LOGMEL;
    const float *from = features ? worker->batch->features[v] : worker->batch->samples[v];
    memcpy(worker->input[v], from + (size_t)worker->first * window,
           (size_t)worker->streams * window * sizeof(float));
    if (!features)
        return tape_constant(worker->tape, worker->input[v], worker->streams, frames * HOP_SAMPLES,
                             1);
    for (int b = 0; b < worker->streams; b++)
        distort_stream(worker, v, b);
    encoder_normalise(&worker->network, &worker->carry[v], worker->input[v], worker->streams,
                      frames);
    hide_spans(worker, v);
    return tape_constant(worker->tape, worker->input[v], worker->streams, frames,
                         (int)input_width(settings));
}

static struct tensor *samples(struct worker *worker, const struct objective_batch *batch)
{
    const int count = batch->frames * HOP_SAMPLES;
    float *from = worker->batch->samples[0] + (size_t)worker->first * (size_t)count;
    return tape_constant(worker->tape, from, batch->streams, count, 1);
}

static struct tensor *streams_of(struct tape *tape, const struct tensor *x, int first, int count)
{
    return tape_part(tape, x, (size_t)first * (size_t)x->t * (size_t)x->c, count, x->t, x->c);
}

// Both views go through a layer as one batch of twice the streams: the recurrent layers' products,
// one per frame, are small enough for it to matter.
static void encode(struct worker *worker, const struct objective_batch *batch,
                   struct objective_encoding *encoding)
{
    const struct settings *settings = worker->trainer->settings;
    const struct encoder_shape *shape = &settings->shape;
    struct tape *tape = worker->tape;
    const struct tensor *view = batch->view[0];
    const bool two = batch->view[1] != view;
    const bool two_contexts = two && mixture_needs(&settings->mixture, NEEDS_TARGET_CONTEXTS);
    const int streams = worker->streams;
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    carry_copy(shape, &worker->start, &worker->carry[0]);
    *encoding = (struct objective_encoding){.start = &worker->start};
    struct tensor *x =
        tape_constant(tape, worker->input[0], two ? 2 * streams : streams, view->t, view->c);
    struct tensor *latents = encoder_latents(tape, &worker->network, x, &worker->both);
    encoding->latents = streams_of(tape, latents, 0, streams);
    encoding->target_latents =
        two ? streams_of(tape, latents, streams, streams) : encoding->latents;
    encoder_contexts(tape, &worker->network, two_contexts ? latents : encoding->latents,
                     &worker->both, contexts);
    for (int i = 0; i < shape->context_layers; i++) {
        encoding->contexts[i] = streams_of(tape, contexts[i], 0, streams);
        if (two_contexts)
            encoding->target_contexts[i] = streams_of(tape, contexts[i], streams, streams);
    }
}

static void *worker_run(void *argument)
{
    struct worker *worker = argument;
    const struct trainer *trainer = worker->trainer;
    tape_reset(worker->tape);
    maybe_reset(worker);
    struct objective_batch batch = {.streams = worker->streams,
                                    .frames = trainer->settings->loop.frames,
                                    .first = worker->first,
                                    .all = trainer->settings->loop.streams,
                                    .recording = worker->batch->recording + worker->first,
                                    .speaker = worker->batch->speaker + worker->first};
    batch.begins = worker->batch->begins + worker->first * batch.frames;
    batch.gap = worker->batch->gap + worker->first * batch.frames;
    batch.voice_changed = worker->batch->voice_changed + worker->first * batch.frames;
    if (worker->batch->teacher) {
        const size_t first = (size_t)(worker->first * batch.frames);
        batch.teacher = worker->batch->teacher + first * (size_t)worker->batch->teacher_width;
        batch.taught = worker->batch->taught + first;
    }
    batch.view[0] = batch.view[1] = view(worker, 0);
    if (trainer->settings->loop.views > 1)
        batch.view[1] = view(worker, 1);
    if (mixture_needs(&trainer->settings->mixture, NEEDS_SAMPLES))
        batch.samples = samples(worker, &batch);
    struct objective_encoding encoding;
    encode(worker, &batch, &encoding);
    worker->latents = encoding.latents;
    worker->context = encoding.contexts[trainer->settings->shape.context_layers - 1];
    struct objective_context context = {.tape = worker->tape,
                                        .network = worker->network,
                                        .random = &worker->random,
                                        .time = worker->time};
    struct tensor *loss =
        mixture_loss(&trainer->settings->mixture, context, &batch, &encoding, &worker->report);
    if (trainer->learn) {
        const struct parameters *parameters = worker->network.parameters;
        memset(parameters->grad, 0, parameters->size * sizeof(float));
        tape_backward(worker->tape, loss, 1.0f / (float)trainer->worker_count);
    }
    return NULL;
}

void trainer_report_add(struct mixture_report *sum, const struct mixture_report *one, int parts,
                        double share)
{
    sum->total += one->total * share;
    for (int p = 0; p < parts; p++) {
        sum->loss[p] += one->loss[p] * share;
        sum->statistics[p].count = one->statistics[p].count;
        for (int i = 0; i < one->statistics[p].count; i++) {
            sum->statistics[p].list[i].name = one->statistics[p].list[i].name;
            sum->statistics[p].list[i].value += one->statistics[p].list[i].value * share;
        }
    }
}

// Worker i's share of the parameters: the gradients of all workers, added up in their order.
static void *gather_share(void *argument)
{
    const struct worker *worker = argument;
    const struct trainer *trainer = worker->trainer;
    const struct parameters *all = trainer->network.parameters;
    const size_t size = all->size, workers = (size_t)trainer->worker_count;
    const size_t index = (size_t)(worker - trainer->worker);
    const size_t from = size * index / workers, to = size * (index + 1) / workers;
    for (size_t i = 1; i < workers; i++)
        row_add(to - from, trainer->worker[i].shared.grad + from, all->grad + from);
    return NULL;
}

// function(worker) of every worker at the same time. Where no thread is to be had, the same work is
// done one after another.
static void with_each(struct trainer *trainer, void *(*function)(void *))
{
    pthread_t thread[MAX_WORKERS];
    bool started[MAX_WORKERS] = {false};
    for (int i = 1; i < trainer->worker_count; i++)
        started[i] = pthread_create(&thread[i], NULL, function, &trainer->worker[i]) == 0;
    function(&trainer->worker[0]);
    for (int i = 1; i < trainer->worker_count; i++)
        if (started[i])
            pthread_join(thread[i], NULL);
        else
            function(&trainer->worker[i]);
}

struct mixture_report trainer_run(struct trainer *trainer, const struct loader_batch *batch,
                                  uint64_t number, struct objective_time time)
{
    struct mixture_report sum = {0};
    for (int i = 0; i < trainer->worker_count; i++) {
        trainer->worker[i].batch = batch;
        trainer->worker[i].number = number;
        trainer->worker[i].time = time;
        trainer->worker[i].random = random_for(trainer->seed, number * MAX_WORKERS + (uint64_t)i);
    }
    with_each(trainer, worker_run);
    if (trainer->learn && trainer->worker_count > 1)
        with_each(trainer, gather_share);
    for (int i = 0; i < trainer->worker_count; i++)
        trainer_report_add(&sum, &trainer->worker[i].report, trainer->settings->mixture.count,
                           1.0 / trainer->worker_count);
    return sum;
}
