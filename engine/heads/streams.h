// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Scenes as an encoder heard them: the embeddings of every decision, kept in memory in 16
 * bits, and the words in them. A keyword head is trained on these, again and again. */
#ifndef AURICLE_HEADS_STREAMS_H
#define AURICLE_HEADS_STREAMS_H

#include "heads/scene_encoder.h"

#include <string.h>

/** Decisions [start, end) during which a word is said. */
struct heard_word {
    int start, end, label;
};

struct heard_stream {
    uint16_t *x; // [count][dims] the upper half of a float
    int count, capacity;
    struct heard_word *words; // [word_count] by start
    int word_count;
};

struct heard_streams {
    int dims, hop_frames;
    struct heard_stream *list; // [count]
    int count, capacity;
};

/** A float from its upper half. */
static inline float heard_value(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** Encodes everything that maker still has, SCENES_AT_ONCE scenes at once. encoder: made with
 * window_frames 1 and streams->hop_frames. Errors: NO_MEMORY, INTERRUPTED. */
auricle_status heard_streams_add(struct heard_streams *streams, struct scene_maker *maker,
                                 struct scene_encoder *encoder, const auricle_fit_config *config,
                                 auricle_error *error);
void heard_streams_free(struct heard_streams *streams);
/** Decisions of all streams. */
int64_t heard_streams_size(const struct heard_streams *streams);
/** Mean and deviation of each dimension over at most some 100,000 decisions. */
void heard_streams_measure(const struct heard_streams *streams, float *mean, float *deviation);

#endif
