// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/**
 * SECTION:element-auriclewriter
 * @title: auriclewriter
 *
 * Turns what `auriclepredictor` and `auricleclassifier` found into a stream of JSON lines: one line
 * for each event when it ended, one for each channel and #GstAuricleWriter:interval of surprise,
 * with #GstAuricleWriter:posteriors the same of every classifier's posteriors, and with
 * #GstAuricleWriter:frames one for each embedding. The audio ends here; use `tee` before to keep
 * it.
 *
 * Times in the lines are stream time in nanoseconds. Each line is a buffer whose timestamp is the
 * start of what it tells and whose duration is its length. Lines come in the order in which they
 * were decided, so events that overlap in time need not come sorted by their start. How the audio
 * was cut into buffers does not change a byte.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=kitchen.flac ! decodebin ! audioconvert !
 *   auricleencoder model=encoder.safetensors ! auricleclassifier head=sounds.safetensors !
 *   auriclewriter ! filesink location=events.ndjson
 * ]|
 */
#include "gstauriclewriter.h"

#include "gstauriclelines.h"

enum { PROP_FRAMES = 1, PROP_POSTERIORS, PROP_INTERVAL };

enum { INTERVAL_DEFAULT_NS = 100000000 };

/* Means that grow until an interval is full. */
struct track {
    GRefString *source;        /* the classifier's name, a reference; NULL = surprise */
    auricle_head *head;        /* of the classifier, owned; NULL = surprise */
    GstClockTime result_delay; /* of the values at hand */
    GstAuricleInterval interval;
};

/* What a meta holds of each frame: floats [channels][frames][fields]. */
struct values {
    const gfloat *data;
    guint channels, frames, fields;
    GstClockTime pts, frame_duration;
};

struct _GstAuricleWriter {
    GstElement parent;
    GstPad *sink, *src;

    /* object lock */
    gboolean write_frames, write_posteriors;
    guint64 interval_length; /* ns */

    /* streaming thread */
    GstSegment segment;
    gboolean told_caps, told_segment;
    gboolean missed; /* audio without metas came, and it was said */
    GArray *tracks;  /* of struct track */
    guint64 lines;
    GstFlowReturn flow; /* of the lines pushed since it was last asked */
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("application/x-ndjson"));

G_DEFINE_TYPE(GstAuricleWriter, gst_auricle_writer, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(auriclewriter, "auriclewriter", GST_RANK_NONE, GST_TYPE_AURICLE_WRITER)

/* --- lines out --- */

/* Takes line. */
static void push_line(GstAuricleWriter *self, GstBuffer *line)
{
    GST_BUFFER_OFFSET(line) = self->lines++;
    GST_BUFFER_OFFSET_END(line) = self->lines;
    if (self->flow == GST_FLOW_OK)
        self->flow = gst_pad_push(self->src, line);
    else
        gst_buffer_unref(line);
}

static void write_track(GstAuricleWriter *self, struct track *track)
{
    const GstAuricleInterval *interval = &track->interval;

    for (guint c = 0; interval->frames && c < interval->channels; c++)
        push_line(self, track->head ? gst_auricle_line_posteriors(&self->segment, interval, c,
                                                                  track->head, track->result_delay)
                                    : gst_auricle_line_surprise(&self->segment, interval, c,
                                                                track->result_delay));
    gst_auricle_interval_restart(&track->interval);
}

static void write_tracks(GstAuricleWriter *self)
{
    for (guint i = 0; i < self->tracks->len; i++)
        write_track(self, &g_array_index(self->tracks, struct track, i));
}

static void track_clear(gpointer track)
{
    g_clear_pointer(&((struct track *)track)->source, g_ref_string_release);
    gst_auricle_interval_clear(&((struct track *)track)->interval);
    auricle_head_unref(&((struct track *)track)->head);
}

static struct track *track_of(GstAuricleWriter *self, GRefString *source)
{
    struct track fresh = {.source = NULL};

    for (guint i = 0; i < self->tracks->len; i++)
        if (!g_strcmp0(g_array_index(self->tracks, struct track, i).source, source))
            return &g_array_index(self->tracks, struct track, i);
    fresh.source = source ? g_ref_string_acquire(source) : NULL;
    g_array_append_val(self->tracks, fresh);
    return &g_array_index(self->tracks, struct track, self->tracks->len - 1);
}

/* Another head or number of channels: what was gathered is told before. */
static void track_shape(GstAuricleWriter *self, struct track *track, auricle_head *head,
                        const struct values *values)
{
    const GstAuricleInterval *interval = &track->interval;

    if (track->head == head && interval->channels == values->channels &&
        interval->fields == values->fields)
        return;
    write_track(self, track);
    auricle_head_unref(&track->head);
    track->head = head ? auricle_head_ref(head) : NULL;
    gst_auricle_interval_init(&track->interval, values->channels, values->fields);
}

static void track_gather(GstAuricleWriter *self, struct track *track, const struct values *values,
                         guint frame, guint64 length)
{
    if (frame >= values->frames)
        return;
    gst_auricle_interval_frame(&track->interval, values->pts + frame * values->frame_duration,
                               values->frame_duration);
    for (guint c = 0; c < values->channels; c++) {
        const gfloat *at =
            values->data + ((gsize)c * values->frames + frame) * (gsize)values->fields;
        for (guint i = 0; i < values->fields; i++)
            gst_auricle_interval_add(&track->interval, c, i, (gdouble)at[i]);
    }
    if (gst_auricle_interval_full(&track->interval, length))
        write_track(self, track);
}

static void gather_surprise(GstAuricleWriter *self, GstBuffer *buffer, guint frame, guint64 length)
{
    const GstAuricleSurpriseMeta *meta = gst_buffer_get_auricle_surprise_meta(buffer);
    struct track *track;
    struct values values;

    if (!meta)
        return;
    values =
        (struct values){meta->data, meta->channels,      meta->frames, GST_AURICLE_SURPRISE_FIELDS,
                        meta->pts,  meta->frame_duration};
    track = track_of(self, NULL);
    track->result_delay = meta->result_delay;
    track_shape(self, track, NULL, &values);
    track_gather(self, track, &values, frame, length);
}

static void gather_posteriors(GstAuricleWriter *self, GstBuffer *buffer, guint frame,
                              guint64 length)
{
    const GstAuricleClassMeta *meta;
    gpointer state = NULL;

    while ((meta = gst_buffer_iterate_auricle_class_meta(buffer, &state))) {
        const struct values values = {meta->posteriors, meta->channels, meta->frames,
                                      meta->classes,    meta->pts,      meta->frame_duration};
        struct track *track = track_of(self, meta->source);

        track->result_delay = meta->result_delay;
        track_shape(self, track, meta->head, &values);
        track_gather(self, track, &values, frame, length);
    }
}

/* Events decided after one moment and until another, of every classifier. */
static void write_events(GstAuricleWriter *self, GstBuffer *buffer, GstClockTime after,
                         GstClockTime until)
{
    GstAuricleClassMeta *meta;
    gpointer state = NULL;

    while ((meta = gst_buffer_iterate_auricle_class_meta(buffer, &state)))
        for (guint i = 0; meta->events && i < meta->events->len; i++) {
            const GstAuricleEvent *event = &g_array_index(meta->events, GstAuricleEvent, i);
            if (event->kind == AURICLE_EVENT_END && event->decided_at > after &&
                event->decided_at <= until)
                push_line(self, gst_auricle_line_event(&self->segment, meta, event));
        }
}

/* Frame by frame, so that the order of lines does not depend on how many come at once. */
static void write_results(GstAuricleWriter *self, GstBuffer *buffer,
                          const GstAuricleFrameMeta *frames)
{
    gboolean write_frames, write_posteriors;
    GstClockTime done = 0;
    guint64 length;

    GST_OBJECT_LOCK(self);
    write_frames = self->write_frames;
    write_posteriors = self->write_posteriors;
    length = self->interval_length;
    GST_OBJECT_UNLOCK(self);
    for (guint f = 0; f < frames->frames; f++) {
        GstClockTime end = frames->pts + (f + 1) * frames->frame_duration;
        for (guint c = 0; write_frames && c < frames->channels; c++)
            push_line(self, gst_auricle_line_frame(&self->segment, frames, c, f));
        write_events(self, buffer, done, end);
        gather_surprise(self, buffer, f, length);
        if (write_posteriors)
            gather_posteriors(self, buffer, f, length);
        done = end;
    }
    write_events(self, buffer, done, G_MAXUINT64);
}

static void write_buffer(GstAuricleWriter *self, GstBuffer *buffer)
{
    const GstAuricleFrameMeta *frames = gst_buffer_get_auricle_frame_meta(buffer);

    if (!frames) {
        write_events(self, buffer, 0, G_MAXUINT64);
        return;
    }
    if (frames->flags & GST_AURICLE_FRAMES_RUN_START)
        write_tracks(self);
    write_results(self, buffer, frames);
    if (frames->flags & GST_AURICLE_FRAMES_RUN_END)
        write_tracks(self);
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

static GstFlowReturn writer_chain(G_GNUC_UNUSED GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
    GstAuricleWriter *self = GST_AURICLE_WRITER(parent);
    guint64 before = self->lines;

    note_missing(self, buffer);
    write_buffer(self, buffer);
    if (self->lines == before)
        push_gap(self, buffer);
    gst_buffer_unref(buffer);
    return take_flow(self);
}

static void tell_caps(GstAuricleWriter *self)
{
    GstCaps *caps;

    if (self->told_caps)
        return;
    self->told_caps = TRUE;
    caps = gst_static_pad_template_get_caps(&src_template);
    gst_pad_push_event(self->src, gst_event_new_caps(caps));
    gst_caps_unref(caps);
}

static void tell_segment(GstAuricleWriter *self, guint32 seqnum)
{
    GstEvent *event = gst_event_new_segment(&self->segment);

    tell_caps(self);
    self->told_segment = TRUE;
    gst_event_set_seqnum(event, seqnum);
    gst_pad_push_event(self->src, event);
}

static void take_segment(GstAuricleWriter *self, GstEvent *event)
{
    write_tracks(self);
    gst_event_copy_segment(event, &self->segment);
    if (self->segment.format != GST_FORMAT_TIME)
        gst_segment_init(&self->segment, GST_FORMAT_TIME);
    tell_segment(self, gst_event_get_seqnum(event));
}

static void take_end(GstAuricleWriter *self, GstEvent *event)
{
    if (!self->told_segment)
        tell_segment(self, gst_event_get_seqnum(event));
    write_tracks(self);
}

static void forget(GstAuricleWriter *self)
{
    gst_segment_init(&self->segment, GST_FORMAT_TIME);
    g_array_set_size(self->tracks, 0);
    self->flow = GST_FLOW_OK;
}

static gboolean writer_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
    GstAuricleWriter *self = GST_AURICLE_WRITER(parent);
    GstBuffer *carried = gst_auricle_carrier_buffer(event);

    if (carried)
        write_buffer(self, carried);
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
        tell_caps(self);
        gst_event_unref(event);
        return TRUE;
    case GST_EVENT_SEGMENT:
        take_segment(self, event);
        gst_event_unref(event);
        return TRUE;
    case GST_EVENT_EOS:
    case GST_EVENT_SEGMENT_DONE:
        take_end(self, event);
        break;
    case GST_EVENT_FLUSH_STOP:
        forget(self);
        break;
    default:
        break;
    }
    if (!carried)
        return gst_pad_event_default(pad, parent, event);
    gst_event_unref(event);
    return TRUE;
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
    forget(self);
    self->told_caps = self->told_segment = self->missed = FALSE;
    self->lines = 0;
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
    g_array_unref(GST_AURICLE_WRITER(object)->tracks);
    G_OBJECT_CLASS(gst_auricle_writer_parent_class)->finalize(object);
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
    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_set_static_metadata(
        element_class, "Auricle writer", "Codec/Encoder/Text",
        "Writes the events, surprise and embeddings found in audio as JSON lines",
        "the Auricle authors");
}

static void gst_auricle_writer_init(GstAuricleWriter *self)
{
    self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
    gst_pad_set_chain_function(self->sink, writer_chain);
    gst_pad_set_event_function(self->sink, writer_event);
    gst_pad_set_query_function(self->sink, writer_query);
    gst_element_add_pad(GST_ELEMENT(self), self->sink);
    self->src = gst_pad_new_from_static_template(&src_template, "src");
    gst_pad_use_fixed_caps(self->src);
    gst_element_add_pad(GST_ELEMENT(self), self->src);
    self->tracks = g_array_new(FALSE, FALSE, sizeof(struct track));
    g_array_set_clear_func(self->tracks, track_clear);
    restart(self);
}
