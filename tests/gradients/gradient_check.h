// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Is the backward the derivative of the forward? Central differences over every number of every
 * input of a function on the tape, for sum(weights * output) with drawn weights. */
#ifndef AURICLE_TESTS_GRADIENT_CHECK_H
#define AURICLE_TESTS_GRADIENT_CHECK_H

#include "base/random.h"
#include "nn/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { CHECK_INPUTS = 6 };

/** Inputs on the heap, each with a grad. Zero-initialised before use. */
struct check {
    struct tensor inputs[CHECK_INPUTS];
    int count;
    struct random random;
};

struct check check_begin(uint64_t seed);
void check_end(struct check *check);
/** A new input, normally distributed; its index is the order of the calls. */
struct tensor *check_input(struct check *check, int b, int t, int c);
/** Moves every number at least distance away from 0, where a derivative jumps. */
void check_keep_from_zero(struct tensor *x, float distance);

/** The function under test; context is what else it needs, which it must not change. */
typedef struct tensor *(*check_function)(struct tape *tape, struct tensor *inputs,
                                         const void *context);

/** Fails unless, for every input: the gradient is the central difference; it is added to what grad
 * held; and with the input constant (grad NULL) the other gradients keep their bits. */
void check_gradients(struct check *check, check_function function, const void *context);

/** sum(weights * x) as (1,1,1), for tests that need a loss. weights [size of x] must outlive it. */
struct tensor *check_project(struct tape *tape, struct tensor *x, const float *weights);

/** Fails naming what and the worst index unless |actual - expected| <= tolerance * (1 + the largest
 * expected magnitude). */
void check_close(const char *what, const float *actual, const float *expected, size_t count,
                 float tolerance);

#endif
