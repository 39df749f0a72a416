// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Principal component analysis (Pearson 1901) of few items in many dimensions, for pictures. */
#ifndef AURICLE_LEARN_PRINCIPAL_H
#define AURICLE_LEARN_PRINCIPAL_H

#include <stdbool.h>

/** Items x [count][dims], columns of mean 0 -> their places [count][2] along the two directions of
 * greatest variance, and each one's share of all variance. An axis points to where the item
 * farthest along it lies. Takes count^2 numbers; false when memory is out. */
bool principal_plane(const float *x, int count, int dims, float *places, double share[2]);

#endif
