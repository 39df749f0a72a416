// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The samples of one recording, or of a stretch of a long one. */
#ifndef AURICLE_DATA_RECORDING_H
#define AURICLE_DATA_RECORDING_H

#include <auricle/status.h>

#include <stddef.h>

/** Zeros = none; kept for the next recording_read. */
struct recording {
    float *samples; // [count], then zeros up to capacity
    size_t count, capacity;
    size_t start, length; // where it begins in all of the recording, and how long that is
};

/** Reads path at rate_hz, all channels mixed, at most max_count samples: where there are more,
 * those from place (0..1 of what is left over) on. The capacity is at least count + spare. Errors:
 * as audio_file_open, audio_file_read, NO_MEMORY; then length > max_count says that another place
 * may do. */
auricle_status recording_read(struct recording *recording, const char *path, int rate_hz,
                              size_t max_count, float place, size_t spare, auricle_error *error);
void recording_free(struct recording *recording);
float recording_rms(const struct recording *recording);

#endif
