// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The listener gives what its parts give, however the sound is cut, from the first frame to the
 * last.
 */
#include "fixture.h"

#include <auricle/listener.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CLASSES = 5, SAMPLES = 48000, RECORDS = 2 * SAMPLES / 160 + 600 };

static const auricle_detector_config settings = {.threshold_on = 0.24f,
                                                 .threshold_off = 0.2f,
                                                 .smoothing_hops = 2,
                                                 .min_frames = 4,
                                                 .refractory_frames = 3};

/** What one callback brought, of one head. */
struct record {
    uint64_t frame;
    bool late, decided;
    float posteriors[CLASSES];
    int event_count;
    auricle_event events[AURICLE_LISTENER_EVENTS];
};

struct log {
    struct record *records; // [RECORDS]
    size_t count;
};

static void keep(const auricle_result *result, void *user)
{
    struct log *log = user;
    assert_true(log->count < RECORDS);
    struct record *record = &log->records[log->count++];
    const auricle_head_result *head = &result->heads[0];
    memset(record, 0, sizeof *record);
    record->frame = result->frame;
    record->late = !result->vector;
    record->decided = head->decided;
    memcpy(record->posteriors, head->posteriors, sizeof record->posteriors);
    record->event_count = head->event_count;
    for (int i = 0; i < head->event_count; i++)
        record->events[i] = head->events[i];
}

struct room {
    struct fixture fixture;
    auricle_head *head;
    float *sound;
    struct log log;
};

static void room_open(struct room *room, int window_frames)
{
    fixture_create(&room->fixture, FIXTURE_LOGMEL_GRU);
    room->head = fixture_head(room->fixture.model, CLASSES, window_frames,
                              window_frames > 1 ? 5 : 1, 0, settings);
    room->sound = fixture_sound(SAMPLES, 16000, 7);
    room->log = (struct log){.records = calloc(RECORDS, sizeof(struct record))};
}

static void room_close(struct room *room)
{
    auricle_head_unref(&room->head);
    fixture_destroy(&room->fixture);
    free(room->sound);
    free(room->log.records);
}

static auricle_listener *listener_of(const struct room *room, int rate_hz, bool cold)
{
    const auricle_listener_config config = {
        .size = sizeof config, .sample_rate_hz = rate_hz, .cold = cold};
    auricle_listener *listener;
    assert_int_equal(
        auricle_listener_create(room->fixture.model, &room->head, 1, &config, &listener, NULL),
        AURICLE_OK);
    return listener;
}

static void hear(auricle_listener *listener, const float *sound, size_t count, size_t piece,
                 struct log *log)
{
    log->count = 0;
    for (size_t at = 0; at < count; at += piece)
        assert_int_equal(auricle_listener_feed(listener, sound + at,
                                               count - at < piece ? count - at : piece, keep, log,
                                               NULL),
                         AURICLE_OK);
    auricle_listener_drain(listener, keep, log);
}

static void any_cutting_gives_the_same_bits(void **state)
{
    (void)state;
    static const int rates_hz[] = {16000, 44100};
    static const size_t pieces[] = {1, 37, 160, 4801};
    struct room room;
    room_open(&room, 50);
    for (size_t r = 0; r < 2; r++) {
        auricle_listener *listener = listener_of(&room, rates_hz[r], false);
        struct log whole = {.records = calloc(RECORDS, sizeof *whole.records)};
        hear(listener, room.sound, SAMPLES, SAMPLES, &whole);
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            auricle_listener_reset(listener);
            hear(listener, room.sound, SAMPLES, pieces[p], &room.log);
            assert_int_equal(room.log.count, whole.count);
            assert_memory_equal(room.log.records, whole.records,
                                whole.count * sizeof *whole.records);
        }
        free(whole.records);
        auricle_listener_destroy(&listener);
    }
    room_close(&room);
}

// Stream, head and detector, put together by hand.
static void a_cold_listener_is_its_parts(void **state)
{
    (void)state;
    struct room room;
    room_open(&room, 50);
    auricle_listener *listener = listener_of(&room, 0, true);
    auricle_stream *stream = fixture_stream(&room.fixture, 16000);
    auricle_head_stream *live;
    auricle_detector *detector;
    assert_int_equal(auricle_head_stream_create(room.head, &live, NULL), AURICLE_OK);
    assert_int_equal(auricle_detector_create(room.head, NULL, &detector, NULL), AURICLE_OK);
    hear(listener, room.sound, SAMPLES, 999, &room.log);
    size_t frame_count, events = 0;
    auricle_model_info info;
    auricle_model_get_info(room.fixture.model, &info);
    float *frames = fixture_run(stream, info.frame_dim, room.sound, SAMPLES, 0, &frame_count);
    for (size_t t = 0; t < frame_count; t++) {
        const struct record *record = &room.log.records[t];
        auricle_event expected[AURICLE_LISTENER_EVENTS];
        bool decided;
        const float *posteriors =
            auricle_head_stream_step(live, frames + t * (size_t)info.frame_dim, &decided);
        const int count =
            auricle_detector_step(detector, posteriors, decided, expected, AURICLE_LISTENER_EVENTS);
        assert_int_equal(record->frame, t);
        assert_false(record->late);
        assert_int_equal(record->decided, decided);
        assert_memory_equal(record->posteriors, posteriors, sizeof record->posteriors);
        assert_int_equal(record->event_count, count);
        for (int i = 0; i < count; i++, events++) {
            assert_int_equal(record->events[i].kind, expected[i].kind);
            assert_int_equal(record->events[i].start_frame, expected[i].start_frame);
            assert_int_equal(record->events[i].label, expected[i].label);
        }
    }
    assert_true(events > 2);
    free(frames);
    auricle_detector_destroy(&detector);
    auricle_head_stream_destroy(&live);
    auricle_stream_destroy(&stream);
    auricle_listener_destroy(&listener);
    room_close(&room);
}

static void a_warm_start_is_a_second_of_silence(void **state)
{
    (void)state;
    struct room room;
    room_open(&room, 50);
    auricle_listener *warm = listener_of(&room, 0, false), *cold = listener_of(&room, 0, true);
    float *padded = calloc(16000 + SAMPLES, sizeof *padded);
    memcpy(padded + 16000, room.sound, SAMPLES * sizeof *padded);
    struct log later = {.records = calloc(RECORDS, sizeof *later.records)};
    hear(warm, room.sound, SAMPLES, SAMPLES, &room.log);
    hear(cold, padded, 16000 + SAMPLES, SAMPLES, &later);
    assert_int_equal(room.log.count + 100, later.count);
    for (size_t t = 4; t < room.log.count; t += 5) { // frames at which both decide
        assert_int_equal(room.log.records[t].decided, later.records[t + 100].decided);
        for (int k = 0; k < CLASSES; k++)
            assert_float_equal(room.log.records[t].posteriors[k],
                               later.records[t + 100].posteriors[k], 2e-3f);
    }
    assert_true(room.log.records[4].decided); // nothing waits for the window to fill
    free(later.records);
    free(padded);
    auricle_listener_destroy(&warm);
    auricle_listener_destroy(&cold);
    room_close(&room);
}

// Cut where the last event is not yet decided: the end brings it, and nothing behind the end.
static void the_end_decides_what_was_heard(void **state)
{
    (void)state;
    struct room room;
    room_open(&room, 50);
    auricle_listener *listener = listener_of(&room, 0, false);
    bool late_event = false;
    for (size_t cut = 8000; cut < SAMPLES; cut += 1777) {
        const uint64_t frames = (cut + 159) / 160;
        size_t heard = 0;
        auricle_listener_reset(listener);
        hear(listener, room.sound, cut, 1000, &room.log);
        for (size_t i = 0; i < room.log.count; i++) {
            const struct record *record = &room.log.records[i];
            heard += !record->late;
            for (int e = 0; e < record->event_count; e++) {
                late_event |= record->late && record->events[e].kind == AURICLE_EVENT_START;
                assert_true(record->events[e].start_frame < frames);
                assert_true(record->events[e].end_frame <= frames);
            }
        }
        assert_int_equal(heard, frames);
        assert_int_equal(room.log.count,
                         frames + (size_t)auricle_listener_delay_frames(listener, 0) + 1);
    }
    assert_true(late_event);
    auricle_listener_destroy(&listener);
    room_close(&room);
}

static void a_bad_sample_is_named_and_changes_nothing(void **state)
{
    (void)state;
    struct room room;
    room_open(&room, 1);
    auricle_listener *listener = listener_of(&room, 0, false);
    struct log clean = {.records = calloc(RECORDS, sizeof *clean.records)};
    auricle_error error = {0};
    hear(listener, room.sound, SAMPLES, SAMPLES, &clean);
    auricle_listener_reset(listener);
    room.log.count = 0;
    assert_int_equal(auricle_listener_feed(listener, room.sound, 1000, keep, &room.log, &error), 0);
    float bad[700] = {0};
    bad[650] = INFINITY;
    assert_int_equal(auricle_listener_feed(listener, bad, 700, keep, &room.log, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "sample 1650 (at 0.103 s) is inf"));
    bad[650] = -16.5f;
    assert_int_equal(auricle_listener_feed(listener, bad, 700, keep, &room.log, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "-16.5"));
    assert_int_equal(
        auricle_listener_feed(listener, room.sound + 1000, SAMPLES - 1000, keep, &room.log, &error),
        AURICLE_OK);
    auricle_listener_drain(listener, keep, &room.log);
    assert_int_equal(room.log.count, clean.count);
    assert_memory_equal(room.log.records, clean.records, clean.count * sizeof *clean.records);
    assert_int_equal(auricle_listener_feed(listener, room.sound, 1, keep, &room.log, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "reset"));
    free(clean.records);
    auricle_listener_destroy(&listener);
    room_close(&room);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    struct room room;
    struct fixture other;
    auricle_listener *listener;
    auricle_error error = {0};
    room_open(&room, 50);
    fixture_create(&other, FIXTURE_WAVEFORM_GRU);
    assert_int_equal(auricle_listener_create(other.model, &room.head, 1, NULL, &listener, &error),
                     AURICLE_MISMATCH);
    assert_null(listener);
    auricle_listener_config config = {.size = 3};
    assert_int_equal(auricle_listener_create(other.model, NULL, 0, &config, &listener, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "size is 3"));
    config = (auricle_listener_config){.size = sizeof config, .sample_rate_hz = 96000000};
    assert_int_equal(auricle_listener_create(other.model, NULL, 0, &config, &listener, &error),
                     AURICLE_INVALID);
    config = (auricle_listener_config){.size = sizeof config, .detector = {.threshold_on = 2}};
    assert_int_equal(
        auricle_listener_create(room.fixture.model, &room.head, 1, &config, &listener, &error),
        AURICLE_INVALID);
    assert_non_null(strstr(error.text, "threshold_on is 2"));
    // a caller compiled against a shorter struct
    config = (auricle_listener_config){.size = offsetof(auricle_listener_config, detector)};
    assert_int_equal(
        auricle_listener_create(room.fixture.model, &room.head, 1, &config, &listener, &error),
        AURICLE_OK);
    auricle_listener_destroy(&listener);
    fixture_destroy(&other);
    room_close(&room);
}

// Frames fed from another stream: the same heads, the same events, but for the end over silence.
static void frames_may_come_from_elsewhere(void **state)
{
    (void)state;
    struct room room;
    room_open(&room, 50);
    const auricle_listener_config config = {.size = sizeof config, .frames_only = true};
    auricle_listener *listener = listener_of(&room, 0, false), *frames_only;
    struct log expected = {.records = calloc(RECORDS, sizeof *expected.records)};
    assert_int_equal(
        auricle_listener_create(room.fixture.model, &room.head, 1, &config, &frames_only, NULL),
        AURICLE_OK);
    hear(listener, room.sound, SAMPLES, SAMPLES, &expected);
    const auricle_stream_config warm = {.warm = true};
    auricle_stream *stream;
    assert_int_equal(auricle_stream_create(room.fixture.model, &warm, &stream, NULL), AURICLE_OK);
    for (size_t at = 0, taken; at < SAMPLES; at += taken) {
        auricle_frame frame;
        assert_int_equal(auricle_stream_feed(stream, room.sound + at, SAMPLES - at, &taken, &frame),
                         AURICLE_OK);
        if (frame.vector)
            auricle_listener_frame(frames_only, frame.vector, keep, &room.log);
    }
    assert_int_equal(room.log.count, SAMPLES / 160);
    assert_memory_equal(room.log.records, expected.records,
                        room.log.count * sizeof *expected.records);
    free(expected.records);
    auricle_stream_destroy(&stream);
    auricle_listener_destroy(&frames_only);
    auricle_listener_destroy(&listener);
    room_close(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cutting_gives_the_same_bits),
        cmocka_unit_test(a_cold_listener_is_its_parts),
        cmocka_unit_test(a_warm_start_is_a_second_of_silence),
        cmocka_unit_test(the_end_decides_what_was_heard),
        cmocka_unit_test(a_bad_sample_is_named_and_changes_nothing),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(frames_may_come_from_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
