// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleclock.h"

#include "gstauricledebug.h"

#include <string.h>

/* As in GstAudioDecoder and friends: timestamps may wobble by this much and stay one line ... */
#define ALIGNMENT_THRESHOLD (40 * GST_MSECOND)
/* ... more than that for so long is drift ... */
#define DRIFT_WAIT GST_SECOND
/* ... and a jump by more than this is another place in the recording, flagged or not. */
#define JUMP ((GstClockTimeDiff)GST_SECOND)

static GstClockTime duration_of(const GstAuricleClock *clock, guint64 samples)
{
    return gst_util_uint64_scale(samples, GST_SECOND, (guint64)clock->rate);
}

void gst_auricle_clock_init(GstAuricleClock *clock, gint rate)
{
    gst_auricle_clock_clear(clock);
    clock->rate = rate;
    clock->align = gst_audio_stream_align_new(rate, ALIGNMENT_THRESHOLD, DRIFT_WAIT);
}

void gst_auricle_clock_clear(GstAuricleClock *clock)
{
    g_clear_pointer(&clock->align, gst_audio_stream_align_free);
    memset(clock, 0, sizeof *clock);
}

void gst_auricle_clock_stop(GstAuricleClock *clock)
{
    clock->running = FALSE;
    clock->samples = 0;
}

void gst_auricle_clock_forget(GstAuricleClock *clock)
{
    gst_auricle_clock_stop(clock);
    if (clock->align)
        gst_audio_stream_align_mark_discont(clock->align);
}

GstClockTime gst_auricle_clock_time(const GstAuricleClock *clock)
{
    return clock->base + duration_of(clock, clock->samples);
}

gboolean gst_auricle_clock_breaks(const GstAuricleClock *clock, GstClockTime pts)
{
    return clock->running && GST_CLOCK_TIME_IS_VALID(pts) &&
           ABS(GST_CLOCK_DIFF(gst_auricle_clock_time(clock), pts)) > JUMP;
}

static void shift_base(GstAuricleClock *clock, GstClockTimeDiff shift)
{
    GST_INFO("timestamps drifted by %" GST_STIME_FORMAT, GST_STIME_ARGS(shift));
    clock->base += (GstClockTime)MAX(shift, -(GstClockTimeDiff)clock->base);
}

void gst_auricle_clock_join(GstAuricleClock *clock, GstClockTime pts, guint64 count)
{
    GstClockTime time = GST_CLOCK_TIME_IS_VALID(pts) ? pts : gst_auricle_clock_time(clock);
    GstClockTime aligned = time;
    gboolean moved = gst_audio_stream_align_process(
        clock->align, FALSE, time, (guint)MIN(count, G_MAXUINT), &aligned, NULL, NULL);

    if (!clock->running)
        clock->base = aligned;
    else if (moved)
        shift_base(clock, GST_CLOCK_DIFF(gst_auricle_clock_time(clock), aligned));
    clock->running = TRUE;
}

void gst_auricle_clock_advance(GstAuricleClock *clock, guint64 samples)
{
    clock->samples += samples;
}

void gst_auricle_clock_skip(GstAuricleClock *clock, guint64 samples)
{
    clock->base += duration_of(clock, samples);
}
