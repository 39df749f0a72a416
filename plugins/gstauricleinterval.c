// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleinterval.h"

#include <math.h>
#include <string.h>

struct _GstAuricleIntervalSlot {
    gdouble sum, max;
    guint count;
};

static struct _GstAuricleIntervalSlot *slot_of(const GstAuricleInterval *interval, guint channel,
                                               guint field)
{
    return &interval->slots[(gsize)channel * interval->fields + field];
}

void gst_auricle_interval_init(GstAuricleInterval *interval, guint channels, guint fields)
{
    gst_auricle_interval_clear(interval);
    interval->channels = channels;
    interval->fields = fields;
    interval->slots = g_new0(struct _GstAuricleIntervalSlot, (gsize)channels * fields);
}

void gst_auricle_interval_clear(GstAuricleInterval *interval)
{
    g_free(interval->slots);
    memset(interval, 0, sizeof *interval);
}

void gst_auricle_interval_restart(GstAuricleInterval *interval)
{
    interval->frames = 0;
    if (interval->slots)
        memset(interval->slots, 0,
               sizeof *interval->slots * (gsize)interval->channels * interval->fields);
}

void gst_auricle_interval_frame(GstAuricleInterval *interval, GstClockTime pts,
                                GstClockTime duration)
{
    if (!interval->frames++)
        interval->start = pts;
    interval->frame_duration = duration;
    interval->end = MAX(pts, interval->start) + duration;
}

void gst_auricle_interval_add(GstAuricleInterval *interval, guint channel, guint field,
                              gdouble value)
{
    struct _GstAuricleIntervalSlot *slot = slot_of(interval, channel, field);

    if (isnan(value))
        return;
    slot->max = slot->count ? MAX(slot->max, value) : value;
    slot->sum += value;
    slot->count++;
}

gboolean gst_auricle_interval_full(const GstAuricleInterval *interval, guint64 length)
{
    return interval->frames && interval->frames * interval->frame_duration >= length;
}

gdouble gst_auricle_interval_mean(const GstAuricleInterval *interval, guint channel, guint field)
{
    const struct _GstAuricleIntervalSlot *slot = slot_of(interval, channel, field);
    return slot->count ? slot->sum / slot->count : (gdouble)NAN;
}

gdouble gst_auricle_interval_max(const GstAuricleInterval *interval, guint channel, guint field)
{
    const struct _GstAuricleIntervalSlot *slot = slot_of(interval, channel, field);
    return slot->count ? slot->max : (gdouble)NAN;
}

guint gst_auricle_interval_likeliest(const GstAuricleInterval *interval, guint channel)
{
    guint best = 0;

    for (guint i = 1; i < interval->fields; i++)
        if (gst_auricle_interval_mean(interval, channel, i) >
            gst_auricle_interval_mean(interval, channel, best))
            best = i;
    return best;
}

static GstClockTime inside(const GstSegment *segment, GstClockTime time)
{
    if (segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(time))
        return GST_CLOCK_TIME_NONE;
    if (GST_CLOCK_TIME_IS_VALID(segment->stop))
        time = MIN(time, segment->stop);
    return MAX(time, segment->start);
}

GstClockTime gst_auricle_stream_time(const GstSegment *segment, GstClockTime time)
{
    time = inside(segment, time);
    return GST_CLOCK_TIME_IS_VALID(time)
               ? gst_segment_to_stream_time(segment, GST_FORMAT_TIME, time)
               : GST_CLOCK_TIME_NONE;
}

GstClockTime gst_auricle_running_time(const GstSegment *segment, GstClockTime time)
{
    time = inside(segment, time);
    return GST_CLOCK_TIME_IS_VALID(time)
               ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, time)
               : GST_CLOCK_TIME_NONE;
}

GstStructure *gst_auricle_message_fields(const gchar *name, const GstSegment *segment,
                                         GstClockTime start, GstClockTime end,
                                         GstClockTime result_delay)
{
    GstClockTime duration = GST_CLOCK_TIME_IS_VALID(end) ? end - start : GST_CLOCK_TIME_NONE;

    return gst_structure_new(
        name, "endtime", GST_TYPE_CLOCK_TIME, gst_auricle_stream_time(segment, end), "timestamp",
        G_TYPE_UINT64, start, "stream-time", G_TYPE_UINT64, gst_auricle_stream_time(segment, start),
        "running-time", G_TYPE_UINT64, gst_auricle_running_time(segment, start), "duration",
        G_TYPE_UINT64, duration, "result-delay", G_TYPE_UINT64, result_delay, NULL);
}

GstStructure *gst_auricle_interval_fields(const GstAuricleInterval *interval, const gchar *name,
                                          const GstSegment *segment, GstClockTime result_delay)
{
    return gst_auricle_message_fields(name, segment, interval->start, interval->end, result_delay);
}

void gst_auricle_interval_put(const GstAuricleInterval *interval, GstStructure *fields,
                              const gchar *name, GstAuricleIntervalGet get, guint field)
{
    GValue array = G_VALUE_INIT;

    gst_auricle_array_init(&array, interval->channels);
    for (guint c = 0; c < interval->channels; c++)
        gst_auricle_array_append_double(&array, get(interval, c, field));
    gst_structure_take_value(fields, name, &array);
}

void gst_auricle_array_init(GValue *array, guint length)
{
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    g_value_init(array, g_value_array_get_type());
    g_value_take_boxed(array, g_value_array_new(length));
    G_GNUC_END_IGNORE_DEPRECATIONS
}

void gst_auricle_array_append(GValue *array, GValue *value)
{
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    g_value_array_append(g_value_get_boxed(array), value);
    G_GNUC_END_IGNORE_DEPRECATIONS
    g_value_unset(value);
}

void gst_auricle_array_append_double(GValue *array, gdouble number)
{
    GValue value = G_VALUE_INIT;

    g_value_init(&value, G_TYPE_DOUBLE);
    g_value_set_double(&value, number);
    gst_auricle_array_append(array, &value);
}
