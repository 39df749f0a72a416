// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Symmetric eigenproblems through OpenBLAS's LAPACK. Training library only. */
#ifndef AURICLE_KERNELS_LAPACK_H
#define AURICLE_KERNELS_LAPACK_H

#include <stdbool.h>

/** a [n][n] symmetric -> values [n] rising; row i of a becomes the unit eigenvector of values[i].
 * false when memory is out or it does not converge. */
bool symmetric_eigen(int n, double *a, double *values);

/** a v = value * b v with b positive definite; as above, vectors with v' b v = 1. b is overwritten.
 */
bool symmetric_eigen_pair(int n, double *a, double *b, double *values);

#endif
