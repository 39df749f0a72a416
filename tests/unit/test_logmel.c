// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE
#include "allocations.h"

#include "base/random.h"
#include "signal/logmel.h"

#include <math.h>
#include <pthread.h>
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

static const struct logmel_config LOGMEL = {.sample_rate_hz = 16000,
                                            .hop_samples = 160,
                                            .window_samples = 400,
                                            .fft_samples = 512,
                                            .mels = 80,
                                            .low_hz = 20,
                                            .high_hz = 7600,
                                            .floor = 1e-6f,
                                            .warp = 1};

// All frames of samples, [frames][mels].
static float *logmel_frames(const struct logmel *logmel, int mels, const float *samples, int frames)
{
    float *history = floats(logmel_history_size(logmel));
    float *scratch = floats(logmel_scratch_size(logmel));
    float *out = floats((size_t)frames * mels);
    for (int t = 0; t < frames; t++)
        logmel_step(logmel, history, samples + (size_t)t * LOGMEL.hop_samples, scratch,
                    out + (size_t)t * mels);
    free(history);
    free(scratch);
    return out;
}

// The power of bin k of the window that ends before sample end, by the definition of the DFT.
static double exact_power(const struct logmel_config *config, const float *samples, int end, int k)
{
    double real = 0, imaginary = 0;
    for (int i = 0; i < config->window_samples; i++) {
        int at = end - config->window_samples + i;
        double hann = 0.5 * (1 - cos(2 * PI * i / config->window_samples));
        double sample = at >= 0 ? hann * (double)samples[at] : 0.0;
        real += sample * cos(2 * PI * k * i / config->fft_samples);
        imaginary -= sample * sin(2 * PI * k * i / config->fft_samples);
    }
    return real * real + imaginary * imaginary;
}

// Weight of a frequency in HTK's filter between the mel-spaced corners around it.
static double exact_weight(const struct logmel_config *config, int mel, double hz)
{
    double low = 1127.010480 * log(1 + (double)config->low_hz / 700);
    double high = 1127.010480 * log(1 + (double)config->high_hz / 700);
    double corner[3];
    for (int i = 0; i < 3; i++)
        corner[i] =
            700 * (exp((low + (high - low) * (mel + i) / (config->mels + 1)) / 1127.010480) - 1);
    if (hz <= corner[0] || hz >= corner[2])
        return 0;
    return hz < corner[1] ? (hz - corner[0]) / (corner[1] - corner[0])
                          : (corner[2] - hz) / (corner[2] - corner[1]);
}

static void check_against_definition(const struct logmel_config *config)
{
    enum { FRAMES = 4 };
    struct logmel *logmel = logmel_create(config);
    float *samples = noise(1, FRAMES * 160, 0.5f);
    float *out = logmel_frames(logmel, config->mels, samples, FRAMES);
    for (int t = 0; t < FRAMES; t++) {
        double power[1025];
        for (int k = 0; k <= config->fft_samples / 2; k++)
            power[k] = exact_power(config, samples, (t + 1) * 160, k);
        for (int mel = 0; mel < config->mels; mel++) {
            double sum = 0, bin_hz = (double)config->sample_rate_hz / config->fft_samples;
            for (int k = 0; k <= config->fft_samples / 2; k++)
                sum += exact_weight(config, mel, k * bin_hz) * power[k];
            double expected = log(sum + (double)config->floor);
            double actual = (double)out[t * config->mels + mel];
            if (!(fabs(actual - expected) < 1e-4))
                fail_msg("frame %d, band %d: %.7g, by definition %.7g", t, mel, actual, expected);
        }
    }
    logmel_destroy(&logmel);
    assert_null(logmel);
    free(samples);
    free(out);
}

static void logmel_is_its_definition(void **state)
{
    (void)state;
    check_against_definition(&LOGMEL);
    struct logmel_config other = LOGMEL;
    other.mels = 23;
    other.fft_samples = other.window_samples = 1024;
    other.low_hz = 0;
    other.high_hz = 8000;
    check_against_definition(&other);
    other.window_samples = 160; // no history at all
    other.fft_samples = 256;
    check_against_definition(&other);
}

static void logmel_of_silence_is_the_floor(void **state)
{
    (void)state;
    struct logmel *logmel = logmel_create(&LOGMEL);
    float *samples = floats(160 * 5);
    float *out = logmel_frames(logmel, LOGMEL.mels, samples, 5);
    for (int i = 0; i < 5 * LOGMEL.mels; i++)
        assert_true(fabsf(out[i] - logf(LOGMEL.floor)) < 1e-5f);
    logmel_destroy(&logmel);
    free(samples);
    free(out);
}

static void logmel_is_causal_and_forgets(void **state)
{
    (void)state;
    enum { FRAMES = 12, CHANGED = 801 };
    struct logmel *logmel = logmel_create(&LOGMEL);
    float *samples = noise(2, FRAMES * 160, 0.3f);
    float *before = logmel_frames(logmel, LOGMEL.mels, samples, FRAMES);
    samples[CHANGED] += 0.5f;
    float *after = logmel_frames(logmel, LOGMEL.mels, samples, FRAMES);
    for (int t = 0; t < FRAMES; t++) {
        int end = (t + 1) * 160; // the window is [end - 400, end); Hann's first weight is 0
        bool sees = CHANGED < end && CHANGED > end - 400;
        int difference = memcmp(before + t * LOGMEL.mels, after + t * LOGMEL.mels,
                                (size_t)LOGMEL.mels * sizeof *before);
        assert_int_equal(difference != 0, sees);
    }
    logmel_destroy(&logmel);
    free(samples);
    free(before);
    free(after);
}

static void logmel_of_clipping_input_is_finite(void **state)
{
    (void)state;
    struct logmel *logmel = logmel_create(&LOGMEL);
    float *samples = noise(3, 160 * 20, 1.0f);
    for (int i = 0; i < 160 * 20; i++)
        samples[i] = samples[i] > 0 ? 16.0f : -16.0f; // AURICLE_SAMPLE_MAX
    float *out = logmel_frames(logmel, LOGMEL.mels, samples, 20);
    for (int i = 0; i < 20 * LOGMEL.mels; i++)
        assert_true(isfinite(out[i]));
    logmel_destroy(&logmel);
    free(samples);
    free(out);
}

static double centre_of_tone(float warp, double hz)
{
    struct logmel_config config = LOGMEL;
    config.warp = warp;
    struct logmel *logmel = logmel_create(&config);
    float *samples = floats(160 * 10);
    for (int i = 0; i < 1600; i++)
        samples[i] = (float)(0.5 * sin(2 * PI * hz * i / 16000));
    float *out = logmel_frames(logmel, config.mels, samples, 10);
    double weighted = 0, total = 0; // centroid over bands of the last frame
    for (int mel = 0; mel < config.mels; mel++) {
        double power = exp((double)out[9 * config.mels + mel]);
        weighted += mel * power;
        total += power;
    }
    logmel_destroy(&logmel);
    free(samples);
    free(out);
    return weighted / total;
}

// With filters scaled by 1.1, a tone of 1.1 f falls where f fell without, below the knee.
static void logmel_warp_moves_the_filters(void **state)
{
    (void)state;
    const double tones_hz[] = {700, 1500, 2500, 3800};
    const float warps[] = {0.9f, 1.1f};
    for (int w = 0; w < 2; w++)
        for (int i = 0; i < 4; i++) {
            double plain = centre_of_tone(1, tones_hz[i]);
            double warped = centre_of_tone(warps[w], tones_hz[i] * (double)warps[w]);
            assert_true(fabs(plain - warped) < 0.35);
            assert_true(fabs(plain - centre_of_tone(warps[w], tones_hz[i])) > 1.0);
        }
    // at the upper edge nothing moves
    assert_true(fabs(centre_of_tone(1, 7550) - centre_of_tone(1.1f, 7550)) < 0.35);
    assert_true(fabs(centre_of_tone(1, 7550) - centre_of_tone(0.9f, 7550)) < 0.35);
}

struct shared_logmel {
    const struct logmel *logmel;
    const float *samples, *expected;
    bool differs;
};

static void *logmel_again_and_again(void *argument)
{
    struct shared_logmel *shared = argument;
    for (int round = 0; round < 200; round++) {
        float *out = logmel_frames(shared->logmel, LOGMEL.mels, shared->samples, 10);
        size_t bytes = 10 * (size_t)LOGMEL.mels * sizeof *out;
        shared->differs |= memcmp(out, shared->expected, bytes) != 0;
        free(out);
    }
    return NULL;
}

// The tables are shared by all streams: two threads at once must not disturb each other.
static void logmel_tables_are_shared_by_threads(void **state)
{
    (void)state;
    struct logmel *logmel = logmel_create(&LOGMEL);
    struct shared_logmel shared[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        float *samples = noise(10 + (uint64_t)i, 1600, 0.5f);
        float *expected = logmel_frames(logmel, LOGMEL.mels, samples, 10);
        shared[i] = (struct shared_logmel){logmel, samples, expected, false};
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, logmel_again_and_again, &shared[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_false(shared[i].differs);
        free((void *)(uintptr_t)shared[i].samples);
        free((void *)(uintptr_t)shared[i].expected);
    }
    logmel_destroy(&logmel);
}

static void logmel_step_allocates_nothing(void **state)
{
    (void)state;
    const int sizes[] = {512, 1024, 2048, 4096};
    for (int s = 0; s < 4; s++) {
        struct logmel_config config = LOGMEL;
        config.fft_samples = sizes[s];
        struct logmel *logmel = logmel_create(&config);
        float *samples = noise(4, 160, 0.5f), *history = floats(logmel_history_size(logmel));
        float *scratch = floats(logmel_scratch_size(logmel)), out[80];
        size_t before = allocations_calls;
        assert_int_equal(before > 0, ALLOCATIONS_COUNTED);
        for (int t = 0; t < 10; t++)
            logmel_step(logmel, history, samples, scratch, out);
        assert_int_equal(allocations_calls, before);
        logmel_destroy(&logmel);
        free(samples);
        free(history);
        free(scratch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logmel_is_its_definition),
        cmocka_unit_test(logmel_of_silence_is_the_floor),
        cmocka_unit_test(logmel_is_causal_and_forgets),
        cmocka_unit_test(logmel_of_clipping_input_is_finite),
        cmocka_unit_test(logmel_warp_moves_the_filters),
        cmocka_unit_test(logmel_tables_are_shared_by_threads),
        cmocka_unit_test(logmel_step_allocates_nothing),
    };
    return cmocka_run_group_tests_name("logmel", tests, NULL, NULL);
}
