// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "sound.h"

#include <errno.h>
#include <stdbool.h>
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

// libsndfile leaves out the frames of a flac that it cannot decode, and says nothing; but a flac
// states its exact length (a huge number where it was not known when it was written).
static bool is_cut(const struct sound *sound)
{
    return (sound->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC &&
           sound->info.frames < SF_COUNT_MAX && sound->position < sound->info.frames;
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

auricle_status sound_read(struct sound *sound, float *block, size_t frames, size_t *got,
                          auricle_error *error)
{
    const double rate = sound->info.samplerate, heard_s = (double)sound->position / rate;
    const sf_count_t read = sf_readf_float(sound->file, block, (sf_count_t)frames);
    char reason[150];
    *got = read > 0 ? (size_t)read : 0;
    sound->position += (sf_count_t)*got;
    if (*got > 0)
        return AURICLE_OK;
    if (sf_error(sound->file) != SF_ERR_NO_ERROR)
        snprintf(reason, sizeof reason, "decoding stops at %.3f s: %.100s", heard_s,
                 sf_strerror(sound->file));
    else if (is_cut(sound))
        snprintf(reason, sizeof reason,
                 "only %.3f s of its %.3f s could be decoded: it is damaged or cut off", heard_s,
                 (double)sound->info.frames / rate);
    else
        return AURICLE_OK;
    return fail(error, AURICLE_FORMAT, sound->path, reason);
}

void sound_close(struct sound *sound)
{
    if (sound->file)
        sf_close(sound->file);
    sound->file = NULL;
}
