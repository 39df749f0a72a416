// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The parts of auricle_stream_feed, for code that encodes the hops of several streams at once:
 * accepts, take or take_rest until a hop is complete, hear, the encoder, finish. RT safe. */
#ifndef AURICLE_STREAM_HOP_H
#define AURICLE_STREAM_HOP_H

#include <auricle/stream.h>

#include "model/encoder.h"

/** Whether the stream can be fed all of these samples. Errors: INVALID, with the place and value of
 * the first sample that is not one, or with what else is in the way. Changes nothing. */
auricle_status stream_check(const auricle_stream *stream, const float *samples, size_t count,
                            auricle_error *error);
/** Whether stream_take would accept these samples; changes nothing. */
bool stream_accepts(const auricle_stream *stream, const float *samples, size_t count);
/** Whether both streams are at the same place of their input: what completes a hop of one completes
 * a hop of the other. */
bool stream_in_step(const auricle_stream *a, const auricle_stream *b);
/** Samples into the stream, until *complete. Returns and *consumed as auricle_stream_feed. */
auricle_status stream_take(auricle_stream *stream, const float *samples, size_t count,
                           size_t *consumed, bool *complete);
/** What the resampler still holds and the padded last hop: false when there is nothing left. */
bool stream_take_rest(auricle_stream *stream);
/** The encoder's input of the complete hop: its log-mel, in the frame's vector, or its samples. */
const float *stream_hear(auricle_stream *stream);
struct encoder_state *stream_state(auricle_stream *stream);
float *stream_vector(auricle_stream *stream);
const auricle_model *stream_model(const auricle_stream *stream);
/** The hop is encoded: on to the next one. */
void stream_finish(auricle_stream *stream, auricle_frame *frame);

#endif
