// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE // madvise
#include "base/arena.h"

#include "base/round.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, DEFAULT_BLOCK = 1 << 20, HUGE_PAGE = 2 << 20 };

struct block {
    struct block *next;
    size_t size, used;
    char *bytes;
};

struct arena {
    struct block *blocks; // newest first
    size_t block_bytes;
};

// What a large block is gone through in each round is hundreds of megabytes: fewer, larger pages.
static char *bytes_take(size_t size)
{
    if (size < 2 * HUGE_PAGE)
        return aligned_alloc(ALIGNMENT, size);
    char *bytes = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (bytes)
        (void)madvise(bytes, size, MADV_HUGEPAGE); // a wish: without it all is the same but slower
#endif
    return bytes;
}

static struct block *block_create(size_t size, struct block *next)
{
    struct block *block = malloc(sizeof *block);
    if (!block)
        return NULL;
    *block = (struct block){.next = next, .size = size, .bytes = bytes_take(size)};
    if (block->bytes)
        return block;
    free(block);
    return NULL;
}

static void blocks_free(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block->bytes);
        free(block);
        block = next;
    }
}

struct arena *arena_create(size_t block_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->block_bytes = round_up(block_bytes ? block_bytes : DEFAULT_BLOCK, ALIGNMENT);
    return arena;
}

void arena_destroy(struct arena **arena)
{
    if (!*arena)
        return;
    blocks_free((*arena)->blocks);
    free(*arena);
    *arena = NULL;
}

// The layers that take memory step by step cannot return a failure.
static _Noreturn void end_without_memory(size_t bytes)
{
    fprintf(stderr,
            "auricle: out of memory: a step needs %zu bytes more. Cure: a smaller loop.streams, "
            "loop.frames or shape.dim\n",
            bytes);
    _Exit(EXIT_FAILURE);
}

void *arena_take_raw(struct arena *arena, size_t bytes)
{
    bytes = round_up(bytes ? bytes : 1, ALIGNMENT);
    struct block *block = arena->blocks;
    if (!block || block->size - block->used < bytes) {
        size_t size = bytes > arena->block_bytes ? bytes : arena->block_bytes;
        block = block_create(size, arena->blocks);
        if (!block)
            end_without_memory(size);
        arena->blocks = block;
    }
    void *taken = block->bytes + block->used;
    block->used += bytes;
    return taken;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    return memset(arena_take_raw(arena, bytes), 0, bytes ? bytes : 1);
}

void arena_reset(struct arena *arena)
{
    struct block *newest = arena->blocks;
    if (newest && newest->next) { // one block as large as all of them serves the next round; a
        size_t total = arena_bytes(arena); // little more, as rounds are not all alike
        arena->block_bytes = round_up(total + total / 16, ALIGNMENT);
        blocks_free(newest);
        arena->blocks = NULL;
    } else if (newest) {
        newest->used = 0;
    }
}

size_t arena_bytes(const struct arena *arena)
{
    size_t total = 0;
    for (const struct block *block = arena->blocks; block; block = block->next)
        total += block->size;
    return total;
}
