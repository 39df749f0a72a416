// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings (sound_file.h) of any rate as one channel at the rate of a model. Training library
 * only. */
#ifndef AURICLE_DATA_AUDIO_FILE_H
#define AURICLE_DATA_AUDIO_FILE_H

#include <auricle/status.h>

#include <stddef.h>

struct audio_file;

/** channel: 0.. or -1 = mean of all. Errors: NOT_FOUND, FORMAT (libsndfile's reason), INVALID. */
auricle_status audio_file_open(const char *path, int out_rate_hz, int channel,
                               struct audio_file **file, auricle_error *error);
void audio_file_close(struct audio_file **file);
/** As resampled; may be off by a few from what is read. 0 = not known. */
size_t audio_file_length(const struct audio_file *file);
/** Next count samples at out_rate_hz; *got is less only at the end. Errors: FORMAT where samples
 * are not finite, where the recording is damaged, and at the end of one that is shorter than it
 * states (but not of a WAV, whose samples are whole). */
auricle_status audio_file_read(struct audio_file *file, float *samples, size_t count, size_t *got,
                               auricle_error *error);
/** The whole recording (or [start_s, end_s) when end_s > start_s), malloc'ed. */
auricle_status audio_file_load(const char *path, int out_rate_hz, int channel, double start_s,
                               double end_s, float **samples, size_t *count, auricle_error *error);

#endif
