// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings that come through a pipe. */
#ifndef AURICLE_DATA_SOUND_PIPE_H
#define AURICLE_DATA_SOUND_PIPE_H

#include <auricle/status.h>

#include <stdbool.h>

/** Replaces a pipe's descriptor by one that libsndfile can read: a pipe that gives the sound as it
 * comes, where a WAV without a size says that it goes on to the end; or, seekable, a temporary
 * file with all of it (FLAC, MP3). The descriptor is then this one's. On failure it is as before.
 * Errors: IO, NO_MEMORY. */
auricle_status sound_pipe_open(int *descriptor, bool *seekable, auricle_error *error);

#endif
