// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauriclelag.h"

/* Clocks of sound cards differ by a tenth of that. */
enum { DRIFT_PER_MILLE = 1 };

void gst_auricle_lag_init(GstAuricleLag *lag, GstAuricleFilter *owner)
{
    lag->owner = owner;
}

void gst_auricle_lag_start(GstAuricleLag *lag)
{
    gst_auricle_lag_reset(lag);
    lag->analysed = 0;
    lag->warned = FALSE;
}

void gst_auricle_lag_reset(GstAuricleLag *lag)
{
    lag->known = lag->live_known = lag->resting = FALSE;
}

static const GstSegment *segment_of(const GstAuricleLag *lag)
{
    return &GST_BASE_TRANSFORM(lag->owner)->segment;
}

/* Only a live source cannot wait: from a file, late audio is no worse than early audio. */
static gboolean is_live(GstAuricleLag *lag)
{
    GstQuery *query;

    if (lag->live_known)
        return lag->live;
    query = gst_query_new_latency();
    lag->live = FALSE;
    if (gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(lag->owner), query))
        gst_query_parse_latency(query, &lag->live, NULL, NULL);
    gst_query_unref(query);
    lag->live_known = TRUE;
    return lag->live;
}

/* By how much audio at this running time is later than usual. */
static GstClockTimeDiff measure(GstAuricleLag *lag, GstClockTime now, GstClockTime running)
{
    const GstClockTimeDiff behind = GST_CLOCK_DIFF(running, now);

    if (lag->known && now > lag->usual_at)
        lag->usual += (GstClockTimeDiff)(now - lag->usual_at) * DRIFT_PER_MILLE / 1000;
    if (!lag->known || behind < lag->usual)
        lag->usual = behind;
    lag->known = TRUE;
    lag->usual_at = now;
    return behind - lag->usual;
}

static GstClockTimeDiff clock_lag(GstAuricleLag *lag, GstClockTime pts)
{
    const GstClockTime running = gst_auricle_running_time(segment_of(lag), pts);
    GstClock *clock = is_live(lag) ? gst_element_get_clock(GST_ELEMENT(lag->owner)) : NULL;
    GstClockTimeDiff late = 0;

    if (clock && GST_CLOCK_TIME_IS_VALID(running)) {
        const GstClockTime now = gst_clock_get_time(clock);
        const GstClockTime base = gst_element_get_base_time(GST_ELEMENT(lag->owner));
        late = measure(lag, now > base ? now - base : 0, running);
    }
    gst_clear_object(&clock);
    return late;
}

gboolean gst_auricle_lag_skips(GstAuricleLag *lag, GstBuffer *buffer, GstClockTime duration,
                               GstClockTimeDiff *late)
{
    GstClockTimeDiff limit;

    GST_OBJECT_LOCK(lag->owner);
    limit = (GstClockTimeDiff)lag->most;
    GST_OBJECT_UNLOCK(lag->owner);
    *late = 0;
    if (limit && GST_BUFFER_PTS_IS_VALID(buffer))
        *late =
            MAX(clock_lag(lag, GST_BUFFER_PTS(buffer)), gst_auricle_filter_sink_lag(lag->owner));
    lag->resting = *late > (lag->resting ? limit / 4 : limit);
    if (!lag->resting)
        lag->analysed += duration;
    return lag->resting;
}

void gst_auricle_lag_post(GstAuricleLag *lag, GstBuffer *buffer, GstClockTimeDiff late,
                          const GstAuricleAbsence *absence)
{
    const GstSegment *segment = segment_of(lag);
    const GstClockTime pts = GST_BUFFER_PTS(buffer);
    GstMessage *message = gst_message_new_qos(
        GST_OBJECT(lag->owner), lag->live, gst_auricle_running_time(segment, pts),
        gst_auricle_stream_time(segment, pts), pts, GST_BUFFER_DURATION(buffer));

    gst_message_set_qos_values(message, late, 1, 1000000);
    gst_message_set_qos_stats(message, GST_FORMAT_TIME, lag->analysed, absence->skipped_time);
    gst_element_post_message(GST_ELEMENT(lag->owner), message);
    if (!lag->warned)
        GST_ELEMENT_WARNING(
            lag->owner, CORE, TOO_LAZY,
            ("Analysis was %.3f s late, more than max-lag: the audio passes, but is not analysed "
             "until analysis has caught up. So far %.3f s in %" G_GUINT64_FORMAT
             " stretches were skipped; the properties skipped-time and skips count on. Use a "
             "faster machine, fewer streams or a smaller model",
             (gdouble)late / GST_SECOND, (gdouble)absence->skipped_time / GST_SECOND,
             absence->skips),
            (NULL));
    lag->warned = TRUE;
}
