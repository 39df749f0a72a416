// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** frame -> its embedding -> the kind gathers and decides -> posteriors, held until the next ones
 */
#include "stream/head_kind.h"

#include "base/error.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

struct auricle_head_stream {
    auricle_head *head;
    const struct head_kind *kind;
    void *state; // of the kind
    int embedding_offset;
    int64_t frames;    // heard since creation or reset, or before in silence
    float *input;      // [inputs]
    float *hidden;     // [hidden]
    float *posteriors; // [class_count]
    float memory[];
};

auricle_status auricle_head_stream_create(auricle_head *head, auricle_head_stream **stream,
                                          auricle_error *error)
{
    const struct head_shape *shape = &head->shape;
    const size_t inputs = (size_t)head_inputs(shape), hidden = (size_t)shape->hidden;
    const size_t floats = inputs + hidden + (size_t)shape->class_count;
    *stream = NULL;
    auricle_head_stream *made = calloc(1, sizeof *made + floats * sizeof(float));
    if (!made)
        goto fail;
    made->head = auricle_head_ref(head);
    made->embedding_offset = head->embedding_offset;
    made->input = made->memory;
    made->hidden = made->input + inputs;
    made->posteriors = made->hidden + hidden;
    made->kind = shape->kind;
    made->state = made->kind->create(shape);
    if (!made->state)
        goto fail;
    auricle_head_stream_reset(made);
    *stream = made;
    return AURICLE_OK;
fail:
    auricle_head_stream_destroy(&made);
    return error_no_memory(error, "a head's stream");
}

void auricle_head_stream_destroy(auricle_head_stream **stream)
{
    auricle_head_stream *gone = *stream;
    *stream = NULL;
    if (!gone)
        return;
    if (gone->state)
        gone->kind->destroy(gone->state);
    auricle_head_unref(&gone->head);
    free(gone);
}

// Before the first decision: background, equally among its labels (all labels when there is none).
static void believe_background(auricle_head_stream *stream)
{
    const struct head_shape *shape = &stream->head->shape;
    int backgrounds = 0;
    for (int i = 0; i < shape->class_count; i++)
        backgrounds += shape->background[i];
    for (int i = 0; i < shape->class_count; i++) {
        bool shares = backgrounds == 0 || shape->background[i];
        stream->posteriors[i] =
            shares ? 1 / (float)(backgrounds ? backgrounds : shape->class_count) : 0;
    }
}

void auricle_head_stream_reset(auricle_head_stream *stream)
{
    stream->frames = 0;
    stream->kind->reset(stream->state);
    believe_background(stream);
}

void head_stream_reset_to_silence(auricle_head_stream *stream, const float *silence)
{
    const int span = stream->kind->span_frames(&stream->head->shape);
    auricle_head_stream_reset(stream);
    for (int i = 0; i < span || i < FIRST_DECISION_FRAMES; i++)
        auricle_head_stream_step(stream, silence, NULL);
}

const float *auricle_head_stream_step(auricle_head_stream *stream, const float *vector,
                                      bool *decided)
{
    const struct head_shape *shape = &stream->head->shape;
    const float *embedding = vector + stream->embedding_offset;
    stream->frames++;
    const bool due = stream->kind->gather(stream->state, shape, embedding, stream->input) &&
                     stream->frames >= head_wait_frames(shape);
    if (due)
        stream->kind->decide(stream->state, shape, &stream->head->weights, stream->input,
                             stream->hidden, stream->posteriors);
    if (decided)
        *decided = due;
    return stream->posteriors;
}
