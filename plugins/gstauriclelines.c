// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauriclelines.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* enough digits to give a float back */
enum { FLOAT_DIGITS = 9 };

static void put_time(json_t *line, const gchar *key, GstClockTime time)
{
    json_object_set_new(
        line, key, GST_CLOCK_TIME_IS_VALID(time) ? json_integer((json_int_t)time) : json_null());
}

static json_t *number(gdouble value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *line_new(const gchar *type, guint channel, const GstSegment *segment,
                        GstClockTime start, GstClockTime end)
{
    json_t *line = json_object();

    json_object_set_new(line, "type", json_string(type));
    json_object_set_new(line, "channel", json_integer(channel));
    put_time(line, "start_ns", gst_auricle_stream_time(segment, start));
    put_time(line, "end_ns", gst_auricle_stream_time(segment, end));
    return line;
}

/* Takes line. */
static GstBuffer *line_buffer(json_t *line, GstClockTime start, GstClockTime end)
{
    gchar *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(FLOAT_DIGITS));
    gsize length = strlen(text);
    GstBuffer *buffer;

    json_decref(line);
    text = realloc(text, length + 1);
    text[length] = '\n'; /* in the place of the NUL: a buffer has its length */
    buffer =
        gst_buffer_new_wrapped_full((GstMemoryFlags)0, text, length + 1, 0, length + 1, text, free);
    GST_BUFFER_PTS(buffer) = start;
    GST_BUFFER_DURATION(buffer) = end - start;
    return buffer;
}

GstBuffer *gst_auricle_line_event(const GstSegment *segment, const GstAuricleClassMeta *meta,
                                  const GstAuricleEvent *event)
{
    json_t *line = line_new("event", event->channel, segment, event->start, event->end);
    auricle_head_info info;

    auricle_head_get_info(meta->head, &info);
    json_object_set_new(line, "task", json_string(info.task));
    json_object_set_new(line, "label", json_string(auricle_head_label(meta->head, event->label)));
    json_object_set_new(line, "confidence", number((gdouble)event->confidence));
    put_time(line, "decided_ns", gst_auricle_stream_time(segment, event->decided_at));
    put_time(line, "result_delay_ns", meta->result_delay);
    return line_buffer(line, event->start, event->end);
}

GstBuffer *gst_auricle_line_surprise(const GstSegment *segment, const GstAuricleInterval *interval,
                                     guint channel, GstClockTime result_delay)
{
    static const gchar *const keys[GST_AURICLE_SURPRISE_FIELDS] = {
        [GST_AURICLE_SURPRISE] = "surprise",
        [GST_AURICLE_FUTURE_ERROR] = "future_error",
        [GST_AURICLE_FEATURE_ERROR] = "feature_error",
        [GST_AURICLE_MASKED_ERROR] = "masked_error",
    };
    json_t *line = line_new("surprise", channel, segment, interval->start, interval->end);

    for (guint i = 0; i < GST_AURICLE_SURPRISE_FIELDS; i++)
        json_object_set_new(line, keys[i], number(gst_auricle_interval_mean(interval, channel, i)));
    json_object_set_new(line, "surprise_max",
                        number(gst_auricle_interval_max(interval, channel, GST_AURICLE_SURPRISE)));
    put_time(line, "result_delay_ns", result_delay);
    return line_buffer(line, interval->start, interval->end);
}

GstBuffer *gst_auricle_line_posteriors(const GstSegment *segment,
                                       const GstAuricleInterval *interval, guint channel,
                                       const auricle_head *head, GstClockTime result_delay)
{
    json_t *line = line_new("posteriors", channel, segment, interval->start, interval->end);
    json_t *posteriors = json_object();
    guint best = gst_auricle_interval_likeliest(interval, channel);
    auricle_head_info info;

    auricle_head_get_info(head, &info);
    for (gint i = 0; i < info.class_count; i++)
        json_object_set_new(posteriors, auricle_head_label(head, i),
                            number(gst_auricle_interval_mean(interval, channel, (guint)i)));
    json_object_set_new(line, "task", json_string(info.task));
    json_object_set_new(line, "label", json_string(auricle_head_label(head, (gint)best)));
    json_object_set_new(line, "confidence",
                        number(gst_auricle_interval_mean(interval, channel, best)));
    json_object_set_new(line, "posteriors", posteriors);
    put_time(line, "result_delay_ns", result_delay);
    return line_buffer(line, interval->start, interval->end);
}

GstBuffer *gst_auricle_line_frame(const GstSegment *segment, const GstAuricleFrameMeta *meta,
                                  guint channel, guint frame)
{
    GstClockTime start = meta->pts + frame * meta->frame_duration;
    json_t *line = line_new("frame", channel, segment, start, start + meta->frame_duration);
    json_t *embedding = json_array();
    const gfloat *vector =
        gst_auricle_frame_meta_vector(meta, channel, frame) + meta->info.embedding_offset;

    for (gint i = 0; i < meta->info.embedding_dim; i++)
        json_array_append_new(embedding, number((gdouble)vector[i]));
    json_object_set_new(line, "embedding", embedding);
    put_time(line, "result_delay_ns", meta->result_delay);
    return line_buffer(line, start, start + meta->frame_duration);
}
