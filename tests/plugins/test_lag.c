// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A machine that is too slow, played by a clock of the test's own: audio passes, analysis is
 * skipped, and everything says so. */
#include "bench.h"

enum { RATE = 16000, PIECE = 320, PIECE_MS = 20 };

static struct bench *live(const gchar *description)
{
    struct bench *bench = bench_new(description, bench_model("encoder"), bench_model("head"));

    gst_harness_use_testclock(bench->harness);
    gst_harness_set_live(bench->harness, TRUE);
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    return bench;
}

#define CHAIN "auricleencoder name=encoder model=%s ! auricleclassifier name=classifier head=%s"

/* Pieces from..until of a sound; each is at hand late_ms after its time, or as soon as the clock,
 * which does not go back, allows. */
static void push_late(struct bench *bench, guint from, guint until, guint late_ms)
{
    gfloat *sound = bench_sound(until * PIECE, RATE, 1);
    GstTestClock *clock = gst_harness_get_testclock(bench->harness);

    for (guint i = from; i < until; i++) {
        const GstClockTime time = (i * PIECE_MS + late_ms) * GST_MSECOND;
        if (time > gst_clock_get_time(GST_CLOCK(clock)))
            gst_test_clock_set_time(clock, time);
        assert_int_equal(bench_push_buffer(bench, bench_buffer(bench, sound + i * PIECE, PIECE)),
                         GST_FLOW_OK);
    }
    gst_object_unref(clock);
    g_free(sound);
}

static guint count_audio(struct bench *bench)
{
    guint count = 0;

    for (guint i = 0; i < bench->out->len; i++)
        count += gst_buffer_get_size(g_ptr_array_index(bench->out, i)) > 0;
    return count;
}

static void assert_skipped(struct bench *bench, GstClockTime skipped, guint64 skips)
{
    guint64 time, count;

    g_object_get(bench_element(bench, "encoder"), "skipped-time", &time, "skips", &count, NULL);
    assert_int_equal(time, skipped);
    assert_int_equal(count, skips);
}

/* How many QoS messages and warnings there are, and what the last QoS message counts. */
static void read_bus(struct bench *bench, guint *qos, guint *warnings, guint64 *dropped)
{
    GstMessage *message;

    *qos = *warnings = 0;
    while ((message = bench_message(bench, GST_MESSAGE_QOS | GST_MESSAGE_WARNING))) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_QOS)
            gst_message_parse_qos_stats(message, NULL, NULL, dropped);
        *qos += GST_MESSAGE_TYPE(message) == GST_MESSAGE_QOS;
        *warnings += GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING;
        gst_message_unref(message);
    }
}

static void late_audio_passes_without_analysis(void **state)
{
    struct bench *bench = live(CHAIN);
    guint64 dropped = 0;
    guint qos, warnings;
    const GstAuricleFrameMeta *last;

    (void)state;
    push_late(bench, 0, 50, 5);
    assert_skipped(bench, 0, 0);
    push_late(bench, 50, 75, 600);
    assert_skipped(bench, 500 * GST_MSECOND, 1);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_END), 1);
    push_late(bench, 75, 120, 5); /* analysis rests until a quarter of max-lag is left */
    assert_skipped(bench, 960 * GST_MSECOND, 1);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_SKIPPED), 48);
    assert_int_equal(count_audio(bench), 120);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 2);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_GAP), 0);
    last = bench_meta(bench, bench->out->len - 1);
    assert_int_equal(last->pts + last->frames * BENCH_HOP_NS, 2400 * GST_MSECOND);
    assert_int_equal(last->absence.skipped_time, 960 * GST_MSECOND);
    read_bus(bench, &qos, &warnings, &dropped);
    assert_int_equal(qos, 48);
    assert_int_equal(dropped, 960 * GST_MSECOND);
    assert_int_equal(warnings, 1);
    bench_free(bench);
}

static void what_is_skipped_is_named(void **state)
{
    struct bench *bench = live(CHAIN);
    guint seen = 0;

    (void)state;
    push_late(bench, 0, 10, 0);
    push_late(bench, 10, 12, 600);
    for (guint i = 0; i < bench->out->len; i++) {
        const GstAuricleFrameMeta *meta = bench_meta(bench, i);
        if (!(meta->flags & GST_AURICLE_FRAMES_SKIPPED))
            continue;
        assert_int_equal(meta->frames, 0);
        assert_int_equal(meta->absent_start, (200 + 20 * seen) * GST_MSECOND);
        assert_int_equal(meta->absent_end, (220 + 20 * seen) * GST_MSECOND);
        seen++;
    }
    assert_int_equal(seen, 2);
    bench_free(bench);
}

/* 100 ms: to what follows they are silence, but they are not lost. */
static void a_short_skip_is_a_hole(void **state)
{
    struct bench *bench = live("auricleencoder name=encoder model=%s max-lag=40000000 ! "
                               "auricleclassifier head=%s");
    guint64 lost;
    guint frames;

    (void)state;
    push_late(bench, 0, 20, 0);
    push_late(bench, 20, 23, 60);
    push_late(bench, 23, 40, 0); /* two more until 10 ms of lag are left */
    assert_skipped(bench, 100 * GST_MSECOND, 1);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 1);
    g_free(bench_frames(bench, 0, &frames));
    assert_int_equal(frames, 80);
    g_object_get(bench_element(bench, "encoder"), "lost-time", &lost, NULL);
    assert_int_equal(lost, 0);
    bench_free(bench);
}

static void a_latency_that_nobody_reported_is_not_lag(void **state)
{
    struct bench *bench = live(CHAIN);

    (void)state;
    push_late(bench, 0, 100, 5000);
    assert_skipped(bench, 0, 0);
    bench_free(bench);
}

static void a_file_is_never_late(void **state)
{
    struct bench *bench = live(CHAIN);

    (void)state;
    gst_harness_set_live(bench->harness, FALSE);
    push_late(bench, 0, 10, 0);
    push_late(bench, 10, 50, 5000);
    assert_skipped(bench, 0, 0);
    bench_free(bench);
}

static void max_lag_0_analyses_everything(void **state)
{
    struct bench *bench = live("auricleencoder name=encoder model=%s max-lag=0 ! "
                               "auricleclassifier head=%s");

    (void)state;
    push_late(bench, 0, 10, 0);
    push_late(bench, 10, 50, 5000);
    assert_skipped(bench, 0, 0);
    bench_free(bench);
}

static void late_sink(struct bench *bench, GstClockTimeDiff late)
{
    gst_harness_push_upstream_event(
        bench->harness, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1.5, late, 200 * GST_MSECOND));
}

/* The base class would drop what a late sink will drop. */
static void qos_never_drops_audio(void **state)
{
    struct bench *bench = live("auricleencoder name=encoder qos=true model=%s ! "
                               "auricleclassifier qos=true head=%s");

    (void)state;
    gst_harness_set_live(bench->harness, FALSE);
    push_late(bench, 0, 10, 0);
    late_sink(bench, 10 * GST_SECOND);
    push_late(bench, 10, 50, 0);
    assert_int_equal(count_audio(bench), 50);
    assert_skipped(bench, 800 * GST_MSECOND, 1);
    late_sink(bench, -10 * GST_MSECOND);
    push_late(bench, 50, 60, 0);
    assert_int_equal(count_audio(bench), 60);
    assert_skipped(bench, 800 * GST_MSECOND, 1);
    bench_free(bench);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(late_audio_passes_without_analysis),
    cmocka_unit_test(what_is_skipped_is_named),
    cmocka_unit_test(a_short_skip_is_a_hole),
    cmocka_unit_test(a_latency_that_nobody_reported_is_not_lag),
    cmocka_unit_test(a_file_is_never_late),
    cmocka_unit_test(max_lag_0_analyses_everything),
    cmocka_unit_test(qos_never_drops_audio),
};

BENCH_MAIN(tests)
