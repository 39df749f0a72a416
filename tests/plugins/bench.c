// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "bench.h"

#include <auricle/stream.h>
#include <math.h>
#include <string.h>

const gchar *bench_model(const gchar *name)
{
    static gchar paths[8][512];
    static guint next;
    gchar *path = paths[next++ % G_N_ELEMENTS(paths)];

    g_snprintf(path, sizeof paths[0], "%s/%s.safetensors", g_getenv("AURICLE_TEST_MODELS"), name);
    return path;
}

/* --- the harness --- */

/* Between src and the harness: carriers arrive in order with the buffers. */
static GstPadProbeReturn keep_output(G_GNUC_UNUSED GstPad *pad, GstPadProbeInfo *info,
                                     gpointer user)
{
    struct bench *bench = user;
    GstBuffer *buffer = NULL;

    if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
        buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    else if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
        buffer = gst_auricle_carrier_buffer(GST_PAD_PROBE_INFO_EVENT(info));
    if (buffer)
        g_ptr_array_add(bench->out, gst_buffer_ref(buffer));
    return GST_PAD_PROBE_OK;
}

static void watch_output(struct bench *bench)
{
    GstPad *pad = gst_element_get_static_pad(bench->harness->element, "src");

    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                      keep_output, bench, NULL);
    gst_object_unref(pad);
}

struct bench *bench_new(const gchar *format, ...)
{
    struct bench *bench = g_new0(struct bench, 1);
    GstElement *bin;
    gchar *description;
    va_list list;

    va_start(list, format);
    description = g_strdup_vprintf(format, list);
    va_end(list);
    bin = gst_parse_bin_from_description(description, TRUE, NULL);
    assert_non_null(bin);
    bench->out = g_ptr_array_new_with_free_func((GDestroyNotify)gst_buffer_unref);
    bench->bus = gst_bus_new();
    gst_element_set_bus(bin, bench->bus);
    bench->harness = gst_harness_new_with_element(bin, "sink", "src");
    watch_output(bench);
    gst_object_unref(bin);
    g_free(description);
    return bench;
}

void bench_free(struct bench *bench)
{
    gst_harness_teardown(bench->harness);
    gst_bus_set_flushing(bench->bus, TRUE);
    gst_object_unref(bench->bus);
    g_ptr_array_unref(bench->out);
    g_free(bench);
}

GstElement *bench_element(struct bench *bench, const gchar *name)
{
    GstElement *element = gst_bin_get_by_name(GST_BIN(bench->harness->element), name);

    assert_non_null(element);
    gst_object_unref(element); /* the bin's reference is enough */
    return element;
}

void bench_format(struct bench *bench, GstAudioFormat format, gint rate, gint channels)
{
    GstCaps *caps;

    gst_audio_info_set_format(&bench->audio, format, rate, channels, NULL);
    caps = gst_audio_info_to_caps(&bench->audio);
    gst_harness_set_src_caps(bench->harness, caps);
}

/* --- audio in --- */

GstBuffer *bench_buffer(struct bench *bench, const gfloat *sound, gsize samples)
{
    gsize values = samples * (gsize)bench->audio.channels;
    gboolean integer = bench->audio.finfo->format == GST_AUDIO_FORMAT_S16;
    GstBuffer *buffer =
        gst_buffer_new_allocate(NULL, values * (integer ? sizeof(gint16) : sizeof(gfloat)), NULL);
    GstMapInfo map;

    gst_buffer_map(buffer, &map, GST_MAP_WRITE);
    if (integer)
        for (gsize i = 0; i < values; i++)
            ((gint16 *)map.data)[i] = (gint16)lrintf(sound[i] * 32767.0f);
    else
        memcpy(map.data, sound, map.size);
    gst_buffer_unmap(buffer, &map);
    GST_BUFFER_PTS(buffer) =
        bench->pts + gst_util_uint64_scale(bench->samples, GST_SECOND, (guint64)bench->audio.rate);
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(samples, GST_SECOND, (guint64)bench->audio.rate);
    if (!bench->samples)
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    bench->samples += samples;
    return buffer;
}

void bench_collect(struct bench *bench)
{
    GstBuffer *buffer;

    while ((buffer = gst_harness_try_pull(bench->harness)))
        gst_buffer_unref(buffer); /* the probe has it */
}

GstFlowReturn bench_push_buffer(struct bench *bench, GstBuffer *buffer)
{
    GstFlowReturn flow = gst_harness_push(bench->harness, buffer);

    bench_collect(bench);
    return flow;
}

void bench_push(struct bench *bench, const gfloat *sound, gsize samples, gint piece)
{
    guint round = 0;

    for (gsize done = 0; done < samples;) {
        gsize count = piece > 0 ? (gsize)piece : samples;
        if (piece < 0) /* odd, tiny and large in turn */
            count = (const gsize[]){1, 7, 161, 1023, 480, 4801}[round++ % 6];
        count = MIN(count, samples - done);
        assert_int_equal(
            bench_push_buffer(
                bench, bench_buffer(bench, sound + done * (gsize)bench->audio.channels, count)),
            GST_FLOW_OK);
        done += count;
    }
}

void bench_push_event(struct bench *bench, GstEvent *event)
{
    gst_harness_push_event(bench->harness, event);
    bench_collect(bench);
}

void bench_eos(struct bench *bench)
{
    bench_push_event(bench, gst_event_new_eos());
}

void bench_flush(struct bench *bench)
{
    bench_push_event(bench, gst_event_new_flush_start());
    bench_push_event(bench, gst_event_new_flush_stop(TRUE));
}

void bench_segment(struct bench *bench, GstClockTime start)
{
    GstSegment segment;

    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = segment.time = start;
    bench_push_event(bench, gst_event_new_segment(&segment));
    bench->pts = start;
    bench->samples = 0;
}

void bench_clear(struct bench *bench)
{
    g_ptr_array_set_size(bench->out, 0);
}

/* --- what came out --- */

gfloat *bench_frames(struct bench *bench, guint channel, guint *frames)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(gfloat));

    *frames = 0;
    for (guint i = 0; i < bench->out->len; i++) {
        GstAuricleFrameMeta *meta =
            gst_buffer_get_auricle_frame_meta(g_ptr_array_index(bench->out, i));
        if (!meta || !meta->frames)
            continue;
        assert_true(channel < meta->channels);
        g_array_append_vals(all, gst_auricle_frame_meta_vector(meta, channel, 0),
                            meta->frames * (guint)meta->info.frame_dim);
        *frames += meta->frames;
    }
    return (gfloat *)(gpointer)g_array_free(all, FALSE);
}

GstAuricleFrameMeta *bench_meta(struct bench *bench, guint index)
{
    assert_true(index < bench->out->len);
    return gst_buffer_get_auricle_frame_meta(g_ptr_array_index(bench->out, index));
}

guint bench_count_flag(struct bench *bench, GstAuricleFrameFlags flag)
{
    guint count = 0;

    for (guint i = 0; i < bench->out->len; i++) {
        GstAuricleFrameMeta *meta = bench_meta(bench, i);
        count += meta && (meta->flags & flag);
    }
    return count;
}

void bench_assert_one_run(struct bench *bench, GstClockTime first, gboolean ended)
{
    guint64 index = 0;

    for (guint i = 0; i < bench->out->len; i++) {
        GstAuricleFrameMeta *meta = bench_meta(bench, i);
        gboolean last = ended && i + 1 == bench->out->len;

        assert_non_null(meta);
        assert_int_equal(meta->index, index);
        assert_int_equal(meta->pts, first + index * BENCH_HOP_NS);
        assert_int_equal(meta->frame_duration, BENCH_HOP_NS);
        assert_int_equal(!!(meta->flags & GST_AURICLE_FRAMES_RUN_START), i == 0);
        assert_int_equal(!!(meta->flags & GST_AURICLE_FRAMES_RUN_END), last);
        index += meta->frames;
    }
}

GstMessage *bench_message(struct bench *bench, GstMessageType type)
{
    return gst_bus_pop_filtered(bench->bus, type);
}

gchar *bench_complaint(struct bench *bench, GstMessageType type)
{
    GstMessage *message = bench_message(bench, type);
    GError *error = NULL;
    gchar *text;

    if (!message)
        return NULL;
    if (type == GST_MESSAGE_ERROR)
        gst_message_parse_error(message, &error, NULL);
    else
        gst_message_parse_warning(message, &error, NULL);
    text = g_strdup(error->message);
    g_error_free(error);
    gst_message_unref(message);
    return text;
}

gchar *bench_messages(struct bench *bench, const gchar *name)
{
    GString *lines = g_string_new(NULL);
    GstMessage *message;

    while ((message = bench_message(bench, GST_MESSAGE_ELEMENT))) {
        const GstStructure *fields = gst_message_get_structure(message);
        if (gst_structure_has_name(fields, name)) {
            gchar *text = gst_structure_to_string(fields);
            g_string_append_printf(lines, "%s\n", text);
            g_free(text);
        }
        gst_message_unref(message);
    }
    return g_string_free(lines, FALSE);
}

static guint64 time_field(const GstStructure *fields, const gchar *name)
{
    guint64 time = GST_CLOCK_TIME_NONE;
    gst_structure_get_uint64(fields, name, &time);
    return time;
}

gboolean bench_next_event(struct bench *bench, struct bench_event *event)
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

static void assert_says(const gchar *text, const gchar *naming)
{
    assert_non_null(text);
    if (!strstr(text, naming))
        fail_msg("\"%s\" should name \"%s\"", text, naming);
}

void bench_expect_error(struct bench *bench, const gchar *naming)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    gchar *error;

    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    assert_int_equal(bench_push_buffer(bench, bench_buffer(bench, sound, 1600)), GST_FLOW_ERROR);
    error = bench_complaint(bench, GST_MESSAGE_ERROR);
    assert_says(error, naming);
    g_free(error);
    g_free(sound);
    bench_free(bench);
}

void bench_expect_no_start(const gchar *launch, const gchar *naming, const gchar *cure)
{
    GstElement *pipeline = gst_parse_launch(launch, NULL);
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    GError *error;

    assert_int_equal(gst_element_set_state(pipeline, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
    message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    assert_non_null(message);
    gst_message_parse_error(message, &error, NULL);
    assert_says(error->message, naming);
    assert_says(error->message, cure);
    g_error_free(error);
    gst_message_unref(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
}

gdouble bench_array_value(const GstStructure *fields, const gchar *name, guint index)
{
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    GValueArray *array = g_value_get_boxed(gst_structure_get_value(fields, name));
    assert_true(index < array->n_values);
    return g_value_get_double(g_value_array_get_nth(array, index));
    G_GNUC_END_IGNORE_DEPRECATIONS
}

/* --- sound --- */

static gfloat sound_at(gsize i, gint rate, gint channel, guint32 *seed)
{
    guint stretch = (guint)(i / (gsize)(rate / 2)) + (guint)channel;

    *seed = *seed * 1664525u + 1013904223u;
    switch (stretch % 3) {
    case 1:
        return 0.4f * ((gfloat)(*seed >> 8) / 8388608.0f - 1.0f);
    case 2:
        return 0.5f * sinf(0.2f * 16000.0f / (gfloat)rate * (gfloat)i);
    default:
        return 0;
    }
}

gfloat *bench_sound(gsize samples, gint rate, gint channels)
{
    gfloat *sound = g_new(gfloat, samples * (gsize)channels);

    for (gint c = 0; c < channels; c++) {
        guint32 seed = (guint32)c + 1;
        for (gsize i = 0; i < samples; i++)
            sound[i * (gsize)channels + (gsize)c] = sound_at(i, rate, c, &seed);
    }
    return sound;
}

gfloat *bench_channel(const gfloat *sound, gsize samples, gint channels, gint channel)
{
    gfloat *one = g_new(gfloat, samples);

    for (gsize i = 0; i < samples; i++)
        one[i] = sound[i * (gsize)channels + (gsize)channel];
    return one;
}

gfloat *bench_reference(const gchar *path, const gfloat *samples, gsize count, gint rate,
                        guint *frames, auricle_model_info *info)
{
    auricle_stream_config config = {.sample_rate_hz = rate, .warm = true};
    GArray *all = g_array_new(FALSE, FALSE, sizeof(gfloat));
    auricle_model *model;
    auricle_stream *stream;
    auricle_frame frame;
    gsize consumed;

    assert_int_equal(auricle_model_open(path, &model, NULL), AURICLE_OK);
    auricle_model_get_info(model, info);
    assert_int_equal(auricle_stream_create(model, &config, &stream, NULL), AURICLE_OK);
    for (*frames = 0; count; samples += consumed, count -= consumed) {
        assert_int_equal(auricle_stream_feed(stream, samples, count, &consumed, &frame),
                         AURICLE_OK);
        if (frame.vector)
            g_array_append_vals(all, frame.vector, (guint)info->frame_dim);
    }
    for (auricle_stream_drain(stream, &frame); frame.vector; auricle_stream_drain(stream, &frame))
        g_array_append_vals(all, frame.vector, (guint)info->frame_dim);
    *frames = all->len / (guint)info->frame_dim;
    auricle_stream_destroy(&stream);
    auricle_model_unref(&model);
    return (gfloat *)(gpointer)g_array_free(all, FALSE);
}
