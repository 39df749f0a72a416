// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Power spectra of real windows, and logarithms of weighted sums over their bins: what a log-mel
 * frame costs. The tables here are the same for every kernel table. */
#ifndef AURICLE_KERNELS_POWER_SPECTRUM_H
#define AURICLE_KERNELS_POWER_SPECTRUM_H

enum {
    SPECTRUM_LEAST = 256, // points; SPECTRUM_MOST and all powers of two between
    SPECTRUM_MOST = 4096,
    SPECTRUM_PASSES = 6, // of radix 4, over at most 2048 complex points
    BAND_STEP = 4,       // weights of a band come in fours
};

/** For windows of points samples. Immutable. */
struct spectrum {
    int points;
    int passes;                        // of radix 4; where half / 4^passes is 2, one of radix 2
    float *factors[SPECTRUM_PASSES];   // [6][half / 4]: w, w^2, w^3 of each butterfly, re and im
    float *turn_real, *turn_imaginary; // [half]: exp(-2 pi i k / points)
};

/** NULL when memory is out. points: a power of two, SPECTRUM_LEAST to SPECTRUM_MOST. */
struct spectrum *spectrum_create(int points);
void spectrum_destroy(struct spectrum **spectrum); // *spectrum may be NULL

/** A weighted sum of the bins first .. first + count - 1; count a multiple of BAND_STEP, weights
 * of bins that don't belong or don't exist are 0. */
struct band {
    int first, count;
    const float *weights;
};

#endif
