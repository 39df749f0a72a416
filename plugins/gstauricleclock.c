// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleclock.h"

#include "gstauricledebug.h"

#include <string.h>

#define MS ((GstClockTimeDiff)GST_MSECOND)

/* A step of at most this is rounding: containers often count in milliseconds. */
#define ROUNDING (1 * MS)
/* A step of less than this is never a hole. */
#define HOLE_LEAST (2 * MS)
/* A step of this or more is never jitter; the same value as in GstAudioDecoder. */
#define JITTER_MOST (40 * MS)
/* Timestamps without jitter for this long are steady: smaller steps mean something then. */
#define STEADY_AFTER GST_SECOND
/* Deviations that are on one side for this long, and further than this, are drift. */
#define DRIFT_WAIT (GST_SECOND / 2)
#define DRIFT_LEAST (4 * MS)
/* So early is another place in the recording. */
#define JUMP_BACK (-(GstClockTimeDiff)GST_SECOND)

static GstClockTime duration_of(const GstAuricleClock *clock, guint64 samples)
{
    return gst_util_uint64_scale(samples, GST_SECOND, (guint64)clock->rate);
}

void gst_auricle_clock_init(GstAuricleClock *clock, gint rate)
{
    memset(clock, 0, sizeof *clock);
    clock->rate = rate;
}

void gst_auricle_clock_stop(GstAuricleClock *clock)
{
    gst_auricle_clock_init(clock, clock->rate);
}

void gst_auricle_clock_start(GstAuricleClock *clock, GstClockTime pts)
{
    gst_auricle_clock_stop(clock);
    clock->base = (GstClockTimeDiff)pts;
    clock->running = TRUE;
}

guint64 gst_auricle_clock_samples(const GstAuricleClock *clock, GstClockTime duration)
{
    return gst_util_uint64_scale_round(duration, (guint64)clock->rate, GST_SECOND);
}

static GstClockTimeDiff counted_time(const GstAuricleClock *clock)
{
    return clock->base + (GstClockTimeDiff)duration_of(clock, clock->samples);
}

GstClockTime gst_auricle_clock_time(const GstAuricleClock *clock)
{
    return (GstClockTime)MAX(counted_time(clock), 0);
}

GstClockTime gst_auricle_clock_after(const GstAuricleClock *clock, GstClockTime duration)
{
    return (GstClockTime)MAX(clock->base + (GstClockTimeDiff)duration, 0);
}

/* The smallest step forward that is a hole. A flag leaves no doubt. Without one, a lost packet is a
 * step of a whole buffer, and a jitter that once brought a step back may bring as large a step
 * forward; where there was no jitter for a while, a small step is a hole too. */
static GstClockTimeDiff threshold(const GstAuricleClock *clock, guint64 count, gboolean flagged)
{
    const gboolean steady =
        duration_of(clock, clock->samples - clock->steady_since) >= STEADY_AFTER;
    GstClockTimeDiff least;

    if (flagged || steady)
        return HOLE_LEAST;
    least = MAX((GstClockTimeDiff)duration_of(clock, count) * 9 / 10, clock->backward);
    return CLAMP(least, HOLE_LEAST, JITTER_MOST);
}

/* How far the step from the previous timestamp to pts leads away from the counted time; 0 when it
 * leads back to it. */
static GstClockTimeDiff step_away(const GstAuricleClock *clock, GstClockTime pts)
{
    const GstClockTimeDiff deviation = (GstClockTimeDiff)pts - counted_time(clock);
    const GstClockTimeDiff step = deviation - clock->deviation;

    return step > 0 ? MAX(MIN(step, deviation), 0) : MIN(MAX(step, deviation), 0);
}

GstAuricleClockVerdict gst_auricle_clock_look(const GstAuricleClock *clock, GstClockTime pts,
                                              guint64 count, gboolean flagged, GstClockTime *hole)
{
    const GstClockTimeDiff step = step_away(clock, pts);
    const GstClockTimeDiff longest = (GstClockTimeDiff)GST_AURICLE_HOLE_MOST;

    if (step > longest || (flagged && step < -longest) ||
        (GstClockTimeDiff)pts - counted_time(clock) < JUMP_BACK)
        return GST_AURICLE_CLOCK_BREAK;
    if (step < threshold(clock, count, flagged))
        return GST_AURICLE_CLOCK_JOINS;
    *hole = (GstClockTime)step;
    return GST_AURICLE_CLOCK_HOLE;
}

static void window_restart(GstAuricleClock *clock)
{
    clock->window_start = clock->samples;
    clock->count = 0;
    clock->sum = 0;
}

static void shift(GstAuricleClock *clock, GstClockTimeDiff by)
{
    GST_DEBUG("the timestamps drifted by %" GST_STIME_FORMAT, GST_STIME_ARGS(by));
    clock->base += by;
    clock->deviation -= by;
    window_restart(clock);
}

/* Deviations on both sides of the line are jitter. */
static void follow_drift(GstAuricleClock *clock)
{
    const GstClockTimeDiff deviation = clock->deviation;

    clock->least = clock->count ? MIN(clock->least, deviation) : deviation;
    clock->most = clock->count ? MAX(clock->most, deviation) : deviation;
    clock->sum += deviation;
    clock->count++;
    if (clock->count < 2 || duration_of(clock, clock->samples - clock->window_start) < DRIFT_WAIT)
        return;
    if (clock->least > DRIFT_LEAST || clock->most < -DRIFT_LEAST)
        shift(clock, clock->sum / (gint)clock->count);
    else
        window_restart(clock);
}

void gst_auricle_clock_join(GstAuricleClock *clock, GstClockTime pts, gboolean flagged)
{
    const GstClockTimeDiff away = step_away(clock, pts);
    const GstClockTimeDiff deviation = (GstClockTimeDiff)pts - counted_time(clock);
    const GstClockTimeDiff step = deviation - clock->deviation;

    clock->deviation = deviation;
    if (flagged && away <= -HOLE_LEAST) {
        shift(clock, away);
        return;
    }
    if (away < -JITTER_MOST) /* not jitter: what was measured before it says nothing */
        window_restart(clock);
    if (ABS(step) > ROUNDING)
        clock->steady_since = clock->samples;
    else if (duration_of(clock, clock->samples - clock->steady_since) >= STEADY_AFTER)
        clock->backward = 0;
    clock->backward = MAX(clock->backward, -step);
    follow_drift(clock);
}

void gst_auricle_clock_advance(GstAuricleClock *clock, guint64 count)
{
    clock->samples += count;
}
