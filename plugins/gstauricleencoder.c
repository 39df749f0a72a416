// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/**
 * SECTION:element-auricleencoder
 * @title: auricleencoder
 *
 * Runs a pretrained Auricle encoder on every channel of the audio that passes and attaches what it
 * makes of it, one vector per 10 ms and channel, as GstAuricleFrameMeta. The audio itself goes on
 * unchanged and undelayed. Frames bear the time of the audio they cover, exact to the nanosecond.
 *
 * With #GstAuricleEncoder:post-messages it posts an element message `auricleencoder` every
 * #GstAuricleEncoder:interval, with `timestamp`, `stream-time`, `running-time`, `duration`,
 * `endtime`, `result-delay` (guint64, ns) and one array (a gdouble per channel) `norm`: the mean
 * length of the embedding vector.
 *
 * All encoders of a process that run the same file share one model, and the channels of an encoder
 * are encoded together. Encoders with the same #GstAuricleEncoder:batch-group are, too, across
 * pipelines and threads: the frames are the same to the bit, many at once cost less than one after
 * another. Nobody waits for a member that has nothing to encode, unless
 * #GstAuricleEncoder:batch-wait says for how long; what that may add is in
 * #GstAuricleFilter:result-delay.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 portaudiosrc ! auricleencoder model=encoder.safetensors !
 *   auricleclassifier head=commands.safetensors ! fakesink --messages
 * ]|
 */
#include "gstauricleencoder.h"

#include "gstauriclebank.h"
#include "gstauriclechoice.h"
#include "gstauricleclock.h"
#include "gstauricledebug.h"
#include "gstauricleframemeta.h"

/* A gap is heard as silence for this long; the encoder has settled by then, so the rest of the gap
 * only moves the time. */
#define GAP_HEARD_SECONDS 10

/* Half a frame: who waits so long for each frame still keeps up with the audio. */
#define BATCH_WAIT_MOST_NS 5000000

enum {
    PROP_MODEL = GST_AURICLE_FILTER_PROPERTIES,
    PROP_RESAMPLE,
    PROP_BATCH_GROUP,
    PROP_BATCH_WAIT,
    PROP_FRAME_DIM,
    PROP_EMBEDDING_DIM,
};

struct _GstAuricleEncoder {
    GstAuricleFilter parent;

    GstAuricleChoice choice;
    /* object lock */
    gint frame_dim, embedding_dim;

    /* streaming thread */
    GstAuricleBank *bank;
    GstAuricleClock clock;
    gsize longest;              /* buffer so far, samples */
    guint64 frames;             /* of the run, of each channel */
    GstAuricleFrameFlags flags; /* for the next frames */
    gboolean warned;            /* of bad samples, in this run */
    GstAuricleInterval interval;
};

G_DEFINE_TYPE(GstAuricleEncoder, gst_auricle_encoder, GST_TYPE_AURICLE_FILTER)
GST_ELEMENT_REGISTER_DEFINE(auricleencoder, "auricleencoder", GST_RANK_NONE,
                            GST_TYPE_AURICLE_ENCODER)

/* --- frames out --- */

static void post_interval(GstAuricleEncoder *self)
{
    GstAuricleFilter *filter = GST_AURICLE_FILTER(self);
    GstStructure *fields;

    if (!self->interval.frames)
        return;
    fields = gst_auricle_interval_fields(&self->interval, "auricleencoder",
                                         &GST_BASE_TRANSFORM(self)->segment,
                                         gst_auricle_filter_result_delay(filter));
    gst_auricle_interval_put(&self->interval, fields, "norm", gst_auricle_interval_mean, 0);
    gst_auricle_interval_restart(&self->interval);
    gst_auricle_filter_post(filter, fields);
}

static void measure(GstAuricleEncoder *self, const GstAuricleFrameMeta *meta)
{
    guint64 length = gst_auricle_filter_interval(GST_AURICLE_FILTER(self));

    for (guint f = 0; f < meta->frames; f++) {
        gst_auricle_interval_frame(&self->interval, meta->pts + f * meta->frame_duration,
                                   meta->frame_duration);
        for (guint c = 0; c < meta->channels; c++)
            gst_auricle_interval_add(&self->interval, c, 0,
                                     gst_auricle_frame_meta_norm(meta, c, f));
        if (gst_auricle_interval_full(&self->interval, length))
            post_interval(self);
    }
}

static void warn_of_samples(GstAuricleEncoder *self, const GstAuricleHarvest *harvest)
{
    if (!harvest->bad_samples || self->warned)
        return;
    self->warned = TRUE;
    GST_ELEMENT_WARNING(
        self, STREAM, FORMAT,
        ("Channel %u brought %" G_GUINT64_FORMAT " samples that are not finite or beyond ±%g; they "
         "are heard as silence. Samples must be in [-1, 1]: see what makes them upstream, or put "
         "audioconvert after raw integers passed as float",
         harvest->bad_channel, harvest->bad_samples, (gdouble)AURICLE_SAMPLE_MAX),
        (NULL));
}

/* Takes the harvest's block. */
static void attach(GstAuricleEncoder *self, GstBuffer *buffer, GstAuricleHarvest harvest)
{
    GstAuricleFilter *filter = GST_AURICLE_FILTER(self);
    GstAuricleFrameMeta meta = {
        .flags = self->flags,
        .channels = self->bank->channels,
        .frames = harvest.frames,
        .index = self->frames,
        .pts = self->clock.base + gst_auricle_bank_time(self->bank, self->frames),
        .frame_duration = gst_auricle_bank_time(self->bank, 1),
        .result_delay = gst_auricle_filter_result_delay(filter),
        .data = harvest.block ? harvest.block->data : NULL,
        .info = self->bank->info,
        .model = self->bank->model,
        .block = harvest.block,
    };

    gst_buffer_set_auricle_frame_meta(buffer, &meta);
    GST_LOG_OBJECT(self, "%u frames from %" GST_TIME_FORMAT, meta.frames, GST_TIME_ARGS(meta.pts));
    self->flags = GST_AURICLE_FRAMES_NONE;
    self->frames += harvest.frames;
    if (gst_auricle_filter_posts(filter))
        measure(self, &meta);
    if (harvest.block)
        gst_auricle_block_unref(harvest.block);
    warn_of_samples(self, &harvest);
}

/* --- runs --- */

static void run_forget(GstAuricleEncoder *self)
{
    self->frames = 0;
    self->warned = FALSE;
    self->flags = GST_AURICLE_FRAMES_RUN_START;
    gst_auricle_interval_restart(&self->interval);
}

/* The last frames of the run go downstream without audio. */
static void run_close(GstAuricleEncoder *self)
{
    GstBuffer *buffer;

    if (!self->clock.running)
        return;
    GST_DEBUG_OBJECT(self, "the run ends after %" G_GUINT64_FORMAT " samples", self->clock.samples);
    buffer = gst_buffer_new();
    self->flags |= GST_AURICLE_FRAMES_RUN_END;
    attach(self, buffer, gst_auricle_bank_drain(self->bank));
    post_interval(self);
    gst_auricle_filter_push_carrier(GST_AURICLE_FILTER(self), buffer);
    gst_auricle_clock_stop(&self->clock);
    run_forget(self);
}

static void encoder_finish(GstAuricleFilter *filter)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(filter);

    run_close(self);
    gst_auricle_clock_forget(&self->clock);
}

static void encoder_reset(GstAuricleFilter *filter)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(filter);

    if (self->bank)
        gst_auricle_bank_reset(self->bank);
    gst_auricle_clock_forget(&self->clock);
    run_forget(self);
}

static void run_join(GstAuricleEncoder *self, GstClockTime pts, gboolean discont, guint64 count)
{
    const GstSegment *segment = &GST_BASE_TRANSFORM(self)->segment;

    if (discont || gst_auricle_clock_breaks(&self->clock, pts))
        encoder_finish(GST_AURICLE_FILTER(self));
    if (!GST_CLOCK_TIME_IS_VALID(pts) && !self->clock.running)
        pts = segment->format == GST_FORMAT_TIME ? segment->start : 0;
    gst_auricle_clock_join(&self->clock, pts, count);
}

/* --- audio in --- */

/* A wait for others may come with each frame of a buffer: longer ones delay more. */
static void tell_delay(GstAuricleEncoder *self, gsize samples)
{
    self->longest = samples;
    gst_auricle_filter_set_result_delay(GST_AURICLE_FILTER(self),
                                        gst_auricle_bank_delay(self->bank, samples));
}

static void tell_dims(GstAuricleEncoder *self)
{
    GST_OBJECT_LOCK(self);
    self->frame_dim = self->bank->info.frame_dim;
    self->embedding_dim = self->bank->info.embedding_dim;
    GST_OBJECT_UNLOCK(self);
}

static gboolean bank_ready(GstAuricleEncoder *self)
{
    GstAuricleFilter *filter = GST_AURICLE_FILTER(self);
    const GstAudioInfo *audio = gst_auricle_filter_audio(filter);
    auricle_resample quality = gst_auricle_choice_set_audio(&self->choice, audio);
    auricle_error error;

    tell_dims(self);
    if (!gst_auricle_bank_configure(self->bank, GST_AUDIO_INFO_RATE(audio),
                                    (guint)GST_AUDIO_INFO_CHANNELS(audio), quality, &error)) {
        gst_auricle_filter_complain(filter, TRUE, "Cannot encode this audio", &error);
        return FALSE;
    }
    tell_delay(self, 0);
    gst_auricle_interval_init(&self->interval, self->bank->channels, 1);
    return TRUE;
}

static gboolean encoder_caps(GstAuricleFilter *filter)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(filter);

    gst_auricle_clock_init(&self->clock, GST_AUDIO_INFO_RATE(gst_auricle_filter_audio(filter)));
    return bank_ready(self);
}

static gboolean swap_bank(GstAuricleEncoder *self)
{
    GstAuricleBank *next = gst_auricle_choice_take(&self->choice);

    if (!next)
        return TRUE;
    run_close(self);
    gst_auricle_bank_free(self->bank);
    self->bank = next;
    GST_DEBUG_OBJECT(self, "model %.12s takes over", next->info.content_hash);
    return bank_ready(self);
}

static GstFlowReturn encoder_analyse(GstAuricleFilter *filter, GstBuffer *buffer)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(filter);
    const GstAudioInfo *audio = gst_auricle_filter_audio(filter);
    gboolean gap = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP);
    gsize count = gst_buffer_get_size(buffer) / (gsize)GST_AUDIO_INFO_BPF(audio);
    GstMapInfo map;

    if (!swap_bank(self))
        return GST_FLOW_ERROR;
    if (!count)
        return GST_FLOW_OK;
    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return GST_FLOW_ERROR; /* the base class tells */
    run_join(self, GST_BUFFER_PTS(buffer), GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT),
             count);
    if (count > self->longest)
        tell_delay(self, count);
    attach(self, buffer,
           gst_auricle_bank_feed(self->bank, GST_AUDIO_INFO_FORMAT(audio), gap ? NULL : map.data,
                                 count));
    gst_auricle_clock_advance(&self->clock, count);
    gst_buffer_unmap(buffer, &map);
    return GST_FLOW_OK;
}

static void hear_silence(GstAuricleEncoder *self, guint64 count)
{
    while (count) {
        guint64 part = MIN(count, (guint64)self->bank->rate);
        GstBuffer *buffer = gst_buffer_new();

        attach(self, buffer,
               gst_auricle_bank_feed(self->bank, GST_AUDIO_FORMAT_UNKNOWN, NULL, part));
        gst_auricle_filter_push_carrier(GST_AURICLE_FILTER(self), buffer);
        gst_auricle_clock_advance(&self->clock, part);
        count -= part;
    }
}

static void encoder_gap(GstAuricleFilter *filter, GstClockTime pts, GstClockTime duration)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(filter);
    guint64 rate = (guint64)GST_AUDIO_INFO_RATE(gst_auricle_filter_audio(filter)), count, heard;

    if (!GST_CLOCK_TIME_IS_VALID(duration) || !swap_bank(self))
        return;
    count = gst_util_uint64_scale_round(duration, rate, GST_SECOND);
    heard = MIN(count, GAP_HEARD_SECONDS * rate);
    if (!count)
        return;
    run_join(self, pts, FALSE, count);
    hear_silence(self, heard);
    gst_auricle_clock_skip(&self->clock, count - heard);
}

/* --- the model --- */

static gboolean encoder_start(GstBaseTransform *trans)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(trans);
    auricle_error error = {AURICLE_INVALID, "set property model to an encoder file, e.g. "
                                            "auricleencoder model=encoder.safetensors"};

    self->bank = gst_auricle_choice_start(&self->choice, &error);
    if (!self->bank) {
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), TRUE, "No encoder model", &error);
        return FALSE;
    }
    tell_dims(self);
    return TRUE;
}

static gboolean encoder_stop(GstBaseTransform *trans)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(trans);

    GST_BASE_TRANSFORM_CLASS(gst_auricle_encoder_parent_class)->stop(trans);
    gst_auricle_choice_stop(&self->choice);
    g_clear_pointer(&self->bank, gst_auricle_bank_free);
    gst_auricle_clock_clear(&self->clock);
    gst_auricle_interval_clear(&self->interval);
    return TRUE;
}

/* --- object --- */

static void encoder_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(object);

    switch (id) {
    case PROP_MODEL:
        gst_auricle_choice_set_model(&self->choice, g_value_get_string(value));
        break;
    case PROP_RESAMPLE:
        gst_auricle_choice_set_resample(&self->choice, (auricle_resample)g_value_get_enum(value));
        break;
    case PROP_BATCH_GROUP:
        gst_auricle_choice_set_group(&self->choice, g_value_get_string(value));
        break;
    case PROP_BATCH_WAIT:
        gst_auricle_choice_set_wait(&self->choice, g_value_get_uint64(value));
        break;
    default:
        G_OBJECT_CLASS(gst_auricle_encoder_parent_class)->set_property(object, id, value, spec);
    }
}

static void encoder_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(object);

    if (id < GST_AURICLE_FILTER_PROPERTIES) {
        G_OBJECT_CLASS(gst_auricle_encoder_parent_class)->get_property(object, id, value, spec);
        return;
    }
    GST_OBJECT_LOCK(self);
    switch (id) {
    case PROP_MODEL:
        g_value_set_string(value, self->choice.path);
        break;
    case PROP_RESAMPLE:
        g_value_set_enum(value, (gint)self->choice.quality);
        break;
    case PROP_BATCH_GROUP:
        g_value_set_string(value, self->choice.group);
        break;
    case PROP_BATCH_WAIT:
        g_value_set_uint64(value, self->choice.wait);
        break;
    case PROP_FRAME_DIM:
        g_value_set_int(value, self->frame_dim);
        break;
    case PROP_EMBEDDING_DIM:
        g_value_set_int(value, self->embedding_dim);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(self);
}

static void encoder_finalize(GObject *object)
{
    gst_auricle_choice_clear(&GST_AURICLE_ENCODER(object)->choice);
    G_OBJECT_CLASS(gst_auricle_encoder_parent_class)->finalize(object);
}

static void install_batch_properties(GObjectClass *klass)
{
    const GParamFlags ready = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

    g_object_class_install_property(
        klass, PROP_BATCH_GROUP,
        g_param_spec_string(
            "batch-group", "Batch group",
            "Encoders of this process with the same name, model and batch-wait encode their "
            "frames together, which costs less; unset = only the channels of this one",
            NULL, ready));
    g_object_class_install_property(
        klass, PROP_BATCH_WAIT,
        g_param_spec_uint64("batch-wait", "Batch wait",
                            "How long a frame may wait for those of other encoders of the "
                            "batch-group (in nanoseconds, counted in microseconds; 0 = takes who "
                            "is there); part of result-delay",
                            0, BATCH_WAIT_MOST_NS, 0, ready));
}

static void install_properties(GObjectClass *klass)
{
    const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
    const GParamFlags live = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(
        klass, PROP_MODEL,
        g_param_spec_string(
            "model", "Model",
            "Path of the encoder (safetensors). While playing, a new one takes over "
            "at the next buffer; one that fails to load leaves the old one running",
            NULL, live));
    g_object_class_install_property(
        klass, PROP_RESAMPLE,
        g_param_spec_enum("resample", "Resample", "Quality of the conversion to the model's rate",
                          GST_TYPE_AURICLE_RESAMPLE, AURICLE_RESAMPLE_FAST, live));
    g_object_class_install_property(klass, PROP_FRAME_DIM,
                                    g_param_spec_int("frame-dim", "Frame dimension",
                                                     "Floats of a frame; 0 without a model", 0,
                                                     G_MAXINT, 0, read));
    g_object_class_install_property(
        klass, PROP_EMBEDDING_DIM,
        g_param_spec_int("embedding-dim", "Embedding dimension",
                         "Floats of a frame that heads see; 0 without a model", 0, G_MAXINT, 0,
                         read));
}

static void gst_auricle_encoder_class_init(GstAuricleEncoderClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS(klass);
    GstAuricleFilterClass *filter_class = GST_AURICLE_FILTER_CLASS(klass);

    object_class->set_property = encoder_set_property;
    object_class->get_property = encoder_get_property;
    object_class->finalize = encoder_finalize;
    transform_class->start = encoder_start;
    transform_class->stop = encoder_stop;
    filter_class->analyse = encoder_analyse;
    filter_class->caps = encoder_caps;
    filter_class->gap = encoder_gap;
    filter_class->finish = encoder_finish;
    filter_class->reset = encoder_reset;
    gst_auricle_filter_class_setup(filter_class, FALSE,
                                   "Post an 'auricleencoder' message for each passed interval");
    install_properties(object_class);
    install_batch_properties(object_class);
    gst_element_class_set_static_metadata(
        GST_ELEMENT_CLASS(klass), "Auricle encoder", "Filter/Analyzer/Audio",
        "Encodes each channel with a pretrained streaming encoder; the audio passes unchanged",
        "the Auricle authors");
    gst_type_mark_as_plugin_api(GST_TYPE_AURICLE_RESAMPLE, (GstPluginAPIFlags)0);
    gst_type_mark_as_plugin_api(GST_TYPE_AURICLE_FILTER, (GstPluginAPIFlags)0);
}

static void gst_auricle_encoder_init(GstAuricleEncoder *self)
{
    gst_auricle_choice_init(&self->choice, GST_AURICLE_FILTER(self));
    run_forget(self);
}
