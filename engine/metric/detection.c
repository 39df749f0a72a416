// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Events against labelled spans: hits, misses, false alarms per hour.
#include <auricle/metric.h>

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>

static bool sorted(const auricle_span *spans, int count)
{
    for (int i = 1; i < count; i++)
        if (spans[i].start_s < spans[i - 1].start_s)
            return false;
    return true;
}

static int first_match(const auricle_span *truth, int truths, const bool *taken,
                       const auricle_span *detection, double tolerance_s)
{
    for (int i = 0; i < truths; i++)
        if (!taken[i] && truth[i].label == detection->label &&
            detection->start_s <= truth[i].end_s + tolerance_s &&
            detection->end_s >= truth[i].start_s - tolerance_s)
            return i;
    return -1;
}

static double ratio(int part, int whole)
{
    return whole > 0 ? (double)part / whole : 0;
}

auricle_status auricle_metric_detection(const auricle_span *truth, int truths,
                                        const auricle_span *detected, int detections, double hours,
                                        double tolerance_s, auricle_detection *result,
                                        auricle_error *error)
{
    if (!(hours > 0))
        return error_set(error, AURICLE_INVALID, "hours is %g; it must be above 0", hours);
    if (!sorted(truth, truths) || !sorted(detected, detections))
        return error_set(error, AURICLE_INVALID, "spans must be sorted by start_s");
    bool *taken = calloc((size_t)truths + 1, sizeof *taken);
    if (!taken)
        return error_no_memory(error, "%d spans", truths);
    *result = (auricle_detection){.truths = truths};
    for (int i = 0; i < detections; i++) {
        int match = first_match(truth, truths, taken, &detected[i], tolerance_s);
        if (match < 0) {
            result->false_alarms++;
        } else {
            taken[match] = true;
            result->hits++;
        }
    }
    free(taken);
    result->misses = truths - result->hits;
    result->miss_rate = ratio(result->misses, truths);
    result->false_alarms_per_hour = result->false_alarms / hours;
    result->precision = ratio(result->hits, detections);
    result->recall = ratio(result->hits, truths);
    result->f1 = ratio(2 * result->hits, detections + truths);
    return AURICLE_OK;
}
