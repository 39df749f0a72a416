// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The Gumbel quantiser of an objective (nn/gumbel.h): its settings, its codebook, and how much of
 * it is in use. The temperature falls with the steps (Baevski et al. 2020, sec. 4.2). */
#ifndef AURICLE_SSL_QUANTISER_H
#define AURICLE_SSL_QUANTISER_H

#include "nn/gumbel.h"
#include "ssl/objective.h"

struct quantiser {
    int groups, entries;       // G, and V of each group
    double first, last, decay; // of the temperature
    bool straight;
    int codebook; // the index of its tensor (G*V, numbers of an entry)
};

/** Settings of the codebooks, at the indices given. */
#define QUANTISER_SIZES(groups, most_groups, entries)                                              \
    [groups] =                                                                                     \
        {"groups",     "codebooks, G (Baevski et al. 2020, sec. 4.2: 2)", 2, 1, most_groups,       \
         SETTING_WHOLE},                                                                           \
    [entries] = {"entries", "entries of each codebook, V (Baevski et al. 2020, sec. 4.2: 320)",    \
                 320,       2,                                                                     \
                 1024,      SETTING_WHOLE}

/** Settings of the temperature and of what a code gives, at the indices given. */
#define QUANTISER_ANNEALING(first, last, decay, straight)                                          \
    [first] = {"gumbel_first",                                                                     \
               "the quantiser's first temperature (Baevski et al. 2020, sec. 4.2: 2)",             \
               2,                                                                                  \
               0.01,                                                                               \
               100,                                                                                \
               SETTING_REAL},                                                                      \
    [last] = {"gumbel_last",                                                                       \
              "the quantiser's last temperature (Baevski et al. 2020, sec. 4.2: 0.5)",             \
              0.5,                                                                                 \
              0.01,                                                                                \
              100,                                                                                 \
              SETTING_REAL},                                                                       \
    [decay] = {"gumbel_decay",                                                                     \
               "factor of the temperature per step (Baevski et al. 2020, sec. 4.2: 0.999995 over " \
               "400,000 steps)",                                                                   \
               0.9999,                                                                             \
               0.5,                                                                                \
               1,                                                                                  \
               SETTING_REAL},                                                                      \
    [straight] = {"straight",                                                                      \
                  "1 = one entry of a group, with the softmax's gradient (Baevski et al. 2020, "   \
                  "sec. 2), 0 = the softmax's mean of all",                                        \
                  1,                                                                               \
                  0,                                                                               \
                  1,                                                                               \
                  SETTING_WHOLE}

/** The codebook; width: numbers of an entry. Returns the index of its tensor. */
int quantiser_declare(struct parameters *parameters, const char *name, int groups, int entries,
                      int width);

float quantiser_temperature(const struct quantiser *quantiser, struct objective_time time);
/** logits (1,N,G*V) -> (1,N,G*width), with noise while the tape learns. entries [N][G]: the chosen
 * ones, on the tape. */
struct tensor *quantiser_apply(const struct objective_context *context,
                               const struct quantiser *quantiser, struct tensor *logits,
                               int **entries);
/** Mean over the groups of how many of the V entries are in use, 1..V; 1 = collapsed. */
double quantiser_perplexity(const struct objective_context *context,
                            const struct quantiser *quantiser, const int *entries, int count);

#endif
