// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "stream/head.h"

#include "base/error.h"
#include "stream/head_kind.h"

#include <string.h>

int head_inputs(const struct head_shape *shape)
{
    return shape->kind->inputs(shape);
}

int head_wait_frames(const struct head_shape *shape)
{
    const int span = shape->kind->span_frames(shape);
    return span < FIRST_DECISION_FRAMES ? span : FIRST_DECISION_FRAMES;
}

// From the first frame that convinces: the span fills with such frames, a decision falls due, all
// decisions that are averaged are of such spans, and min_frames are counted in whole hops.
int head_delay_frames(const struct head_shape *shape, const auricle_detector_config *detector)
{
    const int hop = shape->hop_frames, span = shape->kind->span_frames(shape);
    const int smoothing = detector && detector->smoothing_hops ? detector->smoothing_hops
                                                               : shape->detector.smoothing_hops;
    const int shortest =
        detector && detector->min_frames ? detector->min_frames : shape->detector.min_frames;
    const int hops = smoothing - 1 + (shortest ? (shortest - 1 + hop - 1) / hop : 0);
    return span - 1 + hop - 1 + hops * hop;
}

static auricle_status check_labels(const struct head_shape *shape, auricle_error *error)
{
    for (int i = 0; i < shape->class_count; i++) {
        if (!shape->labels[i][0])
            return error_set(error, AURICLE_INVALID, "label %d is empty", i);
        for (int j = 0; j < i; j++)
            if (!strcmp(shape->labels[i], shape->labels[j]))
                return error_set(error, AURICLE_INVALID, "label '%.60s' appears twice",
                                 shape->labels[i]);
    }
    return AURICLE_OK;
}

static int least_classes(const struct head_shape *shape)
{
    const int least = shape->kind->least_classes;
    return least ? least : 2;
}

auricle_status head_shape_check(const struct head_shape *shape, auricle_error *error)
{
    const auricle_detector_config *detector = &shape->detector;
    const struct {
        const char *field;
        double value, low, high;
    } ranges[] = {
        {"class count", shape->class_count, least_classes(shape), MAX_HEAD_CLASSES},
        {"window_frames", shape->window_frames, 1, MAX_WINDOW_FRAMES},
        {"hop_frames", shape->hop_frames, 1, MAX_WINDOW_FRAMES},
        {"hidden", shape->hidden, 0, MAX_HEAD_HIDDEN},
        {"threshold_on", (double)detector->threshold_on, 1e-6, 1},
        {"threshold_off", (double)detector->threshold_off, 1e-6, (double)detector->threshold_on},
        {"smoothing_hops", detector->smoothing_hops, 1, MAX_SMOOTHING_HOPS},
        {"min_frames", detector->min_frames, 0, 1e6},
        {"refractory_frames", detector->refractory_frames, 0, 1e6},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return error_set(error, AURICLE_INVALID, "%s is %g, must be %g to %g", ranges[i].field,
                             ranges[i].value, ranges[i].low, ranges[i].high);
    const struct head_kind *kind = shape->kind;
    auricle_status status = kind->check ? kind->check(shape, error) : AURICLE_OK;
    return status ? status : check_labels(shape, error);
}
