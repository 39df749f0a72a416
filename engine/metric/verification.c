// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Equal error rate: sweep the threshold over the sorted scores, stop where the miss rate passes the
// false acceptance rate.
#include <auricle/metric.h>

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

struct trial {
    float score;
    unsigned char same;
};

static int by_score(const void *a, const void *b)
{
    float x = ((const struct trial *)a)->score, y = ((const struct trial *)b)->score;
    return (x > y) - (x < y);
}

// Trials sorted by rising score; the threshold passes groups of equal scores at once.
static double crossing(const struct trial *trials, size_t count, size_t targets)
{
    double impostors = (double)(count - targets), missed = 0, accepted = impostors;
    double miss_rate = 0, accept_rate = 1;
    for (size_t i = 0; i < count;) {
        float score = trials[i].score;
        for (; i < count && trials[i].score == score; i++) {
            missed += trials[i].same != 0;
            accepted -= trials[i].same == 0;
        }
        double next_miss = missed / (double)targets, next_accept = accepted / impostors;
        if (next_miss >= next_accept) { // linear between the last point and this one
            double before = accept_rate - miss_rate, after = next_miss - next_accept;
            double share = before + after > 0 ? before / (before + after) : 0;
            return miss_rate + share * (next_miss - miss_rate);
        }
        miss_rate = next_miss;
        accept_rate = next_accept;
    }
    return miss_rate;
}

auricle_status auricle_metric_eer(const float *scores, const unsigned char *same, size_t count,
                                  double *eer, auricle_error *error)
{
    size_t targets = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(scores[i]))
            return error_set(error, AURICLE_INVALID, "score %zu is not finite", i);
        targets += same[i] != 0;
    }
    if (targets == 0 || targets == count)
        return error_set(error, AURICLE_INVALID,
                         "%zu target and %zu impostor trials: an equal error rate needs both",
                         targets, count - targets);
    struct trial *trials = malloc(count * sizeof *trials);
    if (!trials)
        return error_set(error, AURICLE_NO_MEMORY, "no memory for %zu trials", count);
    for (size_t i = 0; i < count; i++)
        trials[i] = (struct trial){scores[i], same[i]};
    qsort(trials, count, sizeof *trials, by_score);
    *eer = crossing(trials, count, targets);
    free(trials);
    return AURICLE_OK;
}
