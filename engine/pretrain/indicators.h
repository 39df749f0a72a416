// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Has the representation collapsed? Second moments of embeddings, gathered batch by batch. */
#ifndef AURICLE_PRETRAIN_INDICATORS_H
#define AURICLE_PRETRAIN_INDICATORS_H

#include "nn/tape.h"

struct indicators {
    int channels;
    double count;
    double *sum;        // [C]
    double *product;    // [C][C]
    float *rows, *gram; // one batch's rows and their products
    int row_capacity;
};

bool indicators_create(int channels, int row_capacity, struct indicators *indicators);
void indicators_free(struct indicators *indicators);
void indicators_reset(struct indicators *indicators);

/** Adds evenly spaced frames of x (B,T,C), at most row_capacity. */
void indicators_add(struct indicators *indicators, const struct tensor *x);

/** deviation: mean standard deviation of the channels (0 = constant output). rank: effective rank,
 * exp of the entropy of the covariance's normalised eigenvalues (Roy & Vetterli 2007), 1..C. */
void indicators_read(const struct indicators *indicators, double *deviation, double *rank);

#endif
