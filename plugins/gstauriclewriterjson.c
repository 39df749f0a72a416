// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* JSON Lines as docs/events.md describes them, version 1. */
#include "gstauriclewriterformat.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA = 1, DIGITS = 15 };

static const gchar *const type_names[] = {
    [GST_AURICLE_RESULT_EVENT_START] = "event-start",
    [GST_AURICLE_RESULT_EVENT] = "event",
    [GST_AURICLE_RESULT_POSTERIORS] = "posteriors",
    [GST_AURICLE_RESULT_SURPRISE] = "surprise",
    [GST_AURICLE_RESULT_GAP] = "gap",
    [GST_AURICLE_RESULT_SKIP] = "skip",
};

/* --- values --- */

/* To the millionth; not finite is null. */
static json_t *number(gdouble value)
{
    return isfinite(value) ? json_real(round(value * 1e6) / 1e6) : json_null();
}

/* The shortest decimal number that gives the float back. */
static json_t *float_number(gfloat value)
{
    gchar text[32];

    if (!isfinite(value))
        return json_null();
    g_snprintf(text, sizeof text, "%.9g", (gdouble)value);
    return json_real(g_ascii_strtod(text, NULL));
}

static json_t *seconds(GstClockTime time)
{
    return GST_CLOCK_TIME_IS_VALID(time) ? number((gdouble)time / GST_SECOND) : json_null();
}

/* 2026-12-01T04:48:11.250000Z */
static json_t *date(GstClockTime utc)
{
    GDateTime *second = g_date_time_new_from_unix_utc((gint64)(utc / GST_SECOND));
    gchar *text = second ? g_date_time_format(second, "%Y-%m-%dT%H:%M:%S") : NULL;
    json_t *value = text ? json_sprintf("%s.%06uZ", text, (guint)(utc % GST_SECOND / GST_USECOND))
                         : json_null();

    g_free(text);
    g_clear_pointer(&second, g_date_time_unref);
    return value;
}

/* --- lines --- */

static json_t *line_new(GstAuricleWriter *writer, const gchar *type, gint channel,
                        GstClockTime start, GstClockTime end)
{
    const GstSegment *segment = gst_auricle_writer_segment(writer);
    const GstClockTime running = gst_auricle_running_time(segment, start);
    const GstClockTime utc = gst_auricle_writer_utc(writer, start);
    const gchar *stream = gst_auricle_writer_stream_id(writer);
    json_t *line = json_object();

    json_object_set_new(line, "schema", json_integer(SCHEMA));
    json_object_set_new(line, "type", json_string(type));
    if (channel >= 0)
        json_object_set_new(line, "channel", json_integer(channel));
    json_object_set_new(line, "start", seconds(gst_auricle_stream_time(segment, start)));
    json_object_set_new(line, "end", seconds(gst_auricle_stream_time(segment, end)));
    if (GST_CLOCK_TIME_IS_VALID(running))
        json_object_set_new(line, "running_time", seconds(running));
    if (GST_CLOCK_TIME_IS_VALID(utc))
        json_object_set_new(line, "utc", date(utc));
    if (stream)
        json_object_set_new(line, "stream", json_string(stream));
    return line;
}

/* Takes line. */
static void push_line(GstAuricleWriter *writer, json_t *line, GstClockTime start, GstClockTime end)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));

    json_decref(line);
    gst_auricle_writer_push_text(writer, g_strconcat(text, "\n", NULL), start, end);
    free(text);
}

static void put_label(json_t *line, const GstAuricleResult *result)
{
    auricle_head_info info;

    auricle_head_get_info(result->head, &info);
    json_object_set_new(line, "head", json_string(info.task));
    json_object_set_new(line, "label",
                        json_string(auricle_head_label(result->head, result->label)));
    json_object_set_new(line, "score", number(result->score));
}

static void put_posteriors(json_t *line, const GstAuricleResult *result)
{
    json_t *posteriors = json_object();

    for (guint i = 0; i < result->interval->fields; i++)
        json_object_set_new(
            posteriors, auricle_head_label(result->head, (gint)i),
            number(gst_auricle_interval_mean(result->interval, (guint)result->channel, i)));
    json_object_set_new(line, "posteriors", posteriors);
}

static void put_surprise(json_t *line, const GstAuricleResult *result)
{
    static const gchar *const keys[GST_AURICLE_SURPRISE_FIELDS] = {
        [GST_AURICLE_SURPRISE] = "surprise",
        [GST_AURICLE_FUTURE_ERROR] = "future_error",
        [GST_AURICLE_FEATURE_ERROR] = "feature_error",
        [GST_AURICLE_MASKED_ERROR] = "masked_error",
    };
    const guint channel = (guint)result->channel;

    for (guint i = 0; i < GST_AURICLE_SURPRISE_FIELDS; i++)
        json_object_set_new(line, keys[i],
                            number(gst_auricle_interval_mean(result->interval, channel, i)));
    json_object_set_new(
        line, "surprise_max",
        number(gst_auricle_interval_max(result->interval, channel, GST_AURICLE_SURPRISE)));
}

static void put_absence(json_t *line, const GstAuricleResult *result)
{
    const GstAuricleAbsence *absence = &result->absence;

    if (result->type == GST_AURICLE_RESULT_GAP) {
        json_object_set_new(line, "heard_as", json_string(result->restart ? "restart" : "silence"));
        json_object_set_new(line, "lost", seconds(absence->lost_time));
        json_object_set_new(line, "gaps", json_integer((json_int_t)absence->gaps));
    } else {
        json_object_set_new(line, "reason", json_string("late"));
        json_object_set_new(line, "skipped", seconds(absence->skipped_time));
        json_object_set_new(line, "skips", json_integer((json_int_t)absence->skips));
    }
}

static void json_result(GstAuricleWriter *writer, const GstAuricleResult *result)
{
    const GstSegment *segment = gst_auricle_writer_segment(writer);
    json_t *line =
        line_new(writer, type_names[result->type], result->channel, result->start, result->end);

    if (result->source)
        json_object_set_new(line, "source", json_string(result->source));
    if (result->head)
        put_label(line, result);
    if (result->type == GST_AURICLE_RESULT_EVENT_START || result->type == GST_AURICLE_RESULT_EVENT)
        json_object_set_new(line, "decided",
                            seconds(gst_auricle_stream_time(segment, result->decided_at)));
    else if (result->type == GST_AURICLE_RESULT_POSTERIORS)
        put_posteriors(line, result);
    else if (result->type == GST_AURICLE_RESULT_SURPRISE)
        put_surprise(line, result);
    else
        put_absence(line, result);
    if (result->channel >= 0)
        json_object_set_new(line, "delay", seconds(result->result_delay));
    push_line(writer, line, result->start, result->end);
}

static void json_frame(GstAuricleWriter *writer, const GstAuricleFrameMeta *meta, guint frame)
{
    const GstClockTime start = meta->pts + frame * meta->frame_duration;

    for (guint c = 0; c < meta->channels; c++) {
        const gfloat *vector =
            gst_auricle_frame_meta_vector(meta, c, frame) + meta->info.embedding_offset;
        json_t *line = line_new(writer, "frame", (gint)c, start, start + meta->frame_duration);
        json_t *embedding = json_array();

        for (gint i = 0; i < meta->info.embedding_dim; i++)
            json_array_append_new(embedding, float_number(vector[i]));
        json_object_set_new(line, "embedding", embedding);
        json_object_set_new(line, "delay", seconds(meta->result_delay));
        push_line(writer, line, start, start + meta->frame_duration);
    }
}

static void json_begin(GstAuricleWriter *writer)
{
    gst_auricle_writer_set_caps(writer, gst_caps_from_string(gst_auricle_writer_json.caps));
}

const GstAuricleWriterFormat gst_auricle_writer_json = {
    .caps = "application/x-ndjson",
    .begin = json_begin,
    .result = json_result,
    .frame = json_frame,
};
