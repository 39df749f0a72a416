// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// The kernels, compiled once per instruction set into the table KERNEL_VARIANT (see meson.build).
//
// Sums run over a fixed number of register-wide partial sums, so that their order depends on the
// length alone: not on alignment, not on how many rows stand beside a row.
#include "kernels/variants.h"

#include "kernels/int8_body.h"
#include "kernels/int8_cells.h"
#include "kernels/panels.h"
#include "kernels/sgemm.h"
#include "kernels/skinny_cells.h"
#include "kernels/spectrum_body.h"
#include "kernels/squash.h"
#include "kernels/training.h"
#include "kernels/vector.h"

#include <stddef.h>

enum {
    GEMV_ROWS = 8, // share every load of x; enough sums in flight to hide the adder's latency
    DOT_SUMS = 4,  // one row alone needs several sums for that
};

// The dot products of rows rows of w with x, each over sums partial sums (constants in each
// caller).
INLINE void dot_rows(int rows, int sums, int columns, const float *w, const float *x, float *y)
{
    vector part[GEMV_ROWS][DOT_SUMS] = {0};
    int i = 0;
    for (; i + sums * LANES <= columns; i += sums * LANES)
        for (int s = 0; s < sums; s++) {
            vector xs = vector_load(x + i + s * LANES);
            for (int r = 0; r < rows; r++)
                part[r][s] += vector_load(w + (ptrdiff_t)r * columns + i + s * LANES) * xs;
        }
    for (; i < columns; i += LANES) {
        int count = columns - i < LANES ? columns - i : LANES;
        vector xs = vector_load_part(x + i, count);
        for (int r = 0; r < rows; r++)
            part[r][0] += vector_load_part(w + (ptrdiff_t)r * columns + i, count) * xs;
    }
    for (int r = 0; r < rows; r++) {
        for (int s = 1; s < sums; s++)
            part[r][0] += part[r][s];
        y[r] = vector_sum(part[r][0]);
    }
}

static float dot(int n, const float *a, const float *b)
{
    float sum;
    dot_rows(1, DOT_SUMS, n, a, b, &sum);
    return sum;
}

static void gemv(int rows, int columns, const float *w, const float *x, const float *bias, float *y)
{
    int r = 0;
    for (; r + GEMV_ROWS <= rows; r += GEMV_ROWS)
        dot_rows(GEMV_ROWS, 1, columns, w + (ptrdiff_t)r * columns, x, y + r);
    for (; r < rows; r++)
        dot_rows(1, 1, columns, w + (ptrdiff_t)r * columns, x, y + r);
    for (r = 0; bias && r < rows; r++)
        y[r] += bias[r];
}

static void axpy(int n, float a, const float *x, float *y)
{
    int i = 0;
    vector factor = vector_all(a);
    for (; i + LANES <= n; i += LANES)
        vector_store(y + i, vector_load(y + i) + factor * vector_load(x + i));
    for (; i < n; i++)
        y[i] += a * x[i];
}

#define TABLE_OF(variant) kernels_##variant
#define TABLE(variant) TABLE_OF(variant)

const struct kernel_table TABLE(KERNEL_VARIANT) = {
    .name = KERNEL_NAME,
    .gemv = gemv,
    .dot = dot,
    .axpy = axpy,
    .sigmoid = squash_sigmoid,
    .tanh = squash_tanh,
    .sgemm = sgemm_blocked,
    .lanes = LANES,
    .block_rows = PRODUCT_VECTORS * LANES,
    .product = packed_product,
    .gru = packed_gru,
    .lstm = packed_lstm,
    .power_spectrum = spectrum_power,
    .bands_log = bands_log,
    .int8_depth = INT8_DEPTH,
    .int8_range = int8_range,
    .int8_encode = int8_encode,
    .int8_product = int8_product,
    .int8_gru = int8_gru,
    .int8_lstm = int8_lstm,
    .gru_row = row_gru,
    .gru_row_backward = row_gru_backward,
    .norm_relu = row_norm_relu,
    .norm_relu_backward = row_norm_relu_backward,
    .softmax = row_softmax,
    .panels_floats = panels_floats,
    .panels_pack = panels_pack,
    .panels_product = panels_product,
};
