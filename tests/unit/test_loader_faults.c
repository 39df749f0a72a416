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
#include "data/playlist.h"
#include "data/recording.h"

#include <math.h>
#include <unistd.h>

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

// A flac of that many samples of noise, with a hole in the midst.
static void write_damaged(const char *name, int count)
{
    char path[PATH_MAX];
    struct stat whole;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    scratch_audio(folder, name, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, count, 9);
    assert_int_equal(stat(path, &whole), 0);
    FILE *file = fopen(path, "r+b");
    assert_true(file && fseek(file, (long)whole.st_size / 2, SEEK_SET) == 0);
    assert_int_equal(fwrite((char[400]){0}, 1, 400, file), 400);
    fclose(file);
}

// The corpus with one more recording, listed often, as balancing lists a long one.
static struct corpus with_repeats(const char *name, int times)
{
    char path[PATH_MAX];
    struct corpus one = {0}, all = {.rows = calloc((size_t)(CLIPS + times), sizeof *all.rows)};
    assert_non_null(all.rows);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(corpus_add(&one, path, NULL, NULL), AURICLE_OK);
    memcpy(all.rows, corpus.rows, CLIPS * sizeof *all.rows);
    for (int i = 0; i < times; i++)
        all.rows[CLIPS + i] = one.rows[0];
    all.count = CLIPS + times;
    free(one.rows);
    return all;
}

static void repeats_free(struct corpus *all)
{
    free((void *)(uintptr_t)all->rows[CLIPS].path);
    free(all->rows);
}

// Frames that a batch after another holds of that recording and its repeats.
static int heard_of(const struct loader_config *config, int threads, double *sum)
{
    int frames = 0;
    struct loader *loader = loader_of(*config, threads);
    *sum = 0;
    for (int i = 0; i < 40; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int b = 0; b < config->streams; b++)
            frames += batch->recording[b] >= CLIPS;
        for (int s = 0; s < config->streams * config->frames * HOP; s++)
            *sum += s * (double)batch->samples[0][s];
    }
    assert_int_equal(loader_skipped(loader), 1);
    loader_destroy(&loader);
    return frames;
}

static void test_a_damaged_recording_is_named_once(void **state)
{
    (void)state;
    write_damaged("hole.flac", 32000);
    struct corpus repeats = with_repeats("hole.flac", 3);
    struct loader_config config = plain();
    double sum;
    int lines = 0;
    config.corpus = &repeats;
    config.log = log_line;
    config.log_user = &lines;
    for (int threads = 0; threads < 3; threads++) {
        lines = 0;
        *logged = '\0';
        assert_int_equal(heard_of(&config, threads, &sum), 0);
        assert_int_equal(lines, 1);
        assert_non_null(strstr(logged, "hole.flac"));
        assert_non_null(strstr(logged, "it is damaged at"));
    }
    repeats_free(&repeats);
}

// Of a long one what can be read is played, the same whoever comes upon the damage first.
static void test_a_long_damaged_recording_is_used_where_it_can(void **state)
{
    (void)state;
    char path[PATH_MAX];
    scratch_audio(folder, "long.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 160000, 9);
    snprintf(path, sizeof path, "%s/long.flac", folder);
    assert_int_equal(truncate(path, 150000), 0); // of some 300 kB
    struct corpus repeats = with_repeats("long.flac", 8);
    struct loader_config config = plain();
    double sums[3];
    int lines, heard[3];
    config.corpus = &repeats;
    config.max_recording_s = 2.0f;
    config.log = log_line;
    config.log_user = &lines;
    for (int threads = 0; threads < 3; threads++) {
        lines = 0;
        heard[threads] = heard_of(&config, threads, &sums[threads]);
        assert_int_equal(lines, 1);
        assert_true(heard[threads] > 0);
        assert_int_equal(heard[threads], heard[0]);
        assert_true(sums[threads] == sums[0]);
    }
    repeats_free(&repeats);
}

// However often another place of it is tried.
static void test_of_a_long_recording_nothing_can_be_read(void **state)
{
    (void)state;
    char path[PATH_MAX];
    const struct loader_batch *batch;
    auricle_error error;
    scratch_audio(folder, "long.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 160000, 9);
    snprintf(path, sizeof path, "%s/long.flac", folder);
    assert_int_equal(truncate(path, 1000), 0);
    struct corpus alone = {0};
    struct loader_config config = plain();
    assert_int_equal(corpus_add(&alone, path, NULL, NULL), AURICLE_OK);
    config.corpus = &alone;
    config.max_recording_s = 2.0f;
    struct loader *loader = loader_of(config, 0);
    assert_int_equal(loader_next(loader, &batch, &error), AURICLE_IO);
    assert_string_equal(error.text, "none of the 1 recordings can be read");
    loader_destroy(&loader);
    corpus_free(&alone);
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
        WITH_CLIPS(test_a_damaged_recording_is_named_once),
        WITH_CLIPS(test_a_long_damaged_recording_is_used_where_it_can),
        WITH_CLIPS(test_of_a_long_recording_nothing_can_be_read),
        WITH_CLIPS(test_resume_in_a_lost_recording),
        WITH_CLIPS(test_nothing_can_be_read),
        WITH_CLIPS(test_unreadable_noise_is_named),
        WITH_CLIPS(test_destroy_while_busy),
        WITH_CLIPS(test_bad_configs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
