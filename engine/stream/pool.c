// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "stream/pool.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t pool_block_size(int dim)
{
    return 3 * (size_t)dim;
}

struct pool_block pool_block_in(float *memory, int dim)
{
    return (struct pool_block){.mean = memory, .m2 = memory + dim, .max = memory + 2 * dim};
}

void pool_block_clear(struct pool_block *block)
{
    block->frames = 0;
}

void pool_block_add(struct pool_block *block, int dim, const float *frame)
{
    if (block->frames++ == 0) {
        memcpy(block->mean, frame, (size_t)dim * sizeof *frame);
        memset(block->m2, 0, (size_t)dim * sizeof *frame);
        memcpy(block->max, frame, (size_t)dim * sizeof *frame);
        return;
    }
    const float share = 1 / (float)block->frames;
    for (int i = 0; i < dim; i++) { // Welford 1962
        float away = frame[i] - block->mean[i];
        block->mean[i] += away * share;
        block->m2[i] += away * (frame[i] - block->mean[i]);
        block->max[i] = frame[i] > block->max[i] ? frame[i] : block->max[i];
    }
}

void pool_block_merge(struct pool_block *into, int dim, const struct pool_block *from)
{
    if (from->frames == 0)
        return;
    if (into->frames == 0) {
        memcpy(into->mean, from->mean, (size_t)dim * sizeof *from->mean);
        memcpy(into->m2, from->m2, (size_t)dim * sizeof *from->m2);
        memcpy(into->max, from->max, (size_t)dim * sizeof *from->max);
        into->frames = from->frames;
        return;
    }
    const float all = (float)(into->frames + from->frames);
    const float share = (float)from->frames / all;
    const float between = (float)into->frames * share;
    for (int i = 0; i < dim; i++) {
        float away = from->mean[i] - into->mean[i];
        into->mean[i] += away * share;
        into->m2[i] += from->m2[i] + away * away * between;
        into->max[i] = from->max[i] > into->max[i] ? from->max[i] : into->max[i];
    }
    into->frames += from->frames;
}

void pool_block_write(const struct pool_block *block, int dim, float *out)
{
    CHECK(block->frames > 0);
    memcpy(out, block->mean, (size_t)dim * sizeof *out);
    for (int i = 0; i < dim; i++)
        out[dim + i] = sqrtf(block->m2[i] / (float)block->frames);
    memcpy(out + 2 * dim, block->max, (size_t)dim * sizeof *out);
}

// ---- the sliding window: a ring of blocks, the one being filled among them

struct pool {
    int dim, hop_frames, block_count;
    int at;                     // index of the block being filled
    struct pool_block whole;    // scratch: the merged window
    struct pool_block blocks[]; // [block_count], then their memory
};

struct pool *pool_create(int dim, int window_frames, int hop_frames)
{
    CHECK(dim > 0 && hop_frames > 0 && window_frames > 0 && window_frames % hop_frames == 0);
    size_t count = (size_t)(window_frames / hop_frames);
    size_t head = sizeof(struct pool) + count * sizeof(struct pool_block);
    struct pool *pool = calloc(1, head + (count + 1) * pool_block_size(dim) * sizeof(float));
    if (!pool)
        return NULL;
    pool->dim = dim;
    pool->hop_frames = hop_frames;
    pool->block_count = (int)count;
    float *memory = (float *)(void *)(pool->blocks + count);
    pool->whole = pool_block_in(memory, dim);
    for (size_t i = 0; i < count; i++)
        pool->blocks[i] = pool_block_in(memory + (i + 1) * pool_block_size(dim), dim);
    return pool;
}

void pool_destroy(struct pool **pool)
{
    free(*pool);
    *pool = NULL;
}

void pool_reset(struct pool *pool)
{
    pool->at = 0;
    for (int i = 0; i < pool->block_count; i++)
        pool_block_clear(&pool->blocks[i]);
}

int pool_step(struct pool *pool, const float *frame, float *out)
{
    struct pool_block *filling = &pool->blocks[pool->at];
    pool_block_add(filling, pool->dim, frame);
    if (filling->frames < pool->hop_frames)
        return 0;
    pool_block_clear(&pool->whole);
    pool->at = (pool->at + 1) % pool->block_count;
    for (int i = 0; i < pool->block_count; i++) // oldest first: the same window, the same bits
        pool_block_merge(&pool->whole, pool->dim,
                         &pool->blocks[(pool->at + i) % pool->block_count]);
    pool_block_clear(&pool->blocks[pool->at]);
    pool_block_write(&pool->whole, pool->dim, out);
    return pool->whole.frames;
}
