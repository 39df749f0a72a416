// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The element-wise part of training's layers, a row (one frame of one stream) at a time. Formulas:
 * nn/gru.c, nn/norm_relu.c, nn/softmax.c. Included by kernels/body.c only. */
#ifndef AURICLE_KERNELS_TRAINING_H
#define AURICLE_KERNELS_TRAINING_H

#include "kernels/squash.h"
#include "kernels/vector.h"

#include <math.h>

INLINE vector row_load(const float *from, int count)
{
    return count >= LANES ? vector_load(from) : vector_load_part(from, count);
}

INLINE void row_store(float *to, vector v, int count)
{
    memcpy(to, &v, count >= LANES ? sizeof v : (size_t)count * sizeof *to);
}

// ---- GRU

static void row_gru(int hidden, float *gates, float *recurrent, const float *bias_ih,
                    const float *bias_hh, const float *h, float *next)
{
    for (int i = 0; i < hidden; i += LANES) {
        const int count = hidden - i, z_at = hidden + i, n_at = 2 * hidden + i;
        vector r = row_load(gates + i, count) + row_load(recurrent + i, count) +
                   (row_load(bias_ih + i, count) + row_load(bias_hh + i, count));
        vector z = row_load(gates + z_at, count) + row_load(recurrent + z_at, count) +
                   (row_load(bias_ih + z_at, count) + row_load(bias_hh + z_at, count));
        vector m = row_load(recurrent + n_at, count) + row_load(bias_hh + n_at, count);
        r = squash_sigmoid_of(r);
        z = squash_sigmoid_of(z);
        vector n =
            squash_tanh_of(row_load(gates + n_at, count) + row_load(bias_ih + n_at, count) + r * m);
        row_store(gates + i, r, count);
        row_store(gates + z_at, z, count);
        row_store(gates + n_at, n, count);
        row_store(recurrent + n_at, m, count);
        row_store(next + i, n + z * (row_load(h + i, count) - n), count);
    }
}

static void row_gru_backward(int hidden, float *gates, float *recurrent, const float *h,
                             const float *dy, float *dh)
{
    for (int i = 0; i < hidden; i += LANES) {
        const int count = hidden - i, z_at = hidden + i, n_at = 2 * hidden + i;
        vector d = row_load(dh + i, count) + row_load(dy + i, count);
        vector r = row_load(gates + i, count), z = row_load(gates + z_at, count);
        vector n = row_load(gates + n_at, count), m = row_load(recurrent + n_at, count);
        vector dn = d * (1.0f - z) * (1.0f - n * n);
        vector dr = dn * m * r * (1.0f - r);
        vector dz = d * (row_load(h + i, count) - n) * z * (1.0f - z);
        row_store(gates + i, dr, count);
        row_store(recurrent + i, dr, count);
        row_store(gates + z_at, dz, count);
        row_store(recurrent + z_at, dz, count);
        row_store(gates + n_at, dn, count);
        row_store(recurrent + n_at, dn * r, count);
        row_store(dh + i, d * z, count);
    }
}

// ---- layer norm and ReLU

// Lanes past the row's end become zero.
INLINE vector row_within(vector v, int count)
{
    float kept[LANES] = {0};
    if (count >= LANES)
        return v;
    memcpy(kept, &v, (size_t)count * sizeof *kept);
    return vector_load(kept);
}

static float row_norm_relu(int channels, float epsilon, float *x, const float *gain,
                           const float *bias, float *y)
{
    vector sum = {0}, squares = {0};
    for (int i = 0; i < channels; i += LANES)
        sum += row_load(x + i, channels - i);
    const float mean = vector_sum(sum) / (float)channels;
    for (int i = 0; i < channels; i += LANES) {
        vector off = row_within(row_load(x + i, channels - i) - mean, channels - i);
        squares += off * off;
    }
    const float deviation = 1.0f / sqrtf(vector_sum(squares) / (float)channels + epsilon);
    for (int i = 0; i < channels; i += LANES) {
        const int count = channels - i;
        vector unit = (row_load(x + i, count) - mean) * deviation;
        vector scaled = unit * row_load(gain + i, count) + row_load(bias + i, count);
        row_store(x + i, unit, count);
        row_store(y + i, vector_select(scaled > 0.0f, scaled, vector_all(0.0f)), count);
    }
    return deviation;
}

static void row_norm_relu_backward(int channels, const float *unit, float deviation,
                                   const float *gain, const float *y, const float *dy, float *dx,
                                   float *dgain, float *dbias)
{
    vector sum = {0}, along = {0};
    for (int i = 0; i < channels; i += LANES) {
        const int count = channels - i;
        vector passed =
            vector_select(row_load(y + i, count) > 0.0f, row_load(dy + i, count), vector_all(0.0f));
        vector units = row_load(unit + i, count), u = passed * row_load(gain + i, count);
        row_store(dgain + i, row_load(dgain + i, count) + passed * units, count);
        row_store(dbias + i, row_load(dbias + i, count) + passed, count);
        sum += u;
        along += u * units;
    }
    const float mean = vector_sum(sum) / (float)channels;
    const float slope = vector_sum(along) / (float)channels;
    for (int i = 0; i < channels; i += LANES) {
        const int count = channels - i;
        vector passed =
            vector_select(row_load(y + i, count) > 0.0f, row_load(dy + i, count), vector_all(0.0f));
        vector u = passed * row_load(gain + i, count) - mean - row_load(unit + i, count) * slope;
        row_store(dx + i, row_load(dx + i, count) + deviation * u, count);
    }
}

// ---- softmax

static float row_softmax(int n, float *logits)
{
    vector most = vector_all(logits[0]), sum = {0};
    for (int i = 0; i < n; i += LANES) {
        vector v = row_load(logits + i, n - i);
        for (int j = n - i; j < LANES; j++)
            v[j] = logits[0];
        most = vector_select(v > most, v, most);
    }
    float max = most[0];
    for (int j = 1; j < LANES; j++)
        max = most[j] > max ? most[j] : max;
    for (int i = 0; i < n; i += LANES) {
        const float lowest = -87.0f; // below it, -INFINITY included: 0
        vector x = row_load(logits + i, n - i) - max;
        vector e = squash_exp(vector_select(x > lowest, x, vector_all(lowest)));
        e = row_within(vector_select(x > lowest, e, vector_all(0.0f)), n - i);
        row_store(logits + i, e, n - i);
        sum += e;
    }
    const float total = vector_sum(sum), inverse = 1.0f / total;
    for (int i = 0; i < n; i += LANES)
        row_store(logits + i, row_load(logits + i, n - i) * inverse, n - i);
    return max + logf(total);
}

#endif
