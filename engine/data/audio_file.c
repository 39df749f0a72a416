// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   sound_file --[frames][channels]--> one channel or the mean --> resampler --> reader
#include "data/audio_file.h"

#include "base/error.h"
#include "base/grow.h"
#include "data/sound_file.h"
#include "signal/resampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_FRAMES = 4096 };

struct audio_file {
    struct sound_file *sound;
    int channels;
    int channel; // -1 = mean of all
    int out_rate_hz;
    struct resampler *resampler;
    float *interleaved;             // [CHUNK_FRAMES][channels]
    float mono[CHUNK_FRAMES];       // decoded, mono, from mono_next to mono_count
    size_t mono_count, mono_next;   // not yet resampled
    float *ready;                   // resampled
    size_t ready_count, ready_next; // not yet read
};

static auricle_status channel_check(const struct audio_file *file, const char *path,
                                    auricle_error *error)
{
    const int channels = file->channels;
    if (file->channel >= -1 && file->channel < channels)
        return AURICLE_OK;
    return error_set(error, AURICLE_INVALID,
                     "%s: channel %d: give 0 to %d, or -1 for the mean of all", path, file->channel,
                     channels - 1);
}

auricle_status audio_file_open(const char *path, int out_rate_hz, int channel,
                               struct audio_file **file, auricle_error *error)
{
    *file = NULL;
    struct audio_file *made = calloc(1, sizeof *made);
    if (!made)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to read %s", path);
    made->channel = channel;
    made->out_rate_hz = out_rate_hz;
    auricle_status status = sound_file_open(path, &made->sound, error);
    if (status != AURICLE_OK)
        goto fail;
    made->channels = sound_file_channels(made->sound);
    status = channel_check(made, path, error);
    if (status != AURICLE_OK)
        goto fail;
    status = resampler_create(sound_file_rate_hz(made->sound), out_rate_hz, AURICLE_RESAMPLE_MEDIUM,
                              &made->resampler, error);
    if (status != AURICLE_OK) {
        error_prefix(error, status, "%s", path);
        goto fail;
    }
    size_t frame_bytes = (size_t)made->channels * sizeof(float);
    made->interleaved = malloc(CHUNK_FRAMES * frame_bytes);
    made->ready = malloc(resampler_block_out(made->resampler) * sizeof(float));
    if (!made->interleaved || !made->ready) {
        status = error_set(error, AURICLE_NO_MEMORY, "no memory to read %s", path);
        goto fail;
    }
    *file = made;
    return AURICLE_OK;
fail:
    audio_file_close(&made);
    return status;
}

void audio_file_close(struct audio_file **file)
{
    if (!*file)
        return;
    sound_file_close(&(*file)->sound);
    resampler_destroy(&(*file)->resampler);
    free((*file)->interleaved);
    free((*file)->ready);
    free(*file);
    *file = NULL;
}

size_t audio_file_length(const struct audio_file *file)
{
    const int64_t frames = sound_file_frames(file->sound);
    return frames <= 0
               ? 0
               : (size_t)((double)frames * file->out_rate_hz / sound_file_rate_hz(file->sound));
}

static float mono_of(const struct audio_file *file, const float *frame)
{
    if (file->channel >= 0)
        return frame[file->channel];
    float sum = 0.0f;
    for (int c = 0; c < file->channels; c++)
        sum += frame[c];
    return sum / (float)file->channels;
}

// The next chunk as mono; mono_count 0 at the end of the file. What is learned from a recording is
// its own sound: where silence replaces damaged parts, it is refused.
static auricle_status decode(struct audio_file *file, auricle_error *error)
{
    const int64_t position = sound_file_position(file->sound);
    file->mono_next = 0;
    file->mono_count = sound_file_read(file->sound, file->interleaved, CHUNK_FRAMES);
    auricle_status status = sound_file_check(file->sound, true, error);
    if (status != AURICLE_OK)
        file->mono_count = 0;
    for (size_t i = 0; i < file->mono_count; i++) {
        file->mono[i] = mono_of(file, file->interleaved + i * (size_t)file->channels);
        if (!isfinite(file->mono[i])) {
            double at_s = (double)(position + (int64_t)i) / sound_file_rate_hz(file->sound);
            file->mono_count = 0;
            return error_set(error, AURICLE_FORMAT,
                             "the sample at %.6f s is not a finite number; repair or drop the file",
                             at_s);
        }
    }
    return status;
}

// Resamples until something is ready; ready_count 0 at the end.
static auricle_status refill(struct audio_file *file, auricle_error *error)
{
    file->ready_next = file->ready_count = 0;
    while (file->ready_count == 0) {
        if (file->mono_next == file->mono_count) {
            auricle_status status = decode(file, error);
            if (status != AURICLE_OK)
                return status;
        }
        if (file->mono_count == 0) {
            file->ready_count = resampler_drain(file->resampler, file->ready);
            return AURICLE_OK;
        }
        file->mono_next +=
            resampler_feed(file->resampler, file->mono + file->mono_next,
                           file->mono_count - file->mono_next, file->ready, &file->ready_count);
    }
    return AURICLE_OK;
}

auricle_status audio_file_read(struct audio_file *file, float *samples, size_t count, size_t *got,
                               auricle_error *error)
{
    *got = 0;
    while (*got < count) {
        if (file->ready_next == file->ready_count) {
            auricle_status status = refill(file, error);
            if (status != AURICLE_OK)
                return status;
            if (file->ready_count == 0)
                break;
        }
        size_t ready = file->ready_count - file->ready_next, wanted = count - *got;
        size_t taken = ready < wanted ? ready : wanted;
        memcpy(samples + *got, file->ready + file->ready_next, taken * sizeof *samples);
        file->ready_next += taken;
        *got += taken;
    }
    return AURICLE_OK;
}

// Grows as it reads: a header may lie about the length.
static auricle_status read_most(struct audio_file *file, size_t most, float **samples,
                                size_t *count, auricle_error *error)
{
    size_t room = 0, got = 1;
    while (got > 0 && *count < most) {
        if (*count == room && !GROW(*samples, *count + 65536, room))
            return error_no_memory(error, "%zu samples", *count + 65536);
        size_t wanted = room < most ? room - *count : most - *count;
        auricle_status status = audio_file_read(file, *samples + *count, wanted, &got, error);
        if (status != AURICLE_OK)
            return status;
        *count += got;
    }
    return AURICLE_OK;
}

static auricle_status seek_to(struct audio_file *file, double start_s, auricle_error *error)
{
    const int rate_hz = sound_file_rate_hz(file->sound);
    const double frame = floor(start_s * rate_hz + 0.5);
    if (frame <= 0.0)
        return AURICLE_OK;
    if (frame < 0x1p62 && sound_file_skip_to(file->sound, (int64_t)frame))
        return AURICLE_OK;
    const int64_t decoded = sound_file_position(file->sound),
                  stated = sound_file_frames(file->sound);
    return error_set(error, AURICLE_INVALID, "no audio at %.3f s: the file ends at %.3f s", start_s,
                     (double)(decoded > 0 || stated < 0 ? decoded : stated) / rate_hz);
}

auricle_status audio_file_load(const char *path, int out_rate_hz, int channel, double start_s,
                               double end_s, float **samples, size_t *count, auricle_error *error)
{
    *samples = NULL;
    *count = 0;
    struct audio_file *file;
    auricle_status status = audio_file_open(path, out_rate_hz, channel, &file, error);
    if (status != AURICLE_OK)
        return status;
    size_t most = SIZE_MAX;
    if (end_s > start_s) {
        double length = floor((end_s - start_s) * out_rate_hz + 0.5);
        most = length < 0x1p62 ? (size_t)length : SIZE_MAX;
        status = seek_to(file, start_s, error);
    }
    if (status == AURICLE_OK)
        status = read_most(file, most, samples, count, error);
    if (status == AURICLE_OK && *count == 0 && end_s > start_s && start_s > 0.0)
        status =
            error_set(error, AURICLE_INVALID, "no audio at %.3f s: the file ends before", start_s);
    audio_file_close(&file);
    if (status == AURICLE_OK)
        return AURICLE_OK;
    free(*samples);
    *samples = NULL;
    *count = 0;
    return error_prefix(error, status, "%s", path);
}
