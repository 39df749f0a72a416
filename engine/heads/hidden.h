// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A head with one hidden layer, by AdamW on the tape. */
#ifndef AURICLE_HEADS_HIDDEN_H
#define AURICLE_HEADS_HIDDEN_H

#include "heads/learn.h"

/** Which rows are left out to choose by: whole groups, about a fifth. NULL: out of memory. */
bool *fit_hold_out(const struct fit_examples *examples, uint64_t seed);

/** Batches draw their classes evenly; stops when the loss on held rows has not fallen for a while
 * and keeps the best weights: hidden.weight, hidden.bias, output.weight, output.bias into out.
 * Errors: NO_MEMORY, INTERRUPTED. */
auricle_status fit_hidden(const struct fit_examples *examples, const bool *held, int hidden,
                          const auricle_fit_config *config, float *out, struct fit_learned *learned,
                          auricle_error *error);

#endif
