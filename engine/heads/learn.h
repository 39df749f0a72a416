// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Labelled windows -> a head's weights: logistic regression, or one hidden layer. */
#ifndef AURICLE_HEADS_LEARN_H
#define AURICLE_HEADS_LEARN_H

#include <auricle/fit.h>

#include "stream/head.h"
#include "heads/examples.h"

/** Owns what its weights point to. */
struct fit_learned {
    struct head_weights weights;
    float *memory;
    double l2; // or the weight decay of the hidden layer
};

/** Standardises examples->x in place. All classes weigh the same; l2, or the weight decay and when
 * to stop, is chosen on groups left out. Errors: INVALID (a class without examples), NO_MEMORY,
 * INTERRUPTED. */
auricle_status fit_learn(struct fit_examples *examples, int hidden, const char *const *labels,
                         const auricle_fit_config *config, struct fit_learned *learned,
                         auricle_error *error);
void fit_learned_free(struct fit_learned *learned);

#endif
