// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "probe/clip.h"

#include "base/error.h"
#include "stream/pool.h"

#include <stdlib.h>
#include <string.h>

enum { DELTA_REACH = 2 }; // frames on each side of the delta's regression (HTK book, eq. 5.16)

struct clip_embedder {
    auricle_stream *stream;
    auricle_model_info info;
    bool bare;
    int pooled_dim; // of one frame
    float *memory;  // of block
    struct pool_block block;
    float *past;   // bare: [2 * DELTA_REACH + 1][feature_dim], newest last
    float *frame;  // bare: [2 * feature_dim], features and deltas
    float *pooled; // [3 * pooled_dim]
    int seen;      // frames of this clip
    clip_visit visit;
    void *user;
};

auricle_status clip_embedder_create(auricle_model *model, bool bare,
                                    struct clip_embedder **embedder, auricle_error *error)
{
    struct clip_embedder *made = calloc(1, sizeof *made);
    auricle_status status = AURICLE_NO_MEMORY;
    if (!made)
        goto fail;
    auricle_model_get_info(model, &made->info);
    int features = made->info.feature_dim;
    if (bare && !features) {
        status = error_set(error, AURICLE_INVALID,
                           "log-mel statistics need a model with a log-mel front end");
        goto fail;
    }
    made->bare = bare;
    made->pooled_dim = bare ? 2 * features : made->info.embedding_dim;
    made->memory = malloc(pool_block_size(made->pooled_dim) * sizeof(float));
    made->past = calloc((size_t)(2 * DELTA_REACH + 1) * features + 1, sizeof(float));
    made->frame = calloc((size_t)(2 * features) + 1, sizeof(float));
    made->pooled = malloc(3 * (size_t)made->pooled_dim * sizeof(float));
    if (!made->memory || !made->past || !made->frame || !made->pooled)
        goto fail;
    made->block = pool_block_in(made->memory, made->pooled_dim);
    status = auricle_stream_create(model, &(auricle_stream_config){0}, &made->stream, error);
    if (status != AURICLE_OK)
        goto fail;
    *embedder = made;
    return AURICLE_OK;
fail:
    if (status == AURICLE_NO_MEMORY)
        error_set(error, status, "no memory to embed recordings");
    clip_embedder_destroy(&made);
    *embedder = NULL;
    return status;
}

void clip_embedder_destroy(struct clip_embedder **embedder)
{
    if (!*embedder)
        return;
    auricle_stream_destroy(&(*embedder)->stream);
    free((*embedder)->memory);
    free((*embedder)->past);
    free((*embedder)->frame);
    free((*embedder)->pooled);
    free(*embedder);
    *embedder = NULL;
}

int clip_embedder_dims(const struct clip_embedder *embedder)
{
    return (embedder->bare ? 2 : 3) * embedder->pooled_dim;
}

int clip_embedder_frame_dims(const struct clip_embedder *embedder)
{
    return embedder->pooled_dim;
}

int clip_embedder_mean_dims(const struct clip_embedder *embedder)
{
    return 2 * embedder->pooled_dim;
}

// The frame DELTA_REACH back, with its slope over the frames around it.
static void add_with_delta(struct clip_embedder *embedder, const float *features)
{
    int dim = embedder->info.feature_dim, rows = 2 * DELTA_REACH + 1;
    memmove(embedder->past, embedder->past + dim, (size_t)(rows - 1) * dim * sizeof(float));
    memcpy(embedder->past + (size_t)(rows - 1) * dim, features, (size_t)dim * sizeof(float));
    for (int row = rows - 2; embedder->seen == 0 && row >= 0; row--) // the first frame repeats
        memcpy(embedder->past + (size_t)row * dim, features, (size_t)dim * sizeof(float));
    if (embedder->seen++ < DELTA_REACH)
        return;
    const float *centre = embedder->past + (size_t)DELTA_REACH * dim;
    for (int i = 0; i < dim; i++) {
        float slope = 0, squares = 0;
        for (int reach = 1; reach <= DELTA_REACH; reach++) {
            slope += (float)reach * (centre[reach * dim + i] - centre[-reach * dim + i]);
            squares += 2.0f * (float)(reach * reach);
        }
        embedder->frame[i] = centre[i];
        embedder->frame[dim + i] = slope / squares;
    }
    embedder->visit(embedder->user, embedder->frame);
}

static auricle_status add_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct clip_embedder *embedder = user;
    (void)error;
    if (embedder->bare)
        add_with_delta(embedder, frame->vector);
    else
        embedder->visit(embedder->user, frame->vector + embedder->info.embedding_offset);
    return AURICLE_OK;
}

auricle_status clip_frames(struct clip_embedder *embedder, const float *samples, size_t count,
                           clip_visit visit, void *user, auricle_error *error)
{
    embedder->visit = visit;
    embedder->user = user;
    embedder->seen = 0;
    auricle_stream_reset(embedder->stream);
    auricle_status status =
        auricle_stream_each(embedder->stream, samples, count, add_frame, embedder, error);
    if (!status)
        status = auricle_stream_each_rest(embedder->stream, add_frame, embedder, error);
    if (status)
        return status;
    for (int i = 0; embedder->bare && embedder->seen > 0 && i < DELTA_REACH; i++) {
        int dim = embedder->info.feature_dim; // the last frame repeats
        memcpy(embedder->frame, embedder->past + (size_t)(2 * DELTA_REACH) * dim,
               (size_t)dim * sizeof(float));
        add_with_delta(embedder, embedder->frame);
    }
    return AURICLE_OK;
}

static void pool(void *user, const float *frame)
{
    struct clip_embedder *embedder = user;
    pool_block_add(&embedder->block, embedder->pooled_dim, frame);
}

auricle_status clip_embed(struct clip_embedder *embedder, const float *samples, size_t count,
                          float *out, auricle_error *error)
{
    pool_block_clear(&embedder->block);
    auricle_status status = clip_frames(embedder, samples, count, pool, embedder, error);
    if (status != AURICLE_OK)
        return status;
    if (embedder->block.frames == 0)
        return error_set(error, AURICLE_INVALID, "there are no samples");
    pool_block_write(&embedder->block, embedder->pooled_dim, embedder->pooled);
    memcpy(out, embedder->pooled, (size_t)clip_embedder_dims(embedder) * sizeof(float));
    return AURICLE_OK;
}
