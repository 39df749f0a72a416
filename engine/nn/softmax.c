// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/softmax.h"

#include "nn/rows.h"

#include <math.h>
#include <stdint.h>

// e^x for x <= 0, written so that a loop over it vectorises: x = k ln2 + r, e^x = 2^k e^r with the
// Taylor series of e^r to r^7 (|r| <= ln2 / 2: relative error below 1e-8). 0 below -87.
static inline float exp_negative(float x)
{
    const float lowest = -87, log2e = 1.44269504f, round_bias = 0x1.8p23f;
    const float ln2_high = 0x1.62e4p-1f, ln2_low = 1.42860677e-6f;
    union {
        float number;
        uint32_t bits;
    } shifted, power;
    float clamped = x > lowest ? x : lowest;
    shifted.number = clamped * log2e + round_bias; // k in the low bits
    float k = shifted.number - round_bias;
    float r = (clamped - k * ln2_high) - k * ln2_low;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1;
    power.number = p * r + 1;
    power.bits += shifted.bits << 23;
    return x > lowest ? power.number : 0;
}

float softmax_row(int n, float *logits)
{
    float max = row_max(n, logits);
    for (int i = 0; i < n; i++)
        logits[i] = exp_negative(logits[i] - max);
    float sum = row_sum(n, logits), inverse = 1 / sum;
    for (int i = 0; i < n; i++)
        logits[i] *= inverse;
    return max + logf(sum);
}
