// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/**
 * SECTION:element-portaudiosrc
 * @title: portaudiosrc
 *
 * Captures from a PortAudio device. Latency follows `buffer-time` and `latency-time` as with every
 * audio source. Shutdown never waits for the device: the capture thread asks how much there is and
 * reads only that. A device that vanishes ends in an error that names it.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 portaudiosrc device=default ! audioconvert ! wavenc ! filesink location=me.wav
 * ]|
 */
#include "gstportaudiosrc.h"

#include "gstportaudio.h"

#include <gst/audio/audio.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC(gst_portaudio_src_debug);
#define GST_CAT_DEFAULT gst_portaudio_src_debug

/* A device that is silent for so long (no samples, not quiet ones) is gone. */
#define DEAD_AFTER (3 * G_USEC_PER_SEC)

enum { PROP_DEVICE = 1, PROP_DEVICE_NAME };

struct _GstPortaudioSrc {
    GstAudioSrc parent;

    /* object lock */
    gchar *wanted; /* property device */
    gchar *name;   /* of the open device */

    /* between open and close */
    PaDeviceIndex index;
    const PaDeviceInfo *info;

    /* capture thread, between prepare and unprepare */
    PaStream *stream;
    gboolean flowing; /* Pa_StartStream was called */
    gint bytes_per_frame;
    gint64 nap;    /* us between two looks for samples */
    gboolean dead; /* the error is out */
    gint waiting;  /* atomic: frames in the device */

    GMutex lock;
    GCond woken;
    gboolean interrupted; /* lock: by reset */
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_PORTAUDIO_CAPS("[ 1, 256 ]")));

G_DEFINE_TYPE(GstPortaudioSrc, gst_portaudio_src, GST_TYPE_AUDIO_SRC)
GST_ELEMENT_REGISTER_DEFINE(portaudiosrc, "portaudiosrc", GST_RANK_NONE, GST_TYPE_PORTAUDIO_SRC)

/* PortAudio's words, with the system's own where it has some. */
static const gchar *reason_of(PaError error)
{
    const gchar *host = Pa_GetLastHostErrorInfo()->errorText;

    return error == paUnanticipatedHostError && *host ? host : Pa_GetErrorText(error);
}

/* --- device --- */

static void keep_name(GstPortaudioSrc *self, const gchar *name)
{
    GST_OBJECT_LOCK(self);
    g_free(self->name);
    self->name = g_strdup(name);
    GST_OBJECT_UNLOCK(self);
}

static gboolean src_open(GstAudioSrc *audio)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(audio);
    gchar *wanted, *reason = NULL;
    PaError error = gst_portaudio_start();

    if (error != paNoError) {
        GST_ELEMENT_ERROR(self, LIBRARY, INIT, ("PortAudio did not start: %s", reason_of(error)),
                          (NULL));
        return FALSE;
    }
    GST_OBJECT_LOCK(self);
    wanted = g_strdup(self->wanted);
    GST_OBJECT_UNLOCK(self);
    self->index = gst_portaudio_find(wanted, &reason);
    g_free(wanted);
    if (self->index == paNoDevice) {
        GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("%s", reason), (NULL));
        g_free(reason);
        gst_portaudio_stop();
        return FALSE;
    }
    self->info = Pa_GetDeviceInfo(self->index);
    keep_name(self, self->info->name);
    return TRUE;
}

static gboolean src_close(GstAudioSrc *audio)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(audio);

    self->info = NULL;
    keep_name(self, NULL);
    gst_portaudio_stop();
    return TRUE;
}

static GstCaps *src_get_caps(GstBaseSrc *base, GstCaps *filter)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(base);
    GstCaps *caps = gst_pad_get_pad_template_caps(GST_BASE_SRC_PAD(base)), *filtered;

    if (self->info) {
        caps = gst_caps_make_writable(caps);
        if (self->info->maxInputChannels > 1)
            gst_caps_set_simple(caps, "channels", GST_TYPE_INT_RANGE, 1,
                                self->info->maxInputChannels, NULL);
        else
            gst_caps_set_simple(caps, "channels", G_TYPE_INT, 1, NULL);
    }
    if (!filter)
        return caps;
    filtered = gst_caps_intersect_full(filter, caps, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref(caps);
    return filtered;
}

/* Three channels and more need to say which is which. PortAudio does not know: the positions that
 * GStreamer assumes for so many, as pulsesrc does; none beyond eight. */
static void fixate_positions(GstStructure *first)
{
    gint channels = 0;

    gst_structure_get_int(first, "channels", &channels);
    if (channels > 2 && !gst_structure_has_field(first, "channel-mask"))
        gst_structure_set(first, "channel-mask", GST_TYPE_BITMASK,
                          channels <= 8 ? gst_audio_channel_get_fallback_mask(channels)
                                        : G_GUINT64_CONSTANT(0),
                          NULL);
}

/* One channel at the device's own rate unless asked otherwise. */
static GstCaps *src_fixate(GstBaseSrc *base, GstCaps *caps)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(base);
    gint rate = self->info ? (gint)self->info->defaultSampleRate : GST_AUDIO_DEF_RATE;
    GstStructure *first;

    caps = gst_caps_make_writable(gst_caps_truncate(caps));
    first = gst_caps_get_structure(caps, 0);
    gst_structure_fixate_field_nearest_int(first, "rate", rate);
    gst_structure_fixate_field_nearest_int(first, "channels", 1);
    fixate_positions(first);
    return GST_BASE_SRC_CLASS(gst_portaudio_src_parent_class)->fixate(base, caps);
}

static gboolean src_prepare(GstAudioSrc *audio, GstAudioRingBufferSpec *spec)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(audio);
    const GstAudioInfo *format = &spec->info;
    const gint rate = GST_AUDIO_INFO_RATE(format), channels = GST_AUDIO_INFO_CHANNELS(format);
    const PaStreamParameters parameters = {
        .device = self->index,
        .channelCount = channels,
        .sampleFormat = GST_AUDIO_INFO_FORMAT(format) == GST_AUDIO_FORMAT_S16 ? paInt16 : paFloat32,
        .suggestedLatency = (gdouble)spec->buffer_time / G_USEC_PER_SEC,
    };
    PaError error;

    self->bytes_per_frame = GST_AUDIO_INFO_BPF(format);
    error = gst_portaudio_open(&self->stream, &parameters, rate,
                               (gulong)(spec->segsize / self->bytes_per_frame),
                               spec->segtotal + 1); /* PortAudio adds a segment to the buffer */
    if (error != paNoError) {
        self->stream = NULL;
        GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ,
                          ("Device \"%s\" does not capture %d channels at %d Hz: %s. Its own rate "
                           "is %g Hz: put audioconvert ! audioresample after portaudiosrc, or "
                           "close what else holds the device",
                           self->info->name, channels, rate, reason_of(error),
                           self->info->defaultSampleRate),
                          (NULL));
        return FALSE;
    }
    self->nap = MAX((gint64)spec->latency_time / 4, 500);
    self->flowing = self->dead = self->interrupted = FALSE;
    return TRUE;
}

static gboolean src_unprepare(GstAudioSrc *audio)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(audio);

    if (self->stream) {
        if (self->flowing)
            Pa_AbortStream(self->stream);
        gst_portaudio_close(self->stream);
        self->stream = NULL;
    }
    self->flowing = FALSE;
    return TRUE;
}

/* --- samples --- */

/* TRUE when reset wants the capture thread back. */
static gboolean nap(GstPortaudioSrc *self)
{
    gint64 until = g_get_monotonic_time() + self->nap;
    gboolean interrupted;

    g_mutex_lock(&self->lock);
    while (!self->interrupted && g_cond_wait_until(&self->woken, &self->lock, until))
        ;
    interrupted = self->interrupted;
    self->interrupted = FALSE;
    g_mutex_unlock(&self->lock);
    return interrupted;
}

static void die(GstPortaudioSrc *self, const gchar *reason)
{
    if (!self->dead)
        GST_ELEMENT_ERROR(self, RESOURCE, READ,
                          ("Device \"%s\" stopped delivering: %s. See that it is plugged in and "
                           "start again",
                           self->info->name, reason),
                          (NULL));
    self->dead = TRUE;
}

static gboolean flow(GstPortaudioSrc *self)
{
    PaError error;

    if (self->flowing)
        return TRUE;
    error = Pa_StartStream(self->stream);
    self->flowing = error == paNoError;
    if (!self->flowing)
        die(self, reason_of(error));
    return self->flowing;
}

static glong frames_there(GstPortaudioSrc *self)
{
    glong frames = !self->dead && flow(self) ? Pa_GetStreamReadAvailable(self->stream) : 0;

    if (frames < 0 && frames != paInputOverflowed)
        die(self, reason_of((PaError)frames));
    g_atomic_int_set(&self->waiting, (gint)MAX(frames, 0));
    return MAX(frames, 0);
}

static gsize take(GstPortaudioSrc *self, guint8 *data, gsize frames)
{
    PaError error = Pa_ReadStream(self->stream, data, frames);

    if (error == paInputOverflowed)
        GST_WARNING_OBJECT(self, "samples were lost: read too late");
    else if (error != paNoError)
        die(self, reason_of(error));
    g_atomic_int_add(&self->waiting, -(gint)frames);
    return self->dead ? 0 : frames;
}

/* What was asked for before a reset is nobody's now: silence fills the segment up. */
static guint give_up(GstPortaudioSrc *self, guint8 *data, gsize bytes, guint length)
{
    if (self->flowing && !self->dead)
        Pa_AbortStream(self->stream);
    self->flowing = self->flowing && self->dead;
    memset(data, 0, bytes);
    return length;
}

static guint src_read(GstAudioSrc *audio, gpointer data, guint length,
                      G_GNUC_UNUSED GstClockTime *timestamp)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(audio);
    guint8 *at = data, *end = at + length;
    gint64 heard = g_get_monotonic_time();

    while (at < end) {
        gsize wanted = (gsize)(end - at) / (gsize)self->bytes_per_frame, got = 0;
        gsize there = (gsize)frames_there(self);

        if (there)
            got = take(self, at, MIN(there, wanted));
        if (got)
            heard = g_get_monotonic_time();
        else if (g_get_monotonic_time() - heard > DEAD_AFTER)
            die(self, "no samples for 3 s");
        at += got * (gsize)self->bytes_per_frame;
        /* the base class stops asking once the error is out; reset may never come then */
        if (at < end && !got && (nap(self) || self->dead))
            return give_up(self, at, (gsize)(end - at), length);
    }
    return length;
}

static guint src_delay(GstAudioSrc *audio)
{
    return (guint)g_atomic_int_get(&GST_PORTAUDIO_SRC(audio)->waiting);
}

static void src_reset(GstAudioSrc *audio)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(audio);

    g_mutex_lock(&self->lock);
    self->interrupted = TRUE;
    g_cond_signal(&self->woken);
    g_mutex_unlock(&self->lock);
}

/* --- object --- */

static void src_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(object);

    if (id != PROP_DEVICE) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        return;
    }
    GST_OBJECT_LOCK(self);
    g_free(self->wanted);
    self->wanted = g_value_dup_string(value);
    GST_OBJECT_UNLOCK(self);
}

static void src_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(object);

    GST_OBJECT_LOCK(self);
    if (id == PROP_DEVICE)
        g_value_set_string(value, self->wanted);
    else if (id == PROP_DEVICE_NAME)
        g_value_set_string(value, self->name);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    GST_OBJECT_UNLOCK(self);
}

static void src_finalize(GObject *object)
{
    GstPortaudioSrc *self = GST_PORTAUDIO_SRC(object);

    g_free(self->wanted);
    g_free(self->name);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->woken);
    G_OBJECT_CLASS(gst_portaudio_src_parent_class)->finalize(object);
}

static void gst_portaudio_src_class_init(GstPortaudioSrcClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
    GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS(klass);
    GstAudioSrcClass *audio_class = GST_AUDIO_SRC_CLASS(klass);

    GST_DEBUG_CATEGORY_INIT(gst_portaudio_src_debug, "portaudiosrc", 0, "PortAudio source");
    object_class->set_property = src_set_property;
    object_class->get_property = src_get_property;
    object_class->finalize = src_finalize;
    base_class->get_caps = src_get_caps;
    base_class->fixate = src_fixate;
    audio_class->open = src_open;
    audio_class->close = src_close;
    audio_class->prepare = src_prepare;
    audio_class->unprepare = src_unprepare;
    audio_class->read = src_read;
    audio_class->delay = src_delay;
    audio_class->reset = src_reset;
    g_object_class_install_property(
        object_class, PROP_DEVICE,
        g_param_spec_string("device", "Device",
                            "Name, part of the name or number of the capture device; unset = the "
                            "default one. gst-device-monitor-1.0 Audio/Source lists them",
                            NULL,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
    g_object_class_install_property(object_class, PROP_DEVICE_NAME,
                                    g_param_spec_string("device-name", "Device name",
                                                        "Name of the device that is open", NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_set_static_metadata(element_class, "PortAudio source", "Source/Audio",
                                          "Captures audio through PortAudio",
                                          "the Auricle authors");
}

static void gst_portaudio_src_init(GstPortaudioSrc *self)
{
    g_mutex_init(&self->lock);
    g_cond_init(&self->woken);
    self->index = paNoDevice;
}
