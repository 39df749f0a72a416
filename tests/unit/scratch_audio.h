// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings made for a test in a folder of its own. */
#ifndef SCRATCH_AUDIO_H
#define SCRATCH_AUDIO_H

#include "base/random.h"

#include <ftw.h>
#include <limits.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline int scratch_remove(const char *path, const struct stat *status, int kind,
                                 struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

/** A new empty folder; folder is "/tmp/NAME-XXXXXX" and becomes its path. */
static inline void scratch_create(char *folder)
{
    assert_non_null(mkdtemp(folder));
}

static inline void scratch_destroy(const char *folder)
{
    assert_int_equal(nftw(folder, scratch_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/** Writes text to folder/name. */
static inline void scratch_text(const char *folder, const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/** Writes count samples of noise drawn by seed to folder/name, 16 bit, mono; format as in
 * sndfile.h, 0 = wav. */
static inline void scratch_audio(const char *folder, const char *name, int format, int rate_hz,
                                 int count, uint64_t seed)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SF_INFO info = {.samplerate = rate_hz,
                    .channels = 1,
                    .format = format ? format : SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    short *samples = calloc((size_t)count + 1, sizeof *samples);
    struct random random = random_seeded(seed);
    for (int i = 0; i < count; i++)
        samples[i] = (short)((int)random_below(&random, 20000) - 10000);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_write_short(file, samples, count), count);
    sf_close(file);
    free(samples);
}

#endif
