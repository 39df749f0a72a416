// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The time of every sample of a run, from the timestamps and sizes of the buffers.
 *
 * Times are counted in samples from a base, so rounding never accumulates. The timestamps decide:
 *
 *     timestamp against the counted time       what follows
 *     a few ms, sometimes early or late        nothing: jitter
 *     the same side for half a second          the base moves to where the timestamps are: drift
 *     steps forward by 250 ms or less          HOLE: audio is missing, silence must take its place
 *     steps forward by more                    BREAK: a new run
 *     steps back, flagged as discontinuous     the base moves at once (up to 250 ms), else BREAK
 *     is more than 1 s early                   BREAK
 *
 * A step forward is told from jitter by its size: see threshold() in the source. */
#ifndef GST_AURICLE_CLOCK_H
#define GST_AURICLE_CLOCK_H

#include <gst/gst.h>

G_BEGIN_DECLS

/** A longer hole ends the run. */
#define GST_AURICLE_HOLE_MOST (250 * GST_MSECOND)

typedef struct _GstAuricleClock {
    gint rate;
    gboolean running;
    GstClockTimeDiff base; /* time of the run's first sample; negative after a shift back from 0 */
    guint64 samples;       /* since then */
    /* jitter */
    GstClockTimeDiff deviation; /* of the latest timestamp from the counted time */
    GstClockTimeDiff backward;  /* the largest step back since the timestamps were last steady */
    guint64 steady_since;       /* samples: every step since then was at most rounding */
    /* drift: the deviations since a moment */
    guint64 window_start; /* samples */
    GstClockTimeDiff least, most, sum;
    guint count;
} GstAuricleClock;

typedef enum _GstAuricleClockVerdict {
    GST_AURICLE_CLOCK_JOINS,
    GST_AURICLE_CLOCK_HOLE,
    GST_AURICLE_CLOCK_BREAK,
} GstAuricleClockVerdict;

void gst_auricle_clock_init(GstAuricleClock *clock, gint rate);
/** The next samples begin a new run. */
void gst_auricle_clock_stop(GstAuricleClock *clock);
/** A run begins at pts. */
void gst_auricle_clock_start(GstAuricleClock *clock, GstClockTime pts);
/** The time of the next sample. */
GstClockTime gst_auricle_clock_time(const GstAuricleClock *clock);
/** The time that is duration after the run's first sample. */
GstClockTime gst_auricle_clock_after(const GstAuricleClock *clock, GstClockTime duration);
/** Samples that last so long, rounded. */
guint64 gst_auricle_clock_samples(const GstAuricleClock *clock, GstClockTime duration);

/** Where count samples with timestamp pts belong in a running clock. flagged: upstream announced a
 * discontinuity or a gap. HOLE: *hole is its length in ns; feed that much silence, advance, and
 * join the samples. The clock does not change. */
GstAuricleClockVerdict gst_auricle_clock_look(const GstAuricleClock *clock, GstClockTime pts,
                                              guint64 count, gboolean flagged, GstClockTime *hole);
/** The next samples, which belong to the run, have timestamp pts: follows drift. */
void gst_auricle_clock_join(GstAuricleClock *clock, GstClockTime pts, gboolean flagged);
/** The next count samples are taken. */
void gst_auricle_clock_advance(GstAuricleClock *clock, guint64 count);

G_END_DECLS

#endif
