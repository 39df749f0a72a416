// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What auriclewriter writes: results of every kind, and the formats that it can write them in.
 *
 * A format is one file and one line in the table of gstauriclewriter.c. The caps that downstream
 * takes choose it. */
#ifndef GST_AURICLE_WRITER_FORMAT_H
#define GST_AURICLE_WRITER_FORMAT_H

#include "gstauricleframemeta.h"
#include "gstauricleinterval.h"
#include "gstauricleresultmeta.h"
#include "gstauriclewriter.h"

G_BEGIN_DECLS

typedef enum _GstAuricleResultType {
    GST_AURICLE_RESULT_EVENT_START,
    GST_AURICLE_RESULT_EVENT,
    GST_AURICLE_RESULT_POSTERIORS,
    GST_AURICLE_RESULT_SURPRISE,
    GST_AURICLE_RESULT_GAP,
    GST_AURICLE_RESULT_SKIP,
} GstAuricleResultType;

/** Times are in the time of buffers. What a type does not have is NULL, NONE or 0. */
typedef struct _GstAuricleResult {
    GstAuricleResultType type;
    gint channel; /* -1: all */
    GstClockTime start, end, decided_at, result_delay;
    const gchar *source; /* name of the classifier */
    auricle_head *head;
    gint label;
    gdouble score;                      /* 0..1 */
    const GstAuricleInterval *interval; /* surprise: GstAuricleSurpriseField; posteriors: classes */
    gboolean restart;                   /* gap: a new run begins */
    GstAuricleAbsence absence;          /* gap, skip: sums so far */
} GstAuricleResult;

typedef struct _GstAuricleWriterFormat {
    const gchar *caps; /* in the pad template */
    /** A stream begins: caps, a header, state. */
    void (*begin)(GstAuricleWriter *writer);
    /** A result, in the order of decision; NULL: the format has none. */
    void (*result)(GstAuricleWriter *writer, const GstAuricleResult *result);
    /** One frame of all channels; NULL: the format has none. */
    void (*frame)(GstAuricleWriter *writer, const GstAuricleFrameMeta *meta, guint frame);
    /** The stream ends: drain: what was held back is written; frees the state. May be NULL. */
    void (*end)(GstAuricleWriter *writer, gboolean drain);
} GstAuricleWriterFormat;

extern const GstAuricleWriterFormat gst_auricle_writer_json;
extern const GstAuricleWriterFormat gst_auricle_writer_vtt;
extern const GstAuricleWriterFormat gst_auricle_writer_text;
extern const GstAuricleWriterFormat gst_auricle_writer_tensors;
extern const GstAuricleWriterFormat gst_auricle_writer_frames;

/* --- for formats; streaming thread --- */

const GstSegment *gst_auricle_writer_segment(GstAuricleWriter *writer);
/** NULL when upstream gave none. */
const gchar *gst_auricle_writer_stream_id(GstAuricleWriter *writer);
/** Nanoseconds since 1970 of a time of buffers; NONE when the pipeline does not know. */
GstClockTime gst_auricle_writer_utc(GstAuricleWriter *writer, GstClockTime time);
/** Takes caps. */
void gst_auricle_writer_set_caps(GstAuricleWriter *writer, GstCaps *caps);
/** Takes the memory of text, which g_free frees. */
void gst_auricle_writer_push_text(GstAuricleWriter *writer, gchar *text, GstClockTime start,
                                  GstClockTime end);
/** Takes buffer. */
void gst_auricle_writer_push(GstAuricleWriter *writer, GstBuffer *buffer);
/** Where the format keeps its state. */
gpointer *gst_auricle_writer_state(GstAuricleWriter *writer);

G_END_DECLS

#endif
