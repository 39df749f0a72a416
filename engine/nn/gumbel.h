// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Product quantisation by Gumbel-softmax (Baevski et al. 2020, wav2vec 2.0, sec. 2 and 3.2): of
 * each of G groups of V entries one is chosen; what is chosen is joined.
 *
 *     logits [G][V] + noise --/ temperature, softmax--> y --argmax--> entry of each group
 *                                                                     [e_0 | e_1 | ... ] */
#ifndef AURICLE_NN_GUMBEL_H
#define AURICLE_NN_GUMBEL_H

#include "base/random.h"
#include "nn/tape.h"

struct gumbel_options {
    int groups; // G
    float temperature;
    bool straight;         // give the argmax's entries, with y's gradient (straight-through);
                           // false: the mean of all entries by y
    struct random *random; // of the noise; NULL = none
};

/** logits (1,N,G*V), codebook (1,G*V,D) -> (1,N,G*D). codes [N][G]: the argmax, 0..V-1; NULL = not
 * wanted. */
struct tensor *tape_gumbel_quantise(struct tape *tape, struct tensor *logits,
                                    struct tensor *codebook, struct gumbel_options options,
                                    int *codes);

/** Diversity loss (1,1,1) of logits (1,N,G*V), without noise (sec. 3.2, eq. 4, in the form in which
 * the paper's authors train): 1 - sum over g of exp(H(p_g)) / GV, p_g the mean of group g's
 * softmax; 0 = all entries alike in use. */
struct tensor *tape_gumbel_diversity(struct tape *tape, struct tensor *logits, int groups);

#endif
