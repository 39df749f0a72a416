// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ring.h"

#include <stdlib.h>
#include <string.h>

bool ring_create(struct ring *ring, size_t count)
{
    size_t capacity = 1;
    while (capacity < count)
        capacity *= 2;
    *ring = (struct ring){.samples = malloc(capacity * sizeof(float)), .capacity = capacity};
    return ring->samples != NULL;
}

void ring_free(struct ring *ring)
{
    free(ring->samples);
    ring->samples = NULL;
}

static size_t up_to_the_end(const struct ring *ring, size_t at, size_t count)
{
    size_t left = ring->capacity - (at & (ring->capacity - 1));
    return count < left ? count : left;
}

bool ring_write(struct ring *ring, const float *samples, size_t count)
{
    size_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    size_t read = atomic_load_explicit(&ring->read, memory_order_acquire);
    if (count > ring->capacity - (written - read)) {
        atomic_fetch_add_explicit(&ring->lost, count, memory_order_relaxed);
        return false;
    }
    size_t first = up_to_the_end(ring, written, count);
    memcpy(ring->samples + (written & (ring->capacity - 1)), samples, first * sizeof *samples);
    memcpy(ring->samples, samples + first, (count - first) * sizeof *samples);
    atomic_store_explicit(&ring->written, written + count, memory_order_release);
    return true;
}

size_t ring_read(struct ring *ring, float *samples, size_t count)
{
    size_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    size_t waiting = atomic_load_explicit(&ring->written, memory_order_acquire) - read;
    count = count < waiting ? count : waiting;
    size_t first = up_to_the_end(ring, read, count);
    memcpy(samples, ring->samples + (read & (ring->capacity - 1)), first * sizeof *samples);
    memcpy(samples + first, ring->samples, (count - first) * sizeof *samples);
    atomic_store_explicit(&ring->read, read + count, memory_order_release);
    return count;
}
