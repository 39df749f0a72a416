// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Loops over rows that several layers share. Reductions keep LANES partial results, so that they
 * vectorise without -ffast-math and their order depends on n alone. */
#ifndef AURICLE_NN_ROWS_H
#define AURICLE_NN_ROWS_H

#include "nn/tape.h"

/** Frames of all streams: B * T. */
static inline int tensor_rows(const struct tensor *x)
{
    return x->b * x->t;
}

/** Frame i = b * T + t. */
static inline float *tensor_row(const struct tensor *x, int i)
{
    return x->data + (size_t)i * (size_t)x->c;
}

static inline float *tensor_grad_row(const struct tensor *x, int i)
{
    return x->grad + (size_t)i * (size_t)x->c;
}

float row_sum(int n, const float *x);
/** sum of (x[i] - center)^2 */
float row_sum_squares(int n, const float *x, float center);
/** sum of |x[i] - y[i]| */
float row_sum_distances(int n, const float *x, const float *y);
float row_max(int n, const float *x);
/** y[i] += x[i] */
void row_add(size_t n, const float *x, float *y);

/** sums[c] += the sum of column c of x [rows][columns]. */
void rows_sum_columns(int rows, int columns, const float *x, float *sums);
/** Every row of y [rows][columns] becomes row, or zero where row is NULL. */
void rows_fill(int rows, int columns, const float *row, float *y);
/** x [outer][inner][columns] -> y [inner][outer][columns]. */
void rows_swap(int outer, int inner, int columns, const float *x, float *y);
/** As rows_swap, adding. */
void rows_swap_add(int outer, int inner, int columns, const float *x, float *y);

#endif
