// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/**
 * SECTION:element-auriclewriter
 * @title: auriclewriter
 *
 * Turns what `auricleencoder`, `auriclepredictor` and `auricleclassifier` found into a stream of
 * its own. The audio ends here; use `tee` before to keep it. The caps that downstream takes choose
 * what is written; where it takes several, the first of these:
 *
 * * `application/x-ndjson`: JSON Lines as docs/events.md describes them: start and end of each
 * event, surprise once per channel and #GstAuricleWriter:interval, with
 * #GstAuricleWriter:posteriors the same of every classifier's posteriors, with
 * #GstAuricleWriter:frames every embedding, and what was lost or skipped.
 * * `application/x-subtitle-vtt`: WebVTT, one cue per event.
 * * `text/x-raw`: the labels heard now, for `textoverlay`.
 * * `other/tensors`: embeddings for NNStreamer, a float32 tensor dimension:channels:1:1 per frame.
 * * `application/x-auricle-frames`: embeddings as floats [channels][dimension], a buffer per frame.
 *
 * Each buffer has the time of what it describes. Lines come in the order in which they were
 * decided, so events that overlap in time need not be sorted by their start. How the audio was cut
 * into buffers does not change a byte.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=kitchen.flac ! decodebin ! audioconvert !
 *   auricleencoder model=encoder.safetensors ! auricleclassifier head=sounds.safetensors !
 *   auriclewriter ! filesink location=events.ndjson
 * gst-launch-1.0 filesrc location=kitchen.flac ! decodebin ! audioconvert !
 *   auricleencoder model=encoder.safetensors ! auricleclassifier head=sounds.safetensors !
 *   auriclewriter ! application/x-subtitle-vtt ! filesink location=kitchen.vtt
 * ]|
 */
#include "gstauriclewriter.h"

#include "gstauricleresults.h"

#include <string.h>

enum { PROP_FRAMES = 1, PROP_POSTERIORS, PROP_INTERVAL };

enum { INTERVAL_DEFAULT_NS = 100000000 };

/* In the order of preference. */
static const GstAuricleWriterFormat *const formats[] = {
    &gst_auricle_writer_json,    &gst_auricle_writer_vtt,    &gst_auricle_writer_text,
    &gst_auricle_writer_tensors, &gst_auricle_writer_frames,
};

struct _GstAuricleWriter {
    GstElement parent;
    GstPad *sink, *src;

    /* object lock */
    gboolean write_frames, write_posteriors;
    guint64 interval_length; /* ns */

    /* streaming thread */
    GstSegment segment;
    const GstAuricleWriterFormat *format; /* NULL until the stream begins */
    gpointer format_state;
    guint32 segment_seqnum;
    gboolean told_segment;
    gboolean missed; /* audio without metas came, and a warning was posted */
    GstAuricleResults results;
    GstClockTimeDiff utc_offset; /* from the time of buffers to UTC */
    gboolean utc_known;
    guint64 buffers;
    GstFlowReturn flow; /* of what was pushed since it was last asked */
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));

G_DEFINE_TYPE(GstAuricleWriter, gst_auricle_writer, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(auriclewriter, "auriclewriter", GST_RANK_NONE, GST_TYPE_AURICLE_WRITER)

/* --- for formats --- */

const GstSegment *gst_auricle_writer_segment(GstAuricleWriter *self)
{
    return &self->segment;
}

const gchar *gst_auricle_writer_stream_id(GstAuricleWriter *self)
{
    GstEvent *event = gst_pad_get_sticky_event(self->sink, GST_EVENT_STREAM_START, 0);
    const gchar *id = NULL;

    if (event) {
        gst_event_parse_stream_start(event, &id); /* the pad's own reference keeps it */
        gst_event_unref(event);
    }
    return id;
}

GstClockTime gst_auricle_writer_utc(GstAuricleWriter *self, GstClockTime time)
{
    if (!self->utc_known || !GST_CLOCK_TIME_IS_VALID(time))
        return GST_CLOCK_TIME_NONE;
    return (GstClockTime)MAX((GstClockTimeDiff)time + self->utc_offset, 0);
}

static void tell_segment(GstAuricleWriter *self)
{
    GstEvent *event;

    if (self->told_segment)
        return;
    event = gst_event_new_segment(&self->segment);
    if (self->segment_seqnum != GST_SEQNUM_INVALID)
        gst_event_set_seqnum(event, self->segment_seqnum);
    gst_pad_push_event(self->src, event);
    self->told_segment = TRUE;
}

void gst_auricle_writer_set_caps(GstAuricleWriter *self, GstCaps *caps)
{
    gst_pad_push_event(self->src, gst_event_new_caps(caps));
    gst_caps_unref(caps);
}

void gst_auricle_writer_push(GstAuricleWriter *self, GstBuffer *buffer)
{
    tell_segment(self);
    GST_BUFFER_OFFSET(buffer) = self->buffers++;
    GST_BUFFER_OFFSET_END(buffer) = self->buffers;
    if (self->flow == GST_FLOW_OK)
        self->flow = gst_pad_push(self->src, buffer);
    else
        gst_buffer_unref(buffer);
}

void gst_auricle_writer_push_text(GstAuricleWriter *self, gchar *text, GstClockTime start,
                                  GstClockTime end)
{
    GstBuffer *buffer = gst_buffer_new_wrapped(text, strlen(text));

    GST_BUFFER_PTS(buffer) = start;
    if (GST_CLOCK_TIME_IS_VALID(end))
        GST_BUFFER_DURATION(buffer) = end - start;
    gst_auricle_writer_push(self, buffer);
}

gpointer *gst_auricle_writer_state(GstAuricleWriter *self)
{
    return &self->format_state;
}

/* --- the stream --- */

static const GstAuricleWriterFormat *choose_format(GstAuricleWriter *self)
{
    GstCaps *allowed = gst_pad_get_allowed_caps(self->src);
    const GstAuricleWriterFormat *format = NULL;

    for (guint i = 0; allowed && !format && i < G_N_ELEMENTS(formats); i++) {
        GstCaps *caps = gst_caps_from_string(formats[i]->caps);
        if (gst_caps_can_intersect(allowed, caps))
            format = formats[i];
        gst_caps_unref(caps);
    }
    gst_clear_caps(&allowed);
    return format ? format : formats[0];
}

static void begin(GstAuricleWriter *self)
{
    if (self->format)
        return;
    self->format = choose_format(self);
    self->results.format = self->format;
    self->format->begin(self);
}

static void end(GstAuricleWriter *self, gboolean drain)
{
    if (self->format && self->format->end)
        self->format->end(self, drain);
    self->format = NULL;
    self->format_state = NULL;
}

static void write_buffer(GstAuricleWriter *self, GstBuffer *buffer)
{
    begin(self);
    GST_OBJECT_LOCK(self);
    self->results.frames = self->write_frames;
    self->results.posteriors = self->write_posteriors;
    self->results.interval = self->interval_length;
    GST_OBJECT_UNLOCK(self);
    gst_auricle_results_write(&self->results, buffer);
}

static GstFlowReturn take_flow(GstAuricleWriter *self)
{
    GstFlowReturn flow = self->flow;

    self->flow = GST_FLOW_OK;
    return flow;
}

/* --- audio in --- */

static void note_missing(GstAuricleWriter *self, GstBuffer *buffer)
{
    if (self->missed || self->segment.rate < 0 || !gst_buffer_get_size(buffer) ||
        gst_buffer_get_auricle_frame_meta(buffer))
        return;
    self->missed = TRUE;
    GST_ELEMENT_WARNING(self, STREAM, WRONG_TYPE,
                        ("There are no results on this audio, so nothing is written. Put "
                         "auricleencoder and auricleclassifier or auriclepredictor upstream, and "
                         "nothing between that converts or re-cuts the audio"),
                        ("buffer without GstAuricleFrameMeta"));
}

/* Sinks wait for a first buffer; a stretch without lines is a gap to them. */
static void push_gap(GstAuricleWriter *self, GstBuffer *buffer)
{
    if (GST_BUFFER_PTS_IS_VALID(buffer))
        gst_pad_push_event(self->src,
                           gst_event_new_gap(GST_BUFFER_PTS(buffer), GST_BUFFER_DURATION(buffer)));
}

/* Seconds from 1900, where NTP begins, to 1970. */
#define NTP_TO_UNIX (G_GUINT64_CONSTANT(2208988800) * GST_SECOND)

/* An RTP source, for example, may write when a buffer was recorded. */
static void learn_utc(GstAuricleWriter *self, GstBuffer *buffer)
{
    GstReferenceTimestampMeta *meta;
    gpointer state = NULL;

    if (!GST_BUFFER_PTS_IS_VALID(buffer))
        return;
    while ((meta = (GstReferenceTimestampMeta *)gst_buffer_iterate_meta_filtered(
                buffer, &state, GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
        const GstStructure *reference = gst_caps_get_structure(meta->reference, 0);
        const gboolean ntp = gst_structure_has_name(reference, "timestamp/x-ntp");

        if (!ntp && !gst_structure_has_name(reference, "timestamp/x-unix"))
            continue;
        self->utc_offset = GST_CLOCK_DIFF(GST_BUFFER_PTS(buffer), meta->timestamp) -
                           (ntp ? (GstClockTimeDiff)NTP_TO_UNIX : 0);
        self->utc_known = TRUE;
    }
}

static GstFlowReturn writer_chain(G_GNUC_UNUSED GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
    GstAuricleWriter *self = GST_AURICLE_WRITER(parent);
    const guint64 before = self->buffers;

    note_missing(self, buffer);
    learn_utc(self, buffer);
    write_buffer(self, buffer);
    if (self->buffers == before && gst_pad_has_current_caps(self->src)) {
        tell_segment(self);
        push_gap(self, buffer);
    }
    gst_buffer_unref(buffer);
    return take_flow(self);
}

/* The next buffer or gap comes with the new segment. */
static void take_segment(GstAuricleWriter *self, GstEvent *event)
{
    gst_auricle_results_flush(&self->results);
    gst_event_copy_segment(event, &self->segment);
    if (self->segment.format != GST_FORMAT_TIME)
        gst_segment_init(&self->segment, GST_FORMAT_TIME);
    self->segment_seqnum = gst_event_get_seqnum(event);
    self->told_segment = self->utc_known = FALSE;
}

static void forget(GstAuricleWriter *self)
{
    gst_segment_init(&self->segment, GST_FORMAT_TIME);
    gst_auricle_results_forget(&self->results);
    self->segment_seqnum = GST_SEQNUM_INVALID;
    self->told_segment = FALSE;
    self->flow = GST_FLOW_OK;
}

static gboolean take_carrier(GstAuricleWriter *self, GstEvent *event, GstBuffer *carried)
{
    write_buffer(self, carried);
    gst_event_unref(event);
    return TRUE;
}

static gboolean writer_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
    GstAuricleWriter *self = GST_AURICLE_WRITER(parent);
    GstBuffer *carried = gst_auricle_carrier_buffer(event);

    if (carried)
        return take_carrier(self, event, carried);
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS: /* those of the audio */
        begin(self);
        gst_event_unref(event);
        return TRUE;
    case GST_EVENT_SEGMENT:
        begin(self);
        take_segment(self, event);
        gst_event_unref(event);
        return TRUE;
    case GST_EVENT_SEGMENT_DONE:
        begin(self);
        gst_auricle_results_flush(&self->results);
        break;
    case GST_EVENT_EOS:
        begin(self);
        gst_auricle_results_flush(&self->results);
        end(self, TRUE);
        tell_segment(self);
        break;
    case GST_EVENT_FLUSH_STOP:
        end(self, FALSE);
        forget(self);
        break;
    default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
}

static gboolean writer_query(GstPad *pad, GstObject *parent, GstQuery *query)
{
    /* the buffers asked about end here */
    if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION)
        return FALSE;
    return gst_pad_query_default(pad, parent, query);
}

static void restart(GstAuricleWriter *self)
{
    end(self, FALSE);
    forget(self);
    self->missed = self->utc_known = FALSE;
    self->buffers = 0;
}

static GstStateChangeReturn writer_change_state(GstElement *element, GstStateChange change)
{
    GstStateChangeReturn result =
        GST_ELEMENT_CLASS(gst_auricle_writer_parent_class)->change_state(element, change);

    if (change == GST_STATE_CHANGE_PAUSED_TO_READY)
        restart(GST_AURICLE_WRITER(element));
    return result;
}

/* --- object --- */

static void writer_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstAuricleWriter *self = GST_AURICLE_WRITER(object);

    GST_OBJECT_LOCK(self);
    if (id == PROP_FRAMES)
        self->write_frames = g_value_get_boolean(value);
    else if (id == PROP_POSTERIORS)
        self->write_posteriors = g_value_get_boolean(value);
    else if (id == PROP_INTERVAL)
        self->interval_length = g_value_get_uint64(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    GST_OBJECT_UNLOCK(self);
}

static void writer_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstAuricleWriter *self = GST_AURICLE_WRITER(object);

    GST_OBJECT_LOCK(self);
    if (id == PROP_FRAMES)
        g_value_set_boolean(value, self->write_frames);
    else if (id == PROP_POSTERIORS)
        g_value_set_boolean(value, self->write_posteriors);
    else if (id == PROP_INTERVAL)
        g_value_set_uint64(value, self->interval_length);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    GST_OBJECT_UNLOCK(self);
}

static void writer_finalize(GObject *object)
{
    end(GST_AURICLE_WRITER(object), FALSE);
    gst_auricle_results_clear(&GST_AURICLE_WRITER(object)->results);
    G_OBJECT_CLASS(gst_auricle_writer_parent_class)->finalize(object);
}

/* What the formats write, in their order. */
static void add_src_template(GstElementClass *element_class)
{
    GstCaps *caps = gst_caps_new_empty();

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
        gst_caps_append(caps, gst_caps_from_string(formats[i]->caps));
    gst_element_class_add_pad_template(
        element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
    gst_caps_unref(caps);
}

static void gst_auricle_writer_class_init(GstAuricleWriterClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
    const GParamFlags live =
        G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    object_class->set_property = writer_set_property;
    object_class->get_property = writer_get_property;
    object_class->finalize = writer_finalize;
    element_class->change_state = writer_change_state;
    g_object_class_install_property(object_class, PROP_FRAMES,
                                    g_param_spec_boolean("frames", "Frames",
                                                         "Also write the embedding of every frame",
                                                         FALSE, live));
    g_object_class_install_property(
        object_class, PROP_POSTERIORS,
        g_param_spec_boolean("posteriors", "Posteriors",
                             "Also write the mean posteriors of each interval", FALSE, live));
    g_object_class_install_property(
        object_class, PROP_INTERVAL,
        g_param_spec_uint64("interval", "Interval",
                            "Interval of time a line of surprise or posteriors is the mean of (in "
                            "nanoseconds)",
                            1, G_MAXUINT64, INTERVAL_DEFAULT_NS, live));
    gst_element_class_add_static_pad_template(element_class, &sink_template);
    add_src_template(element_class);
    gst_element_class_set_static_metadata(
        element_class, "Auricle writer", "Codec/Encoder/Text",
        "Writes the events, surprise and embeddings found in audio as JSON lines, WebVTT, text, "
        "tensors or raw floats",
        "the Auricle authors");
}

static void gst_auricle_writer_init(GstAuricleWriter *self)
{
    self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
    gst_pad_set_chain_function(self->sink, writer_chain);
    gst_pad_set_event_function(self->sink, writer_event);
    gst_pad_set_query_function(self->sink, writer_query);
    gst_element_add_pad(GST_ELEMENT(self), self->sink);
    self->src = gst_pad_new_from_template(
        gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(self), "src"), "src");
    gst_pad_use_fixed_caps(self->src);
    gst_element_add_pad(GST_ELEMENT(self), self->src);
    gst_auricle_results_init(&self->results, self);
    restart(self);
}
