// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Numbers that tell sound from noise. Frames are the spectral loss's of 512 samples (32 ms), 62.5
 * a second; bands are 32 triangles even in mel. */
#include <auricle/generate.h>

#include "base/error.h"
#include "data/audio_file.h"
#include "ssl/spectral.h"

#include "nn/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 512, BINS = SIZE / 2 + 1, BANDS = 32, AT_ONCE = 16384 };
static const double FLOOR = 1e-9; // -90 dB
static const double turn = 6.283185307179586;

struct sums {
    double bands[BANDS], flatness, power;
    double *level; // [frames] of each frame, dB; then the envelope
    int frames, loud;
};

static double mel(double hz)
{
    return log1p(hz / 700);
}

static void add_frame(struct sums *sums, const float *magnitudes)
{
    double total = 0, logs = 0;
    for (int k = 1; k < BINS; k++) {
        const double power = (double)magnitudes[k] * (double)magnitudes[k];
        const int band = (int)(BANDS * mel(8000.0 * (k - 0.5) / (BINS - 1)) / mel(8000));
        sums->bands[band < BANDS ? band : BANDS - 1] += power;
        total += power;
        logs += log(power + FLOOR);
    }
    const double mean = total / (BINS - 1);
    sums->level[sums->frames++] = 10 * log10(mean + FLOOR);
    sums->power += mean;
    if (mean > 1e-6) { // -60 dB: of silence there is nothing to say
        sums->flatness += exp(logs / (BINS - 1)) / mean;
        sums->loud++;
    }
}

static void add_sound(struct sums *sums, const float *samples, size_t count, struct tape *tape)
{
    for (size_t at = 0; at + SIZE <= count; at += AT_ONCE - SIZE / 2) {
        const size_t left = count - at, some = left < AT_ONCE ? left : AT_ONCE;
        tape_reset(tape);
        const struct tensor *s =
            tape_stft_magnitude(tape, tape_copy(tape, samples + at, 1, (int)some, 1), SIZE);
        for (int i = 0; i < s->t; i++)
            add_frame(sums, tensor_row(s, i));
    }
}

// Share of the level's spectrum from 2 to 8 Hz, syllables' and beats' rate, of 0.5 to 32 Hz.
static double modulation(const double *level, int frames, double mean)
{
    const double rate = 16000.0 / (SIZE / 2);
    double syllables = 0, all = 0;
    for (double hz = 0.5; hz < rate / 2; hz += 0.25) {
        double re = 0, im = 0;
        for (int i = 0; i < frames; i++) {
            re += (level[i] - mean) * cos(turn * hz * i / rate);
            im += (level[i] - mean) * sin(turn * hz * i / rate);
        }
        all += re * re + im * im;
        syllables += hz >= 2 && hz <= 8 ? re * re + im * im : 0;
    }
    return all > 0 ? syllables / all : 0;
}

static void finish(const struct sums *sums, auricle_sound_statistics *statistics)
{
    double mean = 0, spread = 0, level = 0;
    for (int i = 0; i < sums->frames; i++)
        mean += sums->level[i] / sums->frames;
    for (int i = 0; i < sums->frames; i++)
        spread += pow(sums->level[i] - mean, 2) / sums->frames;
    statistics->rms_db = 10 * log10(sums->power / sums->frames + FLOOR);
    statistics->flatness = sums->loud ? sums->flatness / sums->loud : 0;
    statistics->level_spread_db = sqrt(spread);
    statistics->modulation = modulation(sums->level, sums->frames, mean);
    for (int b = 0; b < BANDS; b++) {
        statistics->spectrum_db[b] = 10 * log10(sums->bands[b] / sums->frames + FLOOR);
        level += statistics->spectrum_db[b] / BANDS;
    }
    for (int b = 0; b < BANDS; b++)
        statistics->spectrum_db[b] -= level;
}

auricle_status auricle_sound_measure(const float *samples, size_t count,
                                     auricle_sound_statistics *statistics, auricle_error *error)
{
    if (count < AURICLE_GENERATE_RATE_HZ)
        return error_set(error, AURICLE_INVALID, "%zu samples: a second at least is needed", count);
    struct sums sums = {.level = calloc(count / (SIZE / 2) + 1, sizeof *sums.level)};
    struct tape *tape = tape_create(false);
    auricle_status status = AURICLE_OK;
    if (sums.level && tape) {
        add_sound(&sums, samples, count, tape);
        finish(&sums, statistics);
    } else {
        status = error_set(error, AURICLE_NO_MEMORY, "no memory to measure a sound");
    }
    tape_destroy(&tape);
    free(sums.level);
    return status;
}

double auricle_sound_spectrum_distance(const auricle_sound_statistics *a,
                                       const auricle_sound_statistics *b)
{
    double sum = 0;
    for (int i = 0; i < BANDS; i++)
        sum += pow(a->spectrum_db[i] - b->spectrum_db[i], 2) / BANDS;
    return sqrt(sum);
}

auricle_status auricle_sound_distance(const float *guess, const float *truth, size_t count,
                                      double *distance, auricle_error *error)
{
    if (count < SPECTRAL_LONGEST || count > (size_t)600 * AURICLE_GENERATE_RATE_HZ)
        return error_set(error, AURICLE_INVALID, "%zu samples: must be %d to ten minutes", count,
                         SPECTRAL_LONGEST);
    struct tape *tape = tape_create(false);
    if (!tape)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to compare sounds");
    struct tensor *x = tape_copy(tape, guess, 1, (int)count, 1);
    struct tensor *y = tape_copy(tape, truth, 1, (int)count, 1);
    *distance = (double)tape_spectral_distance(tape, x, y, NULL)->data[0];
    tape_destroy(&tape);
    return AURICLE_OK;
}

auricle_status auricle_sound_load(const char *path, double seconds, float **samples, size_t *count,
                                  auricle_error *error)
{
    return audio_file_load(path, AURICLE_GENERATE_RATE_HZ, -1, 0, seconds, samples, count, error);
}
