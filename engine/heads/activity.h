// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Where in a clean recording somebody speaks: stretches that are loud for that recording. */
#ifndef AURICLE_HEADS_ACTIVITY_H
#define AURICLE_HEADS_ACTIVITY_H

#include <stddef.h>

enum { MAX_ACTIVITY = 128 };

struct activity {
    size_t start, end; // samples
};

/** Frames within 30 dB of the loudest one, gaps up to 0.15 s closed, stretches below 0.05 s left
 * out. Returns how many stretches; what comes after MAX_ACTIVITY stretches is part of the last. */
int activity_find(const float *samples, size_t count, struct activity found[MAX_ACTIVITY]);

/** The stretch of a word in a recording, by energy: the burst around its loudest 10 ms. */
void activity_find_word(const float *samples, size_t count, size_t *start, size_t *end);

#endif
