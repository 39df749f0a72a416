// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleencoder over time: runs, their ends, gaps, and timestamps of every kind. */
#include "bench.h"

#include <string.h>

static struct bench *encoder(const gchar *model)
{
    return bench_new("auricleencoder name=encoder model=%s", bench_model(model));
}

/* Two runs: sound, then the same sound again after what the function under test did. */
static struct bench *two_runs(void (*between)(struct bench *), guint ends)
{
    gfloat *sound = bench_sound(1700, 16000, 1);
    struct bench *bench = encoder("encoder"), *once = encoder("encoder");
    guint twice_count, once_count;
    gfloat *twice_frames, *once_frames;

    bench_format(once, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(once, sound, 1700, 0);
    bench_eos(once);
    once_frames = bench_frames(once, 0, &once_count);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1700, 0);
    between(bench);
    bench_push(bench, sound, 1700, 0);
    bench_eos(bench);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 2);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_END), ends);
    twice_frames = bench_frames(bench, 0, &twice_count);
    assert_memory_equal(twice_frames + (gsize)(twice_count - once_count) *
                                           (gsize)bench_meta(bench, 0)->info.frame_dim,
                        once_frames,
                        once_count * (gsize)bench_meta(bench, 0)->info.frame_dim * sizeof(gfloat));
    g_free(twice_frames);
    g_free(once_frames);
    g_free(sound);
    bench_free(once);
    return bench;
}

static void flush_and_segment(struct bench *bench)
{
    bench_flush(bench);
    bench_segment(bench, 0);
}

static void new_segment(struct bench *bench)
{
    bench_segment(bench, 5 * GST_SECOND);
}

static void discontinuity(struct bench *bench)
{
    bench->samples = 0; /* marks the next buffer DISCONT */
    bench->pts += 3 * GST_SECOND;
}

static void unflagged_jump(struct bench *bench)
{
    bench->pts += 2 * GST_SECOND;
}

static void a_flush_forgets(void **state)
{
    struct bench *bench = two_runs(flush_and_segment, 1);

    (void)state;
    bench_free(bench);
}

static void a_segment_closes_and_starts_anew(void **state)
{
    struct bench *bench = two_runs(new_segment, 2);

    (void)state;
    assert_int_equal(bench_meta(bench, 2)->pts, 5 * GST_SECOND);
    bench_free(bench);
}

static void a_discontinuity_closes_and_starts_anew(void **state)
{
    struct bench *bench = two_runs(discontinuity, 2);

    (void)state;
    assert_int_equal(bench_meta(bench, 2)->pts, 3 * GST_SECOND);
    bench_free(bench);
}

static void a_jump_nobody_flagged_is_one(void **state)
{
    struct bench *bench = two_runs(unflagged_jump, 2);

    (void)state;
    assert_int_equal(bench_meta(bench, 2)->pts, 1700 * GST_SECOND / 16000 + 2 * GST_SECOND);
    bench_free(bench);
}

static void the_same_segment_again_changes_nothing(void **state)
{
    gfloat *sound = bench_sound(3200, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstSegment segment;

    (void)state;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    bench_push_event(bench, gst_event_new_segment(&segment));
    bench_push(bench, sound + 1600, 1600, 0);
    bench_assert_one_run(bench, 0, FALSE);
    bench_free(bench);
    g_free(sound);
}

static void timestamps_that_wobble_stay_on_the_line(void **state)
{
    gfloat *sound = bench_sound(48000, 16000, 1);
    struct bench *bench = encoder("encoder");

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    for (guint i = 0; i < 100; i++) {
        GstBuffer *buffer = bench_buffer(bench, sound + i * 480, 480);
        GST_BUFFER_PTS(buffer) += i % 7 * 5 * GST_MSECOND;
        bench_push_buffer(bench, buffer);
    }
    bench_assert_one_run(bench, 0, FALSE);
    bench_free(bench);
    g_free(sound);
}

/* A source whose clock runs 5 % fast: the frames follow its timestamps, in one run. */
static void timestamps_that_drift_are_followed(void **state)
{
    gfloat *sound = bench_sound(480, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstAuricleFrameMeta *last;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    for (guint i = 0; i < 400; i++) {
        GstBuffer *buffer = bench_buffer(bench, sound, 480);
        GST_BUFFER_PTS(buffer) = (guint64)i * 31500000;
        bench_push_buffer(bench, buffer);
    }
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 1);
    last = bench_meta(bench, 399);
    assert_in_range(last->pts, 399 * 31500000ull - 100 * GST_MSECOND, 399 * 31500000ull);
    bench_free(bench);
    g_free(sound);
}

static void buffers_without_times_count_on(void **state)
{
    gfloat *sound = bench_sound(48000, 16000, 1);
    struct bench *bench = encoder("encoder");

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    for (guint i = 0; i < 60; i++) {
        GstBuffer *buffer = bench_buffer(bench, sound + i * 800, 800);
        GST_BUFFER_PTS(buffer) = i ? GST_CLOCK_TIME_NONE : 20 * GST_SECOND;
        bench_push_buffer(bench, buffer);
    }
    bench_assert_one_run(bench, 20 * GST_SECOND, FALSE);
    bench_free(bench);
    g_free(sound);
}

static void without_any_times_they_count_from_the_segments_start(void **state)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstSegment segment;
    GstBuffer *buffer;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = 3 * GST_SECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
    buffer = bench_buffer(bench, sound, 1600);
    GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
    bench_push_buffer(bench, buffer);
    bench_assert_one_run(bench, 3 * GST_SECOND, FALSE);
    bench_free(bench);
    g_free(sound);
}

/* A field of the caps that is not about audio, and another sample format, change nothing. */
static void caps_with_the_same_audio_change_nothing(void **state)
{
    static const gchar *const caps[] = {
        "audio/x-raw,format=F32LE,layout=interleaved,rate=16000,channels=2,"
        "channel-mask=(bitmask)0x3,max-framerate=(fraction)30/1",
        "audio/x-raw,format=F32LE,layout=interleaved,rate=16000,channels=2,"
        "channel-mask=(bitmask)0x30",
        "audio/x-raw,format=S16LE,layout=interleaved,rate=16000,channels=2,"
        "channel-mask=(bitmask)0x3",
    };
    gfloat *sound = bench_sound(3200, 16000, 2);
    struct bench *bench = encoder("encoder");

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 2);
    bench_push(bench, sound, 3200, 333);
    for (guint i = 0; i < G_N_ELEMENTS(caps); i++) {
        GstCaps *same = gst_caps_from_string(caps[i]);
        gst_audio_info_from_caps(&bench->audio, same);
        gst_harness_set_src_caps(bench->harness, same);
        bench_push(bench, sound, 3200, 333);
    }
    bench_assert_one_run(bench, 0, FALSE);
    bench_free(bench);
    g_free(sound);
}

/* The same timestamp still means the same time: only the end moved. */
static void a_segment_that_moves_its_stop_changes_nothing(void **state)
{
    gfloat *sound = bench_sound(3200, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstSegment segment;

    (void)state;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    segment.stop = 90 * GST_SECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
    bench_push(bench, sound + 1600, 1600, 0);
    segment.start = segment.time = segment.base = 50 * GST_MSECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
    bench_push(bench, sound, 1600, 0);
    bench_assert_one_run(bench, 0, FALSE);
    bench_free(bench);
    g_free(sound);
}

/* The stream began near 0: the times go back all the same. */
static void timestamps_that_step_back_are_followed(void **state)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    struct bench *bench = encoder("encoder");
    const GstAuricleFrameMeta *last;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    for (guint i = 0; i < 40; i++) {
        GstBuffer *buffer = bench_buffer(bench, sound, 1600);
        if (i >= 20)
            GST_BUFFER_PTS(buffer) -= 900 * GST_MSECOND;
        bench_push_buffer(bench, buffer);
    }
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 1);
    last = bench_meta(bench, 39);
    assert_int_equal(last->pts, 3900 * GST_MSECOND - 900 * GST_MSECOND);
    bench_free(bench);
    g_free(sound);
}

static void segment_with_rate(struct bench *bench, gdouble rate)
{
    GstSegment segment;

    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.rate = rate;
    segment.stop = 10 * GST_SECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
}

/* Buffers come last first. The audio passes; nobody downstream misses frames. */
static void reverse_playback_passes_unheard(void **state)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    struct bench *bench = bench_new("auricleencoder name=encoder model=%s ! auriclepredictor ! "
                                    "auricleclassifier head=%s",
                                    bench_model("encoder"), bench_model("head"));
    gchar *warning;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    segment_with_rate(bench, -1);
    for (guint i = 0; i < 5; i++) {
        GstBuffer *buffer = bench_buffer(bench, sound, 1600);
        GST_BUFFER_PTS(buffer) = (50 - i) * 100 * GST_MSECOND;
        assert_int_equal(bench_push_buffer(bench, buffer), GST_FLOW_OK);
    }
    bench_push_event(bench, gst_event_new_gap(4500 * GST_MSECOND, 100 * GST_MSECOND));
    assert_int_equal(bench->out->len, 5);
    for (guint i = 0; i < 5; i++)
        assert_null(bench_meta(bench, i));
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "backwards"));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    g_free(warning);
    segment_with_rate(bench, 1);
    bench_clear(bench);
    bench->samples = 0;
    bench_push(bench, sound, 1600, 0);
    bench_assert_one_run(bench, 0, FALSE);
    bench_free(bench);
    g_free(sound);
}

static void the_end_of_a_segment_drains(void **state)
{
    gfloat *sound = bench_sound(1700, 16000, 1);
    struct bench *bench = encoder("encoder"), *ended = encoder("encoder");
    guint count, wanted;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_format(ended, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1700, 0);
    bench_push(ended, sound, 1700, 0);
    bench_push_event(bench, gst_event_new_segment_done(GST_FORMAT_TIME, 106250000));
    bench_eos(ended);
    bench_assert_one_run(bench, 0, TRUE);
    g_free(bench_frames(bench, 0, &count));
    g_free(bench_frames(ended, 0, &wanted));
    assert_int_equal(count, wanted);
    bench_free(bench);
    bench_free(ended);
    g_free(sound);
}

static void new_caps_close_and_start_anew(void **state)
{
    gfloat *sound = bench_sound(4800, 16000, 2);
    struct bench *bench = encoder("encoder");
    guint64 time;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1700, 0);
    time = bench->samples * GST_SECOND / 16000;
    bench_format(bench, GST_AUDIO_FORMAT_S16, 48000, 2);
    bench->pts = time;
    bench->samples = 0;
    bench_push(bench, sound, 4800, 0);
    assert_int_equal(bench->out->len, 3);
    assert_int_equal(bench_meta(bench, 1)->flags, GST_AURICLE_FRAMES_RUN_END);
    assert_int_equal(bench_meta(bench, 1)->frames, 1); /* the rest of the first run, padded */
    assert_int_equal(bench_meta(bench, 1)->channels, 1);
    assert_int_equal(bench_meta(bench, 2)->flags, GST_AURICLE_FRAMES_RUN_START);
    assert_int_equal(bench_meta(bench, 2)->channels, 2);
    assert_int_equal(bench_meta(bench, 2)->pts, time);
    bench_free(bench);
    g_free(sound);
}

/* --- gaps --- */

static void a_gap_buffer_is_silence_whatever_it_holds(void **state)
{
    gfloat *sound = bench_sound(16000, 16000, 1), *silent = g_new0(gfloat, 16000);
    struct bench *gap = encoder("encoder"), *zeros = encoder("encoder");
    GstBuffer *buffer;

    (void)state;
    bench_format(gap, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_format(zeros, GST_AUDIO_FORMAT_F32, 16000, 1);
    buffer = bench_buffer(gap, sound, 16000);
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    bench_push_buffer(gap, buffer);
    bench_push(zeros, silent, 16000, 0);
    assert_memory_equal(bench_meta(gap, 0)->data, bench_meta(zeros, 0)->data,
                        100 * (gsize)bench_meta(gap, 0)->info.frame_dim * sizeof(gfloat));
    assert_true(GST_BUFFER_FLAG_IS_SET(g_ptr_array_index(gap->out, 0), GST_BUFFER_FLAG_GAP));
    bench_free(gap);
    bench_free(zeros);
    g_free(sound);
    g_free(silent);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_flush_forgets),
    cmocka_unit_test(a_segment_closes_and_starts_anew),
    cmocka_unit_test(a_discontinuity_closes_and_starts_anew),
    cmocka_unit_test(a_jump_nobody_flagged_is_one),
    cmocka_unit_test(the_same_segment_again_changes_nothing),
    cmocka_unit_test(timestamps_that_wobble_stay_on_the_line),
    cmocka_unit_test(timestamps_that_drift_are_followed),
    cmocka_unit_test(buffers_without_times_count_on),
    cmocka_unit_test(without_any_times_they_count_from_the_segments_start),
    cmocka_unit_test(caps_with_the_same_audio_change_nothing),
    cmocka_unit_test(a_segment_that_moves_its_stop_changes_nothing),
    cmocka_unit_test(timestamps_that_step_back_are_followed),
    cmocka_unit_test(reverse_playback_passes_unheard),
    cmocka_unit_test(the_end_of_a_segment_drains),
    cmocka_unit_test(new_caps_close_and_start_anew),
    cmocka_unit_test(a_gap_buffer_is_silence_whatever_it_holds),
};

BENCH_MAIN(tests)
