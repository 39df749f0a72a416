// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What is heard, when it began and when it ended, per channel. */
#ifndef GST_AURICLE_CLASSIFIER_H
#define GST_AURICLE_CLASSIFIER_H

#include "gstauriclefollower.h"

G_BEGIN_DECLS

#define GST_TYPE_AURICLE_CLASSIFIER (gst_auricle_classifier_get_type())
G_DECLARE_FINAL_TYPE(GstAuricleClassifier, gst_auricle_classifier, GST, AURICLE_CLASSIFIER,
                     GstAuricleFollower)

GST_ELEMENT_REGISTER_DECLARE(auricleclassifier)

G_END_DECLS

#endif
