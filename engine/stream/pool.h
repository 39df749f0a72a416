// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Mean, deviation and maximum of frames: of a sliding window (live heads) or of a whole clip
 * (fitting), by the same code. Frames go into blocks; blocks merge (Chan et al. 1979), so nothing
 * is ever subtracted and nothing drifts, however long a stream runs. */
#ifndef AURICLE_STREAM_POOL_H
#define AURICLE_STREAM_POOL_H

#include <stddef.h>

/** Statistics of some frames, in memory of its owner. */
struct pool_block {
    int frames;
    float *mean, *m2, *max; // [dim]; m2: sum of squared distances from the mean
};

/** Floats a block of this dimension needs; what pool_block_write writes is as long. */
size_t pool_block_size(int dim);
/** An empty block in memory [pool_block_size]. */
struct pool_block pool_block_in(float *memory, int dim);
void pool_block_clear(struct pool_block *block);
/** frame: [dim]. RT safe. */
void pool_block_add(struct pool_block *block, int dim, const float *frame);
/** RT safe. */
void pool_block_merge(struct pool_block *into, int dim, const struct pool_block *from);
/** out [3*dim]: mean | standard deviation (over n) | maximum. At least one frame. RT safe. */
void pool_block_write(const struct pool_block *block, int dim, float *out);

/** The last window_frames frames, in blocks of hop_frames; one allocation. */
struct pool;
/** window_frames a multiple of hop_frames. NULL when memory is out. */
struct pool *pool_create(int dim, int window_frames, int hop_frames);
void pool_destroy(struct pool **pool);
void pool_reset(struct pool *pool);
/** Returns how many frames out [3*dim] pools when this frame closed a hop, otherwise 0 and out is
 * left alone. Fewer than window_frames at the start of a stream. RT safe. */
int pool_step(struct pool *pool, const float *frame, float *out);

#endif
