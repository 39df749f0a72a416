// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleencoder where audio is missing: up to 250 ms are silence of exactly that length, more
 * begins a new run, and both are counted. */
#include "bench.h"

#include <string.h>

enum { RATE = 16000, BEFORE = 4000, AFTER = 8000 };

static struct bench *encoder(void)
{
    struct bench *bench = bench_new("auricleencoder name=encoder model=%s", bench_model("encoder"));

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    return bench;
}

/* How upstream tells of a hole in the timestamps. */
enum way {
    SILENTLY,
    DISCONT,
    GAP,
    GAP_TWICE,
    GAP_IN_PARTS,
    GAP_TOO_LONG,
    GAP_TOO_SHORT,
    GAP_AND_DISCONT,
    WAYS
};

static void announce(struct bench *bench, enum way way, GstClockTime start, GstClockTime hole)
{
    if (way == SILENTLY || way == DISCONT)
        return;
    if (way == GAP_IN_PARTS) {
        bench_push_event(bench, gst_event_new_gap(start, hole / 4));
        start += hole / 4;
        hole -= hole / 4;
    }
    if (way == GAP_TOO_LONG)
        bench_push_event(bench, gst_event_new_gap(start, MIN(hole * 2, 240 * GST_MSECOND)));
    else if (way == GAP_TOO_SHORT)
        bench_push_event(bench, gst_event_new_gap(start, hole / 2));
    else
        bench_push_event(bench, gst_event_new_gap(start, hole));
    if (way == GAP_TWICE)
        bench_push_event(bench, gst_event_new_gap(start, hole));
}

/* 20 ms a buffer, with a hole between */
static void push_with_hole(struct bench *bench, const gfloat *sound, enum way way,
                           guint hole_samples)
{
    GstClockTime start;
    GstBuffer *buffer;

    bench_push(bench, sound, BEFORE, 320);
    start = bench->pts + gst_util_uint64_scale(bench->samples, GST_SECOND, RATE);
    announce(bench, way, start, gst_util_uint64_scale(hole_samples, GST_SECOND, RATE));
    bench->samples += hole_samples;
    buffer = bench_buffer(bench, sound + BEFORE, 320);
    if (way == DISCONT || way == GAP_AND_DISCONT)
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    bench_push_buffer(bench, buffer);
    bench_push(bench, sound + BEFORE + 320, AFTER - 320, 320);
}

static void assert_same_frames(struct bench *bench, struct bench *expected)
{
    guint count, wanted;
    gfloat *frames = bench_frames(bench, 0, &count);
    gfloat *expected_frames = bench_frames(expected, 0, &wanted);

    assert_int_equal(count, wanted);
    assert_memory_equal(frames, expected_frames,
                        count * (gsize)bench_meta(bench, 0)->info.frame_dim * sizeof(gfloat));
    g_free(frames);
    g_free(expected_frames);
}

static void assert_counted(struct bench *bench, GstClockTime lost, guint64 gaps)
{
    guint64 lost_time, count;

    g_object_get(bench_element(bench, "encoder"), "lost-time", &lost_time, "gaps", &count, NULL);
    assert_int_equal(lost_time, lost);
    assert_int_equal(count, gaps);
}

static void compare_hole(enum way way, guint hole_samples)
{
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1), *silence = g_new0(gfloat, hole_samples);
    struct bench *bench = encoder(), *zeros = encoder();

    push_with_hole(bench, sound, way, hole_samples);
    bench_push(zeros, sound, BEFORE, 0);
    bench_push(zeros, silence, hole_samples, 0);
    bench_push(zeros, sound + BEFORE, AFTER, 0);
    bench_assert_one_run(bench, 0, FALSE);
    assert_same_frames(bench, zeros);
    assert_counted(bench, gst_util_uint64_scale(hole_samples, GST_SECOND, RATE), 1);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_GAP), 1);
    bench_free(bench);
    bench_free(zeros);
    g_free(sound);
    g_free(silence);
}

static void a_short_hole_is_silence_of_its_length(void **state)
{
    static const guint holes[] = {320, 480, 1601, 4000}; /* 20, 30, 100.06, 250 ms */

    (void)state;
    for (enum way way = 0; way < WAYS; way++)
        for (guint i = 0; i < G_N_ELEMENTS(holes); i++)
            compare_hole(way, holes[i]);
}

static void the_gap_is_named_on_its_frames(void **state)
{
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1);
    struct bench *bench = encoder();

    (void)state;
    push_with_hole(bench, sound, DISCONT, 1600);
    for (guint i = 0; i < bench->out->len; i++) {
        const GstAuricleFrameMeta *meta = bench_meta(bench, i);
        if (!(meta->flags & GST_AURICLE_FRAMES_GAP))
            continue;
        assert_int_equal(meta->absent_start, 250 * GST_MSECOND);
        assert_int_equal(meta->absent_end, 350 * GST_MSECOND);
        assert_int_equal(meta->absence.lost_time, 100 * GST_MSECOND);
        assert_int_equal(meta->absence.gaps, 1);
        assert_int_equal(meta->frames, 10);
    }
    bench_free(bench);
    g_free(sound);
}

static void a_discont_without_a_break_in_time_changes_nothing(void **state)
{
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1);
    struct bench *bench = encoder(), *plain = encoder();

    (void)state;
    bench_push(plain, sound, BEFORE + AFTER, 0);
    for (guint i = 0; i < (BEFORE + AFTER) / 160; i++) {
        GstBuffer *buffer = bench_buffer(bench, sound + i * 160, 160);
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
        bench_push_buffer(bench, buffer);
    }
    bench_assert_one_run(bench, 0, FALSE);
    assert_same_frames(bench, plain);
    assert_counted(bench, 0, 0);
    bench_free(bench);
    bench_free(plain);
    g_free(sound);
}

static void a_longer_hole_starts_anew(void **state)
{
    static const guint holes[] = {4160, 12800}; /* 260, 800 ms */
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1);

    (void)state;
    for (enum way way = 0; way < WAYS; way++)
        for (guint i = 0; i < G_N_ELEMENTS(holes); i++) {
            struct bench *bench = encoder();
            const GstClockTime hole = gst_util_uint64_scale(holes[i], GST_SECOND, RATE);
            const GstAuricleFrameMeta *last;

            push_with_hole(bench, sound, way, holes[i]);
            assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 2);
            assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_END), 1);
            assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_GAP), 1);
            last = bench_meta(bench, bench->out->len - 1);
            assert_int_equal(last->pts + last->frames * BENCH_HOP_NS, 750 * GST_MSECOND + hole);
            assert_counted(bench, hole, 1);
            bench_free(bench);
        }
    g_free(sound);
}

static void a_long_gap_event_ends_the_run_when_it_comes(void **state)
{
    gfloat *sound = bench_sound(BEFORE, RATE, 1);
    struct bench *bench = encoder();

    (void)state;
    bench_push(bench, sound, BEFORE, 0);
    bench_push_event(bench, gst_event_new_gap(250 * GST_MSECOND, 200 * GST_MSECOND));
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_END), 0);
    bench_push_event(bench, gst_event_new_gap(450 * GST_MSECOND, 200 * GST_MSECOND));
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_END), 1);
    bench_free(bench);
    g_free(sound);
}

/* Without a timestamp on what follows, the event says how long the gap was. */
static void a_gap_before_audio_without_times_has_the_events_length(void **state)
{
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1), *silence = g_new0(gfloat, 1600);
    struct bench *bench = encoder(), *zeros = encoder();
    GstBuffer *buffer;

    (void)state;
    bench_push(bench, sound, BEFORE, 0);
    bench_push_event(bench, gst_event_new_gap(250 * GST_MSECOND, 100 * GST_MSECOND));
    buffer = bench_buffer(bench, sound + BEFORE, AFTER);
    GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
    bench_push_buffer(bench, buffer);
    bench_push(zeros, sound, BEFORE, 0);
    bench_push(zeros, silence, 1600, 0);
    bench_push(zeros, sound + BEFORE, AFTER, 0);
    bench_assert_one_run(bench, 0, FALSE);
    assert_same_frames(bench, zeros);
    bench_free(bench);
    bench_free(zeros);
    g_free(sound);
    g_free(silence);
}

static void a_gap_before_the_end_is_heard(void **state)
{
    gfloat *sound = bench_sound(BEFORE, RATE, 1), *silence = g_new0(gfloat, 1600);
    struct bench *bench = encoder(), *zeros = encoder();

    (void)state;
    bench_push(bench, sound, BEFORE, 0);
    bench_push_event(bench, gst_event_new_gap(250 * GST_MSECOND, 100 * GST_MSECOND));
    bench_eos(bench);
    bench_push(zeros, sound, BEFORE, 0);
    bench_push(zeros, silence, 1600, 0);
    bench_eos(zeros);
    bench_assert_one_run(bench, 0, TRUE);
    assert_same_frames(bench, zeros);
    assert_counted(bench, 100 * GST_MSECOND, 1);
    bench_free(bench);
    bench_free(zeros);
    g_free(sound);
    g_free(silence);
}

static void gaps_outside_the_audio_are_ignored(void **state)
{
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1);
    struct bench *bench = encoder(), *plain = encoder();

    (void)state;
    bench_push_event(bench, gst_event_new_gap(0, 100 * GST_MSECOND));
    bench_push(bench, sound, BEFORE, 0);
    bench_push_event(bench, gst_event_new_gap(100 * GST_MSECOND, 150 * GST_MSECOND));
    bench_push_event(bench, gst_event_new_gap(250 * GST_MSECOND, GST_CLOCK_TIME_NONE));
    bench_push(bench, sound + BEFORE, AFTER, 0);
    bench_push(plain, sound, BEFORE + AFTER, 0);
    bench_assert_one_run(bench, 0, FALSE);
    assert_same_frames(bench, plain);
    assert_counted(bench, 0, 0);
    bench_free(bench);
    bench_free(plain);
    g_free(sound);
}

/* One packet in ten at random, 20 ms each, never so many in a row that the run breaks. */
static void lost_packets_are_silence(void **state)
{
    enum { PACKETS = 500 };
    gfloat *sound = bench_sound(PACKETS * 320, RATE, 1);
    struct bench *bench = encoder(), *zeros = encoder();
    guint32 seed = 7, lost = 0;

    (void)state;
    for (guint i = 0; i < PACKETS; i++) {
        gfloat *at = sound + i * 320;
        seed = seed * 1664525u + 1013904223u;
        if (i && i + 1 < PACKETS && (seed >> 16) % 10 == 0) {
            memset(at, 0, 320 * sizeof *at);
            bench->samples += 320;
            lost++;
        } else {
            bench_push(bench, at, 320, 0);
        }
    }
    assert_true(lost > 20);
    bench_push(zeros, sound, PACKETS * 320, 0);
    bench_assert_one_run(bench, 0, FALSE);
    assert_same_frames(bench, zeros);
    bench_free(bench);
    bench_free(zeros);
    g_free(sound);
}

static void the_message_has_the_counts(void **state)
{
    gfloat *sound = bench_sound(BEFORE + AFTER, RATE, 1);
    struct bench *bench = encoder();
    guint64 lost = 0, gaps = 0;
    GstMessage *message;

    (void)state;
    g_object_set(bench_element(bench, "encoder"), "post-messages", TRUE, NULL);
    push_with_hole(bench, sound, SILENTLY, 1600);
    while ((message = bench_message(bench, GST_MESSAGE_ELEMENT))) {
        assert_true(gst_structure_get(gst_message_get_structure(message), "lost-time",
                                      G_TYPE_UINT64, &lost, "gaps", G_TYPE_UINT64, &gaps, NULL));
        gst_message_unref(message);
    }
    assert_int_equal(lost, 100 * GST_MSECOND);
    assert_int_equal(gaps, 1);
    bench_free(bench);
    g_free(sound);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_short_hole_is_silence_of_its_length),
    cmocka_unit_test(the_gap_is_named_on_its_frames),
    cmocka_unit_test(a_discont_without_a_break_in_time_changes_nothing),
    cmocka_unit_test(a_longer_hole_starts_anew),
    cmocka_unit_test(a_long_gap_event_ends_the_run_when_it_comes),
    cmocka_unit_test(a_gap_before_audio_without_times_has_the_events_length),
    cmocka_unit_test(a_gap_before_the_end_is_heard),
    cmocka_unit_test(gaps_outside_the_audio_are_ignored),
    cmocka_unit_test(lost_packets_are_silence),
    cmocka_unit_test(the_message_has_the_counts),
};

BENCH_MAIN(tests)
