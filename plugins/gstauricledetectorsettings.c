// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricledetectorsettings.h"

enum { THRESHOLD_ON, THRESHOLD_OFF, SMOOTHING, MIN_DURATION, REFRACTORY_TIME };
/* What a detector can use: a million frames of 10 ms. */
#define LONGEST (10000 * GST_SECOND)

G_STATIC_ASSERT(REFRACTORY_TIME + 1 == GST_AURICLE_DETECTOR_SETTINGS);

GParamSpec *gst_auricle_detector_settings_spec(guint number, GParamFlags flags)
{
    switch (number) {
    case THRESHOLD_ON:
        return g_param_spec_double("threshold-on", "Threshold on",
                                   "Smoothed posterior that opens an event (0 = the head's own)", 0,
                                   1, 0, flags);
    case THRESHOLD_OFF:
        return g_param_spec_double(
            "threshold-off", "Threshold off",
            "Smoothed posterior below which an event ends (0 = half of threshold-on where that is "
            "set, else the head's own)",
            0, 1, 0, flags);
    case SMOOTHING:
        return g_param_spec_int("smoothing", "Smoothing",
                                "Decisions a posterior is averaged over (0 = the head's own)", 0,
                                64, 0, flags);
    case MIN_DURATION:
        return g_param_spec_uint64(
            "min-duration", "Minimum duration",
            "Shorter events are dropped (in nanoseconds, up to 10000 s; 0 = the head's own)", 0,
            LONGEST, 0, flags);
    default:
        return g_param_spec_uint64(
            "refractory-time", "Refractory time",
            "After an event, no event of the same label for this long (in nanoseconds, "
            "up to 10000 s; 0 = the head's own)",
            0, LONGEST, 0, flags);
    }
}

void gst_auricle_detector_settings_set(GstAuricleDetectorSettings *settings, guint number,
                                       const GValue *value)
{
    switch (number) {
    case THRESHOLD_ON:
        settings->threshold_on = g_value_get_double(value);
        break;
    case THRESHOLD_OFF:
        settings->threshold_off = g_value_get_double(value);
        break;
    case SMOOTHING:
        settings->smoothing = g_value_get_int(value);
        break;
    case MIN_DURATION:
        settings->min_duration = g_value_get_uint64(value);
        break;
    default:
        settings->refractory = g_value_get_uint64(value);
    }
}

void gst_auricle_detector_settings_get(const GstAuricleDetectorSettings *settings, guint number,
                                       GValue *value)
{
    switch (number) {
    case THRESHOLD_ON:
        g_value_set_double(value, settings->threshold_on);
        break;
    case THRESHOLD_OFF:
        g_value_set_double(value, settings->threshold_off);
        break;
    case SMOOTHING:
        g_value_set_int(value, settings->smoothing);
        break;
    case MIN_DURATION:
        g_value_set_uint64(value, settings->min_duration);
        break;
    default:
        g_value_set_uint64(value, settings->refractory);
    }
}
