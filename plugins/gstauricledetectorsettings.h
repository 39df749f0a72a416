// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The detector's settings as properties of an element. */
#ifndef GST_AURICLE_DETECTOR_SETTINGS_H
#define GST_AURICLE_DETECTOR_SETTINGS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/** How many there are; each has a number from 0. */
enum { GST_AURICLE_DETECTOR_SETTINGS = 5 };

/** 0 anywhere = the head's recommendation; but threshold_off 0 = half of threshold_on where that is
 * given, for the head's own may lie above it. */
typedef struct _GstAuricleDetectorSettings {
    gdouble threshold_on, threshold_off;
    gint smoothing;                        /* decisions */
    GstClockTime min_duration, refractory; /* rounded up to frames */
} GstAuricleDetectorSettings;

GParamSpec *gst_auricle_detector_settings_spec(guint number, GParamFlags flags);
void gst_auricle_detector_settings_set(GstAuricleDetectorSettings *settings, guint number,
                                       const GValue *value);
void gst_auricle_detector_settings_get(const GstAuricleDetectorSettings *settings, guint number,
                                       GValue *value);

G_END_DECLS

#endif
