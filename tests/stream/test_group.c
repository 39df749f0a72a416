// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Streams of a group hear what they would hear alone, from one thread or from many. */
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <auricle/group.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 6, CHANNELS = 2, SAMPLES = 24000, MOST_FRAMES = SAMPLES / 80 + 8 };

/** What one thread feeds: CHANNELS streams in step, each with a sound of its own. */
struct caller {
    auricle_group *group;
    const auricle_model *model;
    int rate_hz, dim;
    float *sound[CHANNELS], *heard[CHANNELS]; // [frames][dim]
    auricle_stream *streams[CHANNELS];
    size_t frames, pause_after; // pause_after > 0: feeds no more from that sample on
};

// In this program a group's waits either end at once or have no end, so that no result depends on
// how fast the machine is.
static struct {
    bool patient; // waits have no end
    atomic_int count;
    double deadline_us;
} waits;

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *deadline)
{
    if (waits.patient)
        return pthread_cond_wait(condition, mutex);
    waits.count++;
    waits.deadline_us = 1e6 * (double)deadline->tv_sec + 1e-3 * (double)deadline->tv_nsec;
    return ETIMEDOUT;
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static void caller_open(struct caller *caller, auricle_group *group, auricle_model *model,
                        int rate_hz, int number)
{
    auricle_model_info info;
    const auricle_stream_config config = {.sample_rate_hz = rate_hz, .grouped = true};
    auricle_model_get_info(model, &info);
    *caller =
        (struct caller){.group = group, .model = model, .rate_hz = rate_hz, .dim = info.frame_dim};
    for (int c = 0; c < CHANNELS; c++) {
        caller->sound[c] = fixture_sound(SAMPLES, rate_hz, (unsigned long)(10 * number + c));
        caller->heard[c] = calloc((size_t)MOST_FRAMES * (size_t)info.frame_dim, sizeof(float));
        assert_non_null(caller->heard[c]);
        assert_int_equal(auricle_stream_create(model, &config, &caller->streams[c], NULL), 0);
    }
}

static void caller_close(struct caller *caller)
{
    for (int c = 0; c < CHANNELS; c++) {
        auricle_stream_destroy(&caller->streams[c]);
        free(caller->sound[c]);
        free(caller->heard[c]);
    }
}

static void keep(struct caller *caller, const auricle_frame *frames)
{
    for (int c = 0; c < CHANNELS; c++)
        memcpy(caller->heard[c] + caller->frames * (size_t)caller->dim, frames[c].vector,
               (size_t)caller->dim * sizeof(float));
    caller->frames++;
}

// Everything to the end, in pieces; no cmocka in here: it is not for other threads.
static void *feed_all(void *argument)
{
    struct caller *caller = argument;
    const size_t end = caller->pause_after ? caller->pause_after : SAMPLES;
    auricle_frame frames[CHANNELS];
    for (size_t at = 0, consumed; at < end; at += consumed) {
        const size_t piece = 1 + at % 700;
        const float *from[CHANNELS];
        for (int c = 0; c < CHANNELS; c++)
            from[c] = caller->sound[c] + at;
        if (auricle_group_feed(caller->group, CHANNELS, caller->streams, from,
                               end - at < piece ? end - at : piece, &consumed, frames))
            abort();
        if (frames[0].vector)
            keep(caller, frames);
    }
    while (!caller->pause_after) {
        auricle_group_drain(caller->group, CHANNELS, caller->streams, frames);
        if (!frames[0].vector)
            break;
        keep(caller, frames);
    }
    return NULL;
}

static void *feed_all_and_leave(void *argument)
{
    struct caller *caller = argument;
    feed_all(caller);
    auricle_group_join(caller->group, -CHANNELS);
    return NULL;
}

// Every channel alone through a stream of its own gives the same bits.
static void check_heard(const struct caller *caller, auricle_model *model)
{
    const auricle_stream_config config = {.sample_rate_hz = caller->rate_hz};
    for (int c = 0; c < CHANNELS; c++) {
        auricle_stream *alone;
        size_t frames;
        assert_int_equal(auricle_stream_create(model, &config, &alone, NULL), 0);
        float *expected = fixture_run(alone, caller->dim, caller->sound[c], SAMPLES, 0, &frames);
        assert_int_equal(caller->frames, frames);
        assert_memory_equal(caller->heard[c], expected,
                            frames * (size_t)caller->dim * sizeof(float));
        free(expected);
        auricle_stream_destroy(&alone);
    }
}

static void run_threads(const auricle_group_config *config, enum fixture_kind kind)
{
    struct fixture fixture;
    struct caller callers[THREADS];
    pthread_t threads[THREADS];
    auricle_group *group;
    auricle_group_counts counts;
    waits.patient = true;
    fixture_create(&fixture, kind);
    assert_int_equal(auricle_group_create(fixture.model, config, &group, NULL), 0);
    auricle_group_join(group, THREADS * CHANNELS);
    for (int i = 0; i < THREADS; i++)
        caller_open(&callers[i], group, fixture.model, i % 3 == 2 ? 8000 : 16000, i);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, feed_all_and_leave, &callers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    uint64_t frames = 0, longest = 0;
    for (int i = 0; i < THREADS; i++) {
        check_heard(&callers[i], fixture.model);
        frames += CHANNELS * callers[i].frames;
        longest = callers[i].frames > longest ? callers[i].frames : longest;
        caller_close(&callers[i]);
    }
    auricle_group_get_counts(group, &counts);
    assert_int_equal(counts.frames, frames);
    assert_in_range(counts.rounds, 1, frames / CHANNELS);
    if (config->wait_us) // each round was of everybody who still had frames
        assert_int_equal(counts.rounds, longest);
    auricle_group_unref(&group);
    fixture_destroy(&fixture);
}

static void threads_hear_what_they_would_alone(void **state)
{
    (void)state;
    run_threads(&(auricle_group_config){.shared = true}, FIXTURE_LOGMEL_GRU);
    run_threads(&(auricle_group_config){.shared = true, .batch = 3}, FIXTURE_WAVEFORM_LSTM);
    run_threads(&(auricle_group_config){.shared = true, .wait_us = 2000}, FIXTURE_LOGMEL_LSTM);
}

static void a_private_group_is_the_same_for_one_thread(void **state)
{
    (void)state;
    struct fixture fixture;
    struct caller caller;
    auricle_group *group;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    for (int batch = 1; batch <= 3; batch++) {
        const auricle_group_config config = {.batch = batch};
        assert_int_equal(auricle_group_create(fixture.model, &config, &group, NULL), 0);
        caller_open(&caller, group, fixture.model, 8000, 1);
        feed_all(&caller);
        check_heard(&caller, fixture.model);
        caller_close(&caller);
        auricle_group_unref(&group);
    }
    fixture_destroy(&fixture);
}

// A member that feeds no more is waited for, and then gone without.
static void a_dead_stream_holds_nobody_up(void **state)
{
    (void)state;
    enum { WAIT_US = 1000 };
    const auricle_group_config config = {.shared = true, .wait_us = WAIT_US};
    struct fixture fixture;
    struct caller live, dead;
    auricle_group *group;
    auricle_group_counts counts;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    assert_int_equal(auricle_group_create(fixture.model, &config, &group, NULL), 0);
    auricle_group_join(group, 2 * CHANNELS);
    caller_open(&live, group, fixture.model, 16000, 1);
    caller_open(&dead, group, fixture.model, 16000, 2);
    dead.pause_after = 160;
    waits.patient = false;
    feed_all(&dead);
    waits.count = 0;
    feed_all(&live);
    assert_int_equal(waits.count, live.frames);
    const double before = now_us();
    auricle_frame frame[CHANNELS];
    size_t consumed;
    const float *sound[CHANNELS] = {dead.sound[0] + 160, dead.sound[1] + 160};
    assert_int_equal(
        auricle_group_feed(group, CHANNELS, dead.streams, sound, 160, &consumed, frame), 0);
    assert_true(waits.deadline_us >= before + WAIT_US && waits.deadline_us <= now_us() + WAIT_US);
    check_heard(&live, fixture.model);
    auricle_group_get_counts(group, &counts);
    assert_int_equal(counts.rounds, live.frames + 2);
    caller_close(&live);
    caller_close(&dead);
    auricle_group_unref(&group);
    fixture_destroy(&fixture);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    struct fixture fixture, other;
    struct caller caller, stranger;
    auricle_group *group;
    auricle_error error;
    auricle_frame frames[CHANNELS];
    size_t consumed;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_create(&other, FIXTURE_WAVEFORM_GRU);
    auricle_group_config config = {.batch = 65};
    assert_int_equal(auricle_group_create(fixture.model, &config, &group, &error), AURICLE_INVALID);
    assert_non_null(strstr(error.text, "65"));
    config = (auricle_group_config){.wait_us = 10001};
    assert_int_equal(auricle_group_create(fixture.model, &config, &group, &error), AURICLE_INVALID);
    assert_non_null(strstr(error.text, "10001"));
    assert_int_equal(auricle_group_create(fixture.model, NULL, &group, &error), AURICLE_OK);
    caller_open(&caller, group, fixture.model, 16000, 1);
    caller_open(&stranger, group, other.model, 16000, 2);
    const float *sound[CHANNELS] = {caller.sound[0], caller.sound[1]};
    assert_int_equal(
        auricle_group_feed(group, CHANNELS, stranger.streams, sound, 160, &consumed, frames),
        AURICLE_INVALID);
    assert_int_equal(auricle_group_feed(group, 1, caller.streams, sound, 100, &consumed, frames),
                     AURICLE_OK);
    assert_int_equal(consumed, 100);
    assert_int_equal(
        auricle_group_feed(group, CHANNELS, caller.streams, sound, 160, &consumed, frames),
        AURICLE_INVALID); // out of step
    auricle_frame frame;
    assert_int_equal(auricle_stream_feed(caller.streams[1], sound[1], 160, &consumed, &frame),
                     AURICLE_INVALID); // grouped, and fed alone
    caller_close(&caller);
    caller_close(&stranger);
    auricle_group_unref(&group);
    fixture_destroy(&fixture);
    fixture_destroy(&other);
}

// A refused call changes nothing: the clean call after it gives the bits of an undisturbed group.
static void a_bad_sample_in_one_stream_leaves_all_as_they_were(void **state)
{
    (void)state;
    static const int rates_hz[] = {16000, 48000};
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    for (size_t r = 0; r < 2; r++) {
        struct caller caller;
        auricle_group *group;
        auricle_frame frames[CHANNELS];
        size_t consumed;
        assert_int_equal(auricle_group_create(fixture.model, NULL, &group, NULL), AURICLE_OK);
        caller_open(&caller, group, fixture.model, rates_hz[r], 1);
        float *bad = calloc(SAMPLES, sizeof *bad);
        memcpy(bad, caller.sound[1], SAMPLES * sizeof *bad);
        bad[40] = NAN;
        const float *sound[CHANNELS] = {caller.sound[0], bad};
        for (int repeat = 0; repeat < 2; repeat++) {
            assert_int_equal(
                auricle_group_feed(group, CHANNELS, caller.streams, sound, 700, &consumed, frames),
                AURICLE_INVALID);
            assert_int_equal(consumed, 0);
        }
        feed_all(&caller);
        check_heard(&caller, fixture.model);
        free(bad);
        caller_close(&caller);
        auricle_group_unref(&group);
    }
    fixture_destroy(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_hear_what_they_would_alone),
        cmocka_unit_test(a_private_group_is_the_same_for_one_thread),
        cmocka_unit_test(a_dead_stream_holds_nobody_up),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(a_bad_sample_in_one_stream_leaves_all_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
