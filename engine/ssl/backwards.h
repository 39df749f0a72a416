// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A recurrent layer that reads a window from its end: scaffolding for objectives that look at a
 * frame from both sides. It is never deployed and never sees the encoder. */
#ifndef AURICLE_SSL_BACKWARDS_H
#define AURICLE_SSL_BACKWARDS_H

#include "ssl/objective.h"

enum { BACKWARDS_OWN = 4 };

/** Declares name.weight_ih, .weight_hh, .bias_ih and .bias_hh of a GRU, scaffolding. */
void backwards_declare(struct parameters *parameters, const char *name, int in, int hidden,
                       int *own);
/** Uniform within 1 / sqrt(hidden), as PyTorch's. */
void backwards_init(const struct objective_context *context, const int *own);
/** x (B,T,in) -> (B,T,hidden): frame t has seen x at t, t+1, ... to the window's end. */
struct tensor *backwards(const struct objective_context *context, struct tensor *x, const int *own);

/** How far x's channels deviate from their means: root mean square, 0 = constant rows. */
double backwards_deviation(const struct tensor *x);

#endif
