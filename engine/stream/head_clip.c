// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The kind "clip": mean, deviation and maximum of the last window_frames frames are classified,
 * every hop_frames frames. */
#include "stream/head_kind.h"

#include "base/error.h"
#include "stream/pool.h"

static auricle_status clip_check(const struct head_shape *shape, auricle_error *error)
{
    if (shape->window_frames < 2)
        return error_set(error, AURICLE_INVALID, "window_frames is %d, a clip head has 2 or more",
                         shape->window_frames);
    if (shape->hop_frames > shape->window_frames)
        return error_set(error, AURICLE_INVALID, "hop_frames is %d, must be 1 to window_frames, %d",
                         shape->hop_frames, shape->window_frames);
    if (shape->window_frames % shape->hop_frames)
        return error_set(error, AURICLE_INVALID,
                         "window_frames %d is not a multiple of hop_frames %d",
                         shape->window_frames, shape->hop_frames);
    return AURICLE_OK;
}

static int clip_inputs(const struct head_shape *shape)
{
    return 3 * shape->embedding_dim;
}

static int clip_span(const struct head_shape *shape)
{
    return shape->window_frames;
}

static void *clip_create(const struct head_shape *shape)
{
    return pool_create(shape->embedding_dim, shape->window_frames, shape->hop_frames);
}

static void clip_destroy(void *state)
{
    struct pool *pool = state;
    pool_destroy(&pool);
}

static void clip_reset(void *state)
{
    pool_reset(state);
}

static bool clip_gather(void *state, const struct head_shape *shape, const float *embedding,
                        float *x)
{
    (void)shape;
    return pool_step(state, embedding, x) > 0;
}

const struct head_kind head_kind_clip = {
    .name = "clip",
    .check = clip_check,
    .inputs = clip_inputs,
    .span_frames = clip_span,
    .tensors = head_classifier_tensors,
    .create = clip_create,
    .destroy = clip_destroy,
    .reset = clip_reset,
    .gather = clip_gather,
    .decide = head_classifier_decide,
};
