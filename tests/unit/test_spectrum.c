// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Power spectra and logarithms of bands under every table this CPU runs: against KISS FFT, against
// the definition in double, and log() in double.
#include "base/random.h"
#include "kernels/power_spectrum.h"
#include "kernels/variants.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#ifndef WITHOUT_KISS_FFT
#include <kiss_fft.h>
#endif

#define EACH_TABLE(table)                                                                          \
    for (int table##_index = 0; (table = kernels_supported(table##_index)); table##_index++)

enum { MOST = SPECTRUM_MOST, BINS = MOST / 2 + 1, GUARD = 8 };

/** Samples, and their powers by the definition of the DFT. */
struct window {
    int points;
    float samples[MOST];
    double power[BINS], loudness; // mean power
};

static void window_define(struct window *window)
{
    static double cosine[MOST];
    const int n = window->points;
    for (int i = 0; i < n; i++)
        cosine[i] = cos(6.28318530717958647692 * i / n);
    window->loudness = 0;
    for (int k = 0; k <= n / 2; k++) {
        double real = 0, imaginary = 0;
        for (int i = 0; i < n; i++) {
            int at = (int)((int64_t)k * i % n);
            real += (double)window->samples[i] * cosine[at];
            imaginary += (double)window->samples[i] * cosine[(at + n / 4) % n];
        }
        window->power[k] = real * real + imaginary * imaginary;
        window->loudness += window->power[k] / (n / 2 + 1);
    }
}

static struct window *window_draw(int points, struct random *random)
{
    static struct window window;
    window.points = points;
    for (int i = 0; i < points; i++)
        window.samples[i] = random_normal(random);
    return &window;
}

// What lies in memory around the buffers stays; returns where the powers are.
static const float *power_of(const struct kernel_table *table, const struct window *window)
{
    static float samples[MOST + GUARD], scratch[MOST + GUARD];
    struct spectrum *spectrum = spectrum_create(window->points);
    assert_non_null(spectrum);
    memcpy(samples, window->samples, sizeof window->samples);
    for (int i = 0; i < GUARD; i++)
        samples[window->points + i] = scratch[window->points + i] = 12345.0f;
    const float *power = table->power_spectrum(spectrum, samples, scratch);
    for (int i = 0; i < GUARD; i++)
        assert_true(samples[window->points + i] == 12345.0f &&
                    scratch[window->points + i] == 12345.0f);
    assert_true(power == samples || power == scratch);
    for (int i = 1; i < BAND_STEP; i++)
        assert_true(power[window->points / 2 + i] == 0);
    spectrum_destroy(&spectrum);
    assert_null(spectrum);
    return power;
}

static void spectra_are_their_definition(void **state)
{
    (void)state;
    struct random random = random_seeded(21);
    const struct kernel_table *table;
    for (int points = SPECTRUM_LEAST; points <= SPECTRUM_MOST; points *= 2) {
        struct window *window = window_draw(points, &random);
        window_define(window);
        EACH_TABLE(table)
        {
            const float *power = power_of(table, window);
            for (int k = 0; k <= points / 2; k++) {
                // amplitudes err by some units in the last place of the root of all power
                double error = fabs(sqrt((double)power[k]) - sqrt(window->power[k]));
                if (!(error < 1e-6 * sqrt(window->loudness)))
                    fail_msg("%s, %d points, bin %d: %.9g, by definition %.9g", table->name, points,
                             k, (double)power[k], window->power[k]);
            }
        }
    }
}

static void a_tone_is_one_bin(void **state)
{
    (void)state;
    enum { POINTS = 512 };
    static struct window window = {.points = POINTS};
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int bin = 0; bin <= POINTS / 2; bin++) {
        for (int i = 0; i < POINTS; i++)
            window.samples[i] = (float)cos(6.28318530717958647692 * bin * i / POINTS);
        const float *power = power_of(table, &window);
        double whole = bin % (POINTS / 2) ? POINTS / 2.0 : POINTS;
        for (int k = 0; k <= POINTS / 2; k++)
            assert_true(fabs((double)power[k] - (k == bin ? whole * whole : 0)) <
                        (k == bin ? 0.1 : 1e-6));
    }
}

#ifndef WITHOUT_KISS_FFT
static void spectra_are_those_of_kiss_fft(void **state)
{
    (void)state;
    static kiss_fft_cpx x[MOST], y[MOST];
    struct random random = random_seeded(22);
    const struct kernel_table *table;
    for (int points = SPECTRUM_LEAST; points <= SPECTRUM_MOST; points *= 2) {
        struct window *window = window_draw(points, &random);
        kiss_fft_cfg plan = kiss_fft_alloc(points, 0, NULL, NULL);
        for (int i = 0; i < points; i++)
            x[i] = (kiss_fft_cpx){window->samples[i], 0};
        kiss_fft(plan, x, y);
        EACH_TABLE(table)
        {
            const float *power = power_of(table, window);
            for (int k = 0; k <= points / 2; k++) {
                double expected = hypot((double)y[k].r, (double)y[k].i);
                assert_true(fabs(sqrt((double)power[k]) - expected) < 2e-6 * sqrt((double)points));
            }
        }
        kiss_fft_free(plan);
    }
}
#endif

// ---- logarithms

static void check_log(const struct kernel_table *table, float x)
{
    static const float one[BAND_STEP] = {1};
    const struct band band = {0, BAND_STEP, one};
    const float power[BAND_STEP] = {x};
    float y;
    table->bands_log(1, &band, 1e-30f, power, &y);
    double expected = log((double)(x + 1e-30f)), error = fabs((double)y - expected);
    if (!(error < 1e-7 + 2e-7 * fabs(expected)))
        fail_msg("%s: ln %.9g = %.9g, in double %.12g", table->name, (double)x, (double)y,
                 expected);
}

static void logarithms_are_exact_to_2e_7(void **state)
{
    (void)state;
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (uint32_t bits = 0x0DA24260; bits < 0x7F800000; bits += 3001) { // every 3001st from 1e-30
        float x;
        memcpy(&x, &bits, sizeof x);
        check_log(table, x);
    }
    EACH_TABLE(table)
    {
        check_log(table, 0);
        check_log(table, 1);
        check_log(table, FLT_MAX);
    }
}

static void bands_are_weighted_sums(void **state)
{
    (void)state;
    enum { BANDS = 37, POWERS = 200 };
    struct random random = random_seeded(23);
    const struct kernel_table *table;
    float power[POWERS], weights[BANDS][40];
    struct band bands[BANDS];
    for (int i = 0; i < POWERS; i++)
        power[i] = random_uniform(&random) * 100;
    for (int b = 0; b < BANDS; b++) {
        int count = (int)random_below(&random, 11) * BAND_STEP; // none at all among them
        bands[b] = (struct band){(int)random_below(&random, POWERS - 40), count, weights[b]};
        for (int i = 0; i < count; i++)
            weights[b][i] = random_uniform(&random);
    }
    EACH_TABLE(table)
    for (int count = 0; count <= BANDS; count++) {
        float y[BANDS + 1];
        y[count] = 12345.0f;
        table->bands_log(count, bands, 1e-6f, power, y);
        assert_true(y[count] == 12345.0f);
        for (int b = 0; b < count; b++) {
            double sum = 1e-6;
            for (int i = 0; i < bands[b].count; i++)
                sum += (double)weights[b][i] * (double)power[bands[b].first + i];
            assert_true(fabs((double)y[b] - log(sum)) < 3e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_are_their_definition),  cmocka_unit_test(a_tone_is_one_bin),
#ifndef WITHOUT_KISS_FFT
        cmocka_unit_test(spectra_are_those_of_kiss_fft),
#endif
        cmocka_unit_test(logarithms_are_exact_to_2e_7),  cmocka_unit_test(bands_are_weighted_sums),
    };
    return cmocka_run_group_tests_name("spectrum", tests, NULL, NULL);
}
