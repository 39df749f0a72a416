// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/indicators.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "kernels/lapack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool indicators_create(int channels, int row_capacity, struct indicators *indicators)
{
    size_t c = (size_t)channels;
    *indicators = (struct indicators){
        .channels = channels,
        .sum = calloc(c, sizeof(double)),
        .product = calloc(c * c, sizeof(double)),
        .rows = malloc(c * (size_t)row_capacity * sizeof(float)),
        .gram = malloc(c * c * sizeof(float)),
        .row_capacity = row_capacity,
    };
    if (indicators->sum && indicators->product && indicators->rows && indicators->gram)
        return true;
    indicators_free(indicators);
    return false;
}

void indicators_free(struct indicators *indicators)
{
    free(indicators->sum);
    free(indicators->product);
    free(indicators->rows);
    free(indicators->gram);
    *indicators = (struct indicators){0};
}

void indicators_reset(struct indicators *indicators)
{
    size_t c = (size_t)indicators->channels;
    memset(indicators->sum, 0, c * sizeof(double));
    memset(indicators->product, 0, c * c * sizeof(double));
    indicators->count = 0;
}

void indicators_add(struct indicators *indicators, const struct tensor *x)
{
    const int c = indicators->channels;
    CHECK(x->c == c);
    const size_t frames = (size_t)x->b * (size_t)x->t;
    const size_t stride = (frames - 1) / (size_t)indicators->row_capacity + 1;
    int rows = 0;
    for (size_t i = 0; i < frames; i += stride, rows++) {
        const float *row = x->data + i * (size_t)c;
        memcpy(indicators->rows + (size_t)rows * (size_t)c, row, (size_t)c * sizeof(float));
        for (int j = 0; j < c; j++)
            indicators->sum[j] += (double)row[j];
    }
    kernels()->sgemm(true, false, c, c, rows, 1, indicators->rows, c, indicators->rows, c, 0,
                     indicators->gram, c);
    for (size_t i = 0; i < (size_t)c * (size_t)c; i++)
        indicators->product[i] += (double)indicators->gram[i];
    indicators->count += rows;
}

static double entropy_of(const double *values, int count)
{
    double total = 0, entropy = 0;
    for (int i = 0; i < count; i++)
        total += fmax(values[i], 0);
    for (int i = 0; i < count && total > 0; i++)
        if (values[i] > 0)
            entropy -= values[i] / total * log(values[i] / total);
    return entropy;
}

void indicators_read(const struct indicators *indicators, double *deviation, double *rank)
{
    const int c = indicators->channels;
    const double n = indicators->count;
    *deviation = 0;
    *rank = NAN;
    double *covariance = malloc(sizeof(double) * (size_t)c * (size_t)c);
    double *eigenvalues = malloc(sizeof(double) * (size_t)c);
    if (!covariance || !eigenvalues || n < 1)
        goto done;
    for (int i = 0; i < c; i++)
        for (int j = 0; j < c; j++)
            covariance[i * c + j] = indicators->product[i * c + j] / n -
                                    indicators->sum[i] / n * (indicators->sum[j] / n);
    for (int i = 0; i < c; i++)
        *deviation += sqrt(fmax(covariance[i * c + i], 0)) / c;
    if (symmetric_eigen(c, covariance, eigenvalues))
        *rank = exp(entropy_of(eigenvalues, c));
done:
    free(covariance);
    free(eigenvalues);
}
