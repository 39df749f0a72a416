// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauriclefilter.h"

#include "gstauricleframemeta.h"

#define AUDIO_CAPS                                                                                 \
    "audio/x-raw, format = (string) { " GST_AUDIO_NE(F32) ", " GST_AUDIO_NE(                       \
        S16) " }, "                                                                                \
             "layout = (string) interleaved, rate = (int) [ 8000, 48000 ], channels = (int) [ 1, " \
             "256 ]"

enum { INTERVAL_DEFAULT_NS = 100000000 };

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(AUDIO_CAPS));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(AUDIO_CAPS));

typedef struct {
    /* streaming thread */
    GstAudioInfo audio;
    GstAuricleAbsence absence; /* of the latest frames */
    /* object lock */
    gboolean post_messages;
    guint64 interval; /* ns */
    GstClockTime result_delay;
    GstClockTimeDiff sink_lag; /* how late a sink was, as its latest QoS event says; with qos */
} GstAuricleFilterPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(GstAuricleFilter, gst_auricle_filter, GST_TYPE_BASE_TRANSFORM)

static GstAuricleFilterPrivate *priv_of(GstAuricleFilter *self)
{
    return gst_auricle_filter_get_instance_private(self);
}

static void finish(GstAuricleFilter *self)
{
    GstAuricleFilterClass *klass = GST_AURICLE_FILTER_GET_CLASS(self);
    if (klass->finish)
        klass->finish(self);
}

static void set_sink_lag(GstAuricleFilter *self, GstClockTimeDiff lag)
{
    GST_OBJECT_LOCK(self);
    priv_of(self)->sink_lag = lag;
    GST_OBJECT_UNLOCK(self);
}

static void reset(GstAuricleFilter *self)
{
    GstAuricleFilterClass *klass = GST_AURICLE_FILTER_GET_CLASS(self);

    set_sink_lag(self, 0);
    if (klass->reset)
        klass->reset(self);
}

/* --- audio --- */

static GstFlowReturn prepare_output_buffer(G_GNUC_UNUSED GstBaseTransform *trans, GstBuffer *in,
                                           GstBuffer **out)
{
    /* a copy shares the memory: only the metas become ours */
    *out = gst_buffer_is_writable(in) ? in : gst_buffer_copy(in);
    return GST_FLOW_OK;
}

static GstFlowReturn transform_ip(GstBaseTransform *trans, GstBuffer *buffer)
{
    GstAuricleFilter *self = GST_AURICLE_FILTER(trans);

    if (!GST_AUDIO_INFO_IS_VALID(&priv_of(self)->audio))
        return GST_FLOW_NOT_NEGOTIATED;
    return GST_AURICLE_FILTER_GET_CLASS(self)->analyse(self, buffer);
}

/* TRUE when a stream of samples can go on from one to the other. Other fields of the caps, the
 * sample format too, mean nothing to what was heard so far. */
static gboolean same_stream(const GstAudioInfo *one, const GstAudioInfo *other)
{
    return GST_AUDIO_INFO_RATE(one) == GST_AUDIO_INFO_RATE(other) &&
           GST_AUDIO_INFO_CHANNELS(one) == GST_AUDIO_INFO_CHANNELS(other);
}

static gboolean set_caps(GstBaseTransform *trans, GstCaps *in, G_GNUC_UNUSED GstCaps *out)
{
    GstAuricleFilter *self = GST_AURICLE_FILTER(trans);
    GstAuricleFilterClass *klass = GST_AURICLE_FILTER_GET_CLASS(self);

    GstAudioInfo *audio = &priv_of(self)->audio;
    const GstAudioInfo before = *audio;

    if (!gst_audio_info_from_caps(audio, in))
        return FALSE;
    return klass->caps && !same_stream(audio, &before) ? klass->caps(self) : TRUE;
}

/* --- events --- */

static gboolean caps_differ(GstAuricleFilter *self, GstEvent *event)
{
    GstAudioInfo info;
    GstCaps *caps;

    gst_event_parse_caps(event, &caps);
    return !gst_audio_info_from_caps(&info, caps) || !same_stream(&info, &priv_of(self)->audio);
}

/* TRUE when the same timestamp means another stream time or running time than before. A new stop,
 * duration or position does not change that. */
static gboolean segment_differs(GstAuricleFilter *self, GstEvent *event)
{
    const GstSegment *before = &GST_BASE_TRANSFORM(self)->segment, *after;

    gst_event_parse_segment(event, &after);
    return after->format != before->format || after->rate != before->rate ||
           after->applied_rate != before->applied_rate ||
           after->time - after->start != before->time - before->start ||
           after->base - after->start - after->offset !=
               before->base - before->start - before->offset;
}

static void take_gap(GstAuricleFilter *self, GstEvent *event)
{
    GstAuricleFilterClass *klass = GST_AURICLE_FILTER_GET_CLASS(self);
    GstClockTime pts, duration;

    gst_event_parse_gap(event, &pts, &duration);
    if (klass->gap && GST_AUDIO_INFO_IS_VALID(&priv_of(self)->audio) &&
        !gst_auricle_filter_is_reverse(self))
        klass->gap(self, pts, duration);
}

static gboolean take_carrier(GstAuricleFilter *self, GstEvent *event, GstBuffer *carried)
{
    GstAuricleFilterClass *klass = GST_AURICLE_FILTER_GET_CLASS(self);
    GstBuffer *buffer = gst_buffer_copy(carried);

    gst_event_unref(event);
    if (klass->carrier && klass->carrier(self, buffer))
        gst_auricle_filter_push_carrier(self, buffer);
    else
        gst_buffer_unref(buffer);
    return TRUE;
}

static gboolean sink_event(GstBaseTransform *trans, GstEvent *event)
{
    GstAuricleFilter *self = GST_AURICLE_FILTER(trans);
    GstBuffer *carried = gst_auricle_carrier_buffer(event);

    if (carried)
        return take_carrier(self, event, carried);
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_STREAM_START:
        finish(self);
        break;
    case GST_EVENT_CAPS:
        if (caps_differ(self, event))
            finish(self);
        break;
    case GST_EVENT_SEGMENT:
        if (segment_differs(self, event))
            finish(self);
        break;
    case GST_EVENT_FLUSH_STOP:
        reset(self);
        break;
    case GST_EVENT_GAP:
        take_gap(self, event);
        break;
    default:
        break;
    }
    return GST_BASE_TRANSFORM_CLASS(gst_auricle_filter_parent_class)->sink_event(trans, event);
}

/* The base class would drop audio after a QoS event. */
static gboolean src_event(GstBaseTransform *trans, GstEvent *event)
{
    GstClockTimeDiff lag;

    if (GST_EVENT_TYPE(event) != GST_EVENT_QOS)
        return GST_BASE_TRANSFORM_CLASS(gst_auricle_filter_parent_class)->src_event(trans, event);
    gst_event_parse_qos(event, NULL, NULL, &lag, NULL);
    if (gst_base_transform_is_qos_enabled(trans))
        set_sink_lag(GST_AURICLE_FILTER(trans), lag);
    return gst_pad_push_event(GST_BASE_TRANSFORM_SINK_PAD(trans), event);
}

static gboolean stop(GstBaseTransform *trans)
{
    GstAuricleFilter *self = GST_AURICLE_FILTER(trans);

    reset(self);
    gst_audio_info_init(&priv_of(self)->audio);
    return TRUE;
}

/* --- properties --- */

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstAuricleFilterPrivate *priv = priv_of(GST_AURICLE_FILTER(object));

    GST_OBJECT_LOCK(object);
    switch (id) {
    case GST_AURICLE_FILTER_POST_MESSAGES:
        priv->post_messages = g_value_get_boolean(value);
        break;
    case GST_AURICLE_FILTER_INTERVAL:
        priv->interval = g_value_get_uint64(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(object);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstAuricleFilterPrivate *priv = priv_of(GST_AURICLE_FILTER(object));

    GST_OBJECT_LOCK(object);
    switch (id) {
    case GST_AURICLE_FILTER_POST_MESSAGES:
        g_value_set_boolean(value, priv->post_messages);
        break;
    case GST_AURICLE_FILTER_INTERVAL:
        g_value_set_uint64(value, priv->interval);
        break;
    case GST_AURICLE_FILTER_RESULT_DELAY:
        g_value_set_uint64(value, priv->result_delay);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(object);
}

void gst_auricle_filter_class_setup(GstAuricleFilterClass *klass, gboolean post_messages,
                                    const gchar *post_text)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    const GParamFlags live =
        G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(
        object_class, GST_AURICLE_FILTER_POST_MESSAGES,
        g_param_spec_boolean("post-messages", "Post messages", post_text, post_messages, live));
    g_object_class_install_property(
        object_class, GST_AURICLE_FILTER_INTERVAL,
        g_param_spec_uint64("interval", "Interval",
                            "Interval of time between periodic messages (in nanoseconds)", 1,
                            G_MAXUINT64, INTERVAL_DEFAULT_NS, live));
    g_object_class_install_property(
        object_class, GST_AURICLE_FILTER_RESULT_DELAY,
        g_param_spec_uint64("result-delay", "Result delay",
                            "How long after a sound arrived its result can come at worst (in "
                            "nanoseconds); of a classifier: the start (end) of an event after the "
                            "first frame from which on each speaks for (against) its label. The "
                            "audio itself is not delayed",
                            0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void gst_auricle_filter_class_init(GstAuricleFilterClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
    GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS(klass);

    object_class->set_property = set_property;
    object_class->get_property = get_property;
    gst_element_class_add_static_pad_template(element_class, &sink_template);
    gst_element_class_add_static_pad_template(element_class, &src_template);
    transform_class->passthrough_on_same_caps = TRUE;
    transform_class->prepare_output_buffer = prepare_output_buffer;
    transform_class->transform_ip = transform_ip;
    transform_class->set_caps = set_caps;
    transform_class->sink_event = sink_event;
    transform_class->src_event = src_event;
    transform_class->stop = stop;
}

static void gst_auricle_filter_init(GstAuricleFilter *self)
{
    gst_audio_info_init(&priv_of(self)->audio);
}

/* --- for subclasses --- */

const GstAudioInfo *gst_auricle_filter_audio(GstAuricleFilter *self)
{
    return &priv_of(self)->audio;
}

gboolean gst_auricle_filter_is_reverse(GstAuricleFilter *self)
{
    return GST_BASE_TRANSFORM(self)->segment.rate < 0;
}

GstClockTimeDiff gst_auricle_filter_sink_lag(GstAuricleFilter *self)
{
    GstClockTimeDiff lag;

    GST_OBJECT_LOCK(self);
    lag = priv_of(self)->sink_lag;
    GST_OBJECT_UNLOCK(self);
    return lag;
}

gboolean gst_auricle_filter_posts(GstAuricleFilter *self)
{
    gboolean posts;

    GST_OBJECT_LOCK(self);
    posts = priv_of(self)->post_messages;
    GST_OBJECT_UNLOCK(self);
    return posts;
}

guint64 gst_auricle_filter_interval(GstAuricleFilter *self)
{
    guint64 interval;

    GST_OBJECT_LOCK(self);
    interval = priv_of(self)->interval;
    GST_OBJECT_UNLOCK(self);
    return interval;
}

GstClockTime gst_auricle_filter_result_delay(GstAuricleFilter *self)
{
    GstClockTime delay;

    GST_OBJECT_LOCK(self);
    delay = priv_of(self)->result_delay;
    GST_OBJECT_UNLOCK(self);
    return delay;
}

void gst_auricle_filter_set_result_delay(GstAuricleFilter *self, GstClockTime delay)
{
    GstAuricleFilterPrivate *priv = priv_of(self);
    gboolean changed;

    GST_OBJECT_LOCK(self);
    changed = priv->result_delay != delay;
    priv->result_delay = delay;
    GST_OBJECT_UNLOCK(self);
    if (changed)
        g_object_notify(G_OBJECT(self), "result-delay");
}

void gst_auricle_filter_push_carrier(GstAuricleFilter *self, GstBuffer *buffer)
{
    gst_pad_push_event(GST_BASE_TRANSFORM_SRC_PAD(self), gst_auricle_carrier_event(buffer));
}

void gst_auricle_filter_set_absence(GstAuricleFilter *self, const GstAuricleAbsence *absence)
{
    priv_of(self)->absence = *absence;
}

void gst_auricle_filter_post(GstAuricleFilter *self, GstStructure *fields)
{
    const GstAuricleAbsence *absence = &priv_of(self)->absence;

    gst_structure_set(fields, "lost-time", G_TYPE_UINT64, absence->lost_time, "gaps", G_TYPE_UINT64,
                      absence->gaps, "skipped-time", G_TYPE_UINT64, absence->skipped_time, "skips",
                      G_TYPE_UINT64, absence->skips, NULL);
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_element(GST_OBJECT(self), fields));
}

static gint resource_code(auricle_status status)
{
    switch (status) {
    case AURICLE_NOT_FOUND:
        return GST_RESOURCE_ERROR_NOT_FOUND;
    case AURICLE_IO:
        return GST_RESOURCE_ERROR_READ;
    case AURICLE_NO_MEMORY:
        return GST_RESOURCE_ERROR_NO_SPACE_LEFT;
    default:
        return GST_RESOURCE_ERROR_SETTINGS;
    }
}

void gst_auricle_filter_complain(GstAuricleFilter *self, gboolean fatal, const gchar *what,
                                 const auricle_error *why)
{
    gst_element_message_full(
        GST_ELEMENT(self), fatal ? GST_MESSAGE_ERROR : GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
        resource_code(why->status), g_strdup_printf("%s: %s", what, why->text),
        g_strdup(auricle_status_name(why->status)), __FILE__, G_STRFUNC, __LINE__);
}
