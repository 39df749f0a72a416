// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Noise recordings held in memory, to be mixed in. */
#ifndef AURICLE_DATA_NOISE_BANK_H
#define AURICLE_DATA_NOISE_BANK_H

#include "base/random.h"
#include "data/corpus.h"

#include <stddef.h>

/** Immutable once filled. */
struct noise_bank {
    float *samples;
    size_t room;  // of samples
    size_t *ends; // [count]: where each recording ends in samples
    int count, unreadable;
};

/** Reads up to ten seconds of each recording, up to ten minutes together, in an order drawn by
 * seed; names the unreadable ones to log (may be NULL). Errors: NO_MEMORY. */
auricle_status noise_bank_open(struct noise_bank *bank, const struct corpus *corpus, int rate_hz,
                               uint64_t seed, void (*log)(void *user, const char *line), void *user,
                               auricle_error *error);
void noise_bank_close(struct noise_bank *bank);
/** Draws one recording, or NULL: one time in four, and when there is none. */
const float *noise_bank_draw(const struct noise_bank *bank, struct random *random, size_t *count);

#endif
