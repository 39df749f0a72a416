// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A recording as it was made: its own rate, all channels, through libsndfile (wav, flac, ogg,
 * opus, mp3, ...). Read to the end whatever its header says; damaged parts are silence of the same
 * length.
 */
#ifndef AURICLE_DATA_SOUND_FILE_H
#define AURICLE_DATA_SOUND_FILE_H

#include <auricle/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sound_file;

/** "-" is standard input. A pipe is read as it comes. Errors: NOT_FOUND, IO, FORMAT (libsndfile's
 * reason), NO_MEMORY. */
auricle_status sound_file_open(const char *path, struct sound_file **file, auricle_error *error);
void sound_file_close(struct sound_file **file);
int sound_file_rate_hz(const struct sound_file *file);
int sound_file_channels(const struct sound_file *file);
/** As counted or stated; may be off by a few. -1 = not known before the end. */
int64_t sound_file_frames(const struct sound_file *file);
/** interleaved [frames][channels]; returns how many, 0 only at the end. */
size_t sound_file_read(struct sound_file *file, float *interleaved, size_t frames);
/** Goes on at a frame, counted from the beginning and not yet read. false: the recording ends
 * before. */
bool sound_file_skip_to(struct sound_file *file, int64_t frame);
/** Frames read or skipped so far. */
int64_t sound_file_position(const struct sound_file *file);

/** OK, or FORMAT with what was wrong in what was read so far: where it is damaged, or, at the end,
 * that it is shorter than it states. lenient: a WAV that only lacks its last samples is good, too.
 */
auricle_status sound_file_check(const struct sound_file *file, bool lenient, auricle_error *error);

#endif
