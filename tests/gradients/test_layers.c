// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Linear, layer norm and activations: gradients, and what each promises about its values.
#include "gradient_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct tensor *linear(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_linear(tape, &in[0], &in[1], &in[2]);
}

static void linear_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(1);
    check_input(&check, 2, 5, 7);
    check_input(&check, 1, 4, 7);
    check_input(&check, 1, 1, 4);
    check_gradients(&check, linear, NULL);
    check_end(&check);
}

static struct tensor *linear_without_bias(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_linear(tape, &in[0], &in[1], NULL);
}

static void linear_without_bias_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(2);
    check_input(&check, 3, 2, 5);
    check_input(&check, 1, 6, 5);
    check_gradients(&check, linear_without_bias, NULL);
    check_end(&check);
}

static struct tensor *layer_norm(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_layer_norm(tape, &in[0], &in[1], &in[2]);
}

static void layer_norm_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(3);
    check_input(&check, 2, 3, 37);
    check_input(&check, 1, 1, 37);
    check_input(&check, 1, 1, 37);
    check_gradients(&check, layer_norm, NULL);
    check_end(&check);
}

// The sum stands for any x: what tape_norm_relu takes over is not the input.
static struct tensor *norm_relu(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_norm_relu(tape, tape_scale(tape, &in[0], 1), tape_scale(tape, &in[1], 1),
                          tape_scale(tape, &in[2], 1));
}

// Normalised numbers lie away from where ReLU's slope jumps: each frame is +-1 and a little.
static void norm_relu_gradient(void **state)
{
    (void)state;
    static const int widths[] = {5, 16, 37};
    for (int i = 0; i < 3; i++) {
        struct check check = check_begin(4);
        struct tensor *x = check_input(&check, 2, 3, widths[i]);
        for (size_t j = 0; j < tensor_size(x); j++)
            x->data[j] = 0.1f * x->data[j] + (j % 2 ? 1 : -1);
        check_keep_from_zero(check_input(&check, 1, 1, widths[i]), 1);
        check_input(&check, 1, 1, widths[i]);
        for (int c = 0; c < widths[i]; c++)
            check.inputs[2].data[c] *= 0.1f;
        check_gradients(&check, norm_relu, NULL);
        check_end(&check);
    }
}

static void norm_relu_is_both(void **state)
{
    (void)state;
    enum { WIDTH = 37, FRAMES = 5 };
    struct check check = check_begin(11);
    struct tensor *x = check_input(&check, 1, FRAMES, WIDTH);
    struct tensor *gain = check_input(&check, 1, 1, WIDTH),
                  *bias = check_input(&check, 1, 1, WIDTH);
    struct tape *tape = tape_create(false);
    const struct tensor *apart = tape_relu(tape, tape_layer_norm(tape, x, gain, bias));
    float live[FRAMES * WIDTH]; // the step's: tape_norm_relu takes x itself over
    memcpy(live, x->data, sizeof live);
    const struct tensor *one = tape_norm_relu(tape, x, gain, bias);
    check_close("norm_relu", one->data, apart->data, tensor_size(apart), 1e-6f);
    for (int t = 0; t < FRAMES; t++)
        norm_relu_step(gain->data, bias->data, WIDTH, live + (size_t)t * WIDTH);
    assert_memory_equal(live, one->data, sizeof live);
    tape_destroy(&tape);
    check_end(&check);
}

// A frame without variance (digital silence) must give the bias, not NaN.
static void layer_norm_of_a_constant_frame_is_its_bias(void **state)
{
    (void)state;
    float x[20], gain[20], bias[20], y[20];
    for (int i = 0; i < 20; i++) {
        x[i] = -13.8f;
        gain[i] = 2;
        bias[i] = (float)i;
    }
    layer_norm_step(gain, bias, 20, x, y);
    check_close("y", y, bias, 20, 1e-3f);
}

// The live step gives the tape's numbers: to the bit where both do the same sums.
static void steps_are_the_tape(void **state)
{
    (void)state;
    enum { IN = 37, OUT = 21 };
    struct check check = check_begin(9);
    struct tensor *x = check_input(&check, 1, 2, IN), *w = check_input(&check, 1, OUT, IN);
    struct tensor *bias = check_input(&check, 1, 1, OUT), *gain = check_input(&check, 1, 1, IN);
    struct tensor *shift = check_input(&check, 1, 1, IN);
    struct tape *tape = tape_create(false);
    const struct tensor *linear_y = tape_linear(tape, x, w, bias);
    const struct tensor *norm_y = tape_layer_norm(tape, x, gain, shift);
    const struct tensor *relu_y = tape_relu(tape, x);
    for (int t = 0; t < 2; t++) {
        float *frame = x->data + (size_t)t * IN, y[OUT], normed[IN];
        linear_step(w->data, bias->data, IN, OUT, frame, y);
        check_close("linear_step", y, linear_y->data + (size_t)t * OUT, OUT, 1e-6f);
        layer_norm_step(gain->data, shift->data, IN, frame, normed);
        assert_memory_equal(normed, norm_y->data + (size_t)t * IN, sizeof normed);
        relu_step(IN, frame);
        assert_memory_equal(frame, relu_y->data + (size_t)t * IN, IN * sizeof *frame);
    }
    tape_destroy(&tape);
    check_end(&check);
}

static struct tensor *relu(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_relu(tape, &in[0]);
}

static void relu_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(4);
    check_keep_from_zero(check_input(&check, 2, 3, 9), 0.1f);
    check_gradients(&check, relu, NULL);
    check_end(&check);
}

static struct tensor *gelu(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_gelu(tape, &in[0]);
}

static void gelu_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(5);
    struct tensor *x = check_input(&check, 2, 3, 11);
    for (size_t i = 0; i < tensor_size(x); i++)
        x->data[i] *= 2;
    check_gradients(&check, gelu, NULL);
    check_end(&check);
}

static double phi(double x) // of the normal distribution, cumulative
{
    return 0.5 * erfc(-x * 0.70710678118654752);
}

static void gelu_is_exact(void **state)
{
    (void)state;
    enum { N = 4001 };
    static float x[N], expected[N], slope[N], grad[N], ones[N];
    for (int i = 0; i < N; i++) {
        double at = (i - 2000) * 0.005;
        x[i] = (float)at;
        expected[i] = (float)((double)x[i] * phi((double)x[i]));
        slope[i] = (float)(phi((double)x[i]) + (double)x[i] * 0.39894228040143268 *
                                                   exp(-0.5 * (double)x[i] * (double)x[i]));
        ones[i] = 1;
    }
    struct tape *tape = tape_create(true);
    struct tensor in = {x, grad, 1, 1, N};
    struct tensor *y = tape_gelu(tape, &in);
    tape_backward(tape, check_project(tape, y, ones), 1);
    for (int i = 0; i < N; i++) {
        float allowed = 2e-7f * (1 + fabsf(x[i]));
        if (fabsf(y->data[i] - expected[i]) > allowed || fabsf(grad[i] - slope[i]) > allowed)
            fail_msg("gelu(%g) is %.9g with slope %.9g, not %.9g with %.9g", (double)x[i],
                     (double)y->data[i], (double)grad[i], (double)expected[i], (double)slope[i]);
    }
    gelu_step(N, x);
    assert_memory_equal(x, y->data, sizeof x);
    tape_destroy(&tape);
}

static void gelu_saturates(void **state)
{
    (void)state;
    float data[4] = {1e30f, -1e30f, 50, -50}, grad[4] = {0};
    const float expected[4] = {1e30f, 0, 50, 0}, slope[4] = {1, 0, 1, 0}, ones[4] = {1, 1, 1, 1};
    struct tensor x = {data, grad, 1, 1, 4};
    struct tape *tape = tape_create(true);
    struct tensor *y = tape_gelu(tape, &x);
    tape_backward(tape, check_project(tape, y, ones), 1);
    for (int i = 0; i < 4; i++) {
        assert_true(fabsf(y->data[i] - expected[i]) < 1e-6f);
        assert_true(fabsf(grad[i] - slope[i]) < 1e-6f);
    }
    tape_destroy(&tape);
}

static struct tensor *dropout(struct tape *tape, struct tensor *in, const void *context)
{
    struct random random = *(const struct random *)context;
    return tape_dropout(tape, &in[0], 0.4f, &random);
}

static void dropout_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(6);
    struct random random = random_seeded(6);
    check_input(&check, 2, 3, 9);
    check_gradients(&check, dropout, &random);
    check_end(&check);
}

static void dropout_keeps_the_mean(void **state)
{
    (void)state;
    enum { N = 20000 };
    static float ones[N];
    for (int i = 0; i < N; i++)
        ones[i] = 1;
    struct random random = random_seeded(7);
    struct tape *tape = tape_create(true);
    struct tensor *y = tape_dropout(tape, tape_constant(tape, ones, 1, 10, N / 10), 0.25f, &random);
    int dropped = 0;
    for (int i = 0; i < N; i++) {
        assert_true(y->data[i] == 0 || fabsf(y->data[i] - 1 / 0.75f) < 1e-6f);
        dropped += y->data[i] == 0;
    }
    assert_true(abs(dropped - N / 4) < 300); // five deviations of a binomial
    tape_destroy(&tape);
}

static void dropout_is_nothing_outside_training(void **state)
{
    (void)state;
    float ones[3] = {1, 1, 1};
    struct random random = random_seeded(8);
    struct tape *tape = tape_create(false);
    struct tensor *x = tape_constant(tape, ones, 1, 1, 3);
    assert_ptr_equal(tape_dropout(tape, x, 0.9f, &random), x);
    tape_destroy(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_gradient),
        cmocka_unit_test(linear_without_bias_gradient),
        cmocka_unit_test(layer_norm_gradient),
        cmocka_unit_test(norm_relu_gradient),
        cmocka_unit_test(norm_relu_is_both),
        cmocka_unit_test(layer_norm_of_a_constant_frame_is_its_bias),
        cmocka_unit_test(steps_are_the_tape),
        cmocka_unit_test(relu_gradient),
        cmocka_unit_test(gelu_gradient),
        cmocka_unit_test(gelu_is_exact),
        cmocka_unit_test(gelu_saturates),
        cmocka_unit_test(dropout_gradient),
        cmocka_unit_test(dropout_keeps_the_mean),
        cmocka_unit_test(dropout_is_nothing_outside_training),
    };
    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
