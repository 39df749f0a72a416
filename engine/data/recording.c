// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "data/recording.h"

#include "base/error.h"
#include "base/grow.h"
#include "data/audio_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static auricle_status reserve(struct recording *recording, size_t needed, auricle_error *error)
{
    return GROW(recording->samples, needed, recording->capacity)
               ? AURICLE_OK
               : error_no_memory(error, "%zu samples", needed);
}

static auricle_status read_stretch(struct recording *recording, const char *path, int rate_hz,
                                   size_t start, size_t count, auricle_error *error)
{
    double start_s = (double)start / rate_hz, end_s = (double)(start + count) / rate_hz;
    float *samples = NULL;
    size_t got = 0;
    auricle_status status =
        audio_file_load(path, rate_hz, -1, start_s, end_s, &samples, &got, error);
    if (status == AURICLE_OK) {
        recording->count = got < count ? got : count;
        memcpy(recording->samples, samples, recording->count * sizeof *samples);
        free(samples);
    }
    return status;
}

auricle_status recording_read(struct recording *recording, const char *path, int rate_hz,
                              size_t max_count, float place, size_t spare, auricle_error *error)
{
    struct audio_file *file = NULL;
    recording->count = recording->length = 0;
    auricle_status status = audio_file_open(path, rate_hz, -1, &file, error);
    if (status != AURICLE_OK)
        return status;
    // a length is an estimate where the rate is converted: ask for a little more
    size_t length = audio_file_length(file), ask = length + (size_t)rate_hz / 10;
    if (ask > max_count)
        ask = max_count;
    status = reserve(recording, ask + spare, error);
    if (status == AURICLE_OK && length <= max_count)
        status = audio_file_read(file, recording->samples, ask, &recording->count, error);
    audio_file_close(&file);
    if (status != AURICLE_OK)
        return error_prefix(error, status, "%s", path);
    recording->start = 0;
    recording->length = length;
    if (length > max_count) {
        recording->start = (size_t)((double)place * (double)(length - max_count));
        status = read_stretch(recording, path, rate_hz, recording->start, max_count, error);
    }
    if (status != AURICLE_OK)
        return status;
    if (length <= max_count)
        recording->length = recording->count;
    memset(recording->samples + recording->count, 0,
           (recording->capacity - recording->count) * sizeof *recording->samples);
    return AURICLE_OK;
}

void recording_free(struct recording *recording)
{
    free(recording->samples);
    *recording = (struct recording){0};
}

float recording_rms(const struct recording *recording)
{
    double sum = 0.0;
    for (size_t i = 0; i < recording->count; i++)
        sum += (double)recording->samples[i] * (double)recording->samples[i];
    return recording->count ? (float)sqrt(sum / (double)recording->count) : 0.0f;
}
