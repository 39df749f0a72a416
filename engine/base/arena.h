// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Memory with one life: many takes, one reset. Grows by blocks; 64-byte aligned. */
#ifndef AURICLE_BASE_ARENA_H
#define AURICLE_BASE_ARENA_H

#include <stddef.h>

struct arena;

/** NULL when memory is out. block_bytes is the size of a block (0 = 1 MiB). */
struct arena *arena_create(size_t block_bytes);
void arena_destroy(struct arena **arena);

/** Zeroed bytes that live until reset; ends the process with a message when memory is out
 * (training only: a checkpoint is as old as it was). */
void *arena_take(struct arena *arena, size_t bytes);

/** As arena_take, bytes left as they were. */
void *arena_take_raw(struct arena *arena, size_t bytes);

/** All taken memory is given back; the blocks are kept, merged, for the next round. */
void arena_reset(struct arena *arena);

/** Bytes held from the system. */
size_t arena_bytes(const struct arena *arena);

#endif
