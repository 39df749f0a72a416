// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Sums, cuts and joins of tensors: gradients and values. The tape itself.
#include "gradient_check.h"

#include <math.h>
#include <string.h>

static struct tensor *add(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_add(tape, &in[0], &in[1]);
}

static void add_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(1);
    check_input(&check, 2, 3, 5);
    check_input(&check, 2, 3, 5);
    check_gradients(&check, add, NULL);
    check_end(&check);
}

static struct tensor *add_to_itself(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_add(tape, &in[0], tape_scale(tape, &in[0], -0.3f));
}

static void scale_and_shared_input_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(2);
    check_input(&check, 2, 3, 5);
    check_gradients(&check, add_to_itself, NULL);
    check_end(&check);
}

static struct tensor *concat(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    struct tensor *parts[3] = {&in[0], &in[1], &in[0]};
    return tape_concat(tape, parts, 3);
}

static void concat_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(3);
    struct tensor *x = check_input(&check, 2, 2, 3), *y = check_input(&check, 2, 2, 1);
    check_gradients(&check, concat, NULL);
    struct tape *tape = tape_create(false);
    const float *row = concat(tape, check.inputs, NULL)->data + 3 * 7; // stream 1, frame 1
    assert_memory_equal(row, x->data + 3 * 3, 3 * sizeof *row);
    assert_true(row[3] == y->data[3]);
    assert_memory_equal(row + 4, x->data + 3 * 3, 3 * sizeof *row);
    tape_destroy(&tape);
    check_end(&check);
}

static struct tensor *slice(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_slice(tape, &in[0], 2, 3);
}

static void slice_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(4);
    struct tensor *x = check_input(&check, 2, 6, 3);
    check_gradients(&check, slice, NULL);
    struct tape *tape = tape_create(false);
    const struct tensor *y = slice(tape, check.inputs, NULL);
    assert_true(y->b == 2 && y->t == 3 && y->c == 3);
    for (int b = 0; b < 2; b++)
        assert_memory_equal(y->data + b * 9, x->data + (b * 6 + 2) * 3, 9 * sizeof(float));
    tape_destroy(&tape);
    check_end(&check);
}

static const int ROWS[] = {7, 0, 0, 3, 7, 7};

static struct tensor *gather(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    int rows[6];
    memcpy(rows, ROWS, sizeof rows);
    struct tensor *y = tape_gather(tape, &in[0], rows, 6);
    memset(rows, 0, sizeof rows); // the tape has a copy
    return y;
}

static void gather_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(5);
    struct tensor *x = check_input(&check, 2, 4, 3);
    check_gradients(&check, gather, NULL);
    struct tape *tape = tape_create(false);
    const struct tensor *y = gather(tape, check.inputs, NULL);
    assert_true(y->b == 1 && y->t == 6);
    for (int i = 0; i < 6; i++)
        assert_memory_equal(y->data + i * 3, x->data + ROWS[i] * 3, 3 * sizeof(float));
    tape_destroy(&tape);
    check_end(&check);
}

static struct tensor *mask(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    unsigned char hidden[8] = {0, 1, 1, 0, 0, 0, 0, 9};
    struct tensor *y = tape_mask(tape, &in[0], &in[1], hidden);
    memset(hidden, 1, sizeof hidden);
    return y;
}

static void mask_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(6);
    struct tensor *x = check_input(&check, 2, 4, 3), *token = check_input(&check, 1, 1, 3);
    check_gradients(&check, mask, NULL);
    struct tape *tape = tape_create(false);
    const struct tensor *y = mask(tape, check.inputs, NULL);
    assert_memory_equal(y->data + 3 * 3, x->data + 3 * 3, 12 * sizeof(float));
    assert_memory_equal(y->data + 2 * 3, token->data, 3 * sizeof(float));
    assert_memory_equal(y->data + 7 * 3, token->data, 3 * sizeof(float));
    tape_destroy(&tape);
    check_end(&check);
}

static struct tensor *unit(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_unit(tape, &in[0]);
}

static void unit_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(7);
    check_input(&check, 2, 3, 8);
    check_gradients(&check, unit, NULL);
    check_end(&check);
}

static void unit_of_zero_is_zero(void **state)
{
    (void)state;
    float data[4] = {0}, grad[4] = {0}, ones[4] = {1, 1, 1, 1};
    struct tensor x = {data, grad, 1, 1, 4};
    struct tape *tape = tape_create(true);
    struct tensor *y = tape_unit(tape, &x);
    tape_backward(tape, check_project(tape, y, ones), 1e-9f);
    for (int i = 0; i < 4; i++)
        assert_true(y->data[i] == 0 && isfinite(grad[i]));
    tape_destroy(&tape);
}

static void stop_stops(void **state)
{
    (void)state;
    struct check check = check_begin(8);
    struct tensor *x = check_input(&check, 1, 2, 3);
    float ones[6] = {1, 1, 1, 1, 1, 1};
    struct tape *tape = tape_create(true);
    struct tensor *y = tape_add(tape, tape_stop(tape, x), tape_scale(tape, x, 2));
    tape_backward(tape, check_project(tape, y, ones), 1);
    for (int i = 0; i < 6; i++)
        assert_true(x->grad[i] == 2);
    tape_destroy(&tape);
    check_end(&check);
}

// ---- the tape

static void tape_for_inference_learns_nothing(void **state)
{
    (void)state;
    struct check check = check_begin(9);
    struct tensor *x = check_input(&check, 1, 2, 3);
    struct tape *tape = tape_create(false);
    assert_false(tape_learns(tape));
    assert_null(tape_scale(tape, x, 2)->grad);
    assert_null(tape_tensor(tape, 1, 1, 1, true)->grad);
    tape_destroy(&tape);
    assert_null(tape);
    check_end(&check);
}

static void tape_gives_zeroed_tensors_after_reset(void **state)
{
    (void)state;
    struct tape *tape = tape_create(true);
    for (int round = 0; round < 3; round++) {
        struct tensor *x = tape_tensor(tape, 2, 3, 4, true);
        for (int i = 0; i < 24; i++) {
            assert_true(x->data[i] == 0 && x->grad[i] == 0);
            x->data[i] = x->grad[i] = 1;
        }
        tape_reset(tape);
    }
    tape_destroy(&tape);
}

static void tape_memory_settles(void **state)
{
    (void)state;
    struct check check = check_begin(10);
    struct tensor *x = check_input(&check, 8, 100, 64), *w = check_input(&check, 1, 64, 64);
    struct tape *tape = tape_create(true);
    size_t settled = 0;
    for (int round = 0; round < 8; round++) {
        struct tensor *y = x;
        for (int i = 0; i < 40; i++)
            y = tape_relu(tape, tape_linear(tape, y, w, NULL));
        if (round == 2)
            settled = tape_bytes(tape);
        tape_reset(tape);
    }
    assert_true(settled > 0 && tape_bytes(tape) == settled);
    tape_destroy(&tape);
    check_end(&check);
}

static void backward_scales(void **state)
{
    (void)state;
    struct check check = check_begin(11);
    struct tensor *x = check_input(&check, 1, 1, 2);
    float weights[2] = {3, -1};
    struct tape *tape = tape_create(true);
    tape_backward(tape, check_project(tape, x, weights), 0.5f);
    assert_true(x->grad[0] == 1.5f && x->grad[1] == -0.5f);
    tape_destroy(&tape);
    check_end(&check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_gradient),
        cmocka_unit_test(scale_and_shared_input_gradient),
        cmocka_unit_test(concat_gradient),
        cmocka_unit_test(slice_gradient),
        cmocka_unit_test(gather_gradient),
        cmocka_unit_test(mask_gradient),
        cmocka_unit_test(unit_gradient),
        cmocka_unit_test(unit_of_zero_is_zero),
        cmocka_unit_test(stop_stops),
        cmocka_unit_test(tape_for_inference_learns_nothing),
        cmocka_unit_test(tape_gives_zeroed_tensors_after_reset),
        cmocka_unit_test(tape_memory_settles),
        cmocka_unit_test(backward_scales),
    };
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
