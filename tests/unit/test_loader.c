// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The loader plays each recording whole, once an epoch, and the same bits however it is run. */
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

// ---- the list

static void test_each_epoch_is_a_permutation(void **state)
{
    (void)state;
    const int counts[] = {1, 2, 3, 4, 5, 16, 17, 100, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (int64_t epoch = 0; epoch < 5; epoch++) {
            char seen[1000] = {0};
            for (int i = 0; i < counts[c]; i++) {
                int row = playlist_row(7, epoch * counts[c] + i, counts[c]);
                assert_in_range(row, 0, counts[c] - 1);
                assert_int_equal(seen[row]++, 0);
            }
        }
    }
}

// Every row comes equally often to every place: chi-squared of a 6 x 6 table, 25 free cells.
static void test_permutations_are_even(void **state)
{
    (void)state;
    enum { ROWS = 6, EPOCHS = 6000 };
    int times[ROWS][ROWS] = {0};
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++)
        for (int i = 0; i < ROWS; i++)
            times[i][playlist_row(3, epoch * ROWS + i, ROWS)]++;
    double chi2 = 0.0, expected = EPOCHS / ROWS;
    for (int i = 0; i < ROWS * ROWS; i++) {
        double off = times[i / ROWS][i % ROWS] - expected;
        chi2 += off * off / expected;
    }
    assert_true(chi2 < 52.6); // one in a thousand
}

// ---- what a window holds

// Finds the stretch of clip row in the endless signal of one stream.
static void assert_plays(const float *samples, int row, int frames)
{
    struct recording recording = {0};
    assert_int_equal(
        recording_read(&recording, corpus.rows[row].path, 16000, 480000, 0.0f, 0, NULL), 0);
    assert_int_equal(recording.count, clip_samples[row]);
    assert_int_equal(frames, clip_samples[row] / HOP);
    assert_memory_equal(samples, recording.samples, (size_t)frames * HOP * sizeof(float));
    recording_free(&recording);
}

// One stream, long enough for two epochs: each recording whole, end to end, each once an epoch.
static void test_streams_are_concatenations(void **state)
{
    (void)state;
    enum { WINDOWS = 30 };
    struct loader_config config = plain();
    config.streams = 1;
    struct loader *loader = loader_of(config, 0);
    static float samples[WINDOWS * 40 * HOP];
    static unsigned char begins[WINDOWS * 40 + 1];
    for (int i = 0; i < WINDOWS; i++) {
        const struct loader_batch *batch = next_of(loader);
        memcpy(samples + i * 40 * HOP, batch->samples[0], 40 * HOP * sizeof *samples);
        memcpy(begins + i * 40, batch->begins, 40);
        assert_int_equal(batch->fresh[0], batch->begins[0]);
        assert_int_equal(batch->window, i);
    }
    loader_destroy(&loader);
    assert_int_equal(begins[0], 1);
    for (int at = 0, n = 0; n < 2 * CLIPS; n++) {
        int end = at + 1;
        while (!begins[end])
            end++;
        assert_plays(samples + at * HOP, playlist_row(config.seed, n, CLIPS), end - at);
        at = end;
    }
}

static void test_streams_share_the_list(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.frames = 10; // as long as the shortest whole clips: every recording fills some window
    struct loader *loader = loader_of(config, 0);
    int64_t position[6] = {0};
    const struct loader_batch *batch = next_of(loader);
    for (int b = 0; b < 3; b++) {
        struct recording recording = {0};
        int row = playlist_row(config.seed, b, CLIPS), frames = clip_samples[row] / HOP;
        frames = frames < 10 ? frames : 10;
        assert_int_equal(
            recording_read(&recording, corpus.rows[row].path, 16000, 480000, 0.0f, 0, NULL), 0);
        assert_memory_equal(batch->samples[0] + b * 10 * HOP, recording.samples,
                            (size_t)frames * HOP * sizeof(float));
        recording_free(&recording);
    }
    loader_position(loader, position);
    for (int b = 0; b < 3; b++)
        assert_true(position[2 * b] > 0 || position[2 * b + 1] == 10);
    loader_destroy(&loader);
}

// recording[b] is the one with most frames in the window, the first of equals; near-silence before
// it is not heard.
static void test_recording_with_most_frames(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.streams = 1;
    for (int gaps = 0; gaps < 2; gaps++) {
        config.gap_probability = (float)gaps;
        config.gap_low_s = config.gap_high_s = 0.2f;
        struct loader *loader = loader_of(config, 0);
        int shared = 0;
        for (int i = 0, n = -1; i < 60; i++) {
            const struct loader_batch *batch = next_of(loader);
            int best = -1, most = 0;
            for (int t = 0, end; t < 40; t = end) {
                int heard = !batch->gap[t];
                n += batch->begins[t];
                for (end = t + 1; end < 40 && !batch->begins[end]; end++)
                    heard += !batch->gap[end];
                shared += t > 0;
                if (heard > most) {
                    most = heard;
                    best = playlist_row(config.seed, n, CLIPS);
                }
            }
            assert_int_equal(batch->recording[0], best);
        }
        assert_true(shared > 20);
        loader_destroy(&loader);
    }
}

// A recording that is listed twice, as balance does with small sources, is one.
static void test_rows_of_one_recording(void **state)
{
    (void)state;
    struct corpus_row rows[2 * CLIPS];
    for (int i = 0; i < 2 * CLIPS; i++)
        rows[i] = corpus.rows[i / 2]; // one after the other
    struct corpus twice = {.rows = rows, .count = 2 * CLIPS};
    struct loader_config config = plain();
    config.corpus = &twice;
    struct loader *loader = loader_of(config, 0);
    for (int i = 0; i < 40; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int b = 0; b < 3; b++)
            assert_int_equal(batch->recording[b] % 2, 0); // the first row of the two
    }
    loader_destroy(&loader);
}

// The log-mel of a recording does not know what was played before it.
static void test_features_begin_anew(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.streams = 1;
    config.frames = 1200;
    struct loader *loader = loader_of(config, 0);
    const struct loader_batch *batch = next_of(loader);
    struct logmel *logmel = logmel_create(&config.logmel);
    float history[400], scratch[2048], mels[MELS];
    assert_true(logmel_history_size(logmel) <= 400 && logmel_scratch_size(logmel) <= 2048);
    int begun = 0;
    for (int t = 0; t < 1200; t++) {
        begun += batch->begins[t];
        if (batch->begins[t])
            memset(history, 0, sizeof history);
        logmel_step(logmel, history, batch->samples[0] + t * HOP, scratch, mels);
        assert_memory_equal(mels, batch->features[0] + t * MELS, sizeof mels);
    }
    assert_true(begun > CLIPS);
    logmel_destroy(&logmel);
    loader_destroy(&loader);
}

static void test_recording_and_speaker(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.frames = 4;
    struct loader *loader = loader_of(config, 0);
    int of_row[CLIPS];
    memset(of_row, 0x7F, sizeof of_row);
    for (int i = 0; i < 400; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int b = 0; b < 3; b++)
            of_row[batch->recording[b]] = batch->speaker[b];
    }
    for (int i = 0; i < CLIPS; i++) // one frame is never most of a window
        if (i != 6 && of_row[i] != (const int[]){-1, 1, 0}[i % 3])
            fail_msg("recording %d: speaker %d", i, of_row[i]);
    loader_destroy(&loader);
}

// Long recordings: one stretch from a drawn place, then the next recording.
static void test_long_recordings_are_left(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.streams = 1;
    config.frames = 50;
    config.max_recording_s = 0.5f;
    struct loader *loader = loader_of(config, 0);
    struct recording whole = {0};
    int starts[8], found = 0;
    assert_int_equal(recording_read(&whole, corpus.rows[7].path, 16000, 480000, 0.0f, 0, NULL), 0);
    while (found < 8) {
        const struct loader_batch *batch = next_of(loader);
        for (int t = 0; t < 50; t++) {
            const float *samples = batch->samples[0] + t * HOP;
            for (int at = 0; batch->begins[t] && at + HOP <= 30000 && found < 8; at++)
                if (memcmp(whole.samples + at, samples, HOP * sizeof(float)) == 0)
                    starts[found++] = at;
        }
    }
    int different = 0;
    for (int i = 0; i < 8; i++) {
        assert_in_range(starts[i], 0, 30000 - 8000);
        different += i > 0 && starts[i] != starts[0];
    }
    assert_true(different >= 6);
    int64_t position[2];
    loader_position(loader, position);
    assert_true(position[1] < 50); // no recording holds the stream longer than half a second
    recording_free(&whole);
    loader_destroy(&loader);
}

static void test_views_differ_but_share_time(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.views = 2;
    config.augment[1] = (struct augment_config){.gain_db_low = -6.0f, .gain_db_high = -6.0f};
    config.augment[0].speed_probability = 1.0f;
    config.augment[0].speed_low = 1.05f;
    config.augment[0].speed_high = 1.1f;
    struct loader *loader = loader_of(config, 0);
    for (int i = 0; i < 10; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int at = 0; at < 3 * 40 * HOP; at++)
            if (fabsf(batch->samples[1][at] - 0.50118723f * batch->samples[0][at]) > 1e-6f)
                fail_msg("window %d, sample %d", i, at);
    }
    loader_destroy(&loader);
}

// Half of the recordings keep their vocal tract; the batch says which.
static void test_changed_voices_are_marked(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.augment[0].warp_low = config.augment[0].warp_high = 1.1f;
    config.augment[0].warp_probability = 0.5f;
    struct loader *loader = loader_of(config, 0);
    int marked = 0, plain_ones = 0;
    for (int i = 0; i < 40; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int at = 0; at < 3 * 40; at++) {
            if (at % 40 > 0 && !batch->begins[at]) // a mark holds for a whole recording
                assert_int_equal(batch->voice_changed[at], batch->voice_changed[at - 1]);
            marked += batch->voice_changed[at];
            plain_ones += !batch->voice_changed[at];
        }
    }
    assert_true(marked > 0 && plain_ones > 0);
    loader_destroy(&loader);
}

static void test_speed_changes_the_length(void **state)
{
    (void)state;
    struct loader_config config = plain();
    config.streams = 1;
    config.frames = 1000;
    config.augment[0].speed_probability = 1.0f;
    config.augment[0].speed_low = config.augment[0].speed_high = 1.25f;
    struct loader *loader = loader_of(config, 0);
    const struct loader_batch *batch = next_of(loader);
    for (int at = 0, n = 0; n < CLIPS; n++) {
        int row = playlist_row(config.seed, n, CLIPS), end = at + 1;
        while (end < 1000 && !batch->begins[end])
            end++;
        int frames = (int)(clip_samples[row] / (HOP * 1.25));
        assert_int_equal(end - at, frames ? frames : 1);
        at = end;
    }
    loader_destroy(&loader);
}

// A wav of another rate and a lossy format pass through as well.
static void test_other_formats(void **state)
{
    (void)state;
    char mixed_folder[] = "/tmp/auricle-mixed-XXXXXX";
    struct corpus mix = {0};
    struct loader_config config = plain();
    scratch_create(mixed_folder);
    scratch_audio(mixed_folder, "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 30000, 1);
    scratch_audio(mixed_folder, "b.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, 30000, 2);
    scratch_audio(mixed_folder, "c.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 60000, 3);
    assert_int_equal(corpus_add(&mix, mixed_folder, NULL, NULL), AURICLE_OK);
    config.corpus = &mix;
    config.max_recording_s = 0.8f;
    struct loader *loader = loader_of(config, 0);
    int seen[3] = {0};
    for (int i = 0; i < 20; i++) {
        const struct loader_batch *batch = next_of(loader);
        for (int b = 0; b < 3; b++)
            seen[batch->recording[b]]++;
    }
    assert_true(seen[0] > 5 && seen[1] > 5 && seen[2] > 5);
    assert_int_equal(loader_skipped(loader), 0);
    loader_destroy(&loader);
    corpus_free(&mix);
    scratch_destroy(mixed_folder);
}

// ---- the same bits

static uint64_t mixed(uint64_t hash, const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
    return hash;
}

// One number for all a batch says but its ordinal.
static uint64_t digest(const struct loader_config *config, const struct loader_batch *batch)
{
    uint64_t hash = 1;
    size_t streams = (size_t)config->streams, frames = streams * (size_t)config->frames;
    for (int view = 0; view < config->views; view++) {
        hash = mixed(hash, batch->features[view], frames * MELS * sizeof(float));
        hash = mixed(hash, batch->samples[view], frames * HOP * sizeof(float));
    }
    hash = mixed(hash, batch->fresh, streams);
    hash = mixed(hash, batch->begins, frames);
    hash = mixed(hash, batch->recording, streams * sizeof(int));
    return mixed(hash, batch->speaker, streams * sizeof(int));
}

static void digests(struct loader *loader, const struct loader_config *config, int count,
                    uint64_t *into)
{
    for (int i = 0; i < count; i++)
        into[i] = digest(config, next_of(loader));
}

static void test_threads_do_not_matter(void **state)
{
    (void)state;
    enum { WINDOWS = 25 };
    struct loader_config config = varied();
    uint64_t alone[WINDOWS], threaded[WINDOWS];
    struct loader *loader = loader_of(config, 0);
    digests(loader, &config, WINDOWS, alone);
    loader_destroy(&loader);
    for (int threads = 1; threads <= 5; threads += 2) {
        loader = loader_of(config, threads);
        digests(loader, &config, WINDOWS, threaded);
        loader_destroy(&loader);
        assert_memory_equal(alone, threaded, sizeof alone);
    }
}

static void test_seed_decides(void **state)
{
    (void)state;
    struct loader_config config = varied();
    uint64_t one[3], two[3];
    struct loader *loader = loader_of(config, 0);
    digests(loader, &config, 3, one);
    loader_destroy(&loader);
    config.seed++;
    loader = loader_of(config, 0);
    digests(loader, &config, 3, two);
    loader_destroy(&loader);
    assert_memory_not_equal(one, two, sizeof one);
}

static void check_resume(int threads, int saved_at)
{
    enum { AFTER = 6 };
    struct loader_config config = varied();
    uint64_t straight[AFTER], resumed[AFTER];
    int64_t position[6];
    struct loader *loader = loader_of(config, threads);
    for (int i = 0; i < saved_at; i++)
        next_of(loader);
    loader_position(loader, position);
    digests(loader, &config, AFTER, straight);
    // going back in the same loader, then in a new one
    assert_int_equal(loader_seek(loader, position, NULL), AURICLE_OK);
    digests(loader, &config, AFTER, resumed);
    assert_memory_equal(straight, resumed, sizeof straight);
    loader_destroy(&loader);
    loader = loader_of(config, threads);
    assert_int_equal(loader_seek(loader, position, NULL), AURICLE_OK);
    digests(loader, &config, AFTER, resumed);
    assert_memory_equal(straight, resumed, sizeof straight);
    loader_destroy(&loader);
}

static void test_resume_gives_the_same_bits(void **state)
{
    (void)state;
    for (int saved_at = 0; saved_at < 12; saved_at++)
        check_resume(saved_at % 3, saved_at);
}

static void test_bad_positions(void **state)
{
    (void)state;
    struct loader_config config = plain();
    struct loader *loader = loader_of(config, 0);
    int64_t negative[6] = {0, 0, 0, -1, 0, 0}, beyond[6] = {0, 0, 0, 100000, 0, 0}, begin[6] = {0};
    const struct loader_batch *batch;
    auricle_error error;
    assert_int_equal(loader_seek(loader, negative, &error), AURICLE_INVALID);
    assert_non_null(strstr(error.text, "stream 1"));
    assert_int_equal(loader_seek(loader, beyond, &error), AURICLE_OK);
    assert_int_equal(loader_next(loader, &batch, &error), AURICLE_MISMATCH);
    assert_non_null(strstr(error.text, "the recordings have changed"));
    assert_null(batch);
    assert_int_equal(loader_seek(loader, begin, &error), AURICLE_OK);
    assert_int_equal(loader_next(loader, &batch, &error), AURICLE_OK);
    loader_destroy(&loader);
}

int main(void)
{
#define WITH_CLIPS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_epoch_is_a_permutation),
        cmocka_unit_test(test_permutations_are_even),
        WITH_CLIPS(test_streams_are_concatenations),
        WITH_CLIPS(test_streams_share_the_list),
        WITH_CLIPS(test_recording_with_most_frames),
        WITH_CLIPS(test_rows_of_one_recording),
        WITH_CLIPS(test_features_begin_anew),
        WITH_CLIPS(test_recording_and_speaker),
        WITH_CLIPS(test_long_recordings_are_left),
        WITH_CLIPS(test_views_differ_but_share_time),
        WITH_CLIPS(test_changed_voices_are_marked),
        WITH_CLIPS(test_speed_changes_the_length),
        WITH_CLIPS(test_threads_do_not_matter),
        WITH_CLIPS(test_seed_decides),
        WITH_CLIPS(test_resume_gives_the_same_bits),
        WITH_CLIPS(test_bad_positions),
        WITH_CLIPS(test_other_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
