// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/prepare.h"

#include "base/error.h"
#include "pretrain/statistics.h"

#include <stdlib.h>
#include <string.h>

static auricle_status next(const struct preparation *p, const struct loader_batch **batch,
                           auricle_error *error)
{
    if (p->stop && *p->stop)
        return error_set(error, AURICLE_INTERRUPTED,
                         "stopped before the first step: there is no checkpoint yet; begin anew, "
                         "without --resume");
    return loader_next(p->loader, batch, error);
}

// The log-mel's mean and deviation over the first batches.
static auricle_status measure_features(const struct preparation *p, auricle_error *error)
{
    const struct network *network = p->network;
    struct statistics statistics = {0};
    for (int i = 0; i < p->settings->loop.statistics; i++) {
        const struct loader_batch *batch;
        auricle_status status = next(p, &batch, error);
        if (status)
            return status;
        statistics_add(&statistics, &p->settings->shape.logmel, batch->features[0],
                       p->settings->loop.streams, p->settings->loop.frames);
    }
    statistics_read(&statistics, p->settings->shape.logmel.mels,
                    parameters_tensor(network->parameters, network->layout->feature_mean)->data,
                    parameters_tensor(network->parameters, network->layout->feature_std)->data);
    return AURICLE_OK;
}

// ---- a sample for the objectives that fit constants to it

enum { SAMPLE_FRAMES = 1 << 17 }; // some 20 minutes of sound bound what a fit takes

/** Windows [B][n * T] that follow on one another, as one. */
struct sample {
    int streams, frames, windows; // B, T, n
    size_t mels;
    float *features; // [B][n * T][mels], NULL with the waveform front end
    size_t width;
    float *teacher; // [B][n * T][width], NULL without
    unsigned char *taught;
    unsigned char *begins, *gap, *voice_changed;
    int *recording, *speaker; // [B] of the first window
};

static bool sample_create(const struct settings *settings, int teacher_width, struct sample *sample)
{
    *sample = (struct sample){.streams = settings->loop.streams,
                              .frames = settings->loop.frames,
                              .windows = settings->loop.statistics};
    const int most = SAMPLE_FRAMES / (sample->streams * sample->frames);
    if (sample->windows > most)
        sample->windows = most > 1 ? most : 1;
    const size_t streams = (size_t)sample->streams;
    const size_t frames = streams * (size_t)sample->frames * (size_t)sample->windows;
    const bool heard = settings->shape.front_end == FRONT_END_LOGMEL;
    sample->mels = heard ? (size_t)settings->shape.logmel.mels : 0;
    sample->features = heard ? malloc(frames * sample->mels * sizeof(float)) : NULL;
    sample->width = (size_t)teacher_width;
    const bool taught = teacher_width > 0;
    sample->teacher = taught ? malloc(frames * sample->width * sizeof(float)) : NULL;
    sample->taught = taught ? malloc(frames) : NULL;
    sample->begins = malloc(frames);
    sample->gap = malloc(frames);
    sample->voice_changed = malloc(frames);
    sample->recording = malloc(streams * sizeof(int));
    sample->speaker = malloc(streams * sizeof(int));
    return (sample->features || !heard) && ((sample->teacher && sample->taught) || !taught) &&
           sample->begins && sample->gap && sample->voice_changed && sample->recording &&
           sample->speaker;
}

static void sample_free(struct sample *sample)
{
    free(sample->features);
    free(sample->teacher);
    free(sample->taught);
    free(sample->begins);
    free(sample->gap);
    free(sample->voice_changed);
    free(sample->recording);
    free(sample->speaker);
}

// [B][T] bytes of one window into its place among n.
static void put(const struct sample *sample, int window, const void *from, size_t frame_bytes,
                void *to)
{
    const size_t bytes = (size_t)sample->frames * frame_bytes, windows = (size_t)sample->windows;
    for (size_t b = 0; b < (size_t)sample->streams; b++)
        memcpy((char *)to + (b * windows + (size_t)window) * bytes, (const char *)from + b * bytes,
               bytes);
}

// The objectives' targets are of the target view, where there is one.
static auricle_status sample_fill(const struct preparation *p, struct sample *sample,
                                  auricle_error *error)
{
    const int view = p->settings->loop.views > 1;
    for (int i = 0; i < sample->windows; i++) {
        const struct loader_batch *batch;
        auricle_status status = next(p, &batch, error);
        if (status)
            return status;
        if (sample->features)
            put(sample, i, batch->features[view], sample->mels * sizeof(float), sample->features);
        if (sample->teacher) {
            put(sample, i, batch->teacher, sample->width * sizeof(float), sample->teacher);
            put(sample, i, batch->taught, 1, sample->taught);
        }
        put(sample, i, batch->begins, 1, sample->begins);
        put(sample, i, batch->gap, 1, sample->gap);
        put(sample, i, batch->voice_changed, 1, sample->voice_changed);
        for (int b = 0; i == 0 && b < sample->streams; b++) {
            sample->recording[b] = batch->recording[b];
            sample->speaker[b] = batch->speaker[b];
        }
    }
    return AURICLE_OK;
}

static bool sample_fit(const struct preparation *p, struct sample *sample)
{
    const struct encoder_shape *shape = &p->settings->shape;
    const int frames = sample->frames * sample->windows;
    struct encoder_carry carry = {.streams = 0};
    struct random random = random_for(p->seed, 1);
    struct tensor view = {sample->features, NULL, sample->streams, frames, (int)sample->mels};
    struct tensor *heard = sample->features ? &view : NULL;
    const struct objective_batch batch = {.streams = sample->streams,
                                          .frames = frames,
                                          .view = {heard, heard},
                                          .recording = sample->recording,
                                          .speaker = sample->speaker,
                                          .begins = sample->begins,
                                          .gap = sample->gap,
                                          .voice_changed = sample->voice_changed,
                                          .teacher = sample->teacher,
                                          .taught = sample->taught};
    const struct objective_context context = {.network = *p->network, .random = &random};
    bool done = encoder_carry_create(shape, sample->streams, &carry);
    if (done && heard)
        encoder_normalise(p->network, &carry, view.data, sample->streams, frames);
    done = done && mixture_fit(&p->settings->mixture, context, &batch);
    encoder_carry_free(&carry);
    return done;
}

static auricle_status fit_objectives(const struct preparation *p, auricle_error *error)
{
    struct sample sample;
    auricle_status status = AURICLE_OK;
    if (!sample_create(p->settings, p->teacher_width, &sample))
        status = error_no_memory(error, "%d windows of sound", sample.windows);
    if (!status)
        status = sample_fill(p, &sample, error);
    if (!status && !sample_fit(p, &sample))
        status = error_set(error, AURICLE_NO_MEMORY, "no memory to fit the objectives' constants");
    sample_free(&sample);
    return status;
}

auricle_status prepare(const struct preparation *preparation, int64_t *position,
                       auricle_error *error)
{
    const struct settings *settings = preparation->settings;
    auricle_status status = AURICLE_OK;
    loader_position(preparation->loader, position);
    if (settings->shape.front_end == FRONT_END_LOGMEL && !preparation->features_known)
        status = measure_features(preparation, error);
    if (!status)
        status = loader_seek(preparation->loader, position, error);
    if (status || !mixture_fits(&settings->mixture))
        return status;
    status = fit_objectives(preparation, error);
    return status ? status : loader_seek(preparation->loader, position, error);
}
