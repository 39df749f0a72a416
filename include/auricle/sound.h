// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings for a program that listens to files: the reader that training uses, for all channels.
 *
 * Reads what libsndfile reads (wav, flac, ogg, opus, mp3, ...), at 4 to 192 kHz. The rate is the
 * recording's own where a stream takes it (8 to 48 kHz); otherwise each channel is resampled to 16
 * kHz. Damaged parts are silence of the same length, so that times stay right. In libauricle-train.
 * One sound is used by one thread at a time. */
#ifndef AURICLE_SOUND_H
#define AURICLE_SOUND_H

#include <auricle/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_sound auricle_sound;

/** path: a file, or "-" for standard input; a pipe is read as it comes. Errors: NOT_FOUND, IO,
 * FORMAT (not a recording), INVALID (its rate), NO_MEMORY. */
AURICLE_API auricle_status auricle_sound_open(const char *path, auricle_sound **sound,
                                              auricle_error *error);
AURICLE_API void auricle_sound_close(auricle_sound **sound);
AURICLE_API int auricle_sound_rate_hz(const auricle_sound *sound);
AURICLE_API int auricle_sound_channels(const auricle_sound *sound);
/** As the recording states or as counted; may be off by a few samples. NAN = not known before the
 * end. */
AURICLE_API double auricle_sound_seconds(const auricle_sound *sound);
/** The next frames, interleaved [frames][channels]. *got is 0 only at the end. Errors: FORMAT, only
 * at the end, after all that can be read: the path, where it is damaged, cut off, or followed by
 * what cannot be read. */
AURICLE_API auricle_status auricle_sound_read(auricle_sound *sound, float *interleaved,
                                              size_t frames, size_t *got, auricle_error *error);

#ifdef __cplusplus
}
#endif

#endif
