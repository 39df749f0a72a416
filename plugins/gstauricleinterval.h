// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Means and maxima per channel over a stretch of frames, and the message that tells them.
 *
 * A message has level's shape: timestamp, stream-time, running-time, duration, endtime (guint64,
 * ns), then arrays with one double a channel (GValueArray, as level's). */
#ifndef GST_AURICLE_INTERVAL_H
#define GST_AURICLE_INTERVAL_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstAuricleInterval {
    guint channels, fields;
    guint frames;       /* gathered so far */
    GstClockTime start; /* of the first of them */
    GstClockTime end;   /* of the last of them */
    GstClockTime frame_duration;
    struct _GstAuricleIntervalSlot *slots; /* [channels][fields] */
} GstAuricleInterval;

/** Sizes it and empties it. */
void gst_auricle_interval_init(GstAuricleInterval *interval, guint channels, guint fields);
void gst_auricle_interval_clear(GstAuricleInterval *interval);
void gst_auricle_interval_restart(GstAuricleInterval *interval);
/** Opens the next frame; then one add per channel and field. */
void gst_auricle_interval_frame(GstAuricleInterval *interval, GstClockTime pts,
                                GstClockTime duration);
/** NaN is no value: it is left out. */
void gst_auricle_interval_add(GstAuricleInterval *interval, guint channel, guint field,
                              gdouble value);
/** TRUE when its frames last length ns or more. */
gboolean gst_auricle_interval_full(const GstAuricleInterval *interval, guint64 length);
/** NaN when nothing was added. */
gdouble gst_auricle_interval_mean(const GstAuricleInterval *interval, guint channel, guint field);
gdouble gst_auricle_interval_max(const GstAuricleInterval *interval, guint channel, guint field);

/** The field with the highest mean. */
guint gst_auricle_interval_likeliest(const GstAuricleInterval *interval, guint channel);

/** A time inside the segment, pulled to its edge when outside; NONE when there is no such time. */
GstClockTime gst_auricle_stream_time(const GstSegment *segment, GstClockTime time);
GstClockTime gst_auricle_running_time(const GstSegment *segment, GstClockTime time);

/** The time fields. end may be NONE: then duration and endtime are too. */
GstStructure *gst_auricle_message_fields(const gchar *name, const GstSegment *segment,
                                         GstClockTime start, GstClockTime end,
                                         GstClockTime result_delay);
GstStructure *gst_auricle_interval_fields(const GstAuricleInterval *interval, const gchar *name,
                                          const GstSegment *segment, GstClockTime result_delay);
typedef gdouble (*GstAuricleIntervalGet)(const GstAuricleInterval *interval, guint channel,
                                         guint field);
/** Adds an array of one double a channel. */
void gst_auricle_interval_put(const GstAuricleInterval *interval, GstStructure *fields,
                              const gchar *name, GstAuricleIntervalGet get, guint field);

/** GValueArray helpers: one place for what GLib calls deprecated and level still speaks. */
void gst_auricle_array_init(GValue *array, guint length);
/** Takes the content of value. */
void gst_auricle_array_append(GValue *array, GValue *value);
void gst_auricle_array_append_double(GValue *array, gdouble number);

G_END_DECLS

#endif
