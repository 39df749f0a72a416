// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "sound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static auricle_status fail(auricle_error *error, auricle_status status, const char *path,
                           const char *reason)
{
    error->status = status;
    snprintf(error->text, sizeof error->text, "%.300s: %.150s", path, reason);
    return status;
}

auricle_status sound_open(const char *path, struct sound *sound, auricle_error *error)
{
    *sound = (struct sound){.path = path};
    if (access(path, R_OK) < 0)
        return fail(error, AURICLE_NOT_FOUND, path, strerror(errno));
    sound->file = sf_open(path, SFM_READ, &sound->info);
    if (!sound->file)
        return fail(error, AURICLE_FORMAT, path,
                    "is not a recording that can be read (wav, flac, ogg, opus, mp3 can)");
    return AURICLE_OK;
}

void sound_close(struct sound *sound)
{
    if (sound->file)
        sf_close(sound->file);
    sound->file = NULL;
}
