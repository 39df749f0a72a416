// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The element-wise part of training's layers, a row (one frame of one stream) at a time. Formulas:
 * nn/gru.c, nn/norm_relu.c, nn/softmax.c. Included by kernels/body.c only. */
#ifndef AURICLE_KERNELS_TRAINING_H
#define AURICLE_KERNELS_TRAINING_H

#include "kernels/squash.h"
#include "kernels/vector.h"

#include <math.h>

// ---- GRU

static void row_gru(int hidden, float *gates, float *recurrent, const float *bias_ih,
                    const float *bias_hh, const float *h, float *next)
{
    for (int i = 0; i < hidden; i += LANES) {
        const int count = hidden - i, z_at = hidden + i, n_at = 2 * hidden + i;
        vector r = vector_load_part(gates + i, count) + vector_load_part(recurrent + i, count) +
                   (vector_load_part(bias_ih + i, count) + vector_load_part(bias_hh + i, count));
        vector z =
            vector_load_part(gates + z_at, count) + vector_load_part(recurrent + z_at, count) +
            (vector_load_part(bias_ih + z_at, count) + vector_load_part(bias_hh + z_at, count));
        vector m =
            vector_load_part(recurrent + n_at, count) + vector_load_part(bias_hh + n_at, count);
        r = squash_sigmoid_of(r);
        z = squash_sigmoid_of(z);
        vector n = squash_tanh_of(vector_load_part(gates + n_at, count) +
                                  vector_load_part(bias_ih + n_at, count) + r * m);
        vector_store_part(gates + i, r, count);
        vector_store_part(gates + z_at, z, count);
        vector_store_part(gates + n_at, n, count);
        vector_store_part(recurrent + n_at, m, count);
        vector_store_part(next + i, n + z * (vector_load_part(h + i, count) - n), count);
    }
}

static void row_gru_backward(int hidden, float *gates, float *recurrent, const float *h,
                             const float *dy, float *dh)
{
    for (int i = 0; i < hidden; i += LANES) {
        const int count = hidden - i, z_at = hidden + i, n_at = 2 * hidden + i;
        vector d = vector_load_part(dh + i, count) + vector_load_part(dy + i, count);
        vector r = vector_load_part(gates + i, count), z = vector_load_part(gates + z_at, count);
        vector n = vector_load_part(gates + n_at, count),
               m = vector_load_part(recurrent + n_at, count);
        vector dn = d * (1.0f - z) * (1.0f - n * n);
        vector dr = dn * m * r * (1.0f - r);
        vector dz = d * (vector_load_part(h + i, count) - n) * z * (1.0f - z);
        vector_store_part(gates + i, dr, count);
        vector_store_part(recurrent + i, dr, count);
        vector_store_part(gates + z_at, dz, count);
        vector_store_part(recurrent + z_at, dz, count);
        vector_store_part(gates + n_at, dn, count);
        vector_store_part(recurrent + n_at, dn * r, count);
        vector_store_part(dh + i, d * z, count);
    }
}

// ---- layer norm and ReLU

// Lanes past the row's end become zero.
INLINE vector row_within(vector v, int count)
{
    vector_int lane;
    for (int i = 0; i < LANES; i++)
        lane[i] = i;
    return vector_select(lane < count, v, vector_all(0.0f));
}

static float row_norm_relu(int channels, float epsilon, float *x, const float *gain,
                           const float *bias, float *y)
{
    vector sum = {0}, squares = {0};
    for (int i = 0; i < channels; i += LANES)
        sum += vector_load_part(x + i, channels - i);
    const float mean = vector_sum(sum) / (float)channels;
    for (int i = 0; i < channels; i += LANES) {
        vector off = row_within(vector_load_part(x + i, channels - i) - mean, channels - i);
        squares += off * off;
    }
    const float deviation = 1.0f / sqrtf(vector_sum(squares) / (float)channels + epsilon);
    for (int i = 0; i < channels; i += LANES) {
        const int count = channels - i;
        vector unit = (vector_load_part(x + i, count) - mean) * deviation;
        vector scaled =
            unit * vector_load_part(gain + i, count) + vector_load_part(bias + i, count);
        vector_store_part(x + i, unit, count);
        vector_store_part(y + i, vector_select(scaled > 0.0f, scaled, vector_all(0.0f)), count);
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
        vector passed = vector_select(vector_load_part(y + i, count) > 0.0f,
                                      vector_load_part(dy + i, count), vector_all(0.0f));
        vector units = vector_load_part(unit + i, count),
               u = passed * vector_load_part(gain + i, count);
        vector_store_part(dgain + i, vector_load_part(dgain + i, count) + passed * units, count);
        vector_store_part(dbias + i, vector_load_part(dbias + i, count) + passed, count);
        sum += u;
        along += u * units;
    }
    const float mean = vector_sum(sum) / (float)channels;
    const float slope = vector_sum(along) / (float)channels;
    for (int i = 0; i < channels; i += LANES) {
        const int count = channels - i;
        vector passed = vector_select(vector_load_part(y + i, count) > 0.0f,
                                      vector_load_part(dy + i, count), vector_all(0.0f));
        vector u = passed * vector_load_part(gain + i, count) - mean -
                   vector_load_part(unit + i, count) * slope;
        vector_store_part(dx + i, vector_load_part(dx + i, count) + deviation * u, count);
    }
}

// ---- softmax

static float row_softmax(int n, float *logits)
{
    vector most = vector_all(logits[0]), sum = {0};
    for (int i = 0; i < n; i += LANES) {
        vector v = vector_load_part(logits + i, n - i);
        for (int j = n - i; j < LANES; j++)
            v[j] = logits[0];
        most = vector_select(v > most, v, most);
    }
    float max = most[0];
    for (int j = 1; j < LANES; j++)
        max = most[j] > max ? most[j] : max;
    for (int i = 0; i < n; i += LANES) {
        const float lowest = -87.0f; // below it, -INFINITY included: 0
        vector x = vector_load_part(logits + i, n - i) - max;
        vector e = squash_exp(vector_select(x > lowest, x, vector_all(lowest)));
        e = row_within(vector_select(x > lowest, e, vector_all(0.0f)), n - i);
        vector_store_part(logits + i, e, n - i);
        sum += e;
    }
    const float total = vector_sum(sum), inverse = 1.0f / total;
    for (int i = 0; i < n; i += LANES)
        vector_store_part(logits + i, vector_load_part(logits + i, n - i) * inverse, n - i);
    return max + logf(total);
}

#endif
