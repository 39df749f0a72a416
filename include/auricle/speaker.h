// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Speakers: teaching a verification head who talks, and making it forget.
 *
 * A verification head comes without speakers. Enrolment adds a profile, the mean voice of some
 * seconds of speech, and writes a head file of its own, which listens like every other head: its
 * labels are "unknown" and the speakers' names. A profile is personal data: such a file is readable
 * by its owner only. Threads: an enrolment is used by one thread at a time. */
#ifndef AURICLE_SPEAKER_H
#define AURICLE_SPEAKER_H

#include <auricle/head.h>
#include <auricle/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_enrolment auricle_enrolment;

/** config as of auricle_stream_create: the rate of the samples to come. Errors: INVALID (not a
 * verification head, the rate), NO_MEMORY. */
AURICLE_API auricle_status auricle_enrolment_create(auricle_model *model, auricle_head *head,
                                                    const auricle_stream_config *config,
                                                    auricle_enrolment **enrolment,
                                                    auricle_error *error);
AURICLE_API void auricle_enrolment_destroy(auricle_enrolment **enrolment);
/** samples [count], one channel of the one speaker. Errors: as auricle_stream_each. */
AURICLE_API auricle_status auricle_enrolment_feed(auricle_enrolment *enrolment,
                                                  const float *samples, size_t count,
                                                  auricle_error *error);
/** The end of a recording; the next sample is of another one. Errors: NO_MEMORY. */
AURICLE_API auricle_status auricle_enrolment_end_recording(auricle_enrolment *enrolment,
                                                           auricle_error *error);
/** Seconds of sound that the profile stands on so far: those loud enough to be speech. */
AURICLE_API double auricle_enrolment_seconds(const auricle_enrolment *enrolment);
/** How alike the parts of the enrolment are: the mean normalised score (0 = like strangers) between
 * each part of it and the profile of the others; NAN with less than two parts. */
AURICLE_API double auricle_enrolment_likeness(const auricle_enrolment *enrolment);
/** Writes the head with the profile added, under name, to path (mode 0600; the head's own file or
 * another). Errors: INVALID (the name is empty, not UTF-8, too long, "unknown" or enrolled already;
 * less than 3 s of speech), IO, NO_MEMORY. */
AURICLE_API auricle_status auricle_enrolment_save(const auricle_enrolment *enrolment,
                                                  const char *name, const char *path,
                                                  auricle_error *error);

/** Writes head without that speaker to path. Errors: NOT_FOUND (the names that are enrolled), IO,
 * NO_MEMORY. */
AURICLE_API auricle_status auricle_speaker_forget(const auricle_head *head, const char *name,
                                                  const char *path, auricle_error *error);

#ifdef __cplusplus
}
#endif
#endif
