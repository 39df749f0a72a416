// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Percentile bootstrap (Efron 1979) of a ratio of sums. What is drawn is a whole group, for example
// all clips of one speaker, because clips of one speaker are not independent.
#include <auricle/metric.h>

#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

enum { DRAWS = 2000, DRAW_INTERVAL = 0xb007 };

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double draw_ratio(const auricle_count *groups, int count, struct random *random)
{
    double events = 0, of = 0;
    for (int i = 0; i < count; i++) {
        const auricle_count *group = &groups[random_below(random, (uint64_t)count)];
        events += group->events;
        of += group->of;
    }
    return of > 0 ? events / of : 0;
}

auricle_status auricle_metric_interval(const auricle_count *groups, int count,
                                       auricle_interval *result, auricle_error *error)
{
    double events = 0, of = 0;
    struct random random = random_for(1, DRAW_INTERVAL);
    *result = (auricle_interval){(double)NAN, (double)NAN, (double)NAN};
    for (int i = 0; i < count; i++) {
        events += groups[i].events;
        of += groups[i].of;
    }
    if (!(of > 0))
        return AURICLE_OK;
    double *ratios = malloc(DRAWS * sizeof *ratios);
    if (!ratios)
        return error_no_memory(error, "an interval");
    for (int i = 0; i < DRAWS; i++)
        ratios[i] = draw_ratio(groups, count, &random);
    qsort(ratios, DRAWS, sizeof *ratios, compare_doubles);
    *result =
        (auricle_interval){events / of, ratios[DRAWS * 25 / 1000], ratios[DRAWS * 975 / 1000]};
    free(ratios);
    return AURICLE_OK;
}
