// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleheadbank.h"

#include <string.h>

struct _GstAuricleHeadChannel {
    auricle_listener *listener;
    guint64 frames;      /* heard since its reset */
    GstClockTime latest; /* pts of the last of them */
    GstClockTime *began; /* [classes] where an open event began, as reported at its start */
};

/* What one call of the listener's callback fills in. */
struct receiver {
    GstAuricleHeadBank *bank;
    guint channel;
    gfloat *posteriors; /* or NULL */
    GArray *events;
};

/* A detector counts to a million; a model with a short hop makes more frames of the longest time
 * that the properties allow. */
enum { DETECTOR_FRAMES_MOST = 1000000 };

static gint to_frames(const GstAuricleHeadBank *bank, GstClockTime time)
{
    guint64 frames = gst_util_uint64_scale_ceil(time, 1, bank->frame_duration);
    return (gint)MIN(frames, DETECTOR_FRAMES_MOST);
}

/* 0 = the head's own. One that lies above the head's own threshold-on means the same as it. */
static gdouble threshold_off(const GstAuricleHeadBank *bank,
                             const GstAuricleDetectorSettings *settings)
{
    if (settings->threshold_off <= 0)
        return settings->threshold_on / 2;
    return settings->threshold_on > 0
               ? settings->threshold_off
               : MIN(settings->threshold_off, (gdouble)bank->info.threshold_on);
}

static void read_head(GstAuricleHeadBank *bank, auricle_model *model)
{
    auricle_model_info info;

    auricle_model_get_info(model, &info);
    memcpy(bank->encoder_hash, info.content_hash, sizeof bank->encoder_hash);
    bank->frame_duration =
        gst_util_uint64_scale((guint64)info.hop_samples, GST_SECOND, (guint64)info.sample_rate_hz);
    auricle_head_get_info(bank->head, &bank->info);
}

static gboolean open_channels(GstAuricleHeadBank *bank, auricle_model *model, auricle_error *error)
{
    const auricle_listener_config config = {.size = sizeof config, .frames_only = true};

    for (guint c = 0; c < bank->channels; c++) {
        struct _GstAuricleHeadChannel *channel = &bank->channel[c];

        channel->began = g_new0(GstClockTime, (gsize)bank->info.class_count);
        if (auricle_listener_create(model, &bank->head, 1, &config, &channel->listener, error) !=
            AURICLE_OK)
            return FALSE;
    }
    return TRUE;
}

GstAuricleHeadBank *gst_auricle_head_bank_open(const gchar *path, auricle_model *model,
                                               guint channels,
                                               const GstAuricleDetectorSettings *settings,
                                               auricle_error *error)
{
    GstAuricleHeadBank *bank = g_new0(GstAuricleHeadBank, 1);

    if (auricle_head_open(path, model, &bank->head, error) != AURICLE_OK)
        goto fail;
    read_head(bank, model);
    bank->channels = channels;
    bank->channel = g_new0(struct _GstAuricleHeadChannel, channels);
    if (!open_channels(bank, model, error) ||
        !gst_auricle_head_bank_reconfigure(bank, settings, error))
        goto fail;
    return bank;

fail:
    gst_auricle_head_bank_free(bank);
    return NULL;
}

void gst_auricle_head_bank_free(GstAuricleHeadBank *bank)
{
    if (!bank)
        return;
    for (guint c = 0; bank->channel && c < bank->channels; c++) {
        auricle_listener_destroy(&bank->channel[c].listener);
        g_free(bank->channel[c].began);
    }
    g_free(bank->channel);
    auricle_head_unref(&bank->head);
    g_free(bank);
}

/* Settings that one channel's detector takes, every channel's takes: only the first can fail for
 * its values. */
gboolean gst_auricle_head_bank_reconfigure(GstAuricleHeadBank *bank,
                                           const GstAuricleDetectorSettings *settings,
                                           auricle_error *error)
{
    const auricle_detector_config config = {
        .threshold_on = (gfloat)settings->threshold_on,
        .threshold_off = (gfloat)threshold_off(bank, settings),
        .smoothing_hops = settings->smoothing,
        .min_frames = to_frames(bank, settings->min_duration),
        .refractory_frames = to_frames(bank, settings->refractory),
    };

    for (guint c = 0; c < bank->channels; c++)
        if (auricle_listener_set_detector(bank->channel[c].listener, 0, &config, error) !=
            AURICLE_OK)
            return FALSE;
    bank->decision_delay =
        (guint64)auricle_listener_delay_frames(bank->channel[0].listener, 0) * bank->frame_duration;
    return TRUE;
}

void gst_auricle_head_bank_reset(GstAuricleHeadBank *bank)
{
    for (guint c = 0; c < bank->channels; c++) {
        auricle_listener_reset(bank->channel[c].listener);
        bank->channel[c].frames = 0;
    }
}

/* The listener's frame, counted back from its latest one. */
static GstClockTime time_of(const GstAuricleHeadBank *bank,
                            const struct _GstAuricleHeadChannel *channel, guint64 frame)
{
    gint64 back = (gint64)(channel->frames - 1) - (gint64)frame;
    GstClockTimeDiff time =
        (GstClockTimeDiff)channel->latest - back * (GstClockTimeDiff)bank->frame_duration;

    return (GstClockTime)MAX(time, 0);
}

static void append_event(const struct receiver *receiver, const auricle_event *found)
{
    GstAuricleHeadBank *bank = receiver->bank;
    struct _GstAuricleHeadChannel *channel = &bank->channel[receiver->channel];
    gboolean ended = found->kind == AURICLE_EVENT_END;
    GstAuricleEvent event = {
        .kind = found->kind,
        .channel = receiver->channel,
        .label = found->label,
        .confidence = found->confidence,
        .start = time_of(bank, channel, found->start_frame),
        .end = ended ? time_of(bank, channel, found->end_frame) : GST_CLOCK_TIME_NONE,
        .decided_at = time_of(bank, channel, found->at_frame) + bank->frame_duration,
    };

    if (ended) /* the start that was reported holds, even where timestamps have moved since */
        event.start = channel->began[event.label];
    else
        channel->began[event.label] = event.start;
    g_array_append_val(receiver->events, event);
}

static void receive(const auricle_result *result, void *user)
{
    const struct receiver *receiver = user;
    const auricle_head_result *head = &result->heads[0];

    if (receiver->posteriors)
        memcpy(receiver->posteriors, head->posteriors,
               (gsize)receiver->bank->info.class_count * sizeof *receiver->posteriors);
    for (gint i = 0; i < head->event_count; i++)
        append_event(receiver, &head->events[i]);
}

void gst_auricle_head_bank_step(GstAuricleHeadBank *bank, guint channel, const gfloat *vector,
                                GstClockTime pts, gfloat *posteriors, GArray *events)
{
    struct receiver receiver = {bank, channel, posteriors, events};

    bank->channel[channel].frames++;
    bank->channel[channel].latest = pts;
    auricle_listener_frame(bank->channel[channel].listener, vector, receive, &receiver);
}

void gst_auricle_head_bank_drain(GstAuricleHeadBank *bank, GArray *events)
{
    for (guint c = 0; c < bank->channels; c++) {
        struct receiver receiver = {bank, c, NULL, events};
        auricle_listener_drain(bank->channel[c].listener, receive, &receiver);
    }
}
