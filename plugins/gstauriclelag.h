// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Decides when analysis is too late to be useful, and says so.
 *
 * Lag is how far live audio is behind the clock. A constant lag is the latency of what is upstream,
 * and a lag that grows by less than 0.1 % is another clock's drift; what lies above is the
 * machine's slowness. Once too late, analysis rests until most of the lag is gone, so that few long
 * stretches are skipped rather than many short ones. Streaming thread, but for most. */
#ifndef GST_AURICLE_LAG_H
#define GST_AURICLE_LAG_H

#include "gstauriclefilter.h"

G_BEGIN_DECLS

typedef struct _GstAuricleLag {
    GstAuricleFilter *owner;
    GstClockTime most;         /* object lock of owner: lag that is allowed, 0 = any */
    gboolean live, live_known; /* upstream */
    gboolean known;            /* the next two */
    GstClockTimeDiff usual;    /* the lag that upstream's latency explains */
    GstClockTime usual_at;     /* clock time of that */
    gboolean resting;
    GstClockTime analysed; /* audio that was not skipped, ns */
    gboolean warned;
} GstAuricleLag;

void gst_auricle_lag_init(GstAuricleLag *lag, GstAuricleFilter *owner);
/** The element starts. */
void gst_auricle_lag_start(GstAuricleLag *lag);
/** Another segment, other timestamps. */
void gst_auricle_lag_reset(GstAuricleLag *lag);
/** TRUE when buffer, which lasts duration, must be skipped. *late: by how much it is late. */
gboolean gst_auricle_lag_skips(GstAuricleLag *lag, GstBuffer *buffer, GstClockTime duration,
                               GstClockTimeDiff *late);
/** Posts a QoS message for the skipped buffer, and once a warning. */
void gst_auricle_lag_post(GstAuricleLag *lag, GstBuffer *buffer, GstClockTimeDiff late,
                          const GstAuricleAbsence *absence);

G_END_DECLS

#endif
