// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Coarse-grained reverse-mode differentiation: one record per layer, not per number.
 *
 *     tape_linear(...)      runs the layer's forward, records its backward
 *     tape_backward(loss)   runs the records in reverse, adding into every tensor's grad
 *     tape_reset            forgets all of it; the arena keeps its memory
 *
 * Tensors are (B,T,C), row-major [B][T][C]. A tensor with grad == NULL is a constant: no gradient
 * flows into it. A tape made for inference (learn = false) records nothing and allocates no grads.
 * Parameters are tensors whose data and grad point into the flat parameter buffers. */
#ifndef AURICLE_NN_TAPE_H
#define AURICLE_NN_TAPE_H

#include <stdbool.h>
#include <stddef.h>

struct tape;

struct tensor {
    float *data; // [B][T][C]
    float *grad; // the same, or NULL: constant
    int b, t, c;
};

static inline size_t tensor_size(const struct tensor *x)
{
    return (size_t)x->b * (size_t)x->t * (size_t)x->c;
}

struct tape *tape_create(bool learn);
void tape_destroy(struct tape **tape);
void tape_reset(struct tape *tape);
bool tape_learns(const struct tape *tape);
size_t tape_bytes(const struct tape *tape);

/** A (B,T,C) result: zeroed data, zeroed grad when needs_grad and the tape learns. */
struct tensor *tape_tensor(struct tape *tape, int b, int t, int c, bool needs_grad);

/** As tape_tensor, data uninitialised: for a layer that writes all of it. */
struct tensor *tape_result(struct tape *tape, int b, int t, int c, bool needs_grad);

/** A constant that borrows data (not copied; must outlive the tape's round). */
struct tensor *tape_constant(struct tape *tape, float *data, int b, int t, int c);
/** A constant with a copy of data. */
struct tensor *tape_copy(struct tape *tape, const float *data, int b, int t, int c);

/** Of x, the numbers from first on as a tensor (b,t,c) of their own: the same memory, the same
 * gradient. */
struct tensor *tape_part(struct tape *tape, const struct tensor *x, size_t first, int b, int t,
                         int c);

/** Scratch that lives until tape_reset, uninitialised. */
void *tape_scratch(struct tape *tape, size_t bytes);

typedef void (*tape_backward_function)(struct tape *tape, void *context);

/** Records one backward; context must live in tape_scratch. No-op on a tape that doesn't learn. */
void tape_record(struct tape *tape, tape_backward_function backward, void *context);

/** Seeds loss (1,1,1) with gradient scale and runs every record, last first. Once per reset. */
void tape_backward(struct tape *tape, struct tensor *loss, float scale);

#endif
