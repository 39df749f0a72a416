// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Stretches of frames as one vector each, as a head will pool them. */
#ifndef AURICLE_SSL_SEGMENTS_H
#define AURICLE_SSL_SEGMENTS_H

#include "nn/tape.h"

struct objective_segment {
    int first, count; // flat frames b * T + t
};

/** Mean and maximum of each segment: (B,T,C) -> (1,N,2C). segments must live as long as the tape's
 * step. */
struct tensor *objective_pool(struct tape *tape, struct tensor *x,
                              const struct objective_segment *segments, int count);

#endif
