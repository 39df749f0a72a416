// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The detector settings at which a head is judged: as recommended (or as asked), and a sweep of
 * threshold_on around them for the curve of recall against false alarms. */
#ifndef AURICLE_HEADS_OPERATING_POINTS_H
#define AURICLE_HEADS_OPERATING_POINTS_H

#include "stream/head.h"

/** Point 0 is the setting itself; the others are sorted by threshold_on, lowest first. */
enum { OPERATING_POINTS = 17 };

/** asked: 0 in a field = the head's recommendation. threshold_off keeps its share of threshold_on.
 * All other fields of points are 0 where asked has 0. */
void operating_points_choose(const struct head_shape *shape, const auricle_detector_config *asked,
                             auricle_detector_config points[OPERATING_POINTS]);

#endif
