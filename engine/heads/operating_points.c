// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/operating_points.h"

#include <math.h>

// Steps of half a unit of log odds: posteriors of a confident head lie close to 0 and 1.
static const double step = 0.5;

static double threshold_at(double threshold, double log_odds)
{
    const double inside = fmin(fmax(threshold, 1e-6), 1 - 1e-6);
    return 1 / (1 + exp(-(log(inside / (1 - inside)) + log_odds)));
}

void operating_points_choose(const struct head_shape *shape, const auricle_detector_config *asked,
                             auricle_detector_config points[OPERATING_POINTS])
{
    const float on = asked->threshold_on != 0 ? asked->threshold_on : shape->detector.threshold_on;
    const float off =
        asked->threshold_off != 0 ? asked->threshold_off : shape->detector.threshold_off;
    points[0] = *asked;
    for (int i = 1; i < OPERATING_POINTS; i++) {
        points[i] = *asked;
        points[i].threshold_on = (float)threshold_at((double)on, step * (i - OPERATING_POINTS / 2));
        points[i].threshold_off = fmaxf(points[i].threshold_on * (off / on), 1e-6f);
    }
}
