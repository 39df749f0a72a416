// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What fitting needs of an enrolment: the parts before they become a voice. */
#ifndef AURICLE_STREAM_ENROLMENT_H
#define AURICLE_STREAM_ENROLMENT_H

#include "stream/head.h"
#include <auricle/speaker.h>

/** Pools the loud frames of speech, so many at a time. */
struct speech_parts;
/** Called with each part: mean, deviation and maximum [3 * embedding] of part_frames loud frames,
 * or of half as many or more at the end of a recording. */
typedef auricle_status (*speech_part_visit)(float *x, int frames, void *user, auricle_error *error);

auricle_status speech_parts_create(auricle_model *model, const auricle_stream_config *config,
                                   int part_frames, speech_part_visit visit, void *user,
                                   struct speech_parts **parts, auricle_error *error);
void speech_parts_destroy(struct speech_parts **parts);
auricle_status speech_parts_feed(struct speech_parts *parts, const float *samples, size_t count,
                                 auricle_error *error);
/** What is left of this recording; the next sample is of another one. */
auricle_status speech_parts_end(struct speech_parts *parts, auricle_error *error);

#endif
