// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Vector quantisation with a codebook that follows what it quantises (van den Oord, Vinyals &
 * Kavukcuoglu 2017, sec. 3 and appendix A.1):
 *
 *     x --nearest code--> e,  the gradient of e goes to x unchanged (straight through)
 *     code = sum / count,  running means over batches of what chose it and how often
 *
 * A code that hardly anything chooses is put where something is (random restarts, Dhariwal et al.
 * 2020, sec. 3.1). Gradient descent does not move a codebook: each batch leaves its statistics in
 * the gradients of the codebook's tensors, which are summed over the workers like all gradients,
 * and codebook_settle takes them from there before the optimiser runs. So the codebook's state is
 * in the checkpoint. */
#ifndef AURICLE_SSL_CODEBOOK_H
#define AURICLE_SSL_CODEBOOK_H

#include "ssl/objective.h"

enum { CODEBOOK_CODES, CODEBOOK_COUNT, CODEBOOK_SUM, CODEBOOK_OWN };

/** Declares name.frozen.codes (V,D), .count (V) and .sum (V,D), all scaffolding. */
void codebook_declare(struct parameters *parameters, const char *name, int codes, int width,
                      int *own);
void codebook_init(const struct objective_context *context, const int *own);

/** The place of a worker's rows among those of the whole batch. */
struct codebook_rows {
    int first, all;
};

/** x (B,T,D) -> the nearest codes (B,T,D); chosen [B*T] gets their numbers. */
struct tensor *codebook_quantise(const struct objective_context *context, struct tensor *x,
                                 const int *own, struct codebook_rows rows, int *chosen);

/** After a batch. decay: of the running means; restart: the share of the mean use below which a
 * code is put elsewhere. */
void codebook_settle(const struct objective_context *context, const int *own, double decay,
                     double restart);

/** The code nearest to each row of x [rows][D]. scratch: codebook_scratch(V) floats. */
void codebook_nearest(const struct tensor *codes, const float *x, int rows, float *scratch,
                      int *chosen);
size_t codebook_scratch(int codes);

#endif
