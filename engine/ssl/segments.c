// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/segments.h"

#include <stddef.h>

struct segment_pool {
    struct tensor *x, *y;
    const struct objective_segment *segments;
    int *winner; // [N][C] flat frame of each maximum
};

static void pool_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct segment_pool *pool = context;
    const int channels = pool->x->c;
    for (int i = 0; i < pool->y->t; i++) {
        const struct objective_segment segment = pool->segments[i];
        const float *mean = pool->y->grad + (size_t)i * 2 * channels, *top = mean + channels;
        const float share = 1.0f / (float)segment.count;
        for (int t = 0; t < segment.count; t++) {
            float *grad = pool->x->grad + (size_t)(segment.first + t) * channels;
            for (int c = 0; c < channels; c++)
                grad[c] += share * mean[c];
        }
        for (int c = 0; c < channels; c++)
            pool->x->grad[(size_t)pool->winner[i * channels + c] * channels + c] += top[c];
    }
}

static void pool_segment(const struct segment_pool *pool, int i)
{
    const int channels = pool->x->c;
    const struct objective_segment segment = pool->segments[i];
    float *mean = pool->y->data + (size_t)i * 2 * channels, *top = mean + channels;
    int *winner = pool->winner + (size_t)i * channels;
    for (int t = 0; t < segment.count; t++) {
        const float *row = pool->x->data + (size_t)(segment.first + t) * channels;
        for (int c = 0; c < channels; c++) {
            mean[c] += row[c] / (float)segment.count;
            if (t == 0 || row[c] > top[c]) {
                top[c] = row[c];
                winner[c] = segment.first + t;
            }
        }
    }
}

struct tensor *objective_pool(struct tape *tape, struct tensor *x,
                              const struct objective_segment *segments, int count)
{
    struct segment_pool *record = tape_scratch(tape, sizeof *record);
    *record = (struct segment_pool){x, tape_tensor(tape, 1, count, 2 * x->c, x->grad), segments,
                                    tape_scratch(tape, sizeof(int) * (size_t)(count * x->c))};
    for (int i = 0; i < count; i++)
        pool_segment(record, i);
    if (record->y->grad)
        tape_record(tape, pool_backward, record);
    return record->y;
}
