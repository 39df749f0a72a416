// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   sound_file --[frames][channels]--> the caller, or a resampler for each channel --> the caller
#include <auricle/sound.h>

#include "base/error.h"
#include "data/sound_file.h"
#include "signal/resampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_HZ = 8000, MOST_HZ = 48000, OTHERWISE_HZ = 16000, PIECE = 1024 };

struct auricle_sound {
    struct sound_file *file;
    char *path;
    int rate_hz, channels;
    struct resampler **resamplers;  // [channels], or NULL: the recording's own rate
    float *interleaved;             // [PIECE][channels] as decoded
    float *mono;                    // [PIECE] of a channel
    float *ready;                   // [channels][block] resampled
    size_t block;                   // room of a channel in ready
    size_t ready_count, ready_next; // frames
    bool draining;
};

static auricle_status make_resamplers(auricle_sound *sound, auricle_error *error)
{
    const size_t channels = (size_t)sound->channels;
    const int own_hz = sound_file_rate_hz(sound->file);
    auricle_status status = AURICLE_OK;
    sound->rate_hz = OTHERWISE_HZ;
    sound->resamplers = calloc(channels, sizeof(struct resampler *));
    sound->interleaved = malloc(PIECE * channels * sizeof(float));
    sound->mono = malloc(PIECE * sizeof(float));
    if (!sound->resamplers || !sound->interleaved || !sound->mono)
        return error_no_memory(error, "reading %s", sound->path);
    for (size_t c = 0; c < channels && !status; c++)
        status = resampler_create(own_hz, sound->rate_hz, AURICLE_RESAMPLE_MEDIUM,
                                  &sound->resamplers[c], error);
    if (status)
        return error_prefix(error, status, "%s", sound->path);
    // a resampler takes 1 ms at a time
    sound->block =
        ((size_t)PIECE * 1000 / (size_t)own_hz + 2) * resampler_block_out(sound->resamplers[0]);
    sound->ready = malloc(sound->block * channels * sizeof(float));
    return sound->ready ? AURICLE_OK : error_no_memory(error, "reading %s", sound->path);
}

auricle_status auricle_sound_open(const char *path, auricle_sound **sound, auricle_error *error)
{
    *sound = NULL;
    auricle_sound *made = calloc(1, sizeof *made);
    const size_t bytes = strlen(path) + 1;
    if (!made || !(made->path = malloc(bytes))) {
        free(made);
        return error_no_memory(error, "reading %s", path);
    }
    memcpy(made->path, path, bytes);
    auricle_status status = sound_file_open(path, &made->file, error);
    if (!status) {
        made->rate_hz = sound_file_rate_hz(made->file);
        made->channels = sound_file_channels(made->file);
        if (made->rate_hz < LEAST_HZ || made->rate_hz > MOST_HZ)
            status = make_resamplers(made, error);
    }
    if (status)
        auricle_sound_close(&made);
    *sound = made;
    return status;
}

void auricle_sound_close(auricle_sound **sound)
{
    auricle_sound *gone = *sound;
    *sound = NULL;
    if (!gone)
        return;
    for (int c = 0; gone->resamplers && c < gone->channels; c++)
        resampler_destroy(&gone->resamplers[c]);
    sound_file_close(&gone->file);
    free(gone->resamplers);
    free(gone->interleaved);
    free(gone->mono);
    free(gone->ready);
    free(gone->path);
    free(gone);
}

int auricle_sound_rate_hz(const auricle_sound *sound)
{
    return sound->rate_hz;
}

int auricle_sound_channels(const auricle_sound *sound)
{
    return sound->channels;
}

double auricle_sound_seconds(const auricle_sound *sound)
{
    const int64_t frames = sound_file_frames(sound->file);
    return frames < 0 ? (double)NAN : (double)frames / sound_file_rate_hz(sound->file);
}

// All channels take the same samples, so they give the same count.
static size_t resample(auricle_sound *sound, size_t channel, size_t frames)
{
    float *out = sound->ready + channel * sound->block;
    size_t count = 0, written = 0;
    for (size_t i = 0; i < frames; i++)
        sound->mono[i] = sound->interleaved[i * (size_t)sound->channels + channel];
    for (size_t done = 0; done < frames; count += written)
        done += resampler_feed(sound->resamplers[channel], sound->mono + done, frames - done,
                               out + count, &written);
    if (frames == 0)
        count = resampler_drain(sound->resamplers[channel], out);
    return count;
}

// Decodes and resamples until something is ready; ready_count 0 at the end.
static void refill(auricle_sound *sound)
{
    const size_t channels = (size_t)sound->channels;
    sound->ready_next = sound->ready_count = 0;
    while (sound->ready_count == 0) {
        size_t got = sound->draining ? 0 : sound_file_read(sound->file, sound->interleaved, PIECE);
        sound->draining = got == 0;
        for (size_t c = 0; c < channels; c++)
            sound->ready_count = resample(sound, c, got);
        if (sound->draining)
            return;
    }
}

static size_t read_resampled(auricle_sound *sound, float *interleaved, size_t frames)
{
    const size_t channels = (size_t)sound->channels;
    if (sound->ready_next == sound->ready_count)
        refill(sound);
    const size_t ready = sound->ready_count - sound->ready_next,
                 count = ready < frames ? ready : frames;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < channels; c++)
            interleaved[i * channels + c] = sound->ready[c * sound->block + sound->ready_next + i];
    sound->ready_next += count;
    return count;
}

auricle_status auricle_sound_read(auricle_sound *sound, float *interleaved, size_t frames,
                                  size_t *got, auricle_error *error)
{
    *got = sound->resamplers ? read_resampled(sound, interleaved, frames)
                             : sound_file_read(sound->file, interleaved, frames);
    if (*got > 0 || frames == 0)
        return AURICLE_OK;
    const auricle_status status = sound_file_check(sound->file, false, error);
    return status ? error_prefix(error, status, "%s", sound->path) : AURICLE_OK;
}
