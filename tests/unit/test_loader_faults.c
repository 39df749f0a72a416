// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings that cannot be read, settings that make no sense, an end at any time. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loader_clips.h"
#include "train/playlist.h"
#include "train/recording.h"

#include <math.h>

static char logged[4096];

static void log_line(void *user, const char *line)
{
    ++*(int *)user;
    strncat(logged, line, sizeof logged - strlen(logged) - 2);
    strcat(logged, "\n");
}

static void check_casualties(int threads)
{
    struct corpus broken = {0};
    struct loader_config config = plain();
    int lines = 0;
    assert_int_equal(corpus_add(&broken, folder, NULL, NULL), AURICLE_OK);
    assert_int_equal(broken.count, CLIPS);
    scratch_text(folder, "1.wav", "this is no audio");
    scratch_text(folder, "5.wav", "");
    scratch_audio(folder, "8.wav", 0, 16000, HOP - 1, 1);
    config.corpus = &broken;
    config.log = log_line;
    config.log_user = &lines;
    *logged = '\0';
    struct loader *loader = loader_of(config, threads);
    for (int i = 0; i < 60; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int b = 0; b < 3; b++)
            assert_true(batch->recording[b] != 1 && batch->recording[b] != 5 &&
                        batch->recording[b] != 8);
    }
    assert_int_equal(loader_skipped(loader), 3);
    assert_int_equal(lines, 3);
    assert_non_null(strstr(logged, "1.wav"));
    assert_non_null(strstr(logged, "5.wav"));
    assert_non_null(strstr(logged, "8.wav: 159 samples"));
    loader_destroy(&loader);
    corpus_free(&broken);
}

static void test_unreadable_recordings_are_passed_over(void **state)
{
    (void)state;
    check_casualties(0);
    check_casualties(2);
}

// The run stood within a recording that has become unreadable since: the next one is played whole.
static void test_resume_in_a_lost_recording(void **state)
{
    (void)state;
    struct loader_config config = plain();
    char name[32];
    int row = playlist_row(config.seed, 0, CLIPS), after = playlist_row(config.seed, 3, CLIPS);
    struct recording recording = {0};
    assert_int_equal(
        recording_read(&recording, corpus.rows[after].path, 16000, 480000, 0.0f, 0, NULL), 0);
    snprintf(name, sizeof name, "%s", strrchr(corpus.rows[row].path, '/') + 1);
    scratch_text(folder, name, "no audio");
    struct loader *loader = loader_of(config, 0);
    assert_int_equal(loader_seek(loader, (int64_t[6]){0, 1}, NULL), AURICLE_OK);
    const struct loader_batch *batch = next_of(loader);
    assert_int_equal(batch->fresh[0], 1);
    assert_memory_equal(batch->samples[0], recording.samples, HOP * sizeof(float));
    recording_free(&recording);
    loader_destroy(&loader);
}

static void test_nothing_can_be_read(void **state)
{
    (void)state;
    for (int i = 0; i < CLIPS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.wav", i);
        scratch_text(folder, name, "no audio");
    }
    for (int threads = 0; threads < 3; threads++) {
        struct loader *loader = loader_of(plain(), threads);
        const struct loader_batch *batch;
        auricle_error error;
        for (int again = 0; again < 2; again++) {
            assert_int_equal(loader_next(loader, &batch, &error), AURICLE_IO);
            assert_string_equal(error.text, "none of the 9 recordings can be read");
        }
        assert_int_equal(loader_skipped(loader), CLIPS);
        loader_destroy(&loader);
    }
}

static void test_unreadable_noise_is_named(void **state)
{
    (void)state;
    struct loader_config config = varied();
    int lines = 0;
    config.log = log_line;
    config.log_user = &lines;
    *logged = '\0';
    scratch_text(noise_folder, "hum.flac", "no audio");
    struct loader *loader = loader_of(config, 0);
    assert_int_equal(lines, 1);
    assert_non_null(strstr(logged, "hum.flac"));
    next_of(loader);
    assert_int_equal(loader_skipped(loader), 1);
    loader_destroy(&loader);
}

static void test_destroy_while_busy(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct loader *loader = loader_of(varied(), 3);
        if (i % 2)
            next_of(loader);
        loader_destroy(&loader);
        assert_null(loader);
    }
}

static void assert_config_refused(struct loader_config config, const char *part)
{
    struct loader *loader;
    auricle_error error;
    assert_int_equal(loader_create(&config, &loader, &error), AURICLE_INVALID);
    if (!strstr(error.text, part))
        fail_msg("\"%s\" does not say \"%s\"", error.text, part);
    assert_null(loader);
}

static void test_bad_configs(void **state)
{
    (void)state;
    struct corpus empty = {0};
    struct loader_config config = plain();
    config.corpus = &empty;
    assert_config_refused(config, "the corpus is empty");
    config = plain();
    config.streams = 0;
    assert_config_refused(config, "0 streams");
    config = plain();
    config.views = 3;
    assert_config_refused(config, "3 views");
    config = plain();
    config.logmel.sample_rate_hz = 8000;
    assert_config_refused(config, "8000 Hz");
    config = plain();
    config.augment[0].warp_low = 0.1f;
    config.augment[0].warp_high = 1.1f;
    assert_config_refused(config, "the warp factor from 0.1 to 1.1");
    config = plain();
    config.augment[0].speed_low = config.augment[0].speed_high = NAN;
    assert_config_refused(config, "the speed");
}

int main(void)
{
#define WITH_CLIPS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_CLIPS(test_unreadable_recordings_are_passed_over),
        WITH_CLIPS(test_resume_in_a_lost_recording),
        WITH_CLIPS(test_nothing_can_be_read),
        WITH_CLIPS(test_unreadable_noise_is_named),
        WITH_CLIPS(test_destroy_while_busy),
        WITH_CLIPS(test_bad_configs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
