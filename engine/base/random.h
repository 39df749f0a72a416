// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Seeded random numbers: xoshiro256** (Blackman & Vigna 2018), seeded through splitmix64.
 * The whole state is the struct: copy it to save it. */
#ifndef AURICLE_BASE_RANDOM_H
#define AURICLE_BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

struct random random_seeded(uint64_t seed);

/** A generator of its own for one purpose: the same (seed, purpose) gives the same numbers. */
struct random random_for(uint64_t seed, uint64_t purpose);

uint64_t random_bits(struct random *random);
/** Uniform in [0, 1). */
float random_uniform(struct random *random);
/** Uniform in [low, high). */
float random_between(struct random *random, float low, float high);
/** Uniform integer in [0, bound), without bias; bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);
/** Standard normal (Box-Muller, no cached half: the state is all there is). */
float random_normal(struct random *random);
/** Fisher-Yates: order[count] becomes a permutation of its values. */
void random_shuffle(struct random *random, uint32_t *order, uint32_t count);

#endif
