// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** How far one sound is from another, to the ear rather than sample by sample: the multi-scale
 * spectral loss (Dhariwal et al. 2020, sec. 3.1; in this form Yamamoto et al. 2020, Parallel
 * WaveGAN, eq. 3-6):
 *
 *     S_n = |STFT_n| of n samples every n / 2, Hann;  n = 256, 512, 1024
 *     L = mean over n of  |S_n - S^_n| / |S_n|  +  mean |log S_n - log S^_n|
 *
 * A short-time spectrum is a fixed linear map, so that forward and backward are the GEMM's. */
#ifndef AURICLE_SSL_SPECTRAL_H
#define AURICLE_SSL_SPECTRAL_H

#include "nn/tape.h"

enum { SPECTRAL_SCALES = 3, SPECTRAL_LONGEST = 1024 };

/** guess and truth (B,L,1), samples, L >= 256 (scales that don't fit are left out) -> (1,1,1).
 * parts (may be NULL) gets convergence and log distance. */
struct tensor *tape_spectral_distance(struct tape *tape, struct tensor *guess, struct tensor *truth,
                                      double parts[2]);

/** Magnitudes (B,F,n/2+1) of x (B,L,1): F = L / (n/2) - 1. White noise of deviation s has about s
 * in every bin. */
struct tensor *tape_stft_magnitude(struct tape *tape, struct tensor *x, int n);

#endif
