// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/streams.h"

#include "base/error.h"
#include "model/shape.h"

#include <math.h>
#include <stdlib.h>

enum { SCENE_SECONDS = 90, MEASURED = 100000 };

struct filling {
    struct heard_streams *streams;
    int first; // stream of scene 0
    bool out_of_memory;
};

// Rounded; embeddings are finite.
static uint16_t upper_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x8000) >> 16);
}

static bool keep_decision(void *user, int scene, int64_t frame, float *x)
{
    struct filling *filling = user;
    struct heard_stream *stream = &filling->streams->list[filling->first + scene];
    const size_t dims = (size_t)filling->streams->dims;
    (void)frame;
    if (stream->count == stream->capacity) {
        const size_t capacity = 2 * (size_t)stream->capacity + 1024;
        uint16_t *grown = realloc(stream->x, capacity * dims * sizeof *grown);
        filling->out_of_memory = !grown;
        if (!grown)
            return false;
        stream->x = grown;
        stream->capacity = (int)capacity;
    }
    uint16_t *out = stream->x + (size_t)stream->count++ * dims;
    for (size_t i = 0; i < dims; i++)
        out[i] = upper_half(x[i]);
    return true;
}

// Marks of words; what lasts is background as a whole and needs no mark.
static bool keep_words(struct heard_stream *stream, const struct scene *scene, int hop_frames)
{
    const size_t hop = (size_t)hop_frames * HOP_SAMPLES;
    stream->words = malloc(((size_t)scene->mark_count + 1) * sizeof *stream->words);
    for (int m = 0; stream->words && m < scene->mark_count; m++) {
        const struct scene_mark *mark = &scene->marks[m];
        if (!mark->steady)
            stream->words[stream->word_count++] = (struct heard_word){
                (int)(mark->start / hop), (int)((mark->end + hop - 1) / hop), mark->label};
    }
    return stream->words != NULL;
}

static bool add_streams(struct heard_streams *streams, const struct scene *scenes, int count)
{
    if (streams->count + count > streams->capacity) {
        const int capacity = 2 * streams->capacity + count;
        struct heard_stream *list = realloc(streams->list, (size_t)capacity * sizeof *list);
        if (!list)
            return false;
        streams->list = list;
        streams->capacity = capacity;
    }
    for (int i = 0; i < count; i++) {
        struct heard_stream *stream = &streams->list[streams->count++];
        *stream = (struct heard_stream){0};
        if (!keep_words(stream, &scenes[i], streams->hop_frames))
            return false;
    }
    return true;
}

// Gives back what doubling took too much of.
static void trim(struct heard_streams *streams, int first)
{
    const size_t row = (size_t)streams->dims * sizeof(uint16_t);
    for (int i = first; i < streams->count; i++) {
        struct heard_stream *stream = &streams->list[i];
        uint16_t *less = stream->count ? realloc(stream->x, (size_t)stream->count * row) : NULL;
        if (less) {
            stream->x = less;
            stream->capacity = stream->count;
        }
    }
}

static auricle_status add_batch(struct heard_streams *streams, struct scene_maker *maker,
                                struct scene_encoder *encoder, struct scene *scenes,
                                auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    struct filling filling = {.streams = streams, .first = streams->count};
    int count = 0;
    for (; count < SCENES_AT_ONCE && !status && maker->next < maker->plays; count++)
        status = scene_make(maker, SCENE_SECONDS, &scenes[count], error);
    if (status)
        return status;
    filling.out_of_memory = !add_streams(streams, scenes, count);
    if (!filling.out_of_memory)
        status = scene_encoder_run(encoder, scenes, count, keep_decision, &filling, error);
    if (filling.out_of_memory)
        return error_set(error, AURICLE_NO_MEMORY, "no memory for %d streams", streams->count);
    trim(streams, filling.first);
    return status;
}

auricle_status heard_streams_add(struct heard_streams *streams, struct scene_maker *maker,
                                 struct scene_encoder *encoder, const auricle_fit_config *config,
                                 auricle_error *error)
{
    struct scene scenes[SCENES_AT_ONCE] = {0};
    auricle_status status = AURICLE_OK;
    while (!status && maker->next < maker->plays) {
        status = add_batch(streams, maker, encoder, scenes, error);
        if (!status && config->progress &&
            !config->progress(maker->next, maker->plays, config->user))
            status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    for (int i = 0; i < SCENES_AT_ONCE; i++)
        scene_free(&scenes[i]);
    return status;
}

void heard_streams_free(struct heard_streams *streams)
{
    for (int i = 0; i < streams->count; i++) {
        free(streams->list[i].x);
        free(streams->list[i].words);
    }
    free(streams->list);
    *streams = (struct heard_streams){0};
}

int64_t heard_streams_size(const struct heard_streams *streams)
{
    int64_t size = 0;
    for (int i = 0; i < streams->count; i++)
        size += streams->list[i].count;
    return size;
}

void heard_streams_measure(const struct heard_streams *streams, float *mean, float *deviation)
{
    const size_t dims = (size_t)streams->dims;
    const int64_t step = heard_streams_size(streams) / MEASURED + 1;
    double *sums = calloc(2 * dims, sizeof *sums), count = 0;
    for (int i = 0; sums && i < streams->count; i++)
        for (int64_t n = i % step; n < streams->list[i].count; n += step, count++)
            for (size_t k = 0; k < dims; k++) {
                const double x = (double)heard_value(streams->list[i].x[(size_t)n * dims + k]);
                sums[k] += x;
                sums[dims + k] += x * x;
            }
    for (size_t k = 0; k < dims; k++) {
        const double m = sums && count > 0 ? sums[k] / count : 0;
        const double variance = sums && count > 0 ? sums[dims + k] / count - m * m : 1;
        mean[k] = (float)m;
        deviation[k] = variance > 1e-8 ? (float)sqrt(variance) : 1;
    }
    free(sums);
}
