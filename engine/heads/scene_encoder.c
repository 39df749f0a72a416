// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// A stream of one is as fast as many side by side: the recurrent layers read their weights from
// cache. So scenes are spread over threads, not over the rows of a matrix.
#include "heads/scene_encoder.h"

#include <auricle/stream.h>

#include "base/error.h"
#include "base/grow.h"
#include "stream/head_kind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// One scene's thread, and what it has heard.
struct lane {
    const struct scene_encoder *encoder;
    const struct scene *scene;
    auricle_stream *stream;
    void *state;     // of the head's kind
    float *x;        // [count][inputs]
    int64_t *frames; // [count]
    size_t count, capacity;
    auricle_status status;
    auricle_error error;
    pthread_t thread;
};

struct scene_encoder {
    struct head_shape shape; // labels are not looked at
    const struct head_kind *kind;
    size_t embedding_offset, inputs;
    struct lane lanes[SCENES_AT_ONCE];
};

auricle_status scene_encoder_create(auricle_model *model, const struct head_shape *shape,
                                    struct scene_encoder **encoder, auricle_error *error)
{
    struct scene_encoder *made = calloc(1, sizeof *made);
    auricle_model_info info;
    *encoder = NULL;
    if (!made)
        goto fail;
    auricle_model_get_info(model, &info);
    made->shape = *shape;
    made->kind = shape->kind;
    made->embedding_offset = (size_t)info.embedding_offset;
    made->inputs = (size_t)head_inputs(shape);
    for (int i = 0; i < SCENES_AT_ONCE; i++) {
        struct lane *lane = &made->lanes[i];
        lane->encoder = made;
        if (auricle_stream_create(model, NULL, &lane->stream, error))
            goto fail;
        if (!(lane->state = made->kind->create(shape)))
            goto fail;
    }
    *encoder = made;
    return AURICLE_OK;
fail:
    scene_encoder_destroy(&made);
    return error_set(error, AURICLE_NO_MEMORY, "no memory to encode %d streams", SCENES_AT_ONCE);
}

void scene_encoder_destroy(struct scene_encoder **encoder)
{
    struct scene_encoder *gone = *encoder;
    *encoder = NULL;
    if (!gone)
        return;
    for (int i = 0; i < SCENES_AT_ONCE; i++) {
        auricle_stream_destroy(&gone->lanes[i].stream);
        if (gone->lanes[i].state)
            gone->kind->destroy(gone->lanes[i].state);
        free(gone->lanes[i].x);
        free(gone->lanes[i].frames);
    }
    free(gone);
}

static bool reserve(struct lane *lane)
{
    return GROW_ALL(lane->count + 1, lane->capacity,
                    {&lane->x, lane->encoder->inputs * sizeof *lane->x},
                    {&lane->frames, sizeof *lane->frames});
}

static auricle_status take_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct lane *lane = user;
    const struct scene_encoder *encoder = lane->encoder;
    const float *embedding = frame->vector + encoder->embedding_offset;
    if (!reserve(lane))
        return error_no_memory(error, "the frames of a scene");
    float *x = lane->x + lane->count * encoder->inputs;
    const bool due = encoder->kind->gather(lane->state, &encoder->shape, embedding, x);
    if (due && (int64_t)frame->index + 1 >= head_wait_frames(&encoder->shape))
        lane->frames[lane->count++] = (int64_t)frame->index;
    return AURICLE_OK;
}

static void *run_lane(void *user)
{
    struct lane *lane = user;
    const struct scene *scene = lane->scene;
    auricle_stream_reset(lane->stream);
    lane->encoder->kind->reset(lane->state);
    lane->count = 0;
    lane->status = auricle_stream_each(lane->stream, scene->samples, scene->count, take_frame, lane,
                                       &lane->error);
    return NULL;
}

auricle_status scene_encoder_run(struct scene_encoder *encoder, const struct scene *scenes,
                                 int count, scene_visitor visit, void *user, auricle_error *error)
{
    bool started[SCENES_AT_ONCE] = {false};
    auricle_status status = AURICLE_OK;
    CHECK(count > 0 && count <= SCENES_AT_ONCE);
    for (int i = 0; i < count; i++) {
        struct lane *lane = &encoder->lanes[i];
        lane->scene = &scenes[i];
        started[i] = pthread_create(&lane->thread, NULL, run_lane, lane) == 0;
        if (!started[i]) // no thread to be had: this one does it
            run_lane(lane);
    }
    for (int i = 0; i < count; i++) {
        const struct lane *lane = &encoder->lanes[i];
        if (started[i])
            pthread_join(lane->thread, NULL);
        if (!status && lane->status)
            status = error_set(error, lane->status, "%s", lane->error.text);
    }
    if (status)
        return status;
    for (int i = 0; i < count; i++)
        for (size_t n = 0; n < encoder->lanes[i].count; n++)
            if (!visit(user, i, encoder->lanes[i].frames[n],
                       encoder->lanes[i].x + n * encoder->inputs))
                return error_set(error, AURICLE_INTERRUPTED, "interrupted");
    return AURICLE_OK;
}
