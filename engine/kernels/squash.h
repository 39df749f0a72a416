// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sigmoid and tanh, a register at a time. Included by kernels/body.c only.
 *
 *   exp(x) = 2^n * p(r),  n = round(x / ln 2),  r = x - n ln 2 in [-ln2/2, ln2/2]
 *
 * with Cephes' expf and tanhf polynomials (Moshier, Methods and Programs for Mathematical
 * Functions, 1989). Absolute error below 1.2e-7; NaN in, NaN out; infinities saturate. */
#ifndef AURICLE_KERNELS_SQUASH_H
#define AURICLE_KERNELS_SQUASH_H

#include "kernels/vector.h"

// For x in [-87, 87], where 2^n is a normal float, and NaN.
INLINE vector squash_exp(vector x)
{
    // Adding 1.5 * 2^23 leaves round(x / ln 2) in the low bits of the sum.
    const float round_to_integer = 0x1.8p23f;
    vector shifted = x * 0x1.715476p0f + round_to_integer;
    vector n = shifted - round_to_integer;
    vector r = x - n * 0x1.63p-1f; // ln 2 in two parts: the first times n is exact
    r = r - n * -2.12194440e-4f;
    vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
#if defined(__AVX512F__)
    return (vector)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    vector power_of_two = (vector)(((vector_bits)shifted + 127u) << 23);
    return p * power_of_two;
#endif
}

INLINE vector squash_sigmoid_of(vector x)
{
    vector clamped = vector_most(vector_least(x, vector_all(87.0f)), vector_all(-87.0f));
    return vector_reciprocal(1.0f + squash_exp(-clamped));
}

INLINE vector squash_tanh_of(vector x)
{
    const vector_bits sign_bit = (vector_bits){0} + 0x80000000u;
    vector_bits sign = (vector_bits)x & sign_bit;
    vector magnitude = (vector)((vector_bits)x & ~sign_bit);
    vector grown = squash_exp(2.0f * vector_least(magnitude, vector_all(10.0f)));
    vector large = 1.0f - 2.0f * vector_reciprocal(grown + 1.0f);
    // Near zero the difference above cancels; the odd polynomial keeps the relative error too.
    vector square = magnitude * magnitude;
    vector p = square * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    vector small = p * square * magnitude + magnitude;
    vector both = vector_select(magnitude < 0.625f, small, large);
    return (vector)((vector_bits)both | sign);
}

// The rest that fills no register goes through the same instructions: its place changes no bit.
#define SQUASH_ALL(function)                                                                       \
    int i = 0;                                                                                     \
    for (; i + LANES <= n; i += LANES)                                                             \
        vector_store(y + i, function(vector_load(x + i)));                                         \
    if (i < n) {                                                                                   \
        vector_store_part(y + i, function(vector_load_part(x + i, n - i)), n - i);                 \
    }

static void squash_sigmoid(int n, const float *x, float *y)
{
    SQUASH_ALL(squash_sigmoid_of)
}

static void squash_tanh(int n, const float *x, float *y)
{
    SQUASH_ALL(squash_tanh_of)
}

#endif
