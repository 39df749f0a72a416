// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One causal transformer layer as an objective's scaffolding. */
#ifndef AURICLE_SSL_TRANSFORMER_H
#define AURICLE_SSL_TRANSFORMER_H

#include "ssl/objective.h"

enum { TRANSFORMER_OWN = 15 };

/** Declares name.norm.0, .query, .value, .out, .norm.1, .hidden and .back (weight and bias each)
 * and name.key.weight, scaffolding; own[0 .. TRANSFORMER_OWN) are theirs. heads need not divide
 * channels. */
void objective_transformer_declare(struct parameters *parameters, const char *name, int channels,
                                   int heads, int *own);
void objective_transformer_init(const struct objective_context *context, const int *own);
/** x (B,T,channels) -> the same shape; frame t depends on t - left .. t of the window. */
struct tensor *objective_transformer(const struct objective_context *context, struct tensor *x,
                                     int heads, int left, const int *own);

#endif
