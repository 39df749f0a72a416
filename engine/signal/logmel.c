// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   [history | hop] --Hann--> [window, zeros] --FFT--> |X|^2 --mel filters--> ln(power + floor)
//           \________ newest window - hop samples become the next history
#include "signal/logmel.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "kernels/power_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

struct logmel {
    struct logmel_config config;
    struct spectrum *spectrum; // of fft_samples
    float *window;             // [window_samples]
    float *weights;            // of all bands, one after another
    struct band *bands;        // [mels]
};

static double mel_of(double hz)
{
    return 2595.0 * log10(1.0 + hz / 700.0);
}

static double hz_of(double mel)
{
    return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
}

// Jaitly & Hinton 2013, section 3: frequencies up to a knee are scaled, the rest is squeezed or
// stretched so that the upper band edge stays. Their knee is 4800 Hz of 8000: here 0.6 of the edge.
static double warped(double hz, double factor, double edge_hz)
{
    double knee = 0.6 * edge_hz * fmin(factor, 1.0);
    if (hz <= knee / factor)
        return hz * factor;
    return edge_hz - (edge_hz - knee) / (edge_hz - knee / factor) * (edge_hz - hz);
}

// Corner i of the filters, 0 .. mels + 1: filter i rises from corner i to i + 1, falls to i + 2.
static double corner_hz(const struct logmel_config *config, int i)
{
    double low = mel_of((double)config->low_hz), high = mel_of((double)config->high_hz);
    double hz = hz_of(low + (high - low) * i / (config->mels + 1));
    return warped(hz, (double)config->warp, (double)config->high_hz);
}

static double triangle(double hz, const double corner[3])
{
    double rising = (hz - corner[0]) / (corner[1] - corner[0]);
    double falling = (corner[2] - hz) / (corner[2] - corner[1]);
    return fmax(0.0, fmin(rising, falling));
}

// Writes the band's weights to weights (when not NULL) and returns how many there are.
static int band_weights(const struct logmel_config *config, int mel, int *first, float *weights)
{
    double corner[3];
    for (int i = 0; i < 3; i++)
        corner[i] = corner_hz(config, mel + i);
    double bin_hz = (double)config->sample_rate_hz / config->fft_samples;
    int count = 0;
    *first = 0;
    for (int bin = 0; bin <= config->fft_samples / 2; bin++) {
        double weight = triangle(bin * bin_hz, corner);
        if (weight <= 0.0)
            continue;
        if (count == 0)
            *first = bin;
        if (weights)
            weights[count] = (float)weight;
        count++;
    }
    return count;
}

static int whole_steps(int count)
{
    return (count + BAND_STEP - 1) / BAND_STEP * BAND_STEP;
}

static int weights_total(const struct logmel_config *config)
{
    int total = 0, first;
    for (int mel = 0; mel < config->mels; mel++)
        total += whole_steps(band_weights(config, mel, &first, NULL));
    return total;
}

static void bands_fill(struct logmel *logmel)
{
    float *weights = logmel->weights;
    for (int mel = 0; mel < logmel->config.mels; mel++) {
        struct band *band = &logmel->bands[mel];
        band->weights = weights;
        band->count = whole_steps(band_weights(&logmel->config, mel, &band->first, weights));
        weights += band->count;
    }
}

static void tables_fill(struct logmel *logmel)
{
    const struct logmel_config *config = &logmel->config;
    for (int i = 0; i < config->window_samples; i++)
        logmel->window[i] = (float)(0.5 - 0.5 * cos(2.0 * PI * i / config->window_samples));
    bands_fill(logmel);
}

struct logmel *logmel_create(const struct logmel_config *config)
{
    CHECK(config->mels > 0 && config->hop_samples > 0 && config->warp > 0.0f);
    CHECK(config->window_samples >= config->hop_samples);
    CHECK(config->fft_samples >= config->window_samples && config->floor > 0.0f);
    CHECK(config->low_hz >= 0.0f && config->low_hz < config->high_hz);
    CHECK(2.0f * config->high_hz <= (float)config->sample_rate_hz);
    struct logmel *logmel = calloc(1, sizeof *logmel);
    if (!logmel)
        return NULL;
    logmel->config = *config;
    logmel->spectrum = spectrum_create(config->fft_samples);
    logmel->window = calloc((size_t)config->window_samples, sizeof *logmel->window);
    logmel->weights = calloc((size_t)weights_total(config) + 1, sizeof *logmel->weights);
    logmel->bands = calloc((size_t)config->mels, sizeof *logmel->bands);
    if (!logmel->spectrum || !logmel->window || !logmel->weights || !logmel->bands)
        goto fail;
    tables_fill(logmel);
    return logmel;
fail:
    logmel_destroy(&logmel);
    return NULL;
}

void logmel_destroy(struct logmel **logmel)
{
    if (!*logmel)
        return;
    spectrum_destroy(&(*logmel)->spectrum);
    free((*logmel)->window);
    free((*logmel)->weights);
    free((*logmel)->bands);
    free(*logmel);
    *logmel = NULL;
}

size_t logmel_history_size(const struct logmel *logmel)
{
    return (size_t)(logmel->config.window_samples - logmel->config.hop_samples);
}

// Windowed samples [fft], and as much for the transform.
size_t logmel_scratch_size(const struct logmel *logmel)
{
    return 2 * (size_t)logmel->config.fft_samples;
}

static void window_apply(const struct logmel *logmel, const float *history, const float *samples,
                         float *windowed)
{
    int kept = (int)logmel_history_size(logmel);
    int window = logmel->config.window_samples;
    for (int i = 0; i < kept; i++)
        windowed[i] = logmel->window[i] * history[i];
    for (int i = kept; i < window; i++)
        windowed[i] = logmel->window[i] * samples[i - kept];
    memset(windowed + window, 0, (size_t)(logmel->config.fft_samples - window) * sizeof *windowed);
}

static void history_push(const struct logmel *logmel, float *history, const float *samples)
{
    size_t kept = logmel_history_size(logmel), hop = (size_t)logmel->config.hop_samples;
    if (kept > hop)
        memmove(history, history + hop, (kept - hop) * sizeof *history);
    size_t fresh = kept < hop ? kept : hop;
    memcpy(history + kept - fresh, samples + hop - fresh, fresh * sizeof *history);
}

void logmel_step(const struct logmel *logmel, float *history, const float *samples, float *scratch,
                 float *out)
{
    const struct kernel_table *kernel = kernels();
    float *windowed = scratch, *rest = scratch + logmel->config.fft_samples;
    window_apply(logmel, history, samples, windowed);
    history_push(logmel, history, samples);
    const float *power = kernel->power_spectrum(logmel->spectrum, windowed, rest);
    kernel->bands_log(logmel->config.mels, logmel->bands, logmel->config.floor, power, out);
}
