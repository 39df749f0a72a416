// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** k-means: rows in groups about their means. */
#ifndef AURICLE_LEARN_KMEANS_H
#define AURICLE_LEARN_KMEANS_H

#include "base/random.h"

#include <stdbool.h>

/** centroids [k][width] of rows [n][width]: seeded by k-means++ (Arthur & Vassilvitskii 2007), then
 * Lloyd's rounds until none changes its group, at most rounds. A centroid that no row is nearest to
 * stays where it is. The same rows and random give the same bits. false: memory is out. */
bool kmeans_fit(const float *rows, int n, int width, int k, int rounds, struct random *random,
                float *centroids);

/** nearest [n]: the centroid at the least distance, the first of equals. scratch:
 * kmeans_scratch(k) floats. */
void kmeans_nearest(const float *centroids, int k, const float *rows, int n, int width,
                    float *scratch, int *nearest);
int kmeans_scratch(int k);

#endif
