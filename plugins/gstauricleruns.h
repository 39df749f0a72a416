// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** An encoder's audio in time: where a run begins, goes on and ends, what is missing, and the
 * frames that go downstream for it.
 *
 * All in the streaming thread; the counters are written under the owner's object lock, so other
 * threads may read them with it. */
#ifndef GST_AURICLE_RUNS_H
#define GST_AURICLE_RUNS_H

#include "gstauriclebank.h"
#include "gstauricleclock.h"
#include "gstauriclefilter.h"
#include "gstauricleframemeta.h"

G_BEGIN_DECLS

typedef struct _GstAuricleRuns {
    GstAuricleFilter *owner;
    GstAuricleBank *bank; /* borrowed */
    GstAuricleClock clock;
    GstAuricleInterval interval;           /* of the messages */
    guint64 frames;                        /* of the run, of each channel */
    GstAuricleFrameFlags flags;            /* for the next frames */
    gboolean warned;                       /* of bad samples, in this run */
    GstClockTime gap_end;                  /* GAP events announced no audio until here; or NONE */
    GstClockTime expected;                 /* audio was to go on here when its run broke; or NONE */
    GstClockTime absent_start, absent_end; /* with flag GAP in flags */
    gboolean skipping;                     /* the latest audio was skipped */

    /* object lock of owner */
    GstAuricleAbsence absence; /* sums since the start */
} GstAuricleRuns;

void gst_auricle_runs_init(GstAuricleRuns *runs, GstAuricleFilter *owner);
void gst_auricle_runs_clear(GstAuricleRuns *runs);
/** Counts from 0 again. */
void gst_auricle_runs_restart(GstAuricleRuns *runs);

/** Another bank, configured, or other audio for it. No run may be open. */
void gst_auricle_runs_set_bank(GstAuricleRuns *runs, GstAuricleBank *bank);
/** Encodes the audio of buffer, count samples in data (NULL: silence); puts its frames on buffer.
 */
void gst_auricle_runs_audio(GstAuricleRuns *runs, GstBuffer *buffer, gconstpointer data,
                            gsize count);
/** The audio of buffer, count samples, is not analysed: marks buffer. */
void gst_auricle_runs_skip(GstAuricleRuns *runs, GstBuffer *buffer, gsize count);
/** A GAP event. */
void gst_auricle_runs_gap(GstAuricleRuns *runs, GstClockTime pts, GstClockTime duration);
/** The audio ends here: what is pending is heard, the last frames go downstream. */
void gst_auricle_runs_finish(GstAuricleRuns *runs);
/** The bank ends here: as finish, but the audio goes on, so a gap stays pending. */
void gst_auricle_runs_close(GstAuricleRuns *runs);
/** Forgets the run. */
void gst_auricle_runs_reset(GstAuricleRuns *runs);

G_END_DECLS

#endif
