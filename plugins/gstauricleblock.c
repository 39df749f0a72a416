// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* Blocks come back to a lock-free queue of a few; more than that are freed. */
#include "gstauricleblock.h"

enum { BLOCKS_KEPT = 8 };

struct _GstAuricleBlockPool {
    gatomicrefcount refs; /* the owner and every block that is out */
    GstAtomicQueue *idle;
};

static void block_free(GstAuricleBlock *block)
{
    g_free(block->data);
    g_free(block);
}

GstAuricleBlockPool *gst_auricle_block_pool_new(void)
{
    GstAuricleBlockPool *pool = g_new0(GstAuricleBlockPool, 1);
    g_atomic_ref_count_init(&pool->refs);
    pool->idle = gst_atomic_queue_new(BLOCKS_KEPT);
    return pool;
}

void gst_auricle_block_pool_unref(GstAuricleBlockPool *pool)
{
    GstAuricleBlock *block;

    if (!g_atomic_ref_count_dec(&pool->refs))
        return;
    while ((block = gst_atomic_queue_pop(pool->idle)))
        block_free(block);
    gst_atomic_queue_unref(pool->idle);
    g_free(pool);
}

GstAuricleBlock *gst_auricle_block_pool_take(GstAuricleBlockPool *pool, gsize floats)
{
    GstAuricleBlock *block = gst_atomic_queue_pop(pool->idle);

    if (!block)
        block = g_new0(GstAuricleBlock, 1);
    g_atomic_ref_count_init(&block->refs);
    g_atomic_ref_count_inc(&pool->refs);
    block->pool = pool;
    gst_auricle_block_reserve(block, floats);
    return block;
}

void gst_auricle_block_reserve(GstAuricleBlock *block, gsize floats)
{
    if (floats <= block->capacity)
        return;
    block->capacity = MAX(floats, 2 * block->capacity);
    block->data = g_renew(gfloat, block->data, block->capacity);
}

GstAuricleBlock *gst_auricle_block_ref(GstAuricleBlock *block)
{
    g_atomic_ref_count_inc(&block->refs);
    return block;
}

void gst_auricle_block_unref(GstAuricleBlock *block)
{
    GstAuricleBlockPool *pool = block->pool;

    if (!g_atomic_ref_count_dec(&block->refs))
        return;
    if (gst_atomic_queue_length(pool->idle) < BLOCKS_KEPT)
        gst_atomic_queue_push(pool->idle, block);
    else
        block_free(block);
    gst_auricle_block_pool_unref(pool);
}
