// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Verification: the threshold sweeps over the sorted scores. Equal error rate: where the miss rate
// passes the false acceptance rate. Detection cost: the lowest on the way. ROC: the area beneath.
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

static double cheapest(const struct trial *trials, size_t count, size_t targets,
                       double target_share)
{
    const double impostors = (double)(count - targets);
    double missed = 0, accepted = impostors;
    double best = 1 - target_share; // everything is accepted
    for (size_t i = 0; i < count;) {
        const float score = trials[i].score;
        for (; i < count && trials[i].score == score; i++) {
            missed += trials[i].same != 0;
            accepted -= trials[i].same == 0;
        }
        const double cost =
            target_share * missed / (double)targets + (1 - target_share) * accepted / impostors;
        best = cost < best ? cost : best;
    }
    return best / (target_share < 1 - target_share ? target_share : 1 - target_share);
}

// Pairs in which the impostor scores lower than the target, equal scores by half, of all pairs.
static double area(const struct trial *trials, size_t count, size_t targets)
{
    double below = 0, sum = 0;
    for (size_t i = 0; i < count;) {
        const float score = trials[i].score;
        double hits = 0, others = 0;
        for (; i < count && trials[i].score == score; i++) {
            hits += trials[i].same != 0;
            others += trials[i].same == 0;
        }
        sum += hits * (below + others / 2);
        below += others;
    }
    return sum / ((double)targets * (double)(count - targets));
}

// Checked and sorted by rising score. The caller frees *trials.
static auricle_status sort_trials(const float *scores, const unsigned char *same, size_t count,
                                  struct trial **trials, size_t *targets, auricle_error *error)
{
    *targets = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(scores[i]))
            return error_set(error, AURICLE_INVALID, "score %zu is not finite", i);
        *targets += same[i] != 0;
    }
    if (*targets == 0 || *targets == count)
        return error_set(error, AURICLE_INVALID,
                         "%zu target and %zu impostor trials: verification needs both", *targets,
                         count - *targets);
    *trials = malloc(count * sizeof **trials);
    if (!*trials)
        return error_no_memory(error, "%zu trials", count);
    for (size_t i = 0; i < count; i++)
        (*trials)[i] = (struct trial){scores[i], same[i]};
    qsort(*trials, count, sizeof **trials, by_score);
    return AURICLE_OK;
}

auricle_status auricle_metric_eer(const float *scores, const unsigned char *same, size_t count,
                                  double *eer, auricle_error *error)
{
    struct trial *trials;
    size_t targets;
    auricle_status status = sort_trials(scores, same, count, &trials, &targets, error);
    if (status)
        return status;
    *eer = crossing(trials, count, targets);
    free(trials);
    return AURICLE_OK;
}

auricle_status auricle_metric_min_dcf(const float *scores, const unsigned char *same, size_t count,
                                      double target_share, double *min_dcf, auricle_error *error)
{
    if (!(target_share > 0 && target_share < 1))
        return error_set(error, AURICLE_INVALID,
                         "target_share is %g; it must be above 0 and below 1", target_share);
    struct trial *trials;
    size_t targets;
    auricle_status status = sort_trials(scores, same, count, &trials, &targets, error);
    if (status)
        return status;
    *min_dcf = cheapest(trials, count, targets, target_share);
    free(trials);
    return AURICLE_OK;
}

auricle_status auricle_metric_roc_auc(const float *scores, const unsigned char *same, size_t count,
                                      double *auc, auricle_error *error)
{
    struct trial *trials;
    size_t targets;
    auricle_status status = sort_trials(scores, same, count, &trials, &targets, error);
    if (status)
        return status;
    *auc = area(trials, count, targets);
    free(trials);
    return AURICLE_OK;
}
