// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The time of every sample of a run, from the timestamps and sizes of the buffers.
 *
 * Times are counted in samples from one anchor, so they never accumulate rounding; timestamps that
 * wobble stay on the line, timestamps that drift from the samples move the anchor. */
#ifndef GST_AURICLE_CLOCK_H
#define GST_AURICLE_CLOCK_H

#include <gst/audio/audio.h>

G_BEGIN_DECLS

typedef struct _GstAuricleClock {
    GstAudioStreamAlign *align;
    gint rate;
    gboolean running;
    GstClockTime base; /* time of the run's first sample */
    guint64 samples;   /* since then */
} GstAuricleClock;

void gst_auricle_clock_init(GstAuricleClock *clock, gint rate);
void gst_auricle_clock_clear(GstAuricleClock *clock);
/** The next samples are a new run on the same line of timestamps. */
void gst_auricle_clock_stop(GstAuricleClock *clock);
/** The next samples are a new run, wherever they are. */
void gst_auricle_clock_forget(GstAuricleClock *clock);
/** The time of the next sample. */
GstClockTime gst_auricle_clock_time(const GstAuricleClock *clock);
/** TRUE when samples at pts (may be NONE) cannot belong to the run: its end must come first. */
gboolean gst_auricle_clock_breaks(const GstAuricleClock *clock, GstClockTime pts);
/** count samples are at pts: starts a run with them or keeps its line. Then advance by them. */
void gst_auricle_clock_join(GstAuricleClock *clock, GstClockTime pts, guint64 count);
void gst_auricle_clock_advance(GstAuricleClock *clock, guint64 samples);
/** Time passes without samples. */
void gst_auricle_clock_skip(GstAuricleClock *clock, guint64 samples);

G_END_DECLS

#endif
