// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE
#include "allocations.h"

#include "base/random.h"
#include "signal/resampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static const double PI = 3.14159265358979323846;

static float *floats(size_t count)
{
    float *values = calloc(count + 1, sizeof *values);
    assert_non_null(values);
    return values;
}

static float *noise(uint64_t seed, size_t count, float amplitude)
{
    struct random random = random_seeded(seed);
    float *samples = floats(count);
    for (size_t i = 0; i < count; i++)
        samples[i] = random_between(&random, -amplitude, amplitude);
    return samples;
}

static const int RATES_HZ[] = {8000, 11025, 22050, 32000, 44100, 48000, 16000};
enum { RATE_COUNT = sizeof RATES_HZ / sizeof *RATES_HZ };

static struct resampler *resampler_for(int in_rate_hz, auricle_resample quality)
{
    struct resampler *resampler;
    auricle_error error;
    if (resampler_create(in_rate_hz, 16000, quality, &resampler, &error) != AURICLE_OK)
        fail_msg("%s", error.text);
    return resampler;
}

// Feeds in pieces of 1 to most samples, drains, resets. out has room for what comes; returns how
// many.
static size_t resample_all(struct resampler *resampler, const float *samples, size_t count,
                           size_t most, struct random *random, float *out)
{
    size_t given = 0, written, room = resampler_block_out(resampler);
    float *block = floats(room);
    for (size_t at = 0; at < count;) {
        size_t piece = 1 + random_below(random, most);
        piece = piece < count - at ? piece : count - at;
        size_t taken = resampler_feed(resampler, samples + at, piece, block, &written);
        assert_true(taken > 0 && taken <= piece && written <= room);
        memcpy(out + given, block, written * sizeof *out);
        at += taken;
        given += written;
    }
    while ((written = resampler_drain(resampler, block)) > 0) {
        assert_true(written <= room);
        memcpy(out + given, block, written * sizeof *out);
        given += written;
    }
    resampler_reset(resampler);
    free(block);
    return given;
}

static size_t room_for(size_t count, int rate_hz)
{
    return (size_t)((double)count * 16000 / rate_hz) + 1000;
}

static void resampler_ignores_how_input_is_cut(void **state)
{
    (void)state;
    struct random random = random_seeded(5);
    for (int quality = 0; quality < 3; quality++)
        for (int r = 0; r < RATE_COUNT; r++) {
            struct resampler *resampler = resampler_for(RATES_HZ[r], (auricle_resample)quality);
            size_t count = (size_t)RATES_HZ[r] / 4 + 13, room = room_for(count, RATES_HZ[r]);
            float *samples = noise(6, count, 1.0f), *whole = floats(room), *cut = floats(room);
            size_t length = resample_all(resampler, samples, count, count, &random, whole);
            const size_t most[] = {1, 3, 100, 1000, 20000};
            for (int m = 0; m < 5; m++) { // on the same resampler: reset is as new
                assert_int_equal(resample_all(resampler, samples, count, most[m], &random, cut),
                                 length);
                assert_memory_equal(whole, cut, length * sizeof *cut);
            }
            resampler_destroy(&resampler);
            assert_null(resampler);
            free(samples);
            free(whole);
            free(cut);
        }
}

static void resampler_keeps_the_length(void **state)
{
    (void)state;
    struct random random = random_seeded(7);
    for (int quality = 0; quality < 3; quality++)
        for (int r = 0; r < RATE_COUNT; r++) {
            struct resampler *resampler = resampler_for(RATES_HZ[r], (auricle_resample)quality);
            for (int round = 0; round < 8; round++) {
                size_t count = round == 0 ? 0 : random_below(&random, round < 4 ? 200 : 20000);
                float *samples = noise(8, count, 0.5f);
                float *out = floats(room_for(count, RATES_HZ[r]));
                size_t length = resample_all(resampler, samples, count, 4000, &random, out);
                double expected = (double)count * 16000 / RATES_HZ[r];
                if (!(fabs((double)length - expected) <= 1.0))
                    fail_msg("%zu samples at %d Hz became %zu, not %.1f", count, RATES_HZ[r],
                             length, expected);
                free(samples);
                free(out);
            }
            resampler_destroy(&resampler);
        }
}

// A tone must come out as the same tone at the same time: amplitude, frequency and phase.
static void resampler_keeps_tones(void **state)
{
    (void)state;
    struct random random = random_seeded(9);
    // of the narrower of the two bands; SINC_FASTEST begins to roll off above 0.7
    const double tones[] = {0.01, 0.1, 0.3, 0.6};
    for (int r = 0; r < RATE_COUNT; r++)
        for (int t = 0; t < 4; t++) {
            int rate_hz = RATES_HZ[r];
            double tone_hz = tones[t] * fmin(rate_hz, 16000) / 2;
            struct resampler *resampler = resampler_for(rate_hz, AURICLE_RESAMPLE_FAST);
            size_t count = (size_t)rate_hz / 2;
            float *samples = floats(count), *out = floats(room_for(count, rate_hz));
            for (size_t i = 0; i < count; i++)
                samples[i] = (float)(0.5 * sin(2 * PI * tone_hz * (double)i / rate_hz));
            size_t length = resample_all(resampler, samples, count, 999, &random, out);
            double worst = 0;
            for (size_t i = 400; i + 400 < length; i++) {
                double expected = 0.5 * sin(2 * PI * tone_hz * (double)i / 16000);
                worst = fmax(worst, fabs((double)out[i] - expected));
            }
            if (!(worst < 0.001))
                fail_msg("%g Hz from %d Hz: off by %.3g", tone_hz, rate_hz, worst);
            resampler_destroy(&resampler);
            free(samples);
            free(out);
        }
}

// A click at sample n, fed one sample at a time, must have come out, at its own time, no later than
// delay_ns after sample n came in; and the number must not be an exaggeration.
static void resampler_delay_is_what_a_click_waits(void **state)
{
    (void)state;
    for (int quality = 0; quality < 3; quality++)
        for (int r = 0; r < RATE_COUNT; r++) {
            int rate_hz = RATES_HZ[r];
            struct resampler *resampler = resampler_for(rate_hz, (auricle_resample)quality);
            float *block = floats(resampler_block_out(resampler));
            double worst_s = 0;
            for (int click = rate_hz / 10; click < rate_hz / 10 + 100; click += 3) {
                // the output nearest to the click's instant, which carries its peak
                size_t peak = (size_t)(click * 16000.0 / rate_hz + 0.5), given = 0, written;
                int fed = 0;
                float at_peak = 0;
                for (; given <= peak; fed++) {
                    float sample = fed == click;
                    assert_int_equal(resampler_feed(resampler, &sample, 1, block, &written), 1);
                    if (given + written > peak)
                        at_peak = block[peak - given];
                    given += written;
                }
                assert_true(at_peak > 0.15f);
                worst_s = fmax(worst_s, (double)fed / rate_hz - (double)peak / 16000);
                resampler_reset(resampler);
            }
            double told_s = (double)resampler_delay_ns(resampler) * 1e-9;
            double sample_s = 1.0 / rate_hz + 1.0 / 16000;
            if (rate_hz == 16000)
                assert_true(told_s == 0);
            else if (!(worst_s <= told_s + 1e-9 && told_s - worst_s <= sample_s))
                fail_msg("%d Hz, quality %d: a click waits %.6f s, told %.6f s", rate_hz, quality,
                         worst_s, told_s);
            resampler_destroy(&resampler);
            free(block);
        }
}

static void resampler_allocates_only_on_creation(void **state)
{
    (void)state;
    float *samples = noise(11, 4800, 0.5f), out[64];
    for (int quality = 0; quality < 3; quality++)
        for (int r = 0; r < RATE_COUNT; r++) {
            size_t bytes_before = allocations_bytes, written;
            struct resampler *resampler = resampler_for(RATES_HZ[r], (auricle_resample)quality);
            size_t bytes = allocations_bytes - bytes_before;
            size_t told = resampler_bytes(resampler);
            if (ALLOCATIONS_COUNTED && fabs((double)told - (double)bytes) > 0.1 * (double)bytes)
                fail_msg("%d Hz, quality %d: told %zu bytes, takes %zu", RATES_HZ[r], quality, told,
                         bytes);
            size_t before = allocations_calls;
            assert_true(resampler_block_out(resampler) <= 64);
            for (int round = 0; round < 3; round++) {
                for (size_t at = 0; at < 4800;)
                    at += resampler_feed(resampler, samples + at, 4800 - at, out, &written);
                while (resampler_drain(resampler, out) > 0)
                    ;
                resampler_reset(resampler);
            }
            assert_int_equal(allocations_calls, before);
            resampler_destroy(&resampler);
        }
    free(samples);
}

static void resampler_refuses_absurd_rates(void **state)
{
    (void)state;
    struct resampler *resampler;
    auricle_error error;
    const int rates_hz[] = {0, -16000, 3999, 192001, 2147483647};
    for (int i = 0; i < 5; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", rates_hz[i]);
        assert_int_equal(
            resampler_create(rates_hz[i], 16000, AURICLE_RESAMPLE_FAST, &resampler, &error),
            AURICLE_INVALID);
        assert_non_null(strstr(error.text, value));
        assert_null(resampler);
    }
    assert_int_equal(resampler_create(8000, 16000, (auricle_resample)3, &resampler, &error),
                     AURICLE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resampler_ignores_how_input_is_cut),
        cmocka_unit_test(resampler_keeps_the_length),
        cmocka_unit_test(resampler_keeps_tones),
        cmocka_unit_test(resampler_delay_is_what_a_click_waits),
        cmocka_unit_test(resampler_allocates_only_on_creation),
        cmocka_unit_test(resampler_refuses_absurd_rates),
    };
    return cmocka_run_group_tests_name("resampler", tests, NULL, NULL);
}
