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
 * `endtime`, `result-delay` (guint64, ns), one array (a gdouble per channel) `norm`: the mean
 * length of the embedding vector. All messages of Auricle's elements have `lost-time`, `gaps`,
 * `skipped-time` and `skips` (guint64, times in ns), as the properties of these names here.
 *
 * Time is what the timestamps say. A hole of up to 250 ms, with or without a DISCONT flag or a GAP
 * event, is heard as silence of exactly its length; a longer one starts the analysis anew, as a
 * flush and a seek do. Timestamps that drift against the samples are followed in both directions.
 *
 * When the machine is too slow for live audio, the audio passes at once all the same. What is later
 * than usual by more than #GstAuricleEncoder:max-lag is not analysed: each such buffer posts a QoS
 * message and bears a frame meta with the flag SKIPPED, the first one a warning. Audio is never
 * dropped, not with qos=true either.
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
#include "gstauricledebug.h"
#include "gstauriclelag.h"
#include "gstauricleruns.h"

/* Half a frame: who waits so long for each frame still keeps up with the audio. */
#define BATCH_WAIT_MOST_NS 5000000

#define MAX_LAG_DEFAULT_NS (500 * GST_MSECOND)

enum {
    PROP_MODEL = GST_AURICLE_FILTER_PROPERTIES,
    PROP_RESAMPLE,
    PROP_BATCH_GROUP,
    PROP_BATCH_WAIT,
    PROP_FRAME_DIM,
    PROP_EMBEDDING_DIM,
    PROP_LOST_TIME,
    PROP_GAPS,
    PROP_MAX_LAG,
    PROP_SKIPPED_TIME,
    PROP_SKIPS,
};

struct _GstAuricleEncoder {
    GstAuricleFilter parent;

    GstAuricleChoice choice;
    /* object lock */
    gint frame_dim, embedding_dim;
    GstClockTime path_delay; /* audio may wait for other members of the batch-group */

    /* streaming thread */
    GstAuricleBank *bank;
    GstAuricleRuns runs;
    GstAuricleLag lag;
    gsize longest;              /* buffer so far, samples */
    gboolean warned_of_reverse; /* in this segment */
};

G_DEFINE_TYPE(GstAuricleEncoder, gst_auricle_encoder, GST_TYPE_AURICLE_FILTER)
GST_ELEMENT_REGISTER_DEFINE(auricleencoder, "auricleencoder", GST_RANK_NONE,
                            GST_TYPE_AURICLE_ENCODER)

/* --- audio in --- */

/* A wait for others may come with each frame of a buffer: longer ones delay more. */
static void tell_delay(GstAuricleEncoder *self, gsize samples)
{
    const GstClockTime wait = gst_auricle_bank_wait(self->bank, samples);
    gboolean changed;

    self->longest = samples;
    GST_OBJECT_LOCK(self);
    changed = self->path_delay != wait;
    self->path_delay = wait;
    GST_OBJECT_UNLOCK(self);
    if (changed)
        gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
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
    gst_auricle_runs_set_bank(&self->runs, self->bank);
    return TRUE;
}

static gboolean encoder_caps(GstAuricleFilter *filter)
{
    return bank_ready(GST_AURICLE_ENCODER(filter));
}

static gboolean swap_bank(GstAuricleEncoder *self)
{
    GstAuricleBank *next = gst_auricle_choice_take(&self->choice);

    if (!next)
        return TRUE;
    gst_auricle_runs_close(&self->runs);
    gst_auricle_bank_free(self->bank);
    self->bank = next;
    GST_DEBUG_OBJECT(self, "model %.12s takes over", next->info.content_hash);
    return bank_ready(self);
}

static GstFlowReturn skip_reverse(GstAuricleEncoder *self)
{
    if (!self->warned_of_reverse)
        GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                            ("The audio plays backwards: it passes, but is not analysed. Results "
                             "come again when it plays forwards"),
                            ("segment with a negative rate"));
    self->warned_of_reverse = TRUE;
    return GST_FLOW_OK;
}

/* TRUE when the buffer is skipped, because analysis is too late. */
static gboolean skip_late(GstAuricleEncoder *self, GstBuffer *buffer, gsize count)
{
    const GstClockTime duration =
        gst_util_uint64_scale(count, GST_SECOND, (guint64)self->bank->rate);
    GstClockTimeDiff late;

    if (!gst_auricle_lag_skips(&self->lag, buffer, duration, &late))
        return FALSE;
    gst_auricle_runs_skip(&self->runs, buffer, count);
    gst_auricle_lag_post(&self->lag, buffer, late, &self->runs.absence);
    return TRUE;
}

static GstFlowReturn encoder_analyse(GstAuricleFilter *filter, GstBuffer *buffer)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(filter);
    const GstAudioInfo *audio = gst_auricle_filter_audio(filter);
    gboolean gap = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP);
    gsize count = gst_buffer_get_size(buffer) / (gsize)GST_AUDIO_INFO_BPF(audio);
    GstMapInfo map;

    if (gst_auricle_filter_is_reverse(filter))
        return skip_reverse(self);
    if (!swap_bank(self))
        return GST_FLOW_ERROR;
    if (!count || skip_late(self, buffer, count))
        return GST_FLOW_OK;
    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return GST_FLOW_ERROR; /* the base class tells */
    if (count > self->longest)
        tell_delay(self, count);
    gst_auricle_runs_audio(&self->runs, buffer, gap ? NULL : map.data, count);
    gst_buffer_unmap(buffer, &map);
    return GST_FLOW_OK;
}

static void encoder_gap(GstAuricleFilter *filter, GstClockTime pts, GstClockTime duration)
{
    gst_auricle_runs_gap(&GST_AURICLE_ENCODER(filter)->runs, pts, duration);
}

/* Results of an encoder upstream pass; its frames end here, as they do on audio. */
static gboolean encoder_carrier(G_GNUC_UNUSED GstAuricleFilter *filter, GstBuffer *buffer)
{
    GstAuricleFrameMeta *meta = gst_buffer_get_auricle_frame_meta(buffer);
    gpointer state = NULL;

    if (meta)
        gst_buffer_remove_meta(buffer, &meta->meta);
    return gst_buffer_iterate_meta(buffer, &state) != NULL;
}

static void encoder_finish(GstAuricleFilter *filter)
{
    GST_AURICLE_ENCODER(filter)->warned_of_reverse = FALSE;
    gst_auricle_lag_reset(&GST_AURICLE_ENCODER(filter)->lag);
    gst_auricle_runs_finish(&GST_AURICLE_ENCODER(filter)->runs);
}

static void encoder_reset(GstAuricleFilter *filter)
{
    gst_auricle_lag_reset(&GST_AURICLE_ENCODER(filter)->lag);
    gst_auricle_runs_reset(&GST_AURICLE_ENCODER(filter)->runs);
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
    GST_OBJECT_LOCK(self);
    self->path_delay = self->bank->wait;
    GST_OBJECT_UNLOCK(self);
    gst_auricle_lag_start(&self->lag);
    gst_auricle_runs_restart(&self->runs);
    return TRUE;
}

/* The audio passes at once, but for the wait for other members of the batch-group. */
static gboolean encoder_query(GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(trans);
    GstClockTime least, most, wait;
    gboolean live;

    if (!GST_BASE_TRANSFORM_CLASS(gst_auricle_encoder_parent_class)->query(trans, direction, query))
        return FALSE;
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
        return TRUE;
    GST_OBJECT_LOCK(self);
    wait = self->path_delay;
    GST_OBJECT_UNLOCK(self);
    gst_query_parse_latency(query, &live, &least, &most);
    if (GST_CLOCK_TIME_IS_VALID(most))
        most += wait;
    gst_query_set_latency(query, live, least + wait, most);
    return TRUE;
}

static gboolean encoder_stop(GstBaseTransform *trans)
{
    GstAuricleEncoder *self = GST_AURICLE_ENCODER(trans);

    GST_BASE_TRANSFORM_CLASS(gst_auricle_encoder_parent_class)->stop(trans);
    gst_auricle_choice_stop(&self->choice);
    gst_auricle_runs_clear(&self->runs);
    g_clear_pointer(&self->bank, gst_auricle_bank_free);
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
    case PROP_MAX_LAG:
        GST_OBJECT_LOCK(self);
        self->lag.most = g_value_get_uint64(value);
        GST_OBJECT_UNLOCK(self);
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
    case PROP_LOST_TIME:
        g_value_set_uint64(value, self->runs.absence.lost_time);
        break;
    case PROP_MAX_LAG:
        g_value_set_uint64(value, self->lag.most);
        break;
    case PROP_SKIPPED_TIME:
        g_value_set_uint64(value, self->runs.absence.skipped_time);
        break;
    case PROP_SKIPS:
        g_value_set_uint64(value, self->runs.absence.skips);
        break;
    case PROP_GAPS:
        g_value_set_uint64(value, self->runs.absence.gaps);
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
                            "is there); part of result-delay and of the latency",
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

static void install_counters(GObjectClass *klass)
{
    const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    g_object_class_install_property(
        klass, PROP_LOST_TIME,
        g_param_spec_uint64("lost-time", "Lost time",
                            "Time for which no audio came since the start: lost packets, holes in "
                            "the timestamps, GAP events (in nanoseconds)",
                            0, G_MAXUINT64, 0, read));
    g_object_class_install_property(
        klass, PROP_GAPS,
        g_param_spec_uint64("gaps", "Gaps", "Number of gaps that lost-time is the sum of", 0,
                            G_MAXUINT64, 0, read));
}

static void install_lag_properties(GObjectClass *klass)
{
    const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    g_object_class_install_property(
        klass, PROP_MAX_LAG,
        g_param_spec_uint64(
            "max-lag", "Maximum lag",
            "Live audio that is later than usual by more than this passes without analysis until "
            "analysis has caught up (in nanoseconds, 0 = everything is analysed). With qos=true, "
            "audio that a sink reports as late by more than this, too",
            0, G_MAXINT64, MAX_LAG_DEFAULT_NS,
            G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS |
                GST_PARAM_MUTABLE_PLAYING));
    g_object_class_install_property(
        klass, PROP_SKIPPED_TIME,
        g_param_spec_uint64("skipped-time", "Skipped time",
                            "Time of audio that was not analysed since the start, because analysis "
                            "was late (in nanoseconds)",
                            0, G_MAXUINT64, 0, read));
    g_object_class_install_property(
        klass, PROP_SKIPS,
        g_param_spec_uint64("skips", "Skips", "Number of stretches that skipped-time is the sum of",
                            0, G_MAXUINT64, 0, read));
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
    transform_class->query = encoder_query;
    filter_class->analyse = encoder_analyse;
    filter_class->caps = encoder_caps;
    filter_class->carrier = encoder_carrier;
    filter_class->gap = encoder_gap;
    filter_class->finish = encoder_finish;
    filter_class->reset = encoder_reset;
    gst_auricle_filter_class_setup(filter_class, FALSE,
                                   "Post an 'auricleencoder' message for each passed interval");
    install_properties(object_class);
    install_batch_properties(object_class);
    install_counters(object_class);
    install_lag_properties(object_class);
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
    gst_auricle_runs_init(&self->runs, GST_AURICLE_FILTER(self));
    gst_auricle_lag_init(&self->lag, GST_AURICLE_FILTER(self));
}
