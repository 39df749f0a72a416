// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/**
 * SECTION:element-auriclepredictor
 * @title: auriclepredictor
 *
 * Lets the predictors a model was pretrained with go on predicting while it listens, and tells how
 * far they are off: a surprise score that needs no labels. Works on the frames of an
 * `auricleencoder` upstream; the audio passes unchanged.
 *
 * Every #GstAuriclePredictor:interval it posts an element message `auriclepredictor` with
 * `timestamp`, `stream-time`, `running-time`, `duration`, `endtime`, `result-delay` (guint64, ns)
 * and arrays with a gdouble per channel:
 *
 * * `surprise`: mean z-score of the errors against their own running statistics, about 0 +- 1
 * * `surprise-max`: the highest in the interval
 * * `future-error`: 1 - cosine of what was predicted some frames ago and what came, 0..2
 * * `feature-error`: mean absolute error of the predicted log-mel frame
 * * `masked-error`: the same of the frame filled in without seeing its chunk
 *
 * An error the model has no predictor for, or that has no value yet, is NaN.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc location=call.wav ! decodebin ! audioconvert !
 *   auricleencoder model=encoder.safetensors ! auriclepredictor interval=1000000000 ! fakesink
 * ]|
 */
#include "gstauriclepredictor.h"

#include "gstauricleresultmeta.h"

#include <auricle/stream.h>

struct _GstAuriclePredictor {
    GstAuricleFollower parent;

    /* streaming thread */
    guint channels;
    auricle_predictor **predictors; /* [channels] */
    GstAuricleBlockPool *pool;
    GstAuricleInterval interval;
};

G_DEFINE_TYPE(GstAuriclePredictor, gst_auricle_predictor, GST_TYPE_AURICLE_FOLLOWER)
GST_ELEMENT_REGISTER_DEFINE(auriclepredictor, "auriclepredictor", GST_RANK_NONE,
                            GST_TYPE_AURICLE_PREDICTOR)

static void post_interval(GstAuriclePredictor *self)
{
    static const gchar *const names[GST_AURICLE_SURPRISE_FIELDS] = {
        [GST_AURICLE_SURPRISE] = "surprise",
        [GST_AURICLE_FUTURE_ERROR] = "future-error",
        [GST_AURICLE_FEATURE_ERROR] = "feature-error",
        [GST_AURICLE_MASKED_ERROR] = "masked-error",
    };
    GstAuricleFilter *filter = GST_AURICLE_FILTER(self);
    GstStructure *fields;

    if (!self->interval.frames)
        return;
    fields = gst_auricle_interval_fields(&self->interval, "auriclepredictor",
                                         &GST_BASE_TRANSFORM(self)->segment,
                                         gst_auricle_filter_result_delay(filter));
    for (guint i = 0; i < GST_AURICLE_SURPRISE_FIELDS; i++)
        gst_auricle_interval_put(&self->interval, fields, names[i], gst_auricle_interval_mean, i);
    gst_auricle_interval_put(&self->interval, fields, "surprise-max", gst_auricle_interval_max,
                             GST_AURICLE_SURPRISE);
    gst_auricle_interval_restart(&self->interval);
    gst_auricle_filter_post(filter, fields);
}

static void measure(GstAuriclePredictor *self, const GstAuricleSurpriseMeta *meta)
{
    guint64 length = gst_auricle_filter_interval(GST_AURICLE_FILTER(self));

    for (guint f = 0; f < meta->frames; f++) {
        gst_auricle_interval_frame(&self->interval, meta->pts + f * meta->frame_duration,
                                   meta->frame_duration);
        for (guint c = 0; c < meta->channels; c++)
            for (guint i = 0; i < GST_AURICLE_SURPRISE_FIELDS; i++)
                gst_auricle_interval_add(&self->interval, c, i,
                                         (gdouble)gst_auricle_surprise_meta_frame(meta, c, f)[i]);
        if (gst_auricle_interval_full(&self->interval, length))
            post_interval(self);
    }
}

static void predict(GstAuriclePredictor *self, const GstAuricleFrameMeta *meta, gfloat *out)
{
    for (guint c = 0; c < meta->channels; c++)
        for (guint f = 0; f < meta->frames; f++, out += GST_AURICLE_SURPRISE_FIELDS) {
            auricle_surprise surprise;

            auricle_predictor_step(self->predictors[c], gst_auricle_frame_meta_vector(meta, c, f),
                                   &surprise);
            out[GST_AURICLE_SURPRISE] = surprise.surprise;
            out[GST_AURICLE_FUTURE_ERROR] = surprise.future_error;
            out[GST_AURICLE_FEATURE_ERROR] = surprise.feature_error;
            out[GST_AURICLE_MASKED_ERROR] = surprise.masked_error;
        }
}

static void predictor_frames(GstAuricleFollower *follower, const GstAuricleFrameMeta *frames,
                             GstBuffer *buffer)
{
    GstAuriclePredictor *self = GST_AURICLE_PREDICTOR(follower);
    GstAuricleSurpriseMeta meta = {
        .channels = frames->channels,
        .frames = frames->frames,
        .pts = frames->pts,
        .frame_duration = frames->frame_duration,
        .result_delay = frames->result_delay,
    };

    gst_auricle_filter_set_result_delay(GST_AURICLE_FILTER(self), frames->result_delay);
    if (!frames->frames)
        return;
    meta.block = gst_auricle_block_pool_take(self->pool, (gsize)frames->channels * frames->frames *
                                                             GST_AURICLE_SURPRISE_FIELDS);
    meta.data = meta.block->data;
    predict(self, frames, meta.block->data);
    gst_buffer_set_auricle_surprise_meta(buffer, &meta);
    if (gst_auricle_filter_posts(GST_AURICLE_FILTER(self)))
        measure(self, &meta);
    gst_auricle_block_unref(meta.block);
}

static void predictor_close(GstAuricleFollower *follower, G_GNUC_UNUSED GstBuffer *buffer)
{
    post_interval(GST_AURICLE_PREDICTOR(follower));
}

static void predictor_forget(GstAuricleFollower *follower)
{
    GstAuriclePredictor *self = GST_AURICLE_PREDICTOR(follower);

    for (guint c = 0; c < self->channels; c++)
        auricle_predictor_reset(self->predictors[c]);
    gst_auricle_interval_restart(&self->interval);
}

static void predictor_abandon(GstAuricleFollower *follower)
{
    GstAuriclePredictor *self = GST_AURICLE_PREDICTOR(follower);

    for (guint c = 0; c < self->channels; c++)
        auricle_predictor_destroy(&self->predictors[c]);
    g_clear_pointer(&self->predictors, g_free);
    self->channels = 0;
    gst_auricle_interval_clear(&self->interval);
}

static gboolean predictor_adopt(GstAuricleFollower *follower, const GstAuricleFrameMeta *meta,
                                auricle_error *error)
{
    GstAuriclePredictor *self = GST_AURICLE_PREDICTOR(follower);

    predictor_abandon(follower);
    if (!meta->info.future_steps && !meta->info.feature_shift && !meta->info.mask_frames) {
        error->status = AURICLE_MISMATCH;
        g_strlcpy(error->text,
                  "the model upstream has no predictors, so nothing can surprise it: take one "
                  "pretrained with cpc, apc or masked, or remove auriclepredictor",
                  sizeof error->text);
        return FALSE;
    }
    self->channels = meta->channels;
    self->predictors = g_new0(auricle_predictor *, meta->channels);
    for (guint c = 0; c < meta->channels; c++)
        if (auricle_predictor_create(meta->model, NULL, &self->predictors[c], error) != AURICLE_OK)
            goto fail;
    gst_auricle_interval_init(&self->interval, meta->channels, GST_AURICLE_SURPRISE_FIELDS);
    return TRUE;

fail:
    predictor_abandon(follower);
    return FALSE;
}

static void predictor_finalize(GObject *object)
{
    gst_auricle_block_pool_unref(GST_AURICLE_PREDICTOR(object)->pool);
    G_OBJECT_CLASS(gst_auricle_predictor_parent_class)->finalize(object);
}

static void gst_auricle_predictor_class_init(GstAuriclePredictorClass *klass)
{
    GstAuricleFollowerClass *follower_class = GST_AURICLE_FOLLOWER_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = predictor_finalize;
    follower_class->adopt = predictor_adopt;
    follower_class->frames = predictor_frames;
    follower_class->close = predictor_close;
    follower_class->forget = predictor_forget;
    follower_class->abandon = predictor_abandon;
    gst_auricle_follower_class_setup(follower_class,
                                     "Post an 'auriclepredictor' message for each passed interval");
    gst_element_class_set_static_metadata(
        GST_ELEMENT_CLASS(klass), "Auricle predictor", "Filter/Analyzer/Audio",
        "Tells how surprising the audio is, without labels; the audio passes unchanged",
        "the Auricle authors");
    gst_type_mark_as_plugin_api(GST_TYPE_AURICLE_FOLLOWER, (GstPluginAPIFlags)0);
}

static void gst_auricle_predictor_init(GstAuriclePredictor *self)
{
    self->pool = gst_auricle_block_pool_new();
}
