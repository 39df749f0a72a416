// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE // M_PI, setjmp for cmocka
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "signal/augment.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECOND = AUGMENT_RATE_HZ };

static void fill_tone(float *samples, int count, double hz, double amplitude)
{
    for (int i = 0; i < count; i++)
        samples[i] = (float)(amplitude * sin(2.0 * M_PI * hz * i / SECOND));
}

static void fill_noise(float *samples, int count, uint64_t seed, float amplitude)
{
    struct random random = random_seeded(seed);
    for (int i = 0; i < count; i++)
        samples[i] = random_between(&random, -amplitude, amplitude);
}

static double power(const float *samples, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum / count;
}

static double power_db(const float *samples, int count)
{
    return 10.0 * log10(power(samples, count) + 1e-30);
}

// Power of the part at one frequency.
static double tone_db(const float *samples, int count, double hz)
{
    double real = 0.0, imaginary = 0.0;
    for (int i = 0; i < count; i++) {
        real += (double)samples[i] * cos(2.0 * M_PI * hz * i / SECOND);
        imaginary += (double)samples[i] * sin(2.0 * M_PI * hz * i / SECOND);
    }
    return 10.0 * log10(2.0 * (real * real + imaginary * imaginary) / count / count + 1e-30);
}

static struct augment *drawn(const struct augment_config *config, uint64_t seed)
{
    struct random random = random_seeded(seed);
    struct augment *augment = augment_draw(config, NULL, 0, &random);
    assert_non_null(augment);
    return augment;
}

static const struct augment_config everything = {
    .gain_db_low = -6.0f,
    .gain_db_high = 6.0f,
    .noise_probability = 1.0f,
    .noise_snr_db_low = 5.0f,
    .noise_snr_db_high = 20.0f,
    .reverb_probability = 1.0f,
    .reverb_t60_low_s = 0.2f,
    .reverb_t60_high_s = 0.6f,
    .telephone_probability = 1.0f,
    .mulaw_probability = 1.0f,
};

static void test_nothing_asked_nothing_changed(void **state)
{
    (void)state;
    const struct augment_config none = {0};
    float samples[SECOND / 10], before[SECOND / 10];
    fill_noise(samples, SECOND / 10, 1, 0.9f);
    memcpy(before, samples, sizeof samples);
    struct augment *augment = drawn(&none, 2);
    assert_true(augment_speed(augment) == 1.0f);
    assert_true(augment_warp(augment) == 1.0f);
    augment_apply(augment, samples, SECOND / 10);
    augment_destroy(&augment);
    assert_null(augment);
    assert_memory_equal(samples, before, sizeof samples);
}

static void test_any_cutting_gives_the_same_bits(void **state)
{
    (void)state;
    static float whole[2 * SECOND], cut[2 * SECOND];
    fill_noise(whole, 2 * SECOND, 3, 0.5f);
    memcpy(cut, whole, sizeof whole);
    struct augment *a = drawn(&everything, 4), *b = drawn(&everything, 4);
    augment_apply(a, whole, 2 * SECOND);
    struct random random = random_seeded(5);
    for (size_t at = 0, take; at < 2 * SECOND; at += take) {
        take = (size_t)random_below(&random, 400);
        if (take > 2 * SECOND - at)
            take = 2 * SECOND - at;
        augment_apply(b, cut + at, take);
    }
    augment_destroy(&a);
    augment_destroy(&b);
    assert_memory_equal(whole, cut, sizeof whole);
}

static void test_seed_decides(void **state)
{
    (void)state;
    static float first[SECOND], again[SECOND], other[SECOND];
    fill_noise(first, SECOND, 3, 0.5f);
    memcpy(again, first, sizeof first);
    memcpy(other, first, sizeof first);
    struct augment *a = drawn(&everything, 7), *b = drawn(&everything, 7),
                   *c = drawn(&everything, 8);
    augment_apply(a, first, SECOND);
    augment_apply(b, again, SECOND);
    augment_apply(c, other, SECOND);
    augment_destroy(&a);
    augment_destroy(&b);
    augment_destroy(&c);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

// Later samples never reach back.
static void test_causal(void **state)
{
    (void)state;
    static float one[SECOND], two[SECOND];
    fill_noise(one, SECOND, 3, 0.5f);
    memcpy(two, one, sizeof one);
    two[SECOND / 2] = 0.9f;
    struct augment *a = drawn(&everything, 9), *b = drawn(&everything, 9);
    augment_apply(a, one, SECOND);
    augment_apply(b, two, SECOND);
    augment_destroy(&a);
    augment_destroy(&b);
    assert_memory_equal(one, two, SECOND / 2 * sizeof *one);
    assert_memory_not_equal(one + SECOND / 2, two + SECOND / 2, SECOND / 2 * sizeof *one);
}

static void test_gain_is_in_decibels_and_clips(void **state)
{
    (void)state;
    const struct augment_config config = {.gain_db_low = 20.0f, .gain_db_high = 20.0f};
    float samples[] = {0.05f, -0.05f, 0.5f, -0.5f};
    struct augment *augment = drawn(&config, 1);
    augment_apply(augment, samples, 4);
    augment_destroy(&augment);
    assert_true(fabsf(samples[0] - 0.5f) < 1e-6f && fabsf(samples[1] + 0.5f) < 1e-6f);
    assert_true(samples[2] == 1.0f && samples[3] == -1.0f);
}

// Noise comes at the asked distance below the recording, coloured or recorded, level given or
// heard.
static void check_snr(const float *noise, size_t noise_count, bool level_given)
{
    static float samples[4 * SECOND], clean[4 * SECOND];
    for (uint64_t seed = 0; seed < 6; seed++) {
        const struct augment_config config = {
            .noise_probability = 1.0f, .noise_snr_db_low = 10.0f, .noise_snr_db_high = 10.0f};
        struct random random = random_seeded(seed);
        fill_tone(clean, 4 * SECOND, 440.0, 0.1);
        memcpy(samples, clean, sizeof clean);
        struct augment *augment = augment_draw(&config, noise, noise_count, &random);
        if (level_given)
            augment_set_level(augment, (float)sqrt(power(clean, 4 * SECOND)));
        augment_apply(augment, samples, 4 * SECOND);
        augment_destroy(&augment);
        for (int i = 0; i < 4 * SECOND; i++)
            samples[i] -= clean[i];
        double snr = power_db(clean, 4 * SECOND) - power_db(samples, 4 * SECOND);
        // a signal near brown has few independent samples: 4 s tell its power to about 1 dB
        if (fabs(snr - 10.0) > 1.5)
            fail_msg("seed %d: SNR %.2f dB", (int)seed, snr);
    }
}

static void test_noise_has_the_ratio_asked(void **state)
{
    (void)state;
    static float noise[SECOND / 3];
    fill_noise(noise, SECOND / 3, 11, 0.02f);
    check_snr(NULL, 0, true);
    check_snr(NULL, 0, false);
    check_snr(noise, SECOND / 3, true);
    check_snr(noise, SECOND / 3, false);
}

// A recording of digital silence cannot be brought to any level: coloured noise stands in.
static void test_silent_noise_recording(void **state)
{
    (void)state;
    static float silence[1000];
    check_snr(silence, 1000, true);
}

// Schroeder 1965: the energy still to come falls by 60 dB in the time asked.
static void test_reverb_decays_as_asked(void **state)
{
    (void)state;
    static float response[2 * SECOND];
    static double left[2 * SECOND + 1];
    double early = 0.0;
    for (int step = 0; step < 4; step++) {
        float asked_s = 0.2f + 0.2f * (float)step;
        const struct augment_config config = {
            .reverb_probability = 1.0f, .reverb_t60_low_s = asked_s, .reverb_t60_high_s = asked_s};
        struct augment *augment = drawn(&config, 20 + (uint64_t)step);
        memset(response, 0, sizeof response);
        response[0] = 0.5f;
        augment_apply(augment, response, 2 * SECOND);
        augment_destroy(&augment);
        early += power(response + 1, 142); // the tail begins after 9 ms
        for (int i = 2 * SECOND - 1; i >= 0; i--)
            left[i] = left[i + 1] + (double)response[i] * (double)response[i];
        int start = SECOND / 20, end = start; // past the first reflections, 20 dB down from there
        while (end < 2 * SECOND && left[end] > 0.01 * left[start])
            end++;
        double t60_s = 3.0 * (end - start) / SECOND;
        // high frequencies are meant to go sooner, so the whole may too
        if (t60_s < 0.45 * (double)asked_s || t60_s > 1.15 * (double)asked_s)
            fail_msg("asked %.2f s, decays in %.2f s", (double)asked_s, t60_s);
    }
    assert_true(early > 0.0); // drawn reflections come before
}

static void test_reverb_keeps_the_level(void **state)
{
    (void)state;
    static float samples[2 * SECOND];
    for (uint64_t seed = 0; seed < 8; seed++) {
        const struct augment_config config = {
            .reverb_probability = 1.0f, .reverb_t60_low_s = 0.15f, .reverb_t60_high_s = 0.8f};
        fill_noise(samples, 2 * SECOND, seed, 0.1f);
        double before = power_db(samples, 2 * SECOND);
        struct augment *augment = drawn(&config, seed);
        augment_apply(augment, samples, 2 * SECOND);
        augment_destroy(&augment);
        double change = power_db(samples, 2 * SECOND) - before;
        if (fabs(change) > 4.0)
            fail_msg("seed %d: the level changes by %.1f dB", (int)seed, change);
    }
}

static double telephone_gain_db(double hz, bool mulaw)
{
    static float samples[SECOND];
    const struct augment_config config = {.telephone_probability = 1.0f,
                                          .mulaw_probability = mulaw ? 1.0f : 0.0f};
    fill_tone(samples, SECOND, hz, 0.5);
    struct augment *augment = drawn(&config, 1);
    augment_apply(augment, samples, SECOND);
    augment_destroy(&augment);
    return tone_db(samples + SECOND / 2, SECOND / 2, hz) - 20.0 * log10(0.5 * sqrt(0.5));
}

static void test_telephone_band(void **state)
{
    (void)state;
    assert_true(fabs(telephone_gain_db(1000.0, false)) < 0.5);
    assert_true(fabs(telephone_gain_db(1000.0, true)) < 0.5);
    assert_true(telephone_gain_db(400.0, false) > -3.0);
    assert_true(telephone_gain_db(3200.0, false) > -3.0);
    assert_true(telephone_gain_db(100.0, false) < -30.0);
    assert_true(telephone_gain_db(5000.0, false) < -60.0);
    assert_true(telephone_gain_db(7000.0, false) < -60.0);
}

// Nothing above the band comes back from the 8 kHz line, also not as an image.
static void test_telephone_has_no_images(void **state)
{
    (void)state;
    static float samples[SECOND];
    const struct augment_config config = {.telephone_probability = 1.0f};
    fill_tone(samples, SECOND, 2000.0, 0.5);
    struct augment *augment = drawn(&config, 1);
    augment_apply(augment, samples, SECOND);
    augment_destroy(&augment);
    double image = tone_db(samples + SECOND / 2, SECOND / 2, 6000.0);
    assert_true(image < -60.0);
}

// libsndfile's own mu-law coder, for every 16-bit sample.
static void test_mulaw_is_g711(void **state)
{
    (void)state;
    enum { VALUES = 65535 };
    static short in[VALUES], out[VALUES];
    char path[] = "/tmp/auricle-mulaw-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    for (int i = 0; i < VALUES; i++)
        in[i] = (short)(i - 32767);
    SF_INFO info = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_ULAW};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_write_short(file, in, VALUES), VALUES);
    sf_close(file);
    file = sf_open(path, SFM_READ, &info);
    assert_int_equal(sf_read_short(file, out, VALUES), VALUES);
    sf_close(file);
    unlink(path);
    for (int i = 0; i < VALUES; i++) {
        // libsndfile drops the two lowest bits first, the 14 bits of the standard
        int fourteen = in[i] < 0 ? -(-in[i] / 4 * 4) : in[i] / 4 * 4;
        int ours = (int)lrintf(augment_mulaw((float)fourteen / 32768.0f) * 32768.0f);
        if (ours != out[i])
            fail_msg("%d comes back as %d, not %d", in[i], ours, out[i]);
    }
}

static void test_mulaw_is_stable(void **state)
{
    (void)state;
    for (int i = -32768; i <= 32768; i++) {
        float once = augment_mulaw((float)i / 32768.0f);
        assert_true(augment_mulaw(once) == once);
        assert_true(augment_mulaw(-(float)i / 32768.0f) == -once);
        // 16 steps a doubling: half a step is at most 1/32 of the sample with its bias, 132
        float half_step = (fabsf((float)i) + 132.0f) / 32.0f / 32768.0f;
        assert_true(fabsf(once - (float)i / 32768.0f) <= half_step);
    }
}

static void test_speed_moves_a_tone(void **state)
{
    (void)state;
    static float in[2 * SECOND], out[SECOND];
    fill_tone(in, 2 * SECOND, 500.0, 0.5);
    double phase = 0.0;
    size_t used = 0;
    for (int at = 0, take; at < 16000; at += take) {
        take = at + 37 < 16000 ? 37 : 16000 - at;
        used += augment_speed_block(1.1f, &phase, in + used, out + at, (size_t)take);
    }
    double expected = 16000.0 * (double)1.1f;
    assert_true(fabs((double)used + phase - expected) < 1e-3);
    assert_true(tone_db(out, 16000, 550.0) > power_db(out, 16000) - 0.05);
    assert_true(fabs(power_db(out, 16000) - power_db(in, 16000)) < 0.1);
}

static void test_speed_one_is_exact(void **state)
{
    (void)state;
    float in[200], out[160];
    fill_noise(in, 200, 1, 1.0f);
    double phase = 0.0;
    assert_int_equal(augment_speed_block(1.0f, &phase, in, out, 160), 160);
    assert_memory_equal(out, in + 1, sizeof out);
}

static void test_silence_stays_finite_and_quiet(void **state)
{
    (void)state;
    static float samples[4 * SECOND];
    struct augment *augment = drawn(&everything, 1);
    memset(samples, 0, sizeof samples);
    samples[0] = 1.0f;
    for (int minute = 0; minute < 5; minute++) {
        augment_apply(augment, samples, 4 * SECOND);
        for (int i = 0; i < 4 * SECOND; i++)
            assert_true(fabsf(samples[i]) <= 1.0f);
        memset(samples, 0, sizeof samples);
    }
    augment_destroy(&augment);
}

static void test_defaults_are_in_range(void **state)
{
    (void)state;
    const struct augment_config config = augment_config_default();
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct augment *augment = drawn(&config, seed);
        float warp = augment_warp(augment), speed = augment_speed(augment);
        augment_destroy(&augment);
        assert_true(warp >= config.warp_low && warp < config.warp_high);
        assert_true(speed == 1.0f || (speed >= config.speed_low && speed < config.speed_high));
    }
}

// Also without the chance of it, a warp takes nothing from the other draws.
static void test_warp_has_a_probability(void **state)
{
    (void)state;
    struct augment_config config = augment_config_default();
    int warped = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        config.warp_probability = 1.0f;
        struct augment *always = drawn(&config, seed);
        config.warp_probability = 0.25f;
        struct augment *seldom = drawn(&config, seed);
        assert_true(augment_speed(seldom) == augment_speed(always));
        assert_true(augment_warp(seldom) == 1.0f || augment_warp(seldom) == augment_warp(always));
        warped += augment_warp(seldom) != 1.0f;
        augment_destroy(&always);
        augment_destroy(&seldom);
    }
    assert_in_range(warped, 65, 135); // 100 +- 4 deviations
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_asked_nothing_changed),
        cmocka_unit_test(test_any_cutting_gives_the_same_bits),
        cmocka_unit_test(test_seed_decides),
        cmocka_unit_test(test_causal),
        cmocka_unit_test(test_gain_is_in_decibels_and_clips),
        cmocka_unit_test(test_noise_has_the_ratio_asked),
        cmocka_unit_test(test_silent_noise_recording),
        cmocka_unit_test(test_reverb_decays_as_asked),
        cmocka_unit_test(test_reverb_keeps_the_level),
        cmocka_unit_test(test_telephone_band),
        cmocka_unit_test(test_telephone_has_no_images),
        cmocka_unit_test(test_mulaw_is_g711),
        cmocka_unit_test(test_mulaw_is_stable),
        cmocka_unit_test(test_speed_moves_a_tone),
        cmocka_unit_test(test_speed_one_is_exact),
        cmocka_unit_test(test_silence_stays_finite_and_quiet),
        cmocka_unit_test(test_defaults_are_in_range),
        cmocka_unit_test(test_warp_has_a_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
