// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sound with something to learn: a made-up language of twelve gliding, harmonic syllables, each of
 * which is mostly followed by the same next one. */
#ifndef TONES_H
#define TONES_H

#include "base/random.h"

#include <stdbool.h>

enum { TONES_RATE_HZ = 16000 };

/** seconds of it as folder/name; voice shifts the pitch, seed decides the words. */
void tones_write(const char *folder, const char *name, double seconds, double voice, uint64_t seed);

#endif
