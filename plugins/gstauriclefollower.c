// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauriclefollower.h"

#include "gstauricledebug.h"
#include "gstauriclemodels.h"

#include <string.h>

typedef struct {
    /* object lock */
    gchar *path;          /* of the model the frames must be of; NULL = any */
    auricle_model *model; /* of the frames */
    guint channels;       /* of the frames */
    gboolean retry;
    gboolean started;
    gchar demanded[65]; /* content hash of path, "" = any */
    /* streaming thread */
    gchar adopted[65]; /* content hash of the frames at hand, "" = none yet */
    gboolean working;  /* adopt agreed */
    gboolean in_run;
    guint64 next;    /* index of the frame that would continue the run */
    gboolean missed; /* frames were missing, and it was said */
} GstAuricleFollowerPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(GstAuricleFollower, gst_auricle_follower,
                                    GST_TYPE_AURICLE_FILTER)

static GstAuricleFollowerPrivate *private_of(GstAuricleFollower *self)
{
    return gst_auricle_follower_get_instance_private(self);
}

/* --- runs --- */

static void run_close(GstAuricleFollower *self, GstBuffer *buffer)
{
    GstAuricleFollowerPrivate *private = private_of(self);

    if (private->in_run && private->working)
        GST_AURICLE_FOLLOWER_GET_CLASS(self)->close(self, buffer);
    private->in_run = FALSE;
}

static void follower_finish(GstAuricleFilter *filter)
{
    run_close(GST_AURICLE_FOLLOWER(filter), NULL);
}

static void follower_reset(GstAuricleFilter *filter)
{
    GstAuricleFollower *self = GST_AURICLE_FOLLOWER(filter);

    private_of(self)->in_run = FALSE;
    if (private_of(self)->working)
        GST_AURICLE_FOLLOWER_GET_CLASS(self)->forget(self);
}

/* --- the model of the frames --- */

static void remember(GstAuricleFollower *self, const GstAuricleFrameMeta *meta)
{
    GstAuricleFollowerPrivate *private = private_of(self);
    auricle_model *old;

    memcpy(private->adopted, meta->info.content_hash, sizeof private->adopted);
    GST_OBJECT_LOCK(self);
    old = private->model;
    private->model = auricle_model_ref(meta->model);
    private->channels = meta->channels;
    private->retry = FALSE;
    GST_OBJECT_UNLOCK(self);
    auricle_model_unref(&old);
}

static gboolean is_demanded(GstAuricleFollower *self, const GstAuricleFrameMeta *meta,
                            auricle_error *error)
{
    GstAuricleFollowerPrivate *private = private_of(self);
    gboolean agreed;

    GST_OBJECT_LOCK(self);
    agreed = !private->demanded[0] || !strcmp(private->demanded, meta->info.content_hash);
    if (!agreed) {
        error->status = AURICLE_MISMATCH;
        g_snprintf(error->text, sizeof error->text,
                   "the frames come from a model with hash %.12s..., but property model names %s "
                   "(hash %.12s...): give both elements the same file, or leave model unset here",
                   meta->info.content_hash, private->path, private->demanded);
    }
    GST_OBJECT_UNLOCK(self);
    return agreed;
}

static gboolean is_known(GstAuricleFollower *self, const GstAuricleFrameMeta *meta)
{
    GstAuricleFollowerPrivate *private = private_of(self);
    gboolean known;

    GST_OBJECT_LOCK(self);
    known = !private->retry && private->channels == meta->channels &&
            !strcmp(private->adopted, meta->info.content_hash);
    GST_OBJECT_UNLOCK(self);
    return known;
}

/* FALSE when the very first frames cannot be worked with; later ones are waited out. */
static gboolean follow(GstAuricleFollower *self, const GstAuricleFrameMeta *meta)
{
    GstAuricleFollowerPrivate *private = private_of(self);
    gboolean first = !private->adopted[0];
    auricle_error error;

    if (is_known(self, meta))
        return TRUE;
    GST_DEBUG_OBJECT(self, "%u channels of frames from model %.12s", meta->channels,
                     meta->info.content_hash);
    run_close(self, NULL);
    remember(self, meta);
    private->working = is_demanded(self, meta, &error) &&
                       GST_AURICLE_FOLLOWER_GET_CLASS(self)->adopt(self, meta, &error);
    if (!private->working)
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), first,
                                    first ? "Cannot work with these frames"
                                          : "No results until the models agree again",
                                    &error);
    return private->working || !first;
}

static void work(GstAuricleFollower *self, const GstAuricleFrameMeta *meta, GstBuffer *buffer)
{
    GstAuricleFollowerPrivate *private = private_of(self);
    GstAuricleFollowerClass *klass = GST_AURICLE_FOLLOWER_GET_CLASS(self);

    if (meta->index != private->next) /* another run, or frames were lost on the way */
        run_close(self, NULL);
    if (!private->in_run)
        klass->forget(self);
    private->in_run = TRUE;
    private->next = meta->index + meta->frames;
    if (klass->refresh)
        klass->refresh(self);
    gst_auricle_filter_set_absence(GST_AURICLE_FILTER(self), &meta->absence);
    klass->frames(self, meta, buffer);
    if (meta->flags & GST_AURICLE_FRAMES_RUN_END)
        run_close(self, buffer);
}

static GstFlowReturn miss_frames(GstAuricleFollower *self)
{
    GstAuricleFollowerPrivate *private = private_of(self);

    if (!private->adopted[0]) {
        GST_ELEMENT_ERROR(self, STREAM, WRONG_TYPE,
                          ("There are no encoder frames on this audio. Put auricleencoder "
                           "model=FILE upstream of %s, and nothing between them that converts or "
                           "re-cuts the audio",
                           GST_OBJECT_NAME(self)),
                          ("buffer without GstAuricleFrameMeta"));
        return GST_FLOW_ERROR;
    }
    if (!private->missed)
        GST_ELEMENT_WARNING(self, STREAM, FAILED,
                            ("Encoder frames are missing on some audio: see what sits between "
                             "auricleencoder and %s",
                             GST_OBJECT_NAME(self)),
                            ("buffer without GstAuricleFrameMeta"));
    private->missed = TRUE;
    return GST_FLOW_OK;
}

static GstFlowReturn follower_analyse(GstAuricleFilter *filter, GstBuffer *buffer)
{
    GstAuricleFollower *self = GST_AURICLE_FOLLOWER(filter);
    GstAuricleFrameMeta *meta = gst_buffer_get_auricle_frame_meta(buffer);

    if (!meta && (!gst_buffer_get_size(buffer) || gst_auricle_filter_is_reverse(filter)))
        return GST_FLOW_OK;
    if (!meta)
        return miss_frames(self);
    if (!follow(self, meta))
        return GST_FLOW_ERROR;
    if (private_of(self)->working)
        work(self, meta, buffer);
    return GST_FLOW_OK;
}

static gboolean follower_carrier(GstAuricleFilter *filter, GstBuffer *buffer)
{
    follower_analyse(filter, buffer);
    return TRUE;
}

/* --- the model it was told --- */

static gboolean hash_of_file(const gchar *path, gchar hash[65], auricle_error *error)
{
    auricle_model *model;
    auricle_model_info info;

    hash[0] = '\0';
    if (!path)
        return TRUE;
    model = gst_auricle_models_take(path, error);
    if (!model)
        return FALSE;
    auricle_model_get_info(model, &info);
    memcpy(hash, info.content_hash, sizeof info.content_hash);
    gst_auricle_models_give(&model);
    return TRUE;
}

static gboolean follower_start(GstBaseTransform *trans)
{
    GstAuricleFollower *self = GST_AURICLE_FOLLOWER(trans);
    GstAuricleFollowerPrivate *private = private_of(self);
    gchar *path, hash[65];
    auricle_error error;
    gboolean good;

    GST_OBJECT_LOCK(self);
    path = g_strdup(private->path);
    GST_OBJECT_UNLOCK(self);
    good = hash_of_file(path, hash, &error);
    g_free(path);
    if (!good) {
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), TRUE, "No encoder model", &error);
        return FALSE;
    }
    GST_OBJECT_LOCK(self);
    memcpy(private->demanded, hash, sizeof hash);
    private->started = TRUE;
    GST_OBJECT_UNLOCK(self);
    return TRUE;
}

static gboolean follower_stop(GstBaseTransform *trans)
{
    GstAuricleFollower *self = GST_AURICLE_FOLLOWER(trans);
    GstAuricleFollowerPrivate *private = private_of(self);
    auricle_model *model;

    GST_BASE_TRANSFORM_CLASS(gst_auricle_follower_parent_class)->stop(trans);
    GST_AURICLE_FOLLOWER_GET_CLASS(self)->abandon(self);
    private->adopted[0] = '\0';
    private->working = private->missed = FALSE;
    GST_OBJECT_LOCK(self);
    model = private->model;
    private->model = NULL;
    private->channels = 0;
    private->started = FALSE;
    GST_OBJECT_UNLOCK(self);
    auricle_model_unref(&model);
    return TRUE;
}

static void demand(GstAuricleFollower *self, const gchar *path)
{
    GstAuricleFollowerPrivate *private = private_of(self);
    gchar hash[65] = "";
    auricle_error error;
    gboolean started, good;

    GST_OBJECT_LOCK(self);
    started = private->started;
    GST_OBJECT_UNLOCK(self);
    good = !started || hash_of_file(path, hash, &error);
    if (good) {
        GST_OBJECT_LOCK(self);
        g_free(private->path);
        private->path = g_strdup(path);
        memcpy(private->demanded, hash, sizeof hash);
        private->retry = TRUE;
        GST_OBJECT_UNLOCK(self);
    } else {
        gst_auricle_filter_complain(GST_AURICLE_FILTER(self), FALSE, "The old model stays", &error);
    }
}

/* --- object --- */

static void follower_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    if (id == GST_AURICLE_FOLLOWER_MODEL)
        demand(GST_AURICLE_FOLLOWER(object), g_value_get_string(value));
    else
        G_OBJECT_CLASS(gst_auricle_follower_parent_class)->set_property(object, id, value, spec);
}

static void follower_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    if (id == GST_AURICLE_FOLLOWER_MODEL) {
        GST_OBJECT_LOCK(object);
        g_value_set_string(value, private_of(GST_AURICLE_FOLLOWER(object))->path);
        GST_OBJECT_UNLOCK(object);
    } else {
        G_OBJECT_CLASS(gst_auricle_follower_parent_class)->get_property(object, id, value, spec);
    }
}

static void follower_finalize(GObject *object)
{
    g_free(private_of(GST_AURICLE_FOLLOWER(object))->path);
    G_OBJECT_CLASS(gst_auricle_follower_parent_class)->finalize(object);
}

void gst_auricle_follower_class_setup(GstAuricleFollowerClass *klass, const gchar *post_text)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    if (!object_class->set_property) { /* GObject inherits neither */
        object_class->set_property = follower_set_property;
        object_class->get_property = follower_get_property;
    }
    gst_auricle_filter_class_setup(GST_AURICLE_FILTER_CLASS(klass), TRUE, post_text);
    g_object_class_install_property(
        object_class, GST_AURICLE_FOLLOWER_MODEL,
        g_param_spec_string(
            "model", "Model",
            "Path of the encoder the frames must come from; unset = whichever runs "
            "upstream",
            NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
}

static void gst_auricle_follower_class_init(GstAuricleFollowerClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS(klass);
    GstAuricleFilterClass *filter_class = GST_AURICLE_FILTER_CLASS(klass);

    object_class->set_property = follower_set_property;
    object_class->get_property = follower_get_property;
    object_class->finalize = follower_finalize;
    transform_class->start = follower_start;
    transform_class->stop = follower_stop;
    filter_class->analyse = follower_analyse;
    filter_class->carrier = follower_carrier;
    filter_class->finish = follower_finish;
    filter_class->reset = follower_reset;
}

static void gst_auricle_follower_init(G_GNUC_UNUSED GstAuricleFollower *self)
{
}

/* --- for subclasses --- */

auricle_model *gst_auricle_follower_get_model(GstAuricleFollower *self)
{
    auricle_model *model;

    GST_OBJECT_LOCK(self);
    model = private_of(self)->model;
    if (model)
        auricle_model_ref(model);
    GST_OBJECT_UNLOCK(self);
    return model;
}

guint gst_auricle_follower_get_channels(GstAuricleFollower *self)
{
    guint channels;

    GST_OBJECT_LOCK(self);
    channels = private_of(self)->channels;
    GST_OBJECT_UNLOCK(self);
    return channels;
}

void gst_auricle_follower_retry(GstAuricleFollower *self)
{
    GST_OBJECT_LOCK(self);
    private_of(self)->retry = TRUE;
    GST_OBJECT_UNLOCK(self);
}
