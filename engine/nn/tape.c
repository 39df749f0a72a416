// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/tape.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 4 << 20 };

struct record {
    struct record *before;
    tape_backward_function backward;
    void *context;
};

struct tape {
    struct arena *arena;
    struct record *newest;
    bool learn;
};

struct tape *tape_create(bool learn)
{
    struct tape *tape = calloc(1, sizeof *tape);
    if (!tape)
        return NULL;
    tape->learn = learn;
    tape->arena = arena_create(BLOCK_BYTES);
    if (!tape->arena)
        tape_destroy(&tape);
    return tape;
}

void tape_destroy(struct tape **tape)
{
    if (!*tape)
        return;
    arena_destroy(&(*tape)->arena);
    free(*tape);
    *tape = NULL;
}

void tape_reset(struct tape *tape)
{
    tape->newest = NULL;
    arena_reset(tape->arena);
}

bool tape_learns(const struct tape *tape)
{
    return tape->learn;
}

size_t tape_bytes(const struct tape *tape)
{
    return arena_bytes(tape->arena);
}

struct tensor *tape_result(struct tape *tape, int b, int t, int c, bool needs_grad)
{
    CHECK(b > 0 && t > 0 && c > 0);
    struct tensor *x = arena_take_raw(tape->arena, sizeof *x);
    *x = (struct tensor){.b = b, .t = t, .c = c};
    size_t bytes = tensor_size(x) * sizeof *x->data;
    x->data = arena_take_raw(tape->arena, bytes);
    if (needs_grad && tape->learn)
        x->grad = arena_take(tape->arena, bytes);
    return x;
}

struct tensor *tape_tensor(struct tape *tape, int b, int t, int c, bool needs_grad)
{
    struct tensor *x = tape_result(tape, b, t, c, needs_grad);
    memset(x->data, 0, tensor_size(x) * sizeof *x->data);
    return x;
}

struct tensor *tape_constant(struct tape *tape, float *data, int b, int t, int c)
{
    CHECK(b > 0 && t > 0 && c > 0);
    struct tensor *x = arena_take_raw(tape->arena, sizeof *x);
    *x = (struct tensor){.data = data, .b = b, .t = t, .c = c};
    return x;
}

struct tensor *tape_copy(struct tape *tape, const float *data, int b, int t, int c)
{
    struct tensor *x = tape_result(tape, b, t, c, false);
    memcpy(x->data, data, tensor_size(x) * sizeof *data);
    return x;
}

struct tensor *tape_part(struct tape *tape, const struct tensor *x, size_t first, int b, int t,
                         int c)
{
    struct tensor *part = tape_scratch(tape, sizeof *part);
    *part = (struct tensor){.data = x->data + first, .b = b, .t = t, .c = c};
    part->grad = x->grad ? x->grad + first : NULL;
    return part;
}

void *tape_scratch(struct tape *tape, size_t bytes)
{
    return arena_take_raw(tape->arena, bytes);
}

void tape_record(struct tape *tape, tape_backward_function backward, void *context)
{
    if (!tape->learn)
        return;
    struct record *record = arena_take_raw(tape->arena, sizeof *record);
    *record = (struct record){tape->newest, backward, context};
    tape->newest = record;
}

void tape_backward(struct tape *tape, struct tensor *loss, float scale)
{
    CHECK(tensor_size(loss) == 1);
    CHECK(tape->learn);
    if (!loss->grad)
        return; // it depends on constants only
    loss->grad[0] += scale;
    for (const struct record *record = tape->newest; record; record = record->before)
        record->backward(tape, record->context);
}
