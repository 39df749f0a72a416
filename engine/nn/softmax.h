// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#ifndef AURICLE_NN_SOFTMAX_H
#define AURICLE_NN_SOFTMAX_H

/** logits[n] become their softmax; an entry of -INFINITY becomes exactly 0. At least one is finite.
 * Returns log(sum(exp(logits))). */
float softmax_row(int n, float *logits);

#endif
