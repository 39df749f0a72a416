// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Weights are converted once, when a file is opened or written: no need for the CPU's instruction.
#include "base/half.h"

#include <math.h>
#include <string.h>

enum { SIGN = 0x8000, INFINITE = 0x7c00, QUIET = 0x0200 };

float half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    float magnitude = exponent == 0   ? ldexpf((float)fraction, -24) // no hidden bit
                      : exponent < 31 ? ldexpf((float)(fraction | 1024), exponent - 25)
                      : fraction == 0 ? INFINITY
                                      : NAN;
    return half & SIGN ? -magnitude : magnitude;
}

uint16_t half_from_float(float value)
{
    uint16_t sign = signbit(value) ? SIGN : 0;
    float magnitude = fabsf(value);
    if (isnan(value))
        return sign | INFINITE | QUIET;
    if (magnitude >= 65520) // halfway between the largest and what would come next
        return sign | INFINITE;
    int exponent = magnitude < 0x1p-14f ? -14 : ilogbf(magnitude);
    // In units of the last place; rounding up to 2048 carries into the exponent by itself.
    uint32_t units = (uint32_t)lrintf(ldexpf(magnitude, 10 - exponent));
    return sign | (uint16_t)(units + ((uint32_t)(exponent + 14) << 10));
}
