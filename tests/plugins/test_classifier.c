// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleclassifier: events are the detector's, in stream time, whatever the buffers' cut. */
#include "bench.h"

#include <math.h>
#include <string.h>

enum { RATE = 16000, SECONDS = 5 };

static struct bench *classifier(const gchar *head)
{
    return bench_new("auricleencoder name=encoder model=%s ! "
                     "auricleclassifier name=classifier head=%s",
                     bench_model("encoder"), bench_model(head));
}

/* Events of one channel straight from the engine, in frames; ended by NONE. */
static guint engine_events(const gchar *head_name, const gfloat *samples, gsize count,
                           auricle_event *out, guint capacity)
{
    auricle_model_info info;
    guint frames, found = 0;
    gfloat *vectors = bench_reference(bench_model("encoder"), samples, count, RATE, &frames, &info);
    auricle_model *model;
    auricle_head *head;
    auricle_head_stream *stream;
    auricle_detector *detector;

    assert_int_equal(auricle_model_open(bench_model("encoder"), &model, NULL), AURICLE_OK);
    assert_int_equal(auricle_head_open(bench_model(head_name), model, &head, NULL), AURICLE_OK);
    assert_int_equal(auricle_head_stream_create(head, &stream, NULL), AURICLE_OK);
    assert_int_equal(auricle_detector_create(head, NULL, &detector, NULL), AURICLE_OK);
    for (guint f = 0; f < frames && found + 2 < capacity; f++) {
        bool decided;
        const gfloat *posteriors =
            auricle_head_stream_step(stream, vectors + f * (gsize)info.frame_dim, &decided);
        found += (guint)auricle_detector_step(detector, posteriors, decided, out + found, 2);
    }
    found += (guint)auricle_detector_drain(detector, out + found, 2);
    auricle_detector_destroy(&detector);
    auricle_head_stream_destroy(&stream);
    auricle_head_unref(&head);
    auricle_model_unref(&model);
    g_free(vectors);
    return found;
}

static void compare_with_engine(const gchar *head)
{
    gsize count = RATE * SECONDS;
    gfloat *sound = bench_sound(count, RATE, 1);
    struct bench *bench = classifier(head);
    auricle_event expected[64];
    guint expected_count = engine_events(head, sound, count, expected, 64);
    struct bench_event event;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, count, -1);
    bench_eos(bench);
    assert_true(expected_count >= 8);
    for (guint i = 0; i < expected_count; i++) {
        gboolean ended = expected[i].kind == AURICLE_EVENT_END;
        assert_true(bench_next_event(bench, &event));
        assert_string_equal(event.kind, ended ? "end" : "start");
        assert_string_equal(event.label, expected[i].label == 1 ? "noise" : "tone");
        assert_int_equal(event.start, expected[i].start_frame * BENCH_HOP_NS);
        assert_int_equal(event.end,
                         ended ? expected[i].end_frame * BENCH_HOP_NS : GST_CLOCK_TIME_NONE);
        assert_int_equal(event.decided_at, (expected[i].at_frame + 1) * BENCH_HOP_NS);
        assert_float_equal(event.confidence, expected[i].confidence, 0);
    }
    assert_false(bench_next_event(bench, &event));
    bench_free(bench);
    g_free(sound);
}

static void events_are_the_engines(void **state)
{
    (void)state;
    compare_with_engine("head");
    compare_with_engine("slow");
}

static void events_are_where_the_sounds_are(void **state)
{
    /* bench_sound: half a second each of silence, noise, tone, silence, noise, tone ... */
    gfloat *sound = bench_sound(RATE * SECONDS, RATE, 1);
    struct bench *bench = classifier("head");
    struct bench_event event;
    guint heard = 0;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * SECONDS, 480);
    bench_eos(bench);
    while (bench_next_event(bench, &event)) {
        guint64 middle = (event.start + event.end) / 2;
        if (!strcmp(event.kind, "start") || event.end - event.start < 200 * GST_MSECOND)
            continue;
        assert_string_equal(event.label, middle / (500 * GST_MSECOND) % 3 == 1 ? "noise" : "tone");
        heard++;
    }
    assert_true(heard >= 6);
    bench_free(bench);
    g_free(sound);
}

static gchar *messages_when_cut(gint piece, gint rate, gint channels)
{
    gsize count = (gsize)rate * 2;
    gfloat *sound = bench_sound(count, rate, channels);
    struct bench *bench = classifier("head");
    gchar *messages;

    g_object_set(bench_element(bench, "classifier"), "post-posteriors", TRUE, NULL);
    bench_format(bench, GST_AUDIO_FORMAT_F32, rate, channels);
    bench_push(bench, sound, count, piece);
    bench_eos(bench);
    messages = bench_messages(bench, "auricleclassifier");
    bench_free(bench);
    g_free(sound);
    return messages;
}

static void messages_do_not_depend_on_the_cut(void **state)
{
    static const gint pieces[] = {-1, 1, 512};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
        gchar *whole = messages_when_cut(0, 8000, 2), *cut = messages_when_cut(pieces[i], 8000, 2);
        assert_true(strlen(whole) > 1000);
        assert_string_equal(whole, cut);
        g_free(whole);
        g_free(cut);
    }
}

static void stereo_is_two_monos(void **state)
{
    gsize count = RATE * SECONDS;
    gfloat *sound = bench_sound(count, RATE, 2);
    struct bench *stereo = classifier("head"), *mono[2];
    struct bench_event both, one;
    guint events = 0;

    (void)state;
    bench_format(stereo, GST_AUDIO_FORMAT_F32, RATE, 2);
    bench_push(stereo, sound, count, 700);
    bench_eos(stereo);
    for (gint c = 0; c < 2; c++) {
        gfloat *channel = bench_channel(sound, count, 2, c);
        mono[c] = classifier("head");
        bench_format(mono[c], GST_AUDIO_FORMAT_F32, RATE, 1);
        bench_push(mono[c], channel, count, 641);
        bench_eos(mono[c]);
        g_free(channel);
    }
    for (; bench_next_event(stereo, &both); events++) {
        assert_true(bench_next_event(mono[both.channel], &one));
        one.channel = both.channel;
        assert_string_equal(both.kind, one.kind);
        assert_string_equal(both.label, one.label);
        assert_int_equal(both.start, one.start);
        assert_int_equal(both.end, one.end);
        assert_int_equal(both.decided_at, one.decided_at);
        assert_float_equal(both.confidence, one.confidence, 0);
    }
    assert_true(events >= 16);
    for (guint c = 0; c < 2; c++) {
        assert_false(bench_next_event(mono[c], &one));
        bench_free(mono[c]);
    }
    bench_free(stereo);
    g_free(sound);
}

/* --- time --- */

static void times_are_stream_time(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *plain = classifier("head"), *moved = classifier("head");
    struct bench_event a, b;
    GstSegment segment;
    guint events = 0;

    (void)state;
    bench_format(plain, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(plain, sound, RATE * 2, 0);
    bench_eos(plain);
    bench_format(moved, GST_AUDIO_FORMAT_F32, RATE, 1);
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = 100 * GST_SECOND;
    segment.time = 30 * GST_SECOND;
    bench_push_event(moved, gst_event_new_segment(&segment));
    moved->pts = 100 * GST_SECOND;
    bench_push(moved, sound, RATE * 2, 333);
    bench_eos(moved);
    for (; bench_next_event(plain, &a); events++) {
        assert_true(bench_next_event(moved, &b));
        assert_int_equal(b.start, a.start + 30 * GST_SECOND);
        assert_int_equal(b.timestamp, a.timestamp + 100 * GST_SECOND);
        assert_int_equal(b.decided_at, a.decided_at + 30 * GST_SECOND);
    }
    assert_true(events >= 2);
    bench_free(plain);
    bench_free(moved);
    g_free(sound);
}

/* --- ends --- */

/* noise, cut off in its middle by what the function does; the event must end with the audio */
static void cut_off(void (*cut)(struct bench *), gboolean closes)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    struct bench_event event;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 9 / 10, 160);
    assert_true(bench_next_event(bench, &event));
    assert_string_equal(event.kind, "start");
    assert_false(bench_next_event(bench, &event));
    cut(bench);
    if (closes) {
        assert_true(bench_next_event(bench, &event));
        assert_string_equal(event.kind, "end");
        assert_string_equal(event.label, "noise");
        assert_int_equal(event.end, 900 * GST_MSECOND);
    }
    assert_false(bench_next_event(bench, &event));
    bench_free(bench);
    g_free(sound);
}

static void segment_elsewhere(struct bench *bench)
{
    bench_segment(bench, 60 * GST_SECOND);
}

static void long_hole(struct bench *bench)
{
    const gfloat silence[160] = {0};

    bench->pts += 300 * GST_MSECOND;
    bench_push(bench, silence, 160, 0);
}

static void long_gap(struct bench *bench)
{
    bench_push_event(bench, gst_event_new_gap(900 * GST_MSECOND, 300 * GST_MSECOND));
}

static void discontinuity_in_name_only(struct bench *bench)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    GstBuffer *buffer = bench_buffer(bench, sound + RATE * 9 / 10, 160);

    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    bench_push_buffer(bench, buffer);
    g_free(sound);
}

static void other_caps(struct bench *bench)
{
    bench_format(bench, GST_AUDIO_FORMAT_F32, 48000, 2);
}

static void new_head(struct bench *bench)
{
    const gfloat silence[160] = {0};

    g_object_set(bench_element(bench, "classifier"), "head", bench_model("slow"), NULL);
    bench_push(bench, silence, 160, 0);
}

static void new_setting(struct bench *bench)
{
    const gfloat silence[160] = {0};

    g_object_set(bench_element(bench, "classifier"), "threshold-on", 0.99, NULL);
    bench_push(bench, silence, 160, 0);
}

static void what_is_open_is_closed_at_the_end(void **state)
{
    (void)state;
    cut_off(bench_eos, TRUE);
    cut_off(segment_elsewhere, TRUE);
    cut_off(long_hole, TRUE);
    cut_off(long_gap, TRUE);
    cut_off(discontinuity_in_name_only, FALSE);
    cut_off(other_caps, TRUE);
    cut_off(new_head, TRUE);
    cut_off(new_setting, TRUE);
    cut_off(bench_flush, FALSE);
}

/* Whoever reads metas finds the end of the event with the end of the run. */
static void the_end_rides_on_the_runs_last_frames(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    GstBuffer *last;
    gpointer state_of = NULL;
    GstAuricleClassMeta *meta;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 9 / 10, 160);
    bench_eos(bench);
    last = g_ptr_array_index(bench->out, bench->out->len - 1);
    assert_int_equal(gst_buffer_get_auricle_frame_meta(last)->flags, GST_AURICLE_FRAMES_RUN_END);
    meta = gst_buffer_iterate_auricle_class_meta(last, &state_of);
    assert_non_null(meta);
    assert_int_equal(g_array_index(meta->events, GstAuricleEvent, 0).kind, AURICLE_EVENT_END);
    bench_free(bench);
    g_free(sound);
}

/* The last hop is padded, the segment is not: no time lies behind its stop. */
static void times_stay_inside_the_segment(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    GstSegment segment;
    struct bench_event event = {.end = 0};

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.stop = 897 * GST_MSECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
    bench_push(bench, sound, RATE * 897 / 1000, 160);
    bench_eos(bench);
    while (bench_next_event(bench, &event))
        ;
    assert_int_equal(event.end, 897 * GST_MSECOND);
    bench_free(bench);
    g_free(sound);
}

/* Timestamps move back by half a second in the middle of a sound: what was said of its start stays.
 */
static void an_event_ends_with_the_start_it_began_with(void **state)
{
    gfloat *sound = g_new(gfloat, RATE * 4);
    struct bench *bench = classifier("head");
    struct bench_event event, start = {0}, end = {0};
    guint32 seed = 1;

    (void)state;
    for (guint i = 0; i < RATE * 4; i++) {
        seed = seed * 1664525u + 1013904223u;
        sound[i] = 0.4f * ((gfloat)(seed >> 8) / 8388608.0f - 1.0f);
    }
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE, 160);
    bench->pts -= 500 * GST_MSECOND;
    bench_push(bench, sound + RATE, RATE * 3, 160);
    bench_eos(bench);
    while (bench_next_event(bench, &event)) /* the last one lasts to the end */
        *(strcmp(event.kind, "end") ? &start : &end) = event;
    assert_true(start.start < 500 * GST_MSECOND);
    assert_int_equal(end.start, start.start);
    assert_int_equal(end.end, 3500 * GST_MSECOND);
    bench_free(bench);
    g_free(sound);
}

static void frames_lost_on_the_way_end_the_run(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! valve name=valve ! "
                                    "auricleclassifier name=classifier head=%s",
                                    bench_model("encoder"), bench_model("head"));
    struct bench_event event;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 9 / 10, 160);
    assert_true(bench_next_event(bench, &event));
    g_object_set(bench_element(bench, "valve"), "drop", TRUE, NULL);
    bench_push(bench, sound + RATE * 9 / 10, 320, 160);
    g_object_set(bench_element(bench, "valve"), "drop", FALSE, NULL);
    assert_false(bench_next_event(bench, &event));
    bench_push(bench, sound + RATE * 9 / 10 + 320, 160, 0);
    assert_true(bench_next_event(bench, &event));
    assert_string_equal(event.kind, "end");
    assert_int_equal(event.end, 900 * GST_MSECOND);
    bench_free(bench);
    g_free(sound);
}

static void the_next_run_starts_clean(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *bench = classifier("head"), *fresh = classifier("head");
    struct bench_event a, b;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_format(fresh, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 2, 0);
    bench_flush(bench);
    bench_segment(bench, 60 * GST_SECOND);
    while (bench_next_event(bench, &a))
        ;
    bench_push(bench, sound, RATE * 2, 0);
    bench_push(fresh, sound, RATE * 2, 0);
    while (bench_next_event(fresh, &b)) {
        assert_true(bench_next_event(bench, &a));
        assert_int_equal(a.start, b.start + 60 * GST_SECOND);
        assert_float_equal(a.confidence, b.confidence, 0);
    }
    bench_free(bench);
    bench_free(fresh);
    g_free(sound);
}

static void posteriors_are_posted_when_asked_for(void **state)
{
    gfloat *sound = bench_sound(RATE * 3 / 2, RATE, 2);
    struct bench *bench = classifier("head");
    const GstStructure *fields = NULL;
    GstMessage *message;

    (void)state;
    g_object_set(bench_element(bench, "classifier"), "post-posteriors", TRUE, "interval",
                 500 * GST_MSECOND, NULL);
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 2);
    bench_push(bench, sound, RATE / 2, 100); /* channel 0 silent, channel 1 noise */
    while ((message = bench_message(bench, GST_MESSAGE_ELEMENT))) {
        fields = gst_message_get_structure(message);
        if (!strcmp(gst_structure_get_string(fields, "event"), "posteriors"))
            break;
        gst_message_unref(message);
    }
    assert_non_null(message);
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    GValueArray *label = g_value_get_boxed(gst_structure_get_value(fields, "label"));
    GValueArray *all = g_value_get_boxed(gst_structure_get_value(fields, "posteriors"));
    GValueArray *noise = g_value_get_boxed(g_value_array_get_nth(all, 1));
    assert_string_equal(g_value_get_string(g_value_array_get_nth(label, 0)), "quiet");
    assert_string_equal(g_value_get_string(g_value_array_get_nth(label, 1)), "noise");
    assert_int_equal(noise->n_values, 3);
    assert_true(g_value_get_double(g_value_array_get_nth(noise, 1)) > 0.5);
    G_GNUC_END_IGNORE_DEPRECATIONS
    gst_message_unref(message);
    bench_free(bench);
    g_free(sound);
}

/* Sets the property to the lowest or highest value that its range allows. */
static void set_to_edge(GObject *element, const GParamSpec *spec, gboolean high)
{
    if (G_IS_PARAM_SPEC_UINT64(spec))
        g_object_set(element, spec->name,
                     high ? G_PARAM_SPEC_UINT64(spec)->maximum : G_PARAM_SPEC_UINT64(spec)->minimum,
                     NULL);
    else if (G_IS_PARAM_SPEC_INT(spec))
        g_object_set(element, spec->name,
                     high ? G_PARAM_SPEC_INT(spec)->maximum : G_PARAM_SPEC_INT(spec)->minimum,
                     NULL);
    else if (G_IS_PARAM_SPEC_DOUBLE(spec))
        g_object_set(element, spec->name,
                     high ? G_PARAM_SPEC_DOUBLE(spec)->maximum : G_PARAM_SPEC_DOUBLE(spec)->minimum,
                     NULL);
}

static void works_with(const gchar *element, const GParamSpec *spec, gboolean high)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = bench_new("auricleencoder name=encoder model=%s ! "
                                    "auriclepredictor name=predictor ! "
                                    "auricleclassifier name=classifier head=%s ! "
                                    "auriclewriter name=writer",
                                    bench_model("encoder"), bench_model("head"));
    gchar *complaint;

    set_to_edge(G_OBJECT(bench_element(bench, element)), spec, high);
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE, 1600);
    bench_eos(bench);
    complaint = bench_complaint(bench, GST_MESSAGE_ERROR);
    if (complaint)
        fail_msg("%s of %s: %s", spec->name, element, complaint);
    bench_free(bench);
    g_free(sound);
}

/* What a property accepts, the element can use. */
static void the_edges_of_every_range_work(void **state)
{
    static const gchar *const elements[] = {"encoder", "predictor", "classifier", "writer"};

    (void)state;
    for (guint e = 0; e < G_N_ELEMENTS(elements); e++) {
        gchar *factory = g_strdup_printf("auricle%s", elements[e]);
        GstElement *element = gst_element_factory_make(factory, NULL);
        guint count;
        GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);

        for (guint i = 0; i < count; i++) {
            if (!(specs[i]->flags & G_PARAM_WRITABLE))
                continue;
            works_with(elements[e], specs[i], FALSE);
            works_with(elements[e], specs[i], TRUE);
        }
        g_free(specs);
        gst_object_unref(element);
        g_free(factory);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(events_are_the_engines),
    cmocka_unit_test(events_are_where_the_sounds_are),
    cmocka_unit_test(messages_do_not_depend_on_the_cut),
    cmocka_unit_test(stereo_is_two_monos),
    cmocka_unit_test(times_are_stream_time),
    cmocka_unit_test(what_is_open_is_closed_at_the_end),
    cmocka_unit_test(the_end_rides_on_the_runs_last_frames),
    cmocka_unit_test(times_stay_inside_the_segment),
    cmocka_unit_test(an_event_ends_with_the_start_it_began_with),
    cmocka_unit_test(frames_lost_on_the_way_end_the_run),
    cmocka_unit_test(the_next_run_starts_clean),
    cmocka_unit_test(posteriors_are_posted_when_asked_for),
    cmocka_unit_test(the_edges_of_every_range_work),
};

BENCH_MAIN(tests)
