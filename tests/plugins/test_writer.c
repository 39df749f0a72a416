// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auriclewriter: one valid JSON line for each result, with its time, byte for byte the same
 * however the audio was cut. */
#include "bench.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { RATE = 16000, SECONDS = 4 };

#define CHAIN                                                                                      \
    "auricleencoder name=encoder model=%s ! auriclepredictor ! "                                   \
    "auricleclassifier name=first head=%s ! "

static struct bench *writer(const gchar *settings)
{
    return bench_new(CHAIN "auriclewriter name=writer %s", bench_model("encoder"),
                     bench_model("head"), settings);
}

/* Every harness has a stream id of its own. */
static void forget_stream_ids(GString *text)
{
    gchar *key;

    while ((key = strstr(text->str, "\"stream\":\""))) {
        const gchar *end = strchr(key + strlen("\"stream\":\""), '"');
        g_string_erase(text, key - text->str, end + strlen("\",") - key);
    }
}

/* All text that came out, without stream ids; to be freed. */
static gchar *text_of(struct bench *bench)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < bench->out->len; i++) {
        GstMapInfo map;
        assert_true(gst_buffer_map(g_ptr_array_index(bench->out, i), &map, GST_MAP_READ));
        g_string_append_len(text, (const gchar *)map.data, (gssize)map.size);
        gst_buffer_unmap(g_ptr_array_index(bench->out, i), &map);
    }
    forget_stream_ids(text);
    return g_string_free(text, FALSE);
}

static gchar *write_sound(const gchar *settings, gint rate, gint channels, gint piece)
{
    gsize count = (gsize)rate * 2;
    gfloat *sound = bench_sound(count, rate, channels);
    struct bench *bench = writer(settings);
    gchar *text;

    bench_format(bench, GST_AUDIO_FORMAT_S16, rate, channels);
    bench_push(bench, sound, count, piece);
    bench_eos(bench);
    text = text_of(bench);
    bench_free(bench);
    g_free(sound);
    return text;
}

static json_t *parse(GstBuffer *buffer)
{
    GstMapInfo map;
    json_error_t error;
    json_t *line;

    assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
    assert_int_equal(map.data[map.size - 1], '\n');
    assert_null(memchr(map.data, '\n', map.size - 1));
    line = json_loadb((const char *)map.data, map.size - 1, 0, &error);
    if (!line)
        fail_msg("%s in %.*s", error.text, (int)map.size, (const char *)map.data);
    gst_buffer_unmap(buffer, &map);
    return line;
}

/* A time in seconds, as nanoseconds. */
static guint64 time_of(const json_t *line, const gchar *key)
{
    const json_t *value = json_object_get(line, key);
    assert_true(json_is_real(value));
    return (guint64)llround(json_real_value(value) * 1e6) * 1000;
}

static gboolean is_type(const json_t *line, const gchar *type)
{
    return !strcmp(json_string_value(json_object_get(line, "type")), type);
}

static void every_line_is_json_with_its_time(void **state)
{
    gfloat *sound = bench_sound(RATE * SECONDS, RATE, 2);
    struct bench *bench = writer("frames=true posteriors=true");
    guint events = 0, starts = 0, surprises = 0, posteriors = 0, frames = 0;

    (void)state;
    bench->pts = 3 * GST_SECOND;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 2);
    bench_push(bench, sound, RATE * SECONDS, 1000);
    bench_eos(bench);
    for (guint i = 0; i < bench->out->len; i++) {
        GstBuffer *buffer = g_ptr_array_index(bench->out, i);
        json_t *line = parse(buffer);

        assert_int_equal(json_integer_value(json_object_get(line, "schema")), 1);
        assert_int_equal(GST_BUFFER_PTS(buffer), time_of(line, "start"));
        assert_int_equal(GST_BUFFER_PTS(buffer), time_of(line, "running_time"));
        if (is_type(line, "event-start"))
            assert_true(json_is_null(json_object_get(line, "end")));
        else
            assert_int_equal(GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer),
                             time_of(line, "end"));
        assert_int_equal(GST_BUFFER_OFFSET(buffer), i);
        assert_in_range(json_integer_value(json_object_get(line, "channel")), 0, 1);
        assert_true(time_of(line, "delay") >= 10000000);
        events += is_type(line, "event");
        starts += is_type(line, "event-start");
        surprises += is_type(line, "surprise");
        posteriors += is_type(line, "posteriors");
        frames += is_type(line, "frame");
        json_decref(line);
    }
    assert_int_equal(frames, SECONDS * 100 * 2);
    assert_int_equal(surprises, SECONDS * 10 * 2);
    assert_true(events >= 8);
    assert_int_equal(posteriors, surprises);
    assert_int_equal(starts, events);
    assert_int_equal(frames + surprises + posteriors + events + starts, bench->out->len);
    bench_free(bench);
    g_free(sound);
}

/* The line's numbers are those of the message on the bus. */
static void an_event_line_says_what_the_message_says(void **state)
{
    gfloat *sound = bench_sound(RATE * SECONDS, RATE, 1);
    struct bench *bench = writer("");
    GstMessage *message;
    guint at = 0, events = 0;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * SECONDS, 0);
    bench_eos(bench);
    while ((message = bench_message(bench, GST_MESSAGE_ELEMENT))) {
        const GstStructure *fields = gst_message_get_structure(message);
        guint64 start, end, decided;
        json_t *line = NULL;

        if (!g_strcmp0(gst_structure_get_string(fields, "event"), "end")) {
            for (; !line || !is_type(line, "event"); at++) {
                json_decref(line);
                assert_true(at < bench->out->len);
                line = parse(g_ptr_array_index(bench->out, at));
            }
            assert_true(gst_structure_get(fields, "start-time", G_TYPE_UINT64, &start, "end-time",
                                          G_TYPE_UINT64, &end, "decided-at", G_TYPE_UINT64,
                                          &decided, NULL));
            assert_int_equal(time_of(line, "start"), start);
            assert_int_equal(time_of(line, "end"), end);
            assert_int_equal(time_of(line, "decided"), decided);
            assert_string_equal(json_string_value(json_object_get(line, "label")),
                                gst_structure_get_string(fields, "label"));
            assert_string_equal(json_string_value(json_object_get(line, "head")), "bursts");
            json_decref(line);
            events++;
        }
        gst_message_unref(message);
    }
    assert_true(events >= 4);
    bench_free(bench);
    g_free(sound);
}

static void a_frame_line_gives_the_floats_back(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1), *expected;
    struct bench *bench = writer("frames=true");
    auricle_model_info info;
    guint frames, seen = 0;

    (void)state;
    expected = bench_reference(bench_model("encoder"), sound, RATE, RATE, &frames, &info);
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE, 0);
    for (guint i = 0; i < bench->out->len; i++) {
        json_t *line = parse(g_ptr_array_index(bench->out, i));
        if (is_type(line, "frame")) {
            const json_t *embedding = json_object_get(line, "embedding");
            const gfloat *vector =
                expected + seen++ * (gsize)info.frame_dim + info.embedding_offset;
            assert_int_equal(json_array_size(embedding), info.embedding_dim);
            for (gint k = 0; k < info.embedding_dim; k++)
                assert_true((gfloat)json_real_value(json_array_get(embedding, (size_t)k)) ==
                            vector[k]);
        }
        json_decref(line);
    }
    assert_int_equal(seen, frames);
    bench_free(bench);
    g_free(expected);
    g_free(sound);
}

/* Half a second each of silence, noise, tone: the means say so, and sum to one. */
static void posteriors_are_means_over_the_interval(void **state)
{
    static const gchar *const labels[] = {"quiet", "noise", "tone"};
    gfloat *sound = bench_sound(RATE * 3 / 2, RATE, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! auricleclassifier head=%s ! "
                                    "auriclewriter posteriors=true interval=500000000",
                                    bench_model("encoder"), bench_model("head"));
    guint seen = 0;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * 3 / 2, 480);
    bench_eos(bench);
    for (guint i = 0; i < bench->out->len; i++) {
        json_t *line = parse(g_ptr_array_index(bench->out, i)), *posteriors;
        const char *label;
        json_t *value;
        gdouble sum = 0;

        if (is_type(line, "posteriors")) {
            posteriors = json_object_get(line, "posteriors");
            json_object_foreach(posteriors, label, value)
                sum += json_real_value(value);
            assert_float_equal(sum, 1, 3e-6); /* each is rounded to 1e-6 */
            label = json_string_value(json_object_get(line, "label"));
            assert_string_equal(label, labels[seen++]);
            assert_true(json_object_get(line, "score") &&
                        json_real_value(json_object_get(posteriors, label)) ==
                            json_real_value(json_object_get(line, "score")));
        }
        json_decref(line);
    }
    assert_int_equal(seen, 3);
    bench_free(bench);
    g_free(sound);
}

static void the_cut_changes_no_byte(void **state)
{
    static const gint pieces[] = {-1, 1, 4000};
    gchar *whole = write_sound("frames=true posteriors=true", 8000, 2, 0);

    (void)state;
    assert_true(strlen(whole) > 10000);
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
        gchar *cut = write_sound("frames=true posteriors=true", 8000, 2, pieces[i]);
        assert_string_equal(cut, whole);
        g_free(cut);
    }
    g_free(whole);
}

static void the_interval_is_respected(void **state)
{
    gchar *text = write_sound("interval=500000000", RATE, 1, 777);
    guint surprises = 0;

    (void)state;
    for (const gchar *at = text; (at = strstr(at, "\"surprise\",")); at++)
        surprises++;
    assert_int_equal(surprises, 4);
    g_free(text);
}

/* --- the stream --- */

static void sticky_events_are_right(void **state)
{
    struct bench *bench = writer("");
    GstPad *pad = gst_element_get_static_pad(bench->harness->element, "src");
    GstEvent *event;
    GstCaps *caps;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_eos(bench);
    caps = gst_pad_get_current_caps(pad);
    assert_true(gst_structure_has_name(gst_caps_get_structure(caps, 0), "application/x-ndjson"));
    event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    assert_non_null(event);
    gst_event_unref(event);
    event = gst_pad_get_sticky_event(pad, GST_EVENT_EOS, 0);
    assert_non_null(event);
    gst_event_unref(event);
    assert_int_equal(bench->out->len, 0);
    gst_caps_unref(caps);
    gst_object_unref(pad);
    bench_free(bench);
}

/* A file without audio: nothing but the end comes, yet what follows is a stream with caps. */
static void an_end_without_a_beginning_is_a_stream(void **state)
{
    struct bench *bench = bench_new("auriclewriter");
    GstPad *pad = gst_element_get_static_pad(bench->harness->element, "src");
    static const GstEventType wanted[] = {GST_EVENT_CAPS, GST_EVENT_SEGMENT, GST_EVENT_EOS};

    (void)state;
    bench_push_event(bench, gst_event_new_stream_start("empty"));
    bench_eos(bench);
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        GstEvent *event = gst_pad_get_sticky_event(pad, wanted[i], 0);
        assert_non_null(event);
        gst_event_unref(event);
    }
    gst_object_unref(pad);
    bench_free(bench);
}

static void an_empty_input_is_an_empty_file(void **state)
{
    gchar *path = g_strdup_printf("%s/empty.ndjson", g_getenv("AURICLE_TEST_MODELS"));
    gchar *launch = g_strdup_printf("audiotestsrc num-buffers=0 ! auriclewriter ! "
                                    "filesink location=%s",
                                    path);
    GstElement *pipeline = gst_parse_launch(launch, NULL);
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    gchar *text;
    gsize length = 1;

    (void)state;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    assert_non_null(message);
    assert_int_equal(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    assert_true(g_file_get_contents(path, &text, &length, NULL));
    assert_int_equal(length, 0);
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
    g_free(text);
    g_free(launch);
    g_free(path);
}

static void stretches_without_lines_are_gaps(void **state)
{
    gfloat *sound = g_new0(gfloat, 160);
    struct bench *bench =
        bench_new("auricleencoder model=%s ! auriclewriter", bench_model("encoder"));
    GstEvent *event;
    GstClockTime start, duration;
    gboolean seen = FALSE;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench->pts = GST_SECOND;
    bench_push(bench, sound, 160, 0);
    while ((event = gst_harness_try_pull_event(bench->harness))) {
        if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) {
            gst_event_parse_gap(event, &start, &duration);
            assert_int_equal(start, GST_SECOND);
            assert_int_equal(duration, 10 * GST_MSECOND);
            seen = TRUE;
        }
        gst_event_unref(event);
    }
    assert_true(seen);
    bench_free(bench);
    g_free(sound);
}

static void audio_without_frames_is_a_warning(void **state)
{
    gfloat *sound = bench_sound(1600, RATE, 1);
    struct bench *bench = bench_new("auriclewriter");
    gchar *warning;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, 1600, 160);
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "auricleencoder"));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    g_free(warning);
    bench_free(bench);
    g_free(sound);
}

static void a_flush_starts_anew(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = writer("");
    gchar *once, *again;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE - 1000, 0);
    once = text_of(bench);
    bench_flush(bench);
    bench_clear(bench);
    bench_segment(bench, 0);
    bench_push(bench, sound, RATE - 1000, 0);
    again = text_of(bench);
    assert_string_equal(once, again);
    g_free(once);
    g_free(again);
    bench_free(bench);
    g_free(sound);
}

/* --- other formats --- */

/* What the writer made of two seconds when downstream takes only these caps. */
static struct bench *written_as(const gchar *caps)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 2);
    struct bench *bench = bench_new("auricleencoder model=%s ! auricleclassifier head=%s ! "
                                    "auriclewriter ! capsfilter caps=\"%s\"",
                                    bench_model("encoder"), bench_model("head"), caps);

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 2);
    bench_push(bench, sound, RATE * 2, 480);
    bench_eos(bench);
    g_free(sound);
    return bench;
}

static guint count_text(const gchar *text, const gchar *part)
{
    guint count = 0;

    for (const gchar *at = text; (at = strstr(at, part)); at++)
        count++;
    return count;
}

static void webvtt_has_a_cue_per_event_in_order(void **state)
{
    struct bench *bench = written_as("application/x-subtitle-vtt");
    gchar *text = text_of(bench), *lines = write_sound("", RATE, 2, 480);
    gchar last[16] = "";

    (void)state;
    assert_true(g_str_has_prefix(text, "WEBVTT\n\n"));
    assert_true(count_text(text, " --> ") >= 4);
    assert_int_equal(count_text(text, " --> "), count_text(lines, "\"type\":\"event\""));
    for (const gchar *at = text; (at = strstr(at, " --> ")); at++) {
        gchar start[16];
        g_strlcpy(start, at - strlen("00:00:00.000"), strlen("00:00:00.000") + 1);
        assert_true(strcmp(start, last) >= 0);
        assert_true(strncmp(start, at + strlen(" --> "), strlen(start)) < 0);
        g_strlcpy(last, start, sizeof last);
    }
    g_free(text);
    g_free(lines);
    bench_free(bench);
}

/* Silence, noise, tone: a text when each is believed, and one when it is over. */
static void text_is_what_is_heard_now(void **state)
{
    struct bench *bench = written_as("text/x-raw,format=utf8");
    GstClockTime last = 0;
    guint texts = 0;

    (void)state;
    for (guint i = 0; i < bench->out->len; i++) {
        GstBuffer *buffer = g_ptr_array_index(bench->out, i);
        assert_true(GST_BUFFER_PTS(buffer) >= last);
        last = GST_BUFFER_PTS(buffer);
        texts++;
    }
    assert_true(texts >= 8);
    assert_int_equal(gst_buffer_memcmp(g_ptr_array_index(bench->out, texts - 1), 0, " ", 1), 0);
    bench_free(bench);
}

static void assert_vectors(struct bench *bench, const gchar *caps)
{
    GstPad *pad = gst_element_get_static_pad(bench->harness->element, "src");
    GstCaps *got = gst_pad_get_current_caps(pad), *wanted = gst_caps_from_string(caps);
    gfloat *sound = bench_sound(RATE * 2, RATE, 2);
    auricle_model_info info;

    assert_true(gst_caps_is_equal(got, wanted));
    assert_int_equal(bench->out->len, 200);
    for (gint c = 0; c < 2; c++) {
        guint frames;
        gfloat *one = bench_channel(sound, RATE * 2, 2, c);
        gfloat *expected =
            bench_reference(bench_model("encoder"), one, RATE * 2, RATE, &frames, &info);
        const gsize size = (gsize)info.embedding_dim * sizeof(gfloat);

        for (guint f = 0; f < frames; f++)
            assert_int_equal(
                gst_buffer_memcmp(g_ptr_array_index(bench->out, f), (gsize)c * size,
                                  expected + f * (gsize)info.frame_dim + info.embedding_offset,
                                  size),
                0);
        g_free(expected);
        g_free(one);
    }
    assert_int_equal(GST_BUFFER_PTS(g_ptr_array_index(bench->out, 7)), 70 * GST_MSECOND);
    g_free(sound);
    gst_caps_unref(got);
    gst_caps_unref(wanted);
    gst_object_unref(pad);
    bench_free(bench);
}

static void vectors_are_the_encoders(void **state)
{
    auricle_model_info info;
    auricle_model *model;
    gchar *tensors, *frames;

    (void)state;
    assert_int_equal(auricle_model_open(bench_model("encoder"), &model, NULL), AURICLE_OK);
    auricle_model_get_info(model, &info);
    auricle_model_unref(&model);
    tensors = g_strdup_printf("other/tensors,format=static,num_tensors=1,types=float32,"
                              "dimensions=%d:2:1:1,framerate=100/1",
                              info.embedding_dim);
    frames = g_strdup_printf("application/x-auricle-frames,format=" GST_AUDIO_NE(
                                 F32) ","
                                      "channels=2,dimension=%d,framerate=100/1",
                             info.embedding_dim);
    assert_vectors(written_as("other/tensors"), tensors);
    assert_vectors(written_as("application/x-auricle-frames"), frames);
    g_free(tensors);
    g_free(frames);
}

static void the_clock_on_the_wall_is_written_where_it_is_known(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = writer("");
    GstCaps *reference = gst_caps_new_empty_simple("timestamp/x-unix");
    GstBuffer *buffer;
    gchar *text;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    buffer = bench_buffer(bench, sound, RATE);
    gst_buffer_add_reference_timestamp_meta(buffer, reference, 1764564491 * GST_SECOND,
                                            GST_CLOCK_TIME_NONE);
    bench_push_buffer(bench, buffer);
    text = text_of(bench);
    assert_non_null(strstr(text, "\"utc\":\"2025-12-01T04:48:11.000000Z\""));
    g_free(text);
    gst_caps_unref(reference);
    bench_free(bench);
    g_free(sound);
}

/* The second encoder tells of the gap later, when audio comes again. */
static void forget_gap(gchar *text)
{
    gchar *gap = strstr(text, "{\"schema\":1,\"type\":\"gap\""), *next;

    assert_non_null(gap);
    next = strchr(gap, '\n') + 1;
    memmove(gap, next, strlen(next) + 1);
}

/* What a classifier found before a second encoder passes it, also where no audio carries it: in a
 * gap and at the end. */
static void a_second_encoder_loses_no_result(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *plain = bench_new("auricleencoder model=%s ! auricleclassifier name=c head=%s ! "
                                    "auriclewriter",
                                    bench_model("encoder"), bench_model("head"));
    struct bench *chain =
        bench_new("auricleencoder model=%s ! auricleclassifier name=c head=%s ! "
                  "auricleencoder model=%s ! auriclewriter",
                  bench_model("encoder"), bench_model("head"), bench_model("other"));
    struct bench *both[] = {plain, chain};
    gchar *text[2];

    (void)state;
    for (guint i = 0; i < 2; i++) {
        bench_format(both[i], GST_AUDIO_FORMAT_F32, RATE, 1);
        bench_push(both[i], sound, RATE, 480); /* the noise ends in the gap */
        both[i]->samples += RATE / 5;
        bench_push(both[i], sound + RATE, RATE * 8 / 10, 480);
        bench_eos(both[i]); /* within a sound */
        text[i] = text_of(both[i]);
        forget_gap(text[i]);
    }
    assert_non_null(strstr(text[0], "\"event\""));
    assert_string_equal(text[0], text[1]);
    for (guint i = 0; i < 2; i++) {
        g_free(text[i]);
        bench_free(both[i]);
    }
    g_free(sound);
}

/* Threads and branches between encoder and writer change nothing. */
static void queues_and_tees_may_stand_between(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *plain = bench_new("auricleencoder model=%s ! auricleclassifier name=c head=%s ! "
                                    "auriclewriter",
                                    bench_model("encoder"), bench_model("head"));
    struct bench *threaded = bench_new(
        "auricleencoder model=%s ! tee name=tee ! queue ! auricleclassifier name=c head=%s ! "
        "queue ! auriclewriter tee. ! queue ! auriclepredictor ! fakesink async=false",
        bench_model("encoder"), bench_model("head"));
    gchar *expected, *got;

    (void)state;
    bench_format(plain, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(plain, sound, RATE * 2, 480);
    bench_eos(plain);
    bench_format(threaded, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(threaded, sound, RATE * 2, 480);
    gst_harness_push_event(threaded->harness, gst_event_new_eos());
    for (guint i = 0; i < 500; i++) { /* until the EOS has come through the queues */
        GstEvent *event = gst_harness_pull_event(threaded->harness);
        gboolean eos = event && GST_EVENT_TYPE(event) == GST_EVENT_EOS;
        assert_non_null(event);
        gst_event_unref(event);
        if (eos)
            break;
    }
    expected = text_of(plain);
    got = text_of(threaded);
    assert_true(strlen(expected) > 100);
    assert_string_equal(got, expected);
    g_free(expected);
    g_free(got);
    bench_free(plain);
    bench_free(threaded);
    g_free(sound);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_line_is_json_with_its_time),
    cmocka_unit_test(an_event_line_says_what_the_message_says),
    cmocka_unit_test(a_frame_line_gives_the_floats_back),
    cmocka_unit_test(posteriors_are_means_over_the_interval),
    cmocka_unit_test(the_cut_changes_no_byte),
    cmocka_unit_test(the_interval_is_respected),
    cmocka_unit_test(sticky_events_are_right),
    cmocka_unit_test(an_end_without_a_beginning_is_a_stream),
    cmocka_unit_test(an_empty_input_is_an_empty_file),
    cmocka_unit_test(stretches_without_lines_are_gaps),
    cmocka_unit_test(audio_without_frames_is_a_warning),
    cmocka_unit_test(a_flush_starts_anew),
    cmocka_unit_test(webvtt_has_a_cue_per_event_in_order),
    cmocka_unit_test(text_is_what_is_heard_now),
    cmocka_unit_test(vectors_are_the_encoders),
    cmocka_unit_test(the_clock_on_the_wall_is_written_where_it_is_known),
    cmocka_unit_test(a_second_encoder_loses_no_result),
    cmocka_unit_test(queues_and_tees_may_stand_between),
};

BENCH_MAIN(tests)
