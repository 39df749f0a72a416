// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sound from a PortAudio device, read by the thread that wants it. PortAudio's own buffer holds
 * what comes in between two reads. */
#ifndef AURICLE_TOOLS_MICROPHONE_H
#define AURICLE_TOOLS_MICROPHONE_H

#include <auricle/status.h>

#include <stdbool.h>
#include <stddef.h>

struct microphone;

struct microphone_wish {
    const char *device; // number, or part of a name (not ""); NULL = the default one
    int channels;       // 0 = 1
    bool verbose;       // let the sound system's own messages through
};

/** Errors: NOT_FOUND (no device: and what to do), IO (PortAudio's reason). */
auricle_status microphone_open(const struct microphone_wish *wish, struct microphone **microphone,
                               auricle_error *error);
void microphone_close(struct microphone **microphone);
int microphone_rate(const struct microphone *microphone);
int microphone_channels(const struct microphone *microphone);
const char *microphone_name(const struct microphone *microphone);

/** Up to frames of interleaved samples, waiting for at most a moment; *got may be 0. *lost (frames)
 * is how much sound the device discarded just before, because it was read too late; it
 * is estimated by the device's clock. Errors: IO (the device is gone). */
auricle_status microphone_read(struct microphone *microphone, float *interleaved, size_t frames,
                               size_t *got, size_t *lost, auricle_error *error);

/** Prints "number  name  channels  rate" of every device that can record; IO, NOT_FOUND. */
auricle_status microphone_list(bool verbose, bool json, auricle_error *error);

#endif
