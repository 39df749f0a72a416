// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What differs between kinds of heads. A kind is one file with one struct head_kind; the table in
 * head_kinds.c lists all kinds. File format, loader, writer, live stream, detector and fitting ask
 * the kind and never look at the shape's numbers to find out what a head is.
 *
 *     embedding --gather--> x [inputs] --decide--> posteriors [class_count]
 */
#ifndef AURICLE_STREAM_HEAD_KIND_H
#define AURICLE_STREAM_HEAD_KIND_H

#include "stream/head.h"

enum { MAX_HEAD_TENSORS = 16 };

/** A tensor of the head's file. */
struct head_tensor {
    const char *name;
    int rank, dims[3];
    const float **values; // its place in struct head_weights
};

struct head_kind {
    const char *name;  // in the file and in messages: "clip"
    int least_classes; // 0: two
    /** Errors: INVALID with the field, its value and its range. NULL: nothing to check. */
    auricle_status (*check)(const struct head_shape *shape, auricle_error *error);
    /** Numbers that one decision reads. */
    int (*inputs)(const struct head_shape *shape);
    /** Frames that one decision speaks of, the frame at hand included. */
    int (*span_frames)(const struct head_shape *shape);
    /** Every tensor of such a head, into tensors [MAX_HEAD_TENSORS]. Returns how many. */
    int (*tensors)(const struct head_shape *shape, struct head_weights *weights,
                   struct head_tensor *tensors);

    /** What a stream keeps from frame to frame. NULL when memory is out. */
    void *(*create)(const struct head_shape *shape);
    void (*destroy)(void *state);
    void (*reset)(void *state); // RT safe
    /** The next frame's embedding. True when a decision is due: x [inputs] is then filled. RT safe.
     */
    bool (*gather)(void *state, const struct head_shape *shape, const float *embedding, float *x);
    /** x (overwritten) -> posteriors. scratch: [shape->hidden]. RT safe. */
    void (*decide)(void *state, const struct head_shape *shape, const struct head_weights *weights,
                   float *x, float *scratch, float *posteriors);
};

extern const struct head_kind head_kind_frame, head_kind_clip, head_kind_keyword,
    head_kind_verification;

/** All kinds; NULL ends the list. */
extern const struct head_kind *const head_kinds[];
/** NULL when no kind of the list has this name. */
const struct head_kind *head_kind_find(const struct head_kind *const *kinds, const char *name);
/** The kind of a head that pools so many frames; files written before kinds had names say no more.
 */
const struct head_kind *head_kind_of_window(int window_frames);

/** auricle_head_open with another list of kinds. */
auricle_status head_open(const char *path, const auricle_model *model,
                         const struct head_kind *const *kinds, auricle_head **head,
                         auricle_error *error);

// ---- parts that several kinds use

/** Mean, deviation and maximum of a sliding window of embeddings. */
auricle_status head_pooled_check(const struct head_shape *shape, auricle_error *error);
int head_pooled_inputs(const struct head_shape *shape);
int head_pooled_span(const struct head_shape *shape);
void *head_pooled_create(const struct head_shape *shape);
void head_pooled_destroy(void *state);
void head_pooled_reset(void *state);
bool head_pooled_gather(void *state, const struct head_shape *shape, const float *embedding,
                        float *x);

/** A linear classifier, or one with a hidden layer, on standardised inputs:
 *     (x - mean) / std -> [W x + b, relu] -> W x + b -> softmax */
int head_classifier_tensors(const struct head_shape *shape, struct head_weights *weights,
                            struct head_tensor *tensors);
void head_classifier_decide(void *state, const struct head_shape *shape,
                            const struct head_weights *weights, float *x, float *scratch,
                            float *posteriors);

#endif
