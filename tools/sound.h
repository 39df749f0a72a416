// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A recording as it is: its own rate, all its channels. */
#ifndef AURICLE_TOOLS_SOUND_H
#define AURICLE_TOOLS_SOUND_H

#include <auricle/status.h>

#include <sndfile.h>

struct sound {
    SNDFILE *file;
    SF_INFO info;
    const char *path;
    sf_count_t position; // frames read
};

/** Errors: NOT_FOUND, FORMAT. */
auricle_status sound_open(const char *path, struct sound *sound, auricle_error *error);
/** [frames][channels]; *got 0 at the end. Errors: FORMAT (file and second) where it ends too soon.
 */
auricle_status sound_read(struct sound *sound, float *block, size_t frames, size_t *got,
                          auricle_error *error);
void sound_close(struct sound *sound);

#endif
