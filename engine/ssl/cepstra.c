// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/cepstra.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "model/shape.h"
#include "nn/rows.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

// Type-II cosine transform, orthonormal, and the lifter: weights [CEPSTRA][bands].
static void transform_weights(int bands, float *weights)
{
    for (int k = 0; k < CEPSTRA; k++) {
        const double lifter = 1 + 11 * sin(pi * k / 22), scale = sqrt((k ? 2.0 : 1.0) / bands);
        for (int m = 0; m < bands; m++)
            weights[k * bands + m] =
                k < bands ? (float)(lifter * scale * cos(pi * k * (m + 0.5) / bands)) : 0;
    }
}

// The regression's slope over t - 2 .. t + 2 of CEPSTRA columns from at on, into those beside them.
static void add_slopes(float *rows, int frames, int at)
{
    for (int t = 0; t < frames; t++)
        for (int c = at; c < at + CEPSTRA; c++) {
            float slope = 0;
            for (int d = 1; d <= 2; d++) {
                const int after = t + d < frames ? t + d : frames - 1, before = t > d ? t - d : 0;
                slope += (float)d / 10 *
                         (rows[after * CEPSTRA_WIDTH + c] - rows[before * CEPSTRA_WIDTH + c]);
            }
            rows[t * CEPSTRA_WIDTH + c + CEPSTRA] = slope;
        }
}

void cepstra_of(const struct tensor *view, float *rows)
{
    float weights[CEPSTRA * MAX_MELS];
    CHECK(view->c <= MAX_MELS);
    transform_weights(view->c, weights);
    for (int i = 0; i < tensor_rows(view); i++)
        kernels()->gemv(CEPSTRA, view->c, weights, tensor_row(view, i), NULL,
                        rows + (size_t)i * CEPSTRA_WIDTH);
    for (int b = 0; b < view->b; b++)
        for (int order = 0; order < 2; order++)
            add_slopes(rows + (size_t)(b * view->t) * CEPSTRA_WIDTH, view->t, order * CEPSTRA);
}
