// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** From the metas of buffers to results, in the order in which they were decided: frame by frame,
 * so that the order does not depend on how many frames come at once. */
#ifndef GST_AURICLE_RESULTS_H
#define GST_AURICLE_RESULTS_H

#include "gstauriclewriterformat.h"

G_BEGIN_DECLS

typedef struct _GstAuricleResults {
    GstAuricleWriter *writer;
    const GstAuricleWriterFormat *format; /* results go there */
    gboolean frames, posteriors;          /* also write these */
    guint64 interval;                     /* ns */
    GArray *tracks;                       /* means that grow until an interval is full */
    GstAuricleResult skip;                /* the stretch being skipped; start NONE: none is */
} GstAuricleResults;

void gst_auricle_results_init(GstAuricleResults *results, GstAuricleWriter *writer);
void gst_auricle_results_clear(GstAuricleResults *results);
/** The results on buffer go to the format. */
void gst_auricle_results_write(GstAuricleResults *results, GstBuffer *buffer);
/** What has been gathered goes to the format. */
void gst_auricle_results_flush(GstAuricleResults *results);
/** What has been gathered is forgotten. */
void gst_auricle_results_forget(GstAuricleResults *results);

G_END_DECLS

#endif
