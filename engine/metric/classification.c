// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Accuracy, unweighted average recall, macro F1 from a confusion matrix.
#include <auricle/metric.h>

#include "base/error.h"

#include <stdlib.h>

struct class_counts {
    int truth, predicted, both;
};

static struct class_counts class_counts_of(const int *confusion, int classes, int index)
{
    struct class_counts counts = {0};
    for (int other = 0; other < classes; other++) {
        counts.truth += confusion[index * classes + other];
        counts.predicted += confusion[other * classes + index];
    }
    counts.both = confusion[index * classes + index];
    return counts;
}

static auricle_classification summarise(const int *confusion, int classes, int count)
{
    double recalls = 0, f1s = 0;
    int correct = 0, occurring = 0, scored = 0;
    for (int i = 0; i < classes; i++) {
        struct class_counts counts = class_counts_of(confusion, classes, i);
        correct += counts.both;
        if (counts.truth) {
            recalls += (double)counts.both / counts.truth;
            occurring++;
        }
        if (counts.truth + counts.predicted) {
            f1s += 2.0 * counts.both / (counts.truth + counts.predicted);
            scored++;
        }
    }
    return (auricle_classification){.count = count,
                                    .accuracy = (double)correct / count,
                                    .uar = recalls / occurring,
                                    .macro_f1 = f1s / scored};
}

auricle_status auricle_metric_classification(const int *truth, const int *predicted, int count,
                                             int classes, int *confusion,
                                             auricle_classification *result, auricle_error *error)
{
    if (count < 1 || classes < 1)
        return error_set(error, AURICLE_INVALID, "nothing to score: %d items of %d classes", count,
                         classes);
    for (int i = 0; i < count; i++)
        if (truth[i] < 0 || truth[i] >= classes || predicted[i] < 0 || predicted[i] >= classes)
            return error_set(error, AURICLE_INVALID,
                             "item %d: truth %d, prediction %d; both must be in 0..%d", i, truth[i],
                             predicted[i], classes - 1);
    int *counts = calloc((size_t)classes * (size_t)classes, sizeof *counts);
    if (!counts)
        return error_no_memory(error, "%d classes", classes);
    for (int i = 0; i < count; i++)
        counts[truth[i] * classes + predicted[i]]++;
    *result = summarise(counts, classes, count);
    for (int i = 0; confusion && i < classes * classes; i++)
        confusion[i] = counts[i];
    free(counts);
    return AURICLE_OK;
}
