// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   [history | hop] --Hann--> [window, zeros] --FFT--> |X|^2 --mel filters--> ln(power + floor)
//           \________ newest window - hop samples become the next history
//
// The real FFT of N points is a complex one of N/2 (even samples as real, odd as imaginary parts)
// and one pass that takes the two spectra apart. KISS FFT's own real transform would do the same,
// but with a scratch buffer inside its tables, which threads could not share.
#include "signal/logmel.h"

#include "base/error.h"

#include <kiss_fft.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/** One mel filter: weights of the count bins from first on, not all zero. */
struct band {
    int first, count;
    const float *weights;
};

struct logmel {
    struct logmel_config config;
    kiss_fft_cfg fft;      // complex, fft_samples / 2 points
    float *window;         // [window_samples]
    kiss_fft_cpx *twiddle; // [fft_samples / 2 + 1]
    float *weights;        // of all bands, one after another
    struct band *bands;    // [mels]
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

static int weights_total(const struct logmel_config *config)
{
    int total = 0, first;
    for (int mel = 0; mel < config->mels; mel++)
        total += band_weights(config, mel, &first, NULL);
    return total;
}

static void bands_fill(struct logmel *logmel)
{
    float *weights = logmel->weights;
    for (int mel = 0; mel < logmel->config.mels; mel++) {
        struct band *band = &logmel->bands[mel];
        band->weights = weights;
        band->count = band_weights(&logmel->config, mel, &band->first, weights);
        weights += band->count;
    }
}

static void tables_fill(struct logmel *logmel)
{
    const struct logmel_config *config = &logmel->config;
    for (int i = 0; i < config->window_samples; i++)
        logmel->window[i] = (float)(0.5 - 0.5 * cos(2.0 * PI * i / config->window_samples));
    for (int k = 0; k <= config->fft_samples / 2; k++) {
        double angle = -2.0 * PI * k / config->fft_samples;
        logmel->twiddle[k] = (kiss_fft_cpx){(float)cos(angle), (float)sin(angle)};
    }
    bands_fill(logmel);
}

struct logmel *logmel_create(const struct logmel_config *config)
{
    int half = config->fft_samples / 2;
    CHECK(config->mels > 0 && config->hop_samples > 0 && config->warp > 0.0f);
    CHECK(config->window_samples >= config->hop_samples);
    CHECK(config->fft_samples >= config->window_samples && config->fft_samples % 2 == 0);
    CHECK(config->low_hz >= 0.0f && config->low_hz < config->high_hz);
    CHECK(2.0f * config->high_hz <= (float)config->sample_rate_hz);
    struct logmel *logmel = calloc(1, sizeof *logmel);
    if (!logmel)
        return NULL;
    logmel->config = *config;
    logmel->fft = kiss_fft_alloc(half, 0, NULL, NULL);
    logmel->window = calloc((size_t)config->window_samples, sizeof *logmel->window);
    logmel->twiddle = calloc((size_t)half + 1, sizeof *logmel->twiddle);
    logmel->weights = calloc((size_t)weights_total(config) + 1, sizeof *logmel->weights);
    logmel->bands = calloc((size_t)config->mels, sizeof *logmel->bands);
    if (!logmel->fft || !logmel->window || !logmel->twiddle || !logmel->weights || !logmel->bands)
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
    kiss_fft_free((*logmel)->fft);
    free((*logmel)->window);
    free((*logmel)->twiddle);
    free((*logmel)->weights);
    free((*logmel)->bands);
    free(*logmel);
    *logmel = NULL;
}

size_t logmel_history_size(const struct logmel *logmel)
{
    return (size_t)(logmel->config.window_samples - logmel->config.hop_samples);
}

// Windowed samples [fft], then power [fft / 2 + 1] in their place; their half-length spectrum
// [fft].
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

// z is the transform of even + i odd samples; X[k] = E[k] + w^k O[k] with E[k] = (z[k] + z*[-k]) /
// 2 and O[k] = (z[k] - z*[-k]) / 2i.
static void power_of(const struct logmel *logmel, const kiss_fft_cpx *z, float *power)
{
    int half = logmel->config.fft_samples / 2;
    for (int k = 0; k <= half; k++) {
        kiss_fft_cpx a = z[k % half], b = z[(half - k) % half], w = logmel->twiddle[k];
        float even_r = 0.5f * (a.r + b.r), even_i = 0.5f * (a.i - b.i);
        float odd_r = 0.5f * (a.i + b.i), odd_i = 0.5f * (b.r - a.r);
        float real = even_r + (w.r * odd_r - w.i * odd_i);
        float imaginary = even_i + (w.r * odd_i + w.i * odd_r);
        power[k] = real * real + imaginary * imaginary;
    }
}

static float band_power(const struct band *band, const float *power)
{
    float sum = 0.0f;
    for (int i = 0; i < band->count; i++)
        sum += band->weights[i] * power[band->first + i];
    return sum;
}

void logmel_step(const struct logmel *logmel, float *history, const float *samples, float *scratch,
                 float *out)
{
    int fft = logmel->config.fft_samples;
    float *windowed = scratch, *spectrum = windowed + fft, *power = windowed;
    window_apply(logmel, history, samples, windowed);
    history_push(logmel, history, samples);
    kiss_fft(logmel->fft, (const kiss_fft_cpx *)windowed, (kiss_fft_cpx *)spectrum);
    power_of(logmel, (const kiss_fft_cpx *)spectrum, power);
    for (int mel = 0; mel < logmel->config.mels; mel++)
        out[mel] = logf(band_power(&logmel->bands[mel], power) + logmel->config.floor);
}
