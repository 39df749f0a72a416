// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gradient_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A step large enough that float rounding (6e-8 / STEP) and small enough that the four-point
// formula's error (STEP^4 / 30 of the fifth derivative) both stay far below TOLERANCE.
static const float STEP = 0.03f;
static const double TOLERANCE = 1e-3; // of the largest slope of the input
static const float GRAD_BEFORE = 0.5f;

struct check check_begin(uint64_t seed)
{
    return (struct check){.random = random_seeded(seed)};
}

void check_end(struct check *check)
{
    for (int i = 0; i < check->count; i++) {
        free(check->inputs[i].data);
        free(check->inputs[i].grad);
    }
    *check = (struct check){0};
}

struct tensor *check_input(struct check *check, int b, int t, int c)
{
    assert_true(check->count < CHECK_INPUTS);
    struct tensor *x = &check->inputs[check->count++];
    *x = (struct tensor){.b = b, .t = t, .c = c};
    x->data = malloc(tensor_size(x) * sizeof *x->data);
    x->grad = calloc(tensor_size(x), sizeof *x->grad);
    assert_true(x->data && x->grad);
    for (size_t i = 0; i < tensor_size(x); i++)
        x->data[i] = random_normal(&check->random);
    return x;
}

void check_keep_from_zero(struct tensor *x, float distance)
{
    for (size_t i = 0; i < tensor_size(x); i++)
        if (fabsf(x->data[i]) < distance)
            x->data[i] = copysignf(distance, x->data[i]) + x->data[i];
}

// ---- sum(weights * x)

struct projection {
    struct tensor *x, *loss;
    const float *weights;
};

static void project_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct projection *p = context;
    for (size_t i = 0; i < tensor_size(p->x); i++)
        p->x->grad[i] += p->weights[i] * p->loss->grad[0];
}

static double projected(const struct tensor *x, const float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < tensor_size(x); i++)
        sum += (double)weights[i] * (double)x->data[i];
    return sum;
}

struct tensor *check_project(struct tape *tape, struct tensor *x, const float *weights)
{
    struct projection *p = tape_scratch(tape, sizeof *p);
    *p = (struct projection){x, tape_tensor(tape, 1, 1, 1, x->grad), weights};
    p->loss->data[0] = (float)projected(x, weights);
    if (x->grad)
        tape_record(tape, project_backward, p);
    return p->loss;
}

// ---- the check

struct run {
    struct check *check;
    check_function function;
    const void *context;
    struct tape *tape;
    float *weights; // of the projection
};

static double value_of(const struct run *run)
{
    tape_reset(run->tape);
    return projected(run->function(run->tape, run->check->inputs, run->context), run->weights);
}

static double difference_of(const struct run *run, float *number)
{
    const float center = *number;
    double value[4];
    const float steps[4] = {-2 * STEP, -STEP, STEP, 2 * STEP};
    for (int i = 0; i < 4; i++) {
        *number = center + steps[i];
        value[i] = value_of(run);
    }
    *number = center;
    return (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * (double)STEP);
}

static void run_backward(const struct run *run)
{
    tape_reset(run->tape);
    for (int i = 0; i < run->check->count; i++)
        for (size_t k = 0; run->check->inputs[i].grad && k < tensor_size(&run->check->inputs[i]);
             k++)
            run->check->inputs[i].grad[k] = GRAD_BEFORE;
    struct tensor *y = run->function(run->tape, run->check->inputs, run->context);
    tape_backward(run->tape, check_project(run->tape, y, run->weights), 1);
}

static void check_input_gradient(const struct run *run, int input)
{
    struct tensor *x = &run->check->inputs[input];
    size_t n = tensor_size(x);
    double *difference = malloc(n * sizeof *difference), largest = 1e-3;
    assert_non_null(difference);
    for (size_t i = 0; i < n; i++) {
        difference[i] = difference_of(run, &x->data[i]);
        largest = fmax(largest, fabs(difference[i]));
    }
    for (size_t i = 0; i < n; i++) {
        double gradient = (double)x->grad[i] - (double)GRAD_BEFORE;
        if (!(fabs(gradient - difference[i]) <= TOLERANCE * largest))
            fail_msg("input %d, number %zu: gradient %.7g, difference %.7g, largest %.3g", input, i,
                     gradient, difference[i], largest);
    }
    free(difference);
}

static void check_constant_input(const struct run *run, int constant, float *const *gradients)
{
    struct tensor *inputs = run->check->inputs;
    float *grad = inputs[constant].grad;
    inputs[constant].grad = NULL;
    run_backward(run);
    inputs[constant].grad = grad;
    for (int i = 0; i < run->check->count; i++)
        if (i != constant)
            assert_memory_equal(inputs[i].grad, gradients[i],
                                tensor_size(&inputs[i]) * sizeof(float));
}

void check_gradients(struct check *check, check_function function, const void *context)
{
    struct run run = {check, function, context, tape_create(true), NULL};
    float *gradients[CHECK_INPUTS] = {0};
    assert_non_null(run.tape);
    size_t outputs = tensor_size(function(run.tape, check->inputs, context));
    run.weights = malloc(outputs * sizeof *run.weights);
    assert_non_null(run.weights);
    for (size_t i = 0; i < outputs; i++)
        run.weights[i] = random_normal(&check->random);
    run_backward(&run);
    for (int i = 0; i < check->count; i++) {
        check_input_gradient(&run, i);
        size_t bytes = tensor_size(&check->inputs[i]) * sizeof(float);
        gradients[i] = malloc(bytes);
        assert_non_null(gradients[i]);
        memcpy(gradients[i], check->inputs[i].grad, bytes);
    }
    for (int i = 0; i < check->count; i++)
        check_constant_input(&run, i, gradients);
    for (int i = 0; i < check->count; i++)
        free(gradients[i]);
    free(run.weights);
    tape_destroy(&run.tape);
}

void check_close(const char *what, const float *actual, const float *expected, size_t count,
                 float tolerance)
{
    float largest = 0, worst = -1;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        float error = fabsf(actual[i] - expected[i]);
        largest = fmaxf(largest, fabsf(expected[i]));
        if (!(error <= worst)) {
            worst = error;
            at = i;
        }
    }
    if (!(worst <= tolerance * (1 + largest)))
        fail_msg("%s[%zu] is %.9g, expected %.9g (largest %.3g, tolerance %.1e)", what, at,
                 (double)actual[at], (double)expected[at], (double)largest, (double)tolerance);
}
