// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "stream/enrolment.h"

#include "base/error.h"
#include "stream/pool.h"

#include <math.h>
#include <stdlib.h>

// A frame is speech when its power is at most this far below the loudest of the last seconds.
#define SPEECH_NATS (25 * 0.2302585f)  // 25 dB
#define FALL_NATS (0.05f * 0.2302585f) // of the loudest, a frame: 5 dB a second

struct speech_parts {
    auricle_stream *stream;
    auricle_model_info info;
    int part_frames;
    float loudest;
    struct pool_block block;
    float *memory, *x; // of the block, [3 * embedding]
    speech_part_visit visit;
    void *user;
};

auricle_status speech_parts_create(auricle_model *model, const auricle_stream_config *config,
                                   int part_frames, speech_part_visit visit, void *user,
                                   struct speech_parts **parts, auricle_error *error)
{
    struct speech_parts *made = calloc(1, sizeof *made);
    auricle_status status = AURICLE_NO_MEMORY;
    if (!made)
        goto fail;
    auricle_model_get_info(model, &made->info);
    const int dim = made->info.embedding_dim;
    made->part_frames = part_frames;
    made->visit = visit;
    made->user = user;
    made->loudest = -INFINITY;
    made->memory = malloc(pool_block_size(dim) * sizeof(float));
    made->x = malloc(3 * (size_t)dim * sizeof(float));
    if (!made->memory || !made->x)
        goto fail;
    made->block = pool_block_in(made->memory, dim);
    pool_block_clear(&made->block);
    status = auricle_stream_create(model, config, &made->stream, error);
    if (status)
        goto fail;
    *parts = made;
    return AURICLE_OK;
fail:
    if (status == AURICLE_NO_MEMORY)
        error_no_memory(error, "an enrolment");
    speech_parts_destroy(&made);
    *parts = NULL;
    return status;
}

void speech_parts_destroy(struct speech_parts **parts)
{
    struct speech_parts *gone = *parts;
    *parts = NULL;
    if (!gone)
        return;
    auricle_stream_destroy(&gone->stream);
    free(gone->memory);
    free(gone->x);
    free(gone);
}

static auricle_status finish_part(struct speech_parts *parts, auricle_error *error)
{
    pool_block_write(&parts->block, parts->info.embedding_dim, parts->x);
    const int frames = parts->block.frames;
    pool_block_clear(&parts->block);
    return parts->visit(parts->x, frames, parts->user, error);
}

// The power of a frame whose log-mel bands are known; a waveform encoder's frames all count.
static bool is_speech(struct speech_parts *parts, const float *bands)
{
    float power = 0;
    for (int i = 0; i < parts->info.feature_dim; i++)
        power += expf(bands[i]);
    power = logf(fmaxf(power, 1e-30f));
    parts->loudest = fmaxf(power, parts->loudest - FALL_NATS);
    return power >= parts->loudest - SPEECH_NATS;
}

static auricle_status take_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct speech_parts *parts = user;
    if (!is_speech(parts, frame->vector))
        return AURICLE_OK;
    pool_block_add(&parts->block, parts->info.embedding_dim,
                   frame->vector + parts->info.embedding_offset);
    return parts->block.frames < parts->part_frames ? AURICLE_OK : finish_part(parts, error);
}

auricle_status speech_parts_feed(struct speech_parts *parts, const float *samples, size_t count,
                                 auricle_error *error)
{
    return auricle_stream_each(parts->stream, samples, count, take_frame, parts, error);
}

auricle_status speech_parts_end(struct speech_parts *parts, auricle_error *error)
{
    auricle_status status = auricle_stream_each_rest(parts->stream, take_frame, parts, error);
    if (!status && 2 * parts->block.frames >= parts->part_frames)
        status = finish_part(parts, error);
    pool_block_clear(&parts->block);
    parts->loudest = -INFINITY;
    auricle_stream_reset(parts->stream);
    return status;
}
