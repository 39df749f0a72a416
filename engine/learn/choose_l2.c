// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Regularisation by grouped cross-validation: no speaker is on both sides of a fold.
#include "learn/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fold {
    struct logistic_data train;
    float *x;      // [count][dims]
    float *weight; // [count]
    int *y;        // [count]
};

static bool fold_create(const struct logistic_data *data, struct fold *fold)
{
    size_t count = (size_t)data->count;
    *fold = (struct fold){.x = malloc(count * (size_t)data->dims * sizeof(float)),
                          .weight = malloc(count * sizeof(float)),
                          .y = malloc(count * sizeof(int))};
    return fold->x && fold->weight && fold->y;
}

static void fold_free(struct fold *fold)
{
    free(fold->x);
    free(fold->weight);
    free(fold->y);
}

static void fold_fill(const struct logistic_data *data, const int *fold_of, int held_out,
                      struct fold *fold)
{
    int kept = 0;
    size_t row = (size_t)data->dims * sizeof(float);
    for (int i = 0; i < data->count; i++) {
        if (fold_of[i] == held_out)
            continue;
        memcpy(fold->x + (size_t)kept * data->dims, data->x + (size_t)i * data->dims, row);
        fold->weight[kept] = data->weight ? data->weight[i] : 1.0f;
        fold->y[kept++] = data->y[i];
    }
    fold->train = *data;
    fold->train.x = fold->x;
    fold->train.y = fold->y;
    fold->train.weight = fold->weight;
    fold->train.count = kept;
}

static int correct_in_fold(const struct logistic_data *data, const int *fold_of, int held_out,
                           const struct logistic *model)
{
    int correct = 0;
    for (int i = 0; i < data->count; i++)
        if (fold_of[i] == held_out)
            correct += logistic_predict(model, data->x + (size_t)i * data->dims) == data->y[i];
    return correct;
}

// Groups in order of first appearance are dealt round-robin; without groups, items are.
static bool deal(const int *groups, int count, int folds, int *fold_of)
{
    int *seen = malloc((size_t)count * sizeof *seen);
    if (!seen)
        return false;
    int distinct = 0;
    for (int i = 0; i < count; i++) {
        int at = 0;
        while (groups && at < distinct && seen[at] != groups[i])
            at++;
        if (groups && at == distinct)
            seen[distinct++] = groups[i];
        fold_of[i] = at % folds;
    }
    for (int i = 0; distinct < 2 && i < count; i++)
        fold_of[i] = i % folds;
    free(seen);
    return true;
}

double logistic_choose_l2(const struct logistic_data *data, const int *groups, int folds,
                          const double *grid, int grid_count)
{
    double best = NAN;
    int best_correct = -1;
    int *fold_of = malloc((size_t)data->count * sizeof *fold_of);
    struct fold fold = {0};
    if (!fold_of || !deal(groups, data->count, folds, fold_of) || !fold_create(data, &fold))
        goto fail;
    for (int g = 0; g < grid_count; g++) {
        int correct = 0;
        for (int held_out = 0; held_out < folds; held_out++) {
            struct logistic model;
            fold_fill(data, fold_of, held_out, &fold);
            if (fold.train.count == 0 || fold.train.count == data->count)
                continue;
            if (!logistic_fit(&fold.train, grid[g], 0, &model)) {
                best = NAN;
                goto fail;
            }
            correct += correct_in_fold(data, fold_of, held_out, &model);
            logistic_free(&model);
        }
        if (correct > best_correct || (correct == best_correct && grid[g] > best)) {
            best_correct = correct;
            best = grid[g];
        }
    }
fail:
    fold_free(&fold);
    free(fold_of);
    return best;
}
