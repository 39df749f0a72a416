// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Linear discriminant analysis (Fisher 1936) of few items in many dimensions, for verification:
 * principal components first, then the directions that part the classes, within-class whitened. */
#ifndef AURICLE_LEARN_DISCRIMINANT_H
#define AURICLE_LEARN_DISCRIMINANT_H

#include <stdbool.h>

struct discriminant {
    int dims, kept;    // kept = min(classes - 1, rank)
    float *mean;       // [dims]
    float *projection; // [kept][dims]
};

/** x [count][dims], y [count] in [0, classes). shrinkage 0..1 pulls the within-class scatter
 * towards its mean diagonal. components: principal components kept, 0 = min(count - classes, 128).
 * false when memory is out or there are fewer than two classes. */
bool discriminant_fit(const float *x, const int *y, int count, int dims, int classes,
                      int components, double shrinkage, struct discriminant *model);
void discriminant_free(struct discriminant *model);
/** out [kept] */
void discriminant_project(const struct discriminant *model, const float *x, float *out);

/** a . b / (|a| |b|), 0 when either is zero. */
float discriminant_cosine(int n, const float *a, const float *b);

#endif
