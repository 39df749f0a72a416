// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One writer, one reader, no lock: samples from PortAudio's callback to the main thread. */
#ifndef AURICLE_TOOLS_RING_H
#define AURICLE_TOOLS_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/** Counters only grow; their difference is what waits. */
struct ring {
    float *samples; // [capacity], a power of two
    size_t capacity;
    atomic_size_t written, read;
    atomic_size_t lost; // samples there was no room for
};

/** At least count samples. false when memory is out. */
bool ring_create(struct ring *ring, size_t count);
void ring_free(struct ring *ring);
/** All of them or, counted as lost, none. Writer only. RT safe. */
bool ring_write(struct ring *ring, const float *samples, size_t count);
/** Returns how many of at most count. Reader only. */
size_t ring_read(struct ring *ring, float *samples, size_t count);

#endif
