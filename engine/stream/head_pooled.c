// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Mean, deviation and maximum of the last window_frames frames, every hop_frames frames: what the
 * kinds "clip" and "verification" decide on. */
#include "stream/head_kind.h"

#include "base/error.h"
#include "stream/pool.h"

auricle_status head_pooled_check(const struct head_shape *shape, auricle_error *error)
{
    if (shape->window_frames < 2)
        return error_set(error, AURICLE_INVALID, "window_frames is %d, a %s head has 2 or more",
                         shape->window_frames, shape->kind->name);
    if (shape->hop_frames > shape->window_frames)
        return error_set(error, AURICLE_INVALID, "hop_frames is %d, must be 1 to window_frames, %d",
                         shape->hop_frames, shape->window_frames);
    if (shape->window_frames % shape->hop_frames)
        return error_set(error, AURICLE_INVALID,
                         "window_frames %d is not a multiple of hop_frames %d",
                         shape->window_frames, shape->hop_frames);
    return AURICLE_OK;
}

int head_pooled_inputs(const struct head_shape *shape)
{
    return 3 * shape->embedding_dim;
}

int head_pooled_span(const struct head_shape *shape)
{
    return shape->window_frames;
}

void *head_pooled_create(const struct head_shape *shape)
{
    return pool_create(shape->embedding_dim, shape->window_frames, shape->hop_frames);
}

void head_pooled_destroy(void *state)
{
    struct pool *pool = state;
    pool_destroy(&pool);
}

void head_pooled_reset(void *state)
{
    pool_reset(state);
}

bool head_pooled_gather(void *state, const struct head_shape *shape, const float *embedding,
                        float *x)
{
    (void)shape;
    return pool_step(state, embedding, x) > 0;
}
