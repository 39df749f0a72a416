// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/rows.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };

static float lanes_sum(const float *lane)
{
    float sum = 0;
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

float row_sum(int n, const float *x)
{
    float lane[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += x[i + j];
    for (int j = 0; i < n; i++, j++)
        lane[j] += x[i];
    return lanes_sum(lane);
}

float row_sum_squares(int n, const float *x, float center)
{
    float lane[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += (x[i + j] - center) * (x[i + j] - center);
    for (int j = 0; i < n; i++, j++)
        lane[j] += (x[i] - center) * (x[i] - center);
    return lanes_sum(lane);
}

float row_sum_distances(int n, const float *x, const float *y)
{
    float lane[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += fabsf(x[i + j] - y[i + j]);
    for (int j = 0; i < n; i++, j++)
        lane[j] += fabsf(x[i] - y[i]);
    return lanes_sum(lane);
}

float row_max(int n, const float *x)
{
    float lane[LANES];
    for (int j = 0; j < LANES; j++)
        lane[j] = x[0];
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
    for (int j = 0; i < n; i++, j++)
        lane[j] = x[i] > lane[j] ? x[i] : lane[j];
    float max = lane[0];
    for (int j = 1; j < LANES; j++)
        max = lane[j] > max ? lane[j] : max;
    return max;
}

void row_add(size_t n, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

void rows_sum_columns(int rows, int columns, const float *x, float *sums)
{
    for (int i = 0; i < rows; i++)
        row_add((size_t)columns, x + (size_t)i * (size_t)columns, sums);
}

void rows_fill(int rows, int columns, const float *row, float *y)
{
    size_t bytes = (size_t)columns * sizeof *y;
    for (int i = 0; i < rows; i++, y += columns) {
        if (row)
            memcpy(y, row, bytes);
        else
            memset(y, 0, bytes);
    }
}

void rows_swap(int outer, int inner, int columns, const float *x, float *y)
{
    size_t row = (size_t)columns;
    for (int i = 0; i < inner; i++)
        for (int o = 0; o < outer; o++, y += row)
            memcpy(y, x + ((size_t)o * (size_t)inner + (size_t)i) * row, row * sizeof *y);
}

void rows_swap_add(int outer, int inner, int columns, const float *x, float *y)
{
    size_t row = (size_t)columns;
    for (int i = 0; i < inner; i++)
        for (int o = 0; o < outer; o++, y += row)
            row_add(row, x + ((size_t)o * (size_t)inner + (size_t)i) * row, y);
}
