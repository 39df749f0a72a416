// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauriclejury.h"

#include <string.h>

enum { EVENTS_AT_ONCE = 8 };

struct _GstAuricleJuror {
    auricle_head_stream *stream;
    auricle_detector *detector;
    guint64 steps;       /* of the detector */
    GstClockTime latest; /* pts of the last of them */
    GstClockTime *began; /* [classes] where an open event began, as said at its start */
};

static gint to_frames(const GstAuricleJury *jury, GstClockTime time)
{
    guint64 frames = gst_util_uint64_scale_ceil(time, 1, jury->frame_duration);
    return (gint)MIN(frames, G_MAXINT);
}

static void read_head(GstAuricleJury *jury, auricle_model *model)
{
    auricle_model_info info;

    auricle_model_get_info(model, &info);
    memcpy(jury->encoder_hash, info.content_hash, sizeof jury->encoder_hash);
    jury->frame_duration =
        gst_util_uint64_scale((guint64)info.hop_samples, GST_SECOND, (guint64)info.sample_rate_hz);
    auricle_head_get_info(jury->head, &jury->info);
}

static gboolean seat(GstAuricleJury *jury, auricle_error *error)
{
    for (guint c = 0; c < jury->channels; c++) {
        struct _GstAuricleJuror *juror = &jury->jurors[c];

        juror->began = g_new0(GstClockTime, (gsize)jury->info.class_count);
        if (auricle_head_stream_create(jury->head, &juror->stream, error) != AURICLE_OK)
            return FALSE;
    }
    return TRUE;
}

GstAuricleJury *gst_auricle_jury_open(const gchar *path, auricle_model *model, guint channels,
                                      const GstAuricleJurySettings *settings, auricle_error *error)
{
    GstAuricleJury *jury = g_new0(GstAuricleJury, 1);

    if (auricle_head_open(path, model, &jury->head, error) != AURICLE_OK)
        goto fail;
    read_head(jury, model);
    jury->channels = channels;
    jury->jurors = g_new0(struct _GstAuricleJuror, channels);
    if (!seat(jury, error) || !gst_auricle_jury_settle(jury, settings, error))
        goto fail;
    return jury;

fail:
    gst_auricle_jury_free(jury);
    return NULL;
}

void gst_auricle_jury_free(GstAuricleJury *jury)
{
    if (!jury)
        return;
    for (guint c = 0; jury->jurors && c < jury->channels; c++) {
        auricle_head_stream_destroy(&jury->jurors[c].stream);
        auricle_detector_destroy(&jury->jurors[c].detector);
        g_free(jury->jurors[c].began);
    }
    g_free(jury->jurors);
    auricle_head_unref(&jury->head);
    g_free(jury);
}

static void detectors_free(auricle_detector **detectors, guint count)
{
    for (guint c = 0; c < count; c++)
        auricle_detector_destroy(&detectors[c]);
    g_free(detectors);
}

/* From the first frame from which on each convinces the head to the event: the window fills with
 * them, a decision falls due, all that is averaged is of such windows, and min_frames are counted
 * in whole hops from then on. */
static GstClockTime decision_delay(const GstAuricleJury *jury,
                                   const auricle_detector_config *config)
{
    const guint64 hop = (guint64)jury->info.hop_frames, window = (guint64)jury->info.window_frames;
    const guint64 smoothing =
        (guint64)(config->smoothing_hops ? config->smoothing_hops : jury->info.smoothing_hops);
    const guint64 shortest =
        (guint64)(config->min_frames ? config->min_frames : jury->info.min_frames);
    const guint64 hops = smoothing - 1 + (shortest ? (shortest - 1 + hop - 1) / hop : 0);

    return (window - 1 + hop - 1 + hops * hop) * jury->frame_duration;
}

gboolean gst_auricle_jury_settle(GstAuricleJury *jury, const GstAuricleJurySettings *settings,
                                 auricle_error *error)
{
    const gdouble off =
        settings->threshold_off > 0 ? settings->threshold_off : settings->threshold_on / 2;
    const auricle_detector_config config = {
        .threshold_on = (gfloat)settings->threshold_on,
        .threshold_off = (gfloat)off,
        .smoothing_hops = settings->smoothing,
        .min_frames = to_frames(jury, settings->min_duration),
        .refractory_frames = to_frames(jury, settings->refractory),
    };
    auricle_detector **detectors = g_new0(auricle_detector *, jury->channels);

    for (guint c = 0; c < jury->channels; c++)
        if (auricle_detector_create(jury->head, &config, &detectors[c], error) != AURICLE_OK)
            goto fail;
    for (guint c = 0; c < jury->channels; c++) {
        auricle_detector *old = jury->jurors[c].detector;
        jury->jurors[c].detector = detectors[c];
        jury->jurors[c].steps = 0;
        detectors[c] = old;
    }
    jury->decision_delay = decision_delay(jury, &config);
    detectors_free(detectors, jury->channels);
    return TRUE;

fail:
    detectors_free(detectors, jury->channels);
    return FALSE;
}

void gst_auricle_jury_reset(GstAuricleJury *jury)
{
    for (guint c = 0; c < jury->channels; c++) {
        auricle_head_stream_reset(jury->jurors[c].stream);
        auricle_detector_reset(jury->jurors[c].detector);
        jury->jurors[c].steps = 0;
    }
}

/* The detector's frame counted back from its latest one. */
static GstClockTime time_of(const GstAuricleJury *jury, const struct _GstAuricleJuror *juror,
                            guint64 frame)
{
    gint64 back = (gint64)(juror->steps - 1) - (gint64)frame;
    GstClockTimeDiff time =
        (GstClockTimeDiff)juror->latest - back * (GstClockTimeDiff)jury->frame_duration;

    return (GstClockTime)MAX(time, 0);
}

static void append(GstAuricleJury *jury, guint channel, const auricle_event *events, gint count,
                   GArray *out)
{
    struct _GstAuricleJuror *juror = &jury->jurors[channel];

    for (gint i = 0; i < count; i++) {
        gboolean ended = events[i].kind == AURICLE_EVENT_END;
        GstAuricleEvent event = {
            .kind = events[i].kind,
            .channel = channel,
            .label = events[i].label,
            .confidence = events[i].confidence,
            .start = time_of(jury, juror, events[i].start_frame),
            .end = ended ? time_of(jury, juror, events[i].end_frame) : GST_CLOCK_TIME_NONE,
            .decided_at = time_of(jury, juror, events[i].at_frame) + jury->frame_duration,
        };

        if (ended) /* what was said at the start stays true when timestamps moved since */
            event.start = juror->began[event.label];
        else
            juror->began[event.label] = event.start;
        g_array_append_val(out, event);
    }
}

void gst_auricle_jury_step(GstAuricleJury *jury, guint channel, const gfloat *vector,
                           GstClockTime pts, gfloat *posteriors, GArray *events)
{
    struct _GstAuricleJuror *juror = &jury->jurors[channel];
    auricle_event found[EVENTS_AT_ONCE];
    const gfloat *now;
    bool decided;

    now = auricle_head_stream_step(juror->stream, vector, &decided);
    memcpy(posteriors, now, (gsize)jury->info.class_count * sizeof *now);
    juror->steps++;
    juror->latest = pts;
    append(jury, channel, found,
           auricle_detector_step(juror->detector, now, decided, found, EVENTS_AT_ONCE), events);
}

void gst_auricle_jury_drain(GstAuricleJury *jury, GArray *events)
{
    for (guint c = 0; c < jury->channels; c++) {
        auricle_event found[EVENTS_AT_ONCE];
        append(jury, c, found,
               auricle_detector_drain(jury->jurors[c].detector, found, EVENTS_AT_ONCE), events);
    }
}
