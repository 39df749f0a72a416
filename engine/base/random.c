// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "base/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

struct random random_seeded(uint64_t seed)
{
    struct random random;
    for (int i = 0; i < 4; i++)
        random.state[i] = splitmix(&seed);
    return random;
}

struct random random_for(uint64_t seed, uint64_t purpose)
{
    uint64_t mixed = splitmix(&purpose);
    return random_seeded(seed ^ mixed);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

uint64_t random_bits(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

float random_uniform(struct random *random)
{
    return (float)(random_bits(random) >> 40) * 0x1p-24f;
}

float random_between(struct random *random, float low, float high)
{
    return low + (high - low) * random_uniform(random);
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    uint64_t reject_below = (0 - bound) % bound;
    uint64_t bits;
    do
        bits = random_bits(random);
    while (bits < reject_below);
    return bits % bound;
}

float random_normal(struct random *random)
{
    double u = (double)((random_bits(random) >> 11) + 1) * 0x1p-53; // (0, 1]
    double v = (double)(random_bits(random) >> 11) * 0x1p-53;
    return (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
}

void random_shuffle(struct random *random, uint32_t *order, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = (uint32_t)random_below(random, i);
        uint32_t held = order[i - 1];
        order[i - 1] = order[j];
        order[j] = held;
    }
}
