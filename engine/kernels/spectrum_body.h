// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Power spectrum of a real window. Included by kernels/body.c only.
 *
 *     samples [2N] --even, odd--> z [N] --passes--> Z [N] --apart--> |X|^2 [N + 1]
 *
 * 2N real samples are N complex numbers, even samples the real parts; their transform Z is taken
 * apart into that of the even and that of the odd samples. The transform is Stockham's (Cochran et
 * al., What is the fast Fourier transform?, 1967): it sorts as it goes, and butterfly i of every
 * pass reads at i + k N/4, so that registers are filled from consecutive numbers. Real and
 * imaginary parts are kept apart: [N] and [N]. */
#ifndef AURICLE_KERNELS_SPECTRUM_BODY_H
#define AURICLE_KERNELS_SPECTRUM_BODY_H

#include "kernels/power_spectrum.h"
#include "kernels/vector.h"

#include <stddef.h>

// ---- lanes exchanged

#if defined(__AVX512F__)
#define SPECTRUM_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SPECTRUM_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define SPECTRUM_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define SPECTRUM_ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define SPECTRUM_BACK 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
#elif defined(__AVX__)
#define SPECTRUM_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define SPECTRUM_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#define SPECTRUM_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define SPECTRUM_ODD 1, 3, 5, 7, 9, 11, 13, 15
#define SPECTRUM_BACK 7, 6, 5, 4, 3, 2, 1, 0
#else
#define SPECTRUM_LOW 0, 4, 1, 5
#define SPECTRUM_HIGH 2, 6, 3, 7
#define SPECTRUM_EVEN 0, 2, 4, 6
#define SPECTRUM_ODD 1, 3, 5, 7
#define SPECTRUM_BACK 3, 2, 1, 0
#endif

// to[4 i + k] = v[k][i]
INLINE void spectrum_store_by_four(float *to, const vector v[4])
{
    vector low = __builtin_shufflevector(v[0], v[2], SPECTRUM_LOW);
    vector high = __builtin_shufflevector(v[0], v[2], SPECTRUM_HIGH);
    vector low_odd = __builtin_shufflevector(v[1], v[3], SPECTRUM_LOW);
    vector high_odd = __builtin_shufflevector(v[1], v[3], SPECTRUM_HIGH);
    vector_store(to, __builtin_shufflevector(low, low_odd, SPECTRUM_LOW));
    vector_store(to + LANES, __builtin_shufflevector(low, low_odd, SPECTRUM_HIGH));
    vector_store(to + 2 * LANES, __builtin_shufflevector(high, high_odd, SPECTRUM_LOW));
    vector_store(to + 3 * LANES, __builtin_shufflevector(high, high_odd, SPECTRUM_HIGH));
}

// to[16 j + 4 k + l] = v[k][4 j + l]
INLINE void spectrum_store_fours(float *to, const vector v[4])
{
    for (int k = 0; k < 4; k++) {
        float lanes[LANES];
        vector_store(lanes, v[k]);
        for (int j = 0; j < LANES / 4; j++)
            memcpy(to + 16 * j + 4 * k, lanes + 4 * j, 4 * sizeof *to);
    }
}

// Output k of butterfly i of a pass of this stride goes to 4 i - 3 (i mod stride) + stride k.
INLINE void spectrum_store(float *to, int i, int stride, const vector v[4])
{
    if (stride == 1)
        spectrum_store_by_four(to + (ptrdiff_t)4 * i, v);
    else if (stride < LANES)
        spectrum_store_fours(to + (ptrdiff_t)4 * i, v);
    else
        for (int k = 0; k < 4; k++)
            vector_store(to + (ptrdiff_t)4 * i - (ptrdiff_t)3 * (i & (stride - 1)) +
                             (ptrdiff_t)stride * k,
                         v[k]);
}

// ---- passes

INLINE void spectrum_pass(int half, int stride, const float *factors, const float *x, float *y)
{
    const int quarter = half / 4;
    for (int i = 0; i < quarter; i += LANES) {
        vector r[4], m[4], f[6]; // real, imaginary; w, w^2, w^3
        for (int k = 0; k < 4; k++) {
            r[k] = vector_load(x + i + k * quarter);
            m[k] = vector_load(x + half + i + k * quarter);
        }
        for (int k = 0; k < 6; k++)
            f[k] = vector_load(factors + k * quarter + i);
        vector sum_r = r[0] + r[2], sum_m = m[0] + m[2];
        vector gap_r = r[0] - r[2], gap_m = m[0] - m[2];
        vector other_sum_r = r[1] + r[3], other_sum_m = m[1] + m[3];
        // i times the gap of the other two
        vector other_gap_r = m[3] - m[1], other_gap_m = r[1] - r[3];
        vector second_r = gap_r - other_gap_r, second_m = gap_m - other_gap_m;
        vector third_r = sum_r - other_sum_r, third_m = sum_m - other_sum_m;
        vector fourth_r = gap_r + other_gap_r, fourth_m = gap_m + other_gap_m;
        const vector real[4] = {sum_r + other_sum_r, second_r * f[0] - second_m * f[1],
                                third_r * f[2] - third_m * f[3], fourth_r * f[4] - fourth_m * f[5]};
        const vector imaginary[4] = {sum_m + other_sum_m, second_r * f[1] + second_m * f[0],
                                     third_r * f[3] + third_m * f[2],
                                     fourth_r * f[5] + fourth_m * f[4]};
        spectrum_store(y, i, stride, real);
        spectrum_store(y + half, i, stride, imaginary);
    }
}

static void spectrum_last_pass(int half, const float *x, float *y)
{
    const int n = half / 2;
    for (int i = 0; i < n; i += LANES)
        for (int part = 0; part <= half; part += half) {
            vector a = vector_load(x + part + i), b = vector_load(x + part + n + i);
            vector_store(y + part + i, a + b);
            vector_store(y + part + n + i, a - b);
        }
}

static void spectrum_split(int half, const float *samples, float *z)
{
    for (int i = 0; i < half; i += LANES) {
        vector a = vector_load(samples + 2 * i), b = vector_load(samples + 2 * i + LANES);
        vector_store(z + i, __builtin_shufflevector(a, b, SPECTRUM_EVEN));
        vector_store(z + half + i, __builtin_shufflevector(a, b, SPECTRUM_ODD));
    }
}

// |X[k]|^2 for k in [k, k + LANES): X = E + w^k O, 2E = Z[k] + Z*[N-k], 2O = (Z[k] - Z*[N-k]) / i.
INLINE vector spectrum_power_at(const struct spectrum *s, const float *z, int k)
{
    const int half = s->points / 2, mirror = half - k - LANES + 1;
    vector ar = vector_load(z + k), ai = vector_load(z + half + k);
    vector br = vector_load(z + mirror), bi = vector_load(z + half + mirror);
    br = __builtin_shufflevector(br, br, SPECTRUM_BACK);
    bi = __builtin_shufflevector(bi, bi, SPECTRUM_BACK);
    vector wr = vector_load(s->turn_real + k), wi = vector_load(s->turn_imaginary + k);
    vector odd_r = ai + bi, odd_i = br - ar;
    vector real = ar + br + (wr * odd_r - wi * odd_i);
    vector imaginary = ai - bi + (wr * odd_i + wi * odd_r);
    return 0.25f * (real * real + imaginary * imaginary);
}

static void spectrum_apart(const struct spectrum *s, const float *z, float *power)
{
    const int half = s->points / 2;
    power[0] = (z[0] + z[half]) * (z[0] + z[half]);
    power[half] = (z[0] - z[half]) * (z[0] - z[half]);
    for (int k = 1; k + LANES <= half; k += LANES)
        vector_store(power + k, spectrum_power_at(s, z, k));
    vector_store(power + half - LANES, spectrum_power_at(s, z, half - LANES));
    for (int k = 1; k < BAND_STEP; k++)
        power[half + k] = 0;
}

static const float *spectrum_power(const struct spectrum *s, float *samples, float *scratch)
{
    const int half = s->points / 2;
    float *x = scratch, *y = samples, *spare;
    spectrum_split(half, samples, x);
    for (int pass = 0, stride = 1; pass < s->passes; pass++, stride *= 4) {
        if (stride == 1)
            spectrum_pass(half, 1, s->factors[pass], x, y);
        else if (stride == 4)
            spectrum_pass(half, 4, s->factors[pass], x, y);
        else
            spectrum_pass(half, stride, s->factors[pass], x, y);
        spare = x, x = y, y = spare;
    }
    if (half >> (2 * s->passes) == 2) {
        spectrum_last_pass(half, x, y);
        spare = x, x = y, y = spare;
    }
    spectrum_apart(s, x, y);
    return y;
}

// ---- logarithms of bands

// Cephes' logf (Moshier 1989): x = 2^n m, m in [sqrt(1/2), sqrt(2)), ln m = f - f^2 / 2 + f^3 P(f)
// with f = m - 1. For positive normal x; relative error 1e-7, near 1 absolute error 1e-7.
INLINE vector spectrum_log(vector x)
{
    // n = round(log2 x): the exponent of x / sqrt(1/2)
    vector_int bits = (vector_int)x - 0x3F3504F3;
    vector_int exponent = bits >> 23;
    vector f = (vector)((bits & 0x7FFFFF) + 0x3F3504F3) - 1.0f;
    vector p = f * 7.0376836292e-2f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    vector square = f * f, n = __builtin_convertvector(exponent, vector);
    vector small = p * square * f + n * -2.12194440e-4f - 0.5f * square; // ln 2 in two parts
    return small + f + n * 0x1.63p-1f;
}

static void bands_log(int count, const struct band *bands, float floor, const float *power,
                      float *y)
{
    for (int b = 0; b < count; b++) {
        vector_4 sum = {0};
        for (int i = 0; i < bands[b].count; i += BAND_STEP) {
            vector_4 w, p;
            memcpy(&w, bands[b].weights + i, sizeof w);
            memcpy(&p, power + bands[b].first + i, sizeof p);
            sum += w * p;
        }
        y[b] = vector_sum_4(sum) + floor;
    }
    for (int b = 0; b < count; b += LANES)
        vector_store_part(y + b, spectrum_log(vector_load_part(y + b, count - b)), count - b);
}

#endif
