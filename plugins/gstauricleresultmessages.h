// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The fields of what auricleclassifier posts; documented there. */
#ifndef GST_AURICLE_RESULT_MESSAGES_H
#define GST_AURICLE_RESULT_MESSAGES_H

#include "gstauricleinterval.h"
#include "gstauricleheadbank.h"

G_BEGIN_DECLS

GstStructure *gst_auricle_event_fields(const GstAuricleHeadBank *bank, const GstSegment *segment,
                                       const GstAuricleEvent *event, GstClockTime result_delay);
/** interval: one field for each class. */
GstStructure *gst_auricle_posterior_fields(const GstAuricleHeadBank *bank,
                                           const GstSegment *segment,
                                           const GstAuricleInterval *interval,
                                           GstClockTime result_delay);

G_END_DECLS

#endif
