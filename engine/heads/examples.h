// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Labelled windows, at most so many of each class, each as likely to be kept as another. */
#ifndef AURICLE_HEADS_EXAMPLES_H
#define AURICLE_HEADS_EXAMPLES_H

#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fit_examples {
    float *x;   // [count][dims]
    int *label; // [count]
    int *group; // [count]
    size_t capacity;
    int count, dims, classes;
    int *limit;    // [classes] kept at most
    int64_t *seen; // [classes]
    int **kept;    // [classes][limit] rows of x
    struct random random;
};

/** Background classes may hold thrice as many as others. */
bool fit_examples_create(int dims, int classes, const bool *background, int most, uint64_t seed,
                         struct fit_examples *examples);
void fit_examples_free(struct fit_examples *examples);
/** false when memory is out. */
bool fit_examples_add(struct fit_examples *examples, const float *x, int label, int group);

#endif
