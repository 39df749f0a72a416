// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The arrays of an encoder_carry as a list: to copy, clear and save them in one loop. */
#ifndef AURICLE_MODEL_CARRY_H
#define AURICLE_MODEL_CARRY_H

#include "model/encoder.h"

enum { CARRY_PARTS = MAX_CONV_LAYERS + MAX_CONTEXT_LAYERS + 1 };

struct carry_part {
    const char *kind; // "history", "context", "drift"
    int layer;
    float *values; // [streams][width]
    size_t width;
};

/** Returns how many; empty ones (a layer without history) are left out. */
int carry_list(const struct encoder_shape *shape, const struct encoder_carry *carry,
               struct carry_part *parts);
void carry_copy(const struct encoder_shape *shape, struct encoder_carry *to,
                const struct encoder_carry *from);
/** Streams [first, first + count) of carry: its own memory, not to be freed. */
struct encoder_carry carry_streams(const struct encoder_shape *shape,
                                   const struct encoder_carry *carry, int first, int count);
void carry_clear(const struct encoder_shape *shape, struct encoder_carry *carry);

#endif
