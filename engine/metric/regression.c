// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Concordance of two curves (Lin 1989): 2 cov(x, y) / (var x + var y + (mean x - mean y)^2).
#include <auricle/metric.h>

#include "base/error.h"

#include <math.h>

auricle_status auricle_metric_ccc(const float *truth, const float *predicted, size_t count,
                                  double *ccc, auricle_error *error)
{
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(truth[i]) || !isfinite(predicted[i]))
            return error_set(error, AURICLE_INVALID, "value %zu is not finite", i);
        x += (double)truth[i] / (double)count;
        y += (double)predicted[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        const double dx = (double)truth[i] - x, dy = (double)predicted[i] - y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    const double spread = xx + yy + (double)count * (x - y) * (x - y);
    if (!(spread > 0))
        return error_set(error, AURICLE_INVALID,
                         "%zu equal values: concordance needs values that differ", count);
    *ccc = 2 * xy / spread;
    return AURICLE_OK;
}
