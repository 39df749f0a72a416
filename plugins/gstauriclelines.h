// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One result as one line of JSON, in a buffer with the result's time.
 *
 * Times in a line are stream time in nanoseconds (null when outside the segment); a value that does
 * not exist yet is null. Keys are listed at each function. */
#ifndef GST_AURICLE_LINES_H
#define GST_AURICLE_LINES_H

#include "gstauricleframemeta.h"
#include "gstauricleinterval.h"
#include "gstauricleresultmeta.h"

G_BEGIN_DECLS

/** type "event", task, label, confidence, channel, start_ns, end_ns, decided_ns, result_delay_ns */
GstBuffer *gst_auricle_line_event(const GstSegment *segment, const GstAuricleClassMeta *meta,
                                  const GstAuricleEvent *event);
/** type "surprise", channel, start_ns, end_ns, surprise, surprise_max, future_error, feature_error,
 * masked_error, result_delay_ns; fields of the interval as in GstAuricleSurpriseField */
GstBuffer *gst_auricle_line_surprise(const GstSegment *segment, const GstAuricleInterval *interval,
                                     guint channel, GstClockTime result_delay);
/** type "posteriors", task, label and confidence of the likeliest class, channel, start_ns, end_ns,
 * posteriors {label: number}, result_delay_ns; one field of the interval for each class */
GstBuffer *gst_auricle_line_posteriors(const GstSegment *segment,
                                       const GstAuricleInterval *interval, guint channel,
                                       const auricle_head *head, GstClockTime result_delay);
/** type "frame", channel, start_ns, end_ns, embedding [numbers], result_delay_ns */
GstBuffer *gst_auricle_line_frame(const GstSegment *segment, const GstAuricleFrameMeta *meta,
                                  guint channel, guint frame);

G_END_DECLS

#endif
