// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Refcounted runs of floats that return to their pool: what metas point at.
 *
 * A block is written by the one who took it, then shared and only read. A pool may be dropped while
 * blocks of it are still downstream. Threads: take in one thread; ref and unref anywhere. */
#ifndef GST_AURICLE_BLOCK_H
#define GST_AURICLE_BLOCK_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstAuricleBlockPool GstAuricleBlockPool;

typedef struct _GstAuricleBlock {
    gatomicrefcount refs;
    GstAuricleBlockPool *pool;
    gsize capacity; /* floats */
    gfloat *data;
} GstAuricleBlock;

GstAuricleBlockPool *gst_auricle_block_pool_new(void);
void gst_auricle_block_pool_unref(GstAuricleBlockPool *pool);

/** A block of at least that many floats, contents left as they were. */
GstAuricleBlock *gst_auricle_block_pool_take(GstAuricleBlockPool *pool, gsize floats);
/** Makes room for floats, keeping what is there; only before the block is shared. */
void gst_auricle_block_reserve(GstAuricleBlock *block, gsize floats);
GstAuricleBlock *gst_auricle_block_ref(GstAuricleBlock *block);
void gst_auricle_block_unref(GstAuricleBlock *block);

G_END_DECLS

#endif
