// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleclassifier: events are the detector's, in stream time, whatever the buffers' cut. */
#include "bench.h"

#include <math.h>
#include <string.h>

enum { HOP_NS = 10000000, RATE = 16000, SECONDS = 5 };

struct event {
    gchar kind[8], label[16];
    gint channel;
    gdouble confidence;
    guint64 start, end, decided_at, timestamp, delay;
};

static struct bench *classifier(const gchar *head)
{
    return bench_new("auricleencoder name=encoder model=%s ! "
                     "auricleclassifier name=classifier head=%s",
                     bench_model("encoder"), bench_model(head));
}

static guint64 time_field(const GstStructure *fields, const gchar *name)
{
    guint64 time = GST_CLOCK_TIME_NONE;
    gst_structure_get_uint64(fields, name, &time);
    return time;
}

static gboolean next_event(struct bench *bench, struct event *event)
{
    GstMessage *message = bench_message(bench, GST_MESSAGE_ELEMENT);
    const GstStructure *fields;
    guint channel;

    if (!message)
        return FALSE;
    fields = gst_message_get_structure(message);
    assert_true(gst_structure_has_name(fields, "auricleclassifier"));
    assert_string_equal(gst_structure_get_string(fields, "task"), "bursts");
    g_strlcpy(event->kind, gst_structure_get_string(fields, "event"), sizeof event->kind);
    g_strlcpy(event->label, gst_structure_get_string(fields, "label"), sizeof event->label);
    assert_true(gst_structure_get_uint(fields, "channel", &channel));
    assert_true(gst_structure_get_double(fields, "confidence", &event->confidence));
    event->channel = (gint)channel;
    event->start = time_field(fields, "start-time");
    event->end = time_field(fields, "end-time");
    event->decided_at = time_field(fields, "decided-at");
    event->timestamp = time_field(fields, "timestamp");
    event->delay = time_field(fields, "result-delay");
    assert_int_equal(time_field(fields, "stream-time"), event->start);
    assert_int_equal(time_field(fields, "endtime"), event->end);
    gst_message_unref(message);
    return TRUE;
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
    struct event event;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, count, -1);
    bench_eos(bench);
    assert_true(expected_count >= 8);
    for (guint i = 0; i < expected_count; i++) {
        gboolean ended = expected[i].kind == AURICLE_EVENT_END;
        assert_true(next_event(bench, &event));
        assert_string_equal(event.kind, ended ? "end" : "start");
        assert_string_equal(event.label, expected[i].label == 1 ? "noise" : "tone");
        assert_int_equal(event.start, expected[i].start_frame * HOP_NS);
        assert_int_equal(event.end, ended ? expected[i].end_frame * HOP_NS : GST_CLOCK_TIME_NONE);
        assert_int_equal(event.decided_at, (expected[i].at_frame + 1) * HOP_NS);
        assert_float_equal(event.confidence, expected[i].confidence, 0);
    }
    assert_false(next_event(bench, &event));
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
    struct event event;
    guint heard = 0;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * SECONDS, 480);
    bench_eos(bench);
    while (next_event(bench, &event)) {
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
    struct event both, one;
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
    for (; next_event(stereo, &both); events++) {
        assert_true(next_event(mono[both.channel], &one));
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
        assert_false(next_event(mono[c], &one));
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
    struct event a, b;
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
    for (; next_event(plain, &a); events++) {
        assert_true(next_event(moved, &b));
        assert_int_equal(b.start, a.start + 30 * GST_SECOND);
        assert_int_equal(b.timestamp, a.timestamp + 100 * GST_SECOND);
        assert_int_equal(b.decided_at, a.decided_at + 30 * GST_SECOND);
    }
    assert_true(events >= 2);
    bench_free(plain);
    bench_free(moved);
    g_free(sound);
}

static void result_delay_is_told(void **state)
{
    gfloat *sound = bench_sound(48000 * 2, 48000, 1);
    struct bench *bench = bench_new("auricleencoder name=encoder model=%s ! "
                                    "auricleclassifier name=classifier head=%s "
                                    "min-duration=100000000",
                                    bench_model("encoder"), bench_model("slow"));
    guint64 encoder, own;
    struct event event;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 48000, 1);
    bench_push(bench, sound, 48000 * 2, 4800);
    g_object_get(bench_element(bench, "encoder"), "result-delay", &encoder, NULL);
    g_object_get(bench_element(bench, "classifier"), "result-delay", &own, NULL);
    assert_int_equal(own, encoder + 90000000 + 100000000); /* slow decides every 100 ms */
    assert_true(next_event(bench, &event));
    assert_int_equal(event.delay, own);
    bench_free(bench);
    g_free(sound);
}

/* --- ends --- */

/* noise, cut off in its middle by what the function does; the event must end with the audio */
static void cut_off(void (*cut)(struct bench *), gboolean closes)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    struct event event;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 9 / 10, 160);
    assert_true(next_event(bench, &event));
    assert_string_equal(event.kind, "start");
    assert_false(next_event(bench, &event));
    cut(bench);
    if (closes) {
        assert_true(next_event(bench, &event));
        assert_string_equal(event.kind, "end");
        assert_string_equal(event.label, "noise");
        assert_int_equal(event.end, 900 * GST_MSECOND);
    }
    assert_false(next_event(bench, &event));
    bench_free(bench);
    g_free(sound);
}

static void flush(struct bench *bench)
{
    bench_push_event(bench, gst_event_new_flush_start());
    bench_push_event(bench, gst_event_new_flush_stop(TRUE));
}

static void segment_elsewhere(struct bench *bench)
{
    GstSegment segment;

    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = segment.time = 60 * GST_SECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
}

static void discontinuity(struct bench *bench)
{
    const gfloat silence[160] = {0};
    GstBuffer *buffer = bench_buffer(bench, silence, 160);

    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    bench_push_buffer(bench, buffer);
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
    cut_off(discontinuity, TRUE);
    cut_off(other_caps, TRUE);
    cut_off(new_head, TRUE);
    cut_off(new_setting, TRUE);
    cut_off(flush, FALSE);
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
    struct event event = {.end = 0};

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.stop = 897 * GST_MSECOND;
    bench_push_event(bench, gst_event_new_segment(&segment));
    bench_push(bench, sound, RATE * 897 / 1000, 160);
    bench_eos(bench);
    while (next_event(bench, &event))
        ;
    assert_int_equal(event.end, 897 * GST_MSECOND);
    bench_free(bench);
    g_free(sound);
}

static void the_next_run_starts_clean(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *bench = classifier("head"), *fresh = classifier("head");
    struct event a, b;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_format(fresh, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 2, 0);
    flush(bench);
    segment_elsewhere(bench);
    while (next_event(bench, &a))
        ;
    bench->pts = 60 * GST_SECOND;
    bench->samples = 0;
    bench_push(bench, sound, RATE * 2, 0);
    bench_push(fresh, sound, RATE * 2, 0);
    while (next_event(fresh, &b)) {
        assert_true(next_event(bench, &a));
        assert_int_equal(a.start, b.start + 60 * GST_SECOND);
        assert_float_equal(a.confidence, b.confidence, 0);
    }
    bench_free(bench);
    bench_free(fresh);
    g_free(sound);
}

/* --- settings --- */

static guint starts_with(const gchar *settings)
{
    gfloat *sound = bench_sound(RATE * SECONDS, RATE, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! auricleclassifier head=%s %s",
                                    bench_model("encoder"), bench_model("head"), settings);
    struct event event;
    guint starts = 0;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * SECONDS, 0);
    bench_eos(bench);
    while (next_event(bench, &event))
        starts += !strcmp(event.kind, "start");
    bench_free(bench);
    g_free(sound);
    return starts;
}

static void settings_reach_the_detector(void **state)
{
    guint recommended = starts_with("");

    (void)state;
    assert_true(recommended >= 4);
    assert_int_equal(starts_with("min-duration=2000000000"), 0);
    assert_int_equal(starts_with("refractory-time=60000000000"), 2); /* one of each label */
    assert_true(starts_with("smoothing=1 min-duration=10000000 refractory-time=1") >= recommended);
    assert_int_equal(starts_with("post-messages=false"), 0);
}

static void impossible_settings_are_refused(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    gchar *warning;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE / 2, 0);
    g_object_set(bench_element(bench, "classifier"), "threshold-on", 0.5, "threshold-off", 0.9,
                 NULL);
    bench_push(bench, sound + RATE / 2, RATE / 2, 0);
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "threshold_off"));
    g_free(warning);
    bench_free(bench);
    g_free(sound);
}

/* --- heads --- */

static void assert_error(struct bench *bench, const gchar *naming)
{
    gfloat *sound = bench_sound(1600, RATE, 1);
    gchar *error;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    assert_int_equal(bench_push_buffer(bench, bench_buffer(bench, sound, 1600)), GST_FLOW_ERROR);
    error = bench_complaint(bench, GST_MESSAGE_ERROR);
    assert_non_null(error);
    if (!strstr(error, naming))
        fail_msg("\"%s\" should name \"%s\"", error, naming);
    g_free(error);
    g_free(sound);
    bench_free(bench);
}

static void assert_start_fails(const gchar *classifier_settings, const gchar *naming)
{
    gchar *launch = g_strdup_printf("fakesrc ! auricleencoder model=%s ! auricleclassifier %s ! "
                                    "fakesink",
                                    bench_model("encoder"), classifier_settings);
    GstElement *pipeline = gst_parse_launch(launch, NULL);
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    GError *error;

    assert_int_equal(gst_element_set_state(pipeline, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
    message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    gst_message_parse_error(message, &error, NULL);
    if (!strstr(error->message, naming))
        fail_msg("\"%s\" should name \"%s\"", error->message, naming);
    g_error_free(error);
    gst_message_unref(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
    g_free(launch);
}

static void a_bad_head_is_refused_with_reason(void **state)
{
    (void)state;
    assert_start_fails("", "head=");
    assert_start_fails("head=/nowhere/head.safetensors", "/nowhere/head.safetensors");
    assert_error(classifier("corrupt"), "corrupt.safetensors");
    assert_error(classifier("encoder"), "encoder.safetensors");
    assert_error(classifier("foreign"), "foreign.safetensors");
    assert_error(bench_new("auricleclassifier head=%s", bench_model("head")), "auricleencoder");
}

static void a_bad_head_leaves_the_old_one_running(void **state)
{
    static const gchar *const bad[] = {"nowhere", "corrupt", "foreign"};
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    struct event event;
    gchar *head;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE / 2, 0);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        gchar *warning;
        g_object_set(bench_element(bench, "classifier"), "head", bench_model(bad[i]), NULL);
        warning = bench_complaint(bench, GST_MESSAGE_WARNING);
        assert_non_null(warning);
        assert_non_null(strstr(warning, bad[i]));
        g_free(warning);
    }
    g_object_get(bench_element(bench, "classifier"), "head", &head, NULL);
    assert_string_equal(head, bench_model("head"));
    bench_push(bench, sound + RATE / 2, RATE / 2, 0);
    assert_true(next_event(bench, &event));
    assert_string_equal(event.label, "noise");
    g_free(head);
    bench_free(bench);
    g_free(sound);
}

/* The encoder's model is swapped first: no results, no error; then the head follows. */
static void model_and_head_are_swapped_one_after_the_other(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *bench = classifier("head");
    struct event event;
    gchar *warning;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE / 4, 0);
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("other"), NULL);
    bench_push(bench, sound + RATE / 4, RATE / 4, 400);
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "head.safetensors"));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    g_object_set(bench_element(bench, "classifier"), "head", bench_model("foreign"), NULL);
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    bench_push(bench, sound + RATE / 2, RATE * 3 / 2, 0);
    assert_true(next_event(bench, &event));
    g_free(warning);
    bench_free(bench);
    g_free(sound);
}

static void two_classifiers_share_one_encoder(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench =
        bench_new("auricleencoder model=%s ! auricleclassifier head=%s ! "
                  "auricleclassifier head=%s",
                  bench_model("encoder"), bench_model("head"), bench_model("slow"));
    GstAuricleClassMeta *first, *second;
    gpointer state_of = NULL;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE, 0);
    first = gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, 0), &state_of);
    second = gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, 0), &state_of);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, 0), &state_of));
    assert_int_not_equal(first->source, second->source);
    for (guint f = 0; f < 100; f++) {
        gfloat sum = 0;
        for (guint i = 0; i < 3; i++)
            sum += second->posteriors[f * 3 + i];
        assert_float_equal(sum, 1, 1e-5);
    }
    bench_free(bench);
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(events_are_the_engines),
    cmocka_unit_test(events_are_where_the_sounds_are),
    cmocka_unit_test(messages_do_not_depend_on_the_cut),
    cmocka_unit_test(stereo_is_two_monos),
    cmocka_unit_test(times_are_stream_time),
    cmocka_unit_test(result_delay_is_told),
    cmocka_unit_test(what_is_open_is_closed_at_the_end),
    cmocka_unit_test(the_end_rides_on_the_runs_last_frames),
    cmocka_unit_test(times_stay_inside_the_segment),
    cmocka_unit_test(the_next_run_starts_clean),
    cmocka_unit_test(settings_reach_the_detector),
    cmocka_unit_test(impossible_settings_are_refused),
    cmocka_unit_test(a_bad_head_is_refused_with_reason),
    cmocka_unit_test(a_bad_head_leaves_the_old_one_running),
    cmocka_unit_test(model_and_head_are_swapped_one_after_the_other),
    cmocka_unit_test(two_classifiers_share_one_encoder),
    cmocka_unit_test(posteriors_are_posted_when_asked_for),
};

BENCH_MAIN(tests)
