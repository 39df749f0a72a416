// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The kind "frame": each frame's embedding is classified by itself, every hop_frames frames. */
#include "stream/head_kind.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct frame_state {
    int waited; // frames since the last decision
};

static auricle_status frame_check(const struct head_shape *shape, auricle_error *error)
{
    if (shape->window_frames != 1)
        return error_set(error, AURICLE_INVALID, "window_frames is %d, a frame head has 1",
                         shape->window_frames);
    return AURICLE_OK;
}

static int frame_inputs(const struct head_shape *shape)
{
    return shape->embedding_dim;
}

static int frame_span(const struct head_shape *shape)
{
    (void)shape;
    return 1;
}

static void *frame_create(const struct head_shape *shape)
{
    (void)shape;
    return calloc(1, sizeof(struct frame_state));
}

static void frame_reset(void *state)
{
    ((struct frame_state *)state)->waited = 0;
}

static bool frame_gather(void *state, const struct head_shape *shape, const float *embedding,
                         float *x)
{
    struct frame_state *frame = state;
    memcpy(x, embedding, (size_t)shape->embedding_dim * sizeof *x);
    if (++frame->waited < shape->hop_frames)
        return false;
    frame->waited = 0;
    return true;
}

const struct head_kind head_kind_frame = {
    .name = "frame",
    .check = frame_check,
    .inputs = frame_inputs,
    .span_frames = frame_span,
    .tensors = head_classifier_tensors,
    .create = frame_create,
    .destroy = free,
    .reset = frame_reset,
    .gather = frame_gather,
    .decide = head_classifier_decide,
};
