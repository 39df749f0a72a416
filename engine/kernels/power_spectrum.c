// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "kernels/power_spectrum.h"

#include "base/error.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

static const double TURN = 6.28318530717958647692;

// Butterfly i of a pass over sub-transforms of length n, stride s = half / n: p = i / s.
static void fill_pass(int quarter, int length, float *factors)
{
    const int stride = 4 * quarter / length;
    for (int i = 0; i < quarter; i++)
        for (int power = 1; power <= 3; power++) {
            double angle = -TURN * power * (i / stride) / length;
            factors[(2 * power - 2) * quarter + i] = (float)cos(angle);
            factors[(2 * power - 1) * quarter + i] = (float)sin(angle);
        }
}

struct spectrum *spectrum_create(int points)
{
    const int half = points / 2, quarter = half / 4;
    CHECK(points >= SPECTRUM_LEAST && points <= SPECTRUM_MOST && (points & (points - 1)) == 0);
    struct spectrum *spectrum = calloc(1, sizeof *spectrum);
    if (!spectrum)
        return NULL;
    spectrum->points = points;
    for (int length = half; length >= 4; length /= 4)
        spectrum->passes++;
    // half is a multiple of 128, so that every array fills whole cache lines
    size_t floats = (size_t)(spectrum->passes * 6 * quarter + 2 * half);
    float *at = spectrum->turn_real = aligned_alloc(64, floats * sizeof *at);
    if (!at)
        goto fail;
    spectrum->turn_imaginary = at + half;
    at += 2 * half;
    for (int pass = 0, length = half; pass < spectrum->passes; pass++, length /= 4) {
        spectrum->factors[pass] = at + (ptrdiff_t)pass * 6 * quarter;
        fill_pass(quarter, length, spectrum->factors[pass]);
    }
    for (int k = 0; k < half; k++) {
        spectrum->turn_real[k] = (float)cos(TURN * k / points);
        spectrum->turn_imaginary[k] = (float)-sin(TURN * k / points);
    }
    return spectrum;
fail:
    spectrum_destroy(&spectrum);
    return NULL;
}

void spectrum_destroy(struct spectrum **spectrum)
{
    if (!*spectrum)
        return;
    free((*spectrum)->turn_real);
    free(*spectrum);
    *spectrum = NULL;
}
