// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Multinomial logistic regression, the linear probe and linear head.
 *
 *   minimise over W, b:  mean over i of -log softmax(W x_i + b)[y_i]  +  l2 / 2 * |W|^2
 *
 * by L-BFGS (Nocedal & Wright 2006, alg. 7.4-7.5; liblbfgs): deterministic, no learning rate. */
#ifndef AURICLE_LEARN_LOGISTIC_H
#define AURICLE_LEARN_LOGISTIC_H

#include <auricle/progress.h>

#include <stdbool.h>

struct logistic {
    int classes, dims;
    float *weight; // [classes][dims]
    float *bias;   // [classes]
};

struct logistic_data {
    const float *x; // [count][dims]
    const int *y;   // [count] in [0, classes)
    int count, dims, classes;
    const float *weight;          // [count] of each item's loss, mean about 1; NULL = all 1
    const struct logistic *start; // where the descent begins, of the same size; NULL = at zero
    auricle_progress progress;    // or NULL; false ends the descent where it is
    void *user;
};

/** false when memory is out. iterations 0 = 300. */
bool logistic_fit(const struct logistic_data *data, double l2, int iterations,
                  struct logistic *model);
void logistic_free(struct logistic *model);
/** posteriors [classes] of one item. */
void logistic_posteriors(const struct logistic *model, const float *x, float *posteriors);
int logistic_predict(const struct logistic *model, const float *x);

/** Mean and deviation of each column; deviation of a constant column is 1. */
void standardise_measure(const float *x, int count, int dims, float *mean, float *deviation);
void standardise_apply(float *x, int count, int dims, const float *mean, const float *deviation);

/** Chooses l2 from grid by grouped cross-validation within the data: groups[i] (e.g. the speaker)
 * are dealt to folds whole; the score is accuracy, ties go to the larger l2. With fewer than 2
 * groups single items are dealt. Returns the chosen l2, NAN when memory is out. */
double logistic_choose_l2(const struct logistic_data *data, const int *groups, int folds,
                          const double *grid, int grid_count);

#endif
