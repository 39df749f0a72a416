// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/**
 * SECTION:element-auricleclassifier
 * @title: auricleclassifier
 *
 * Runs a head (words, sounds, arousal ...) on the frames of an `auricleencoder` upstream and tells
 * what is heard in each channel, when it began and when it ended. The audio passes unchanged. Any
 * number of classifiers can follow one encoder.
 *
 * It posts element messages `auricleclassifier` with `timestamp`, `stream-time`, `running-time`,
 * `duration`, `endtime`, `result-delay` (guint64, ns) and
 *
 * * gchararray `event`: "start" when a label is believed, "end" when it is over
 * * gchararray `label`, gint `class`, gdouble `confidence` (0..1), guint `channel`, gchararray
 * `task`
 * * guint64 `start-time`, `end-time`, `decided-at`: stream time, ns; no end-time at a start
 *
 * `result-delay` bounds the time from the first frame from which on each by itself convinces the
 * head (of the label; at the end: of another) to the event; refractory-time comes on top.
 *
 * With #GstAuricleClassifier:post-posteriors also, every #GstAuricleClassifier:interval, one whose
 * `event` is "posteriors", with arrays per channel `label`, `confidence` (the likeliest class) and
 * `posteriors` (an array of one gdouble a class: the mean over the interval), and `labels`.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m portaudiosrc ! auricleencoder model=encoder.safetensors !
 *   auricleclassifier head=commands.safetensors ! fakesink
 * ]|
 */
#include "gstauricleclassifier.h"

#include "gstauricleheadbank.h"
#include "gstauricleresultmessages.h"
#include "gstauricledetectorsettings.h"

#include <string.h>

enum {
    PROP_HEAD = GST_AURICLE_FOLLOWER_PROPERTIES,
    PROP_POST_POSTERIORS,
    PROP_SETTINGS, /* this and the next, GST_AURICLE_DETECTOR_SETTINGS in all */
};

struct _GstAuricleClassifier {
    GstAuricleFollower parent;

    /* object lock */
    gchar *head; /* path */
    GstAuricleDetectorSettings settings;
    gboolean reconfigure; /* settings are newer than the detectors */
    gboolean post_posteriors;
    GstAuricleHeadBank *pending; /* in use from the next frames on */
    gboolean started;

    /* streaming thread */
    GRefString *source; /* our name; lives as long as bank */
    GstAuricleHeadBank *bank;
    GstAuricleBlockPool *pool;
    GstAuricleInterval interval;
};

G_DEFINE_TYPE(GstAuricleClassifier, gst_auricle_classifier, GST_TYPE_AURICLE_FOLLOWER)
GST_ELEMENT_REGISTER_DEFINE(auricleclassifier, "auricleclassifier", GST_RANK_NONE,
                            GST_TYPE_AURICLE_CLASSIFIER)

static const GstSegment *segment_of(GstAuricleClassifier *self)
{
    return &GST_BASE_TRANSFORM(self)->segment;
}

/* --- messages --- */

static void post_interval(GstAuricleClassifier *self)
{
    GstAuricleFilter *filter = GST_AURICLE_FILTER(self);

    if (!self->interval.frames)
        return;
    gst_auricle_filter_post(
        filter, gst_auricle_posterior_fields(self->bank, segment_of(self), &self->interval,
                                             gst_auricle_filter_result_delay(filter)));
    gst_auricle_interval_restart(&self->interval);
}

static void post_event(GstAuricleClassifier *self, const GstAuricleEvent *event)
{
    GstAuricleFilter *filter = GST_AURICLE_FILTER(self);

    gst_auricle_filter_post(filter,
                            gst_auricle_event_fields(self->bank, segment_of(self), event,
                                                     gst_auricle_filter_result_delay(filter)));
}

static void post_events(GstAuricleClassifier *self, const GArray *events, guint from)
{
    if (!gst_auricle_filter_posts(GST_AURICLE_FILTER(self)))
        return;
    for (guint i = from; i < events->len; i++)
        post_event(self, &g_array_index(events, GstAuricleEvent, i));
}

/* --- frames --- */

struct passage { /* one buffer's frames */
    const GstAuricleFrameMeta *frames;
    GstAuricleBlock *block; /* posteriors [channels][frames][classes] */
    GArray *events;
    gboolean measures;
    guint64 interval;
};

static void hear_frame(GstAuricleClassifier *self, struct passage *passage, guint frame)
{
    const GstAuricleFrameMeta *frames = passage->frames;
    GstClockTime pts = frames->pts + frame * frames->frame_duration;
    guint classes = (guint)self->bank->info.class_count, before = passage->events->len;

    if (passage->measures)
        gst_auricle_interval_frame(&self->interval, pts, frames->frame_duration);
    for (guint c = 0; c < frames->channels; c++) {
        gfloat *posteriors = passage->block->data + ((gsize)c * frames->frames + frame) * classes;
        gst_auricle_head_bank_step(self->bank, c, gst_auricle_frame_meta_vector(frames, c, frame),
                                   pts, posteriors, passage->events);
        for (guint i = 0; passage->measures && i < classes; i++)
            gst_auricle_interval_add(&self->interval, c, i, (gdouble)posteriors[i]);
    }
    post_events(self, passage->events, before);
    if (passage->measures && gst_auricle_interval_full(&self->interval, passage->interval))
        post_interval(self);
}

static GstAuricleClassMeta meta_like(GstAuricleClassifier *self)
{
    return (GstAuricleClassMeta){
        .source = self->source,
        .channels = self->bank->channels,
        .classes = (guint)self->bank->info.class_count,
        .frame_duration = self->bank->frame_duration,
        .result_delay = gst_auricle_filter_result_delay(GST_AURICLE_FILTER(self)),
        .head = self->bank->head,
    };
}

static gboolean posts_posteriors(GstAuricleClassifier *self)
{
    gboolean posts;

    GST_OBJECT_LOCK(self);
    posts = self->post_posteriors;
    GST_OBJECT_UNLOCK(self);
    return posts && gst_auricle_filter_posts(GST_AURICLE_FILTER(self));
}

static void classifier_frames(GstAuricleFollower *follower, const GstAuricleFrameMeta *frames,
                              GstBuffer *buffer)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(follower);
    struct passage passage = {.frames = frames};
    GstAuricleClassMeta meta;

    gst_auricle_filter_set_result_delay(GST_AURICLE_FILTER(self),
                                        frames->result_delay + self->bank->decision_delay);
    if (!frames->frames)
        return;
    meta = meta_like(self);
    passage.measures = posts_posteriors(self);
    passage.interval = gst_auricle_filter_interval(GST_AURICLE_FILTER(self));
    passage.events = g_array_new(FALSE, FALSE, sizeof(GstAuricleEvent));
    passage.block = gst_auricle_block_pool_take(self->pool, (gsize)frames->channels *
                                                                frames->frames * meta.classes);
    for (guint f = 0; f < frames->frames; f++)
        hear_frame(self, &passage, f);
    meta.frames = frames->frames;
    meta.pts = frames->pts;
    meta.block = passage.block;
    meta.posteriors = passage.block->data;
    meta.events = passage.events->len ? passage.events : NULL;
    gst_buffer_set_auricle_class_meta(buffer, &meta);
    gst_auricle_block_unref(passage.block);
    g_array_unref(passage.events);
}

/* Events that end with the run join those already on the buffer, or travel alone. */
static void deliver(GstAuricleClassifier *self, GstBuffer *buffer, GArray *events)
{
    GstAuricleClassMeta meta = meta_like(self), *there = NULL;
    gpointer state = NULL;

    while (buffer && (there = gst_buffer_iterate_auricle_class_meta(buffer, &state)))
        if (!strcmp(there->source, meta.source))
            break;
    if (there && there->events) {
        g_array_append_vals(there->events, events->data, events->len);
    } else if (there) {
        there->events = g_array_ref(events);
    } else {
        GstBuffer *carrier = buffer ? buffer : gst_buffer_new();
        meta.events = events;
        gst_buffer_set_auricle_class_meta(carrier, &meta);
        if (!buffer)
            gst_auricle_filter_push_carrier(GST_AURICLE_FILTER(self), carrier);
    }
}

static void classifier_close(GstAuricleFollower *follower, GstBuffer *buffer)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(follower);
    GArray *events = g_array_new(FALSE, FALSE, sizeof(GstAuricleEvent));

    gst_auricle_head_bank_drain(self->bank, events);
    post_events(self, events, 0);
    post_interval(self);
    if (events->len)
        deliver(self, buffer, events);
    g_array_unref(events);
}

static void classifier_forget(GstAuricleFollower *follower)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(follower);

    gst_auricle_head_bank_reset(self->bank);
    gst_auricle_interval_restart(&self->interval);
}

/* --- head and settings --- */

static gboolean take_settings(GstAuricleClassifier *self, GstAuricleDetectorSettings *settings)
{
    gboolean changed;

    GST_OBJECT_LOCK(self);
    changed = self->reconfigure;
    self->reconfigure = FALSE;
    *settings = self->settings;
    GST_OBJECT_UNLOCK(self);
    return changed;
}

static void classifier_refresh(GstAuricleFollower *follower)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(follower);
    GstAuricleDetectorSettings settings;
    auricle_error error;

    if (!take_settings(self, &settings))
        return;
    classifier_close(follower, NULL);
    if (!gst_auricle_head_bank_reconfigure(self->bank, &settings, &error))
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), FALSE,
                                    "The detector's old settings stay", &error);
}

static GstAuricleHeadBank *take_pending(GstAuricleClassifier *self, const GstAuricleFrameMeta *meta)
{
    GstAuricleHeadBank *bank;

    GST_OBJECT_LOCK(self);
    bank = self->pending;
    self->pending = NULL;
    GST_OBJECT_UNLOCK(self);
    if (bank &&
        (bank->channels != meta->channels || strcmp(bank->encoder_hash, meta->info.content_hash)))
        g_clear_pointer(&bank, gst_auricle_head_bank_free);
    return bank;
}

static void classifier_abandon(GstAuricleFollower *follower)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(follower);

    g_clear_pointer(&self->bank, gst_auricle_head_bank_free);
    g_clear_pointer(&self->source, g_ref_string_release);
    gst_auricle_interval_clear(&self->interval);
}

static gboolean classifier_adopt(GstAuricleFollower *follower, const GstAuricleFrameMeta *meta,
                                 auricle_error *error)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(follower);
    GstAuricleDetectorSettings settings;
    gchar *path;

    classifier_abandon(follower);
    self->bank = take_pending(self, meta);
    if (!self->bank) {
        take_settings(self, &settings);
        GST_OBJECT_LOCK(self);
        path = g_strdup(self->head);
        GST_OBJECT_UNLOCK(self);
        self->bank =
            gst_auricle_head_bank_open(path, meta->model, meta->channels, &settings, error);
        g_free(path);
    }
    if (!self->bank)
        return FALSE;
    self->source = g_ref_string_new(GST_OBJECT_NAME(self));
    gst_auricle_interval_init(&self->interval, meta->channels, (guint)self->bank->info.class_count);
    return TRUE;
}

static gboolean classifier_start(GstBaseTransform *trans)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(trans);
    auricle_error error = {AURICLE_INVALID, "set property head to a head file, e.g. "
                                            "auricleclassifier head=commands.safetensors"};
    gboolean there;

    GST_OBJECT_LOCK(self);
    there = self->head && g_file_test(self->head, G_FILE_TEST_EXISTS);
    if (self->head && !there) {
        error.status = AURICLE_NOT_FOUND;
        g_snprintf(error.text, sizeof error.text,
                   "%s does not exist: set property head to a head "
                   "file fitted on the encoder upstream",
                   self->head);
    }
    self->started = there;
    GST_OBJECT_UNLOCK(self);
    if (!there) {
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), TRUE, "No head", &error);
        return FALSE;
    }
    return GST_BASE_TRANSFORM_CLASS(gst_auricle_classifier_parent_class)->start(trans);
}

static gboolean classifier_stop(GstBaseTransform *trans)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(trans);
    GstAuricleHeadBank *pending;

    GST_OBJECT_LOCK(self);
    self->started = FALSE;
    pending = self->pending;
    self->pending = NULL;
    GST_OBJECT_UNLOCK(self);
    gst_auricle_head_bank_free(pending);
    return GST_BASE_TRANSFORM_CLASS(gst_auricle_classifier_parent_class)->stop(trans);
}

static void keep_head(GstAuricleClassifier *self, const gchar *path, GstAuricleHeadBank *bank)
{
    GstAuricleHeadBank *unused;
    gchar *copy = g_strdup(path);

    GST_OBJECT_LOCK(self);
    g_free(self->head);
    self->head = copy;
    unused = self->pending;
    self->pending = bank;
    GST_OBJECT_UNLOCK(self);
    gst_auricle_head_bank_free(unused);
}

/* In the application's thread. Before the first frames a head has no encoder to be checked with. */
static void choose_head(GstAuricleClassifier *self, const gchar *path)
{
    GstAuricleFollower *follower = GST_AURICLE_FOLLOWER(self);
    auricle_error error = {AURICLE_INVALID, "the head cannot be unset while it runs"};
    auricle_model *model = gst_auricle_follower_get_model(follower);
    GstAuricleHeadBank *bank = NULL;
    GstAuricleDetectorSettings settings;

    if (!model) {
        keep_head(self, path, NULL);
        gst_auricle_follower_retry(follower); /* the first may be on their way with the old head */
        return;
    }
    GST_OBJECT_LOCK(self);
    settings = self->settings;
    GST_OBJECT_UNLOCK(self);
    if (path)
        bank = gst_auricle_head_bank_open(path, model, gst_auricle_follower_get_channels(follower),
                                          &settings, &error);
    auricle_model_unref(&model);
    if (bank) {
        keep_head(self, path, bank);
        gst_auricle_follower_retry(follower);
    } else {
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), FALSE, "The old head runs on",
                                    &error);
    }
}

/* --- object --- */

static void set_setting(GstAuricleClassifier *self, guint id, const GValue *value)
{
    GST_OBJECT_LOCK(self);
    gst_auricle_detector_settings_set(&self->settings, id - PROP_SETTINGS, value);
    self->reconfigure = TRUE;
    GST_OBJECT_UNLOCK(self);
}

static void classifier_set_property(GObject *object, guint id, const GValue *value,
                                    GParamSpec *spec)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(object);

    switch (id) {
    case PROP_HEAD:
        choose_head(self, g_value_get_string(value));
        break;
    case PROP_POST_POSTERIORS:
        GST_OBJECT_LOCK(self);
        self->post_posteriors = g_value_get_boolean(value);
        GST_OBJECT_UNLOCK(self);
        break;
    default:
        if (id >= PROP_SETTINGS)
            set_setting(self, id, value);
        else
            G_OBJECT_CLASS(gst_auricle_classifier_parent_class)
                ->set_property(object, id, value, spec);
    }
}

static void classifier_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(object);

    if (id < GST_AURICLE_FOLLOWER_PROPERTIES) {
        G_OBJECT_CLASS(gst_auricle_classifier_parent_class)->get_property(object, id, value, spec);
        return;
    }
    GST_OBJECT_LOCK(self);
    switch (id) {
    case PROP_HEAD:
        g_value_set_string(value, self->head);
        break;
    case PROP_POST_POSTERIORS:
        g_value_set_boolean(value, self->post_posteriors);
        break;
    default:
        gst_auricle_detector_settings_get(&self->settings, id - PROP_SETTINGS, value);
    }
    GST_OBJECT_UNLOCK(self);
}

static void classifier_finalize(GObject *object)
{
    GstAuricleClassifier *self = GST_AURICLE_CLASSIFIER(object);

    gst_auricle_head_bank_free(self->pending);
    gst_auricle_block_pool_unref(self->pool);
    g_free(self->head);
    G_OBJECT_CLASS(gst_auricle_classifier_parent_class)->finalize(object);
}

static void install_properties(GObjectClass *klass)
{
    const GParamFlags live = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(
        klass, PROP_HEAD,
        g_param_spec_string("head", "Head",
                            "Path of the head (safetensors), fitted on the encoder upstream. While "
                            "playing, one that fails to load leaves the old one running",
                            NULL, live));
    g_object_class_install_property(
        klass, PROP_POST_POSTERIORS,
        g_param_spec_boolean("post-posteriors", "Post posteriors",
                             "Also post the mean posteriors of each passed interval", FALSE, live));
    for (guint i = 0; i < GST_AURICLE_DETECTOR_SETTINGS; i++)
        g_object_class_install_property(klass, PROP_SETTINGS + i,
                                        gst_auricle_detector_settings_spec(i, live));
}

static void gst_auricle_classifier_class_init(GstAuricleClassifierClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS(klass);
    GstAuricleFollowerClass *follower_class = GST_AURICLE_FOLLOWER_CLASS(klass);

    object_class->set_property = classifier_set_property;
    object_class->get_property = classifier_get_property;
    object_class->finalize = classifier_finalize;
    transform_class->start = classifier_start;
    transform_class->stop = classifier_stop;
    follower_class->adopt = classifier_adopt;
    follower_class->refresh = classifier_refresh;
    follower_class->frames = classifier_frames;
    follower_class->close = classifier_close;
    follower_class->forget = classifier_forget;
    follower_class->abandon = classifier_abandon;
    gst_auricle_follower_class_setup(
        follower_class, "Post an 'auricleclassifier' message at the start and end of each event");
    install_properties(object_class);
    gst_element_class_set_static_metadata(
        GST_ELEMENT_CLASS(klass), "Auricle classifier", "Filter/Analyzer/Audio",
        "Tells what is heard, when it began and ended; the audio passes unchanged",
        "the Auricle authors");
}

static void gst_auricle_classifier_init(GstAuricleClassifier *self)
{
    self->pool = gst_auricle_block_pool_new();
}
