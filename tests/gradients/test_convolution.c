// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// The causal convolution in each of its three ways: gradients, its sum written out, history, step.
#include "gradient_check.h"
#include "nn/packed.h"

#include <string.h>

enum { STREAMS = 2, MOST = 4096 };

// {in, out, kernel, stride}, frames
static const struct {
    struct conv1d_shape shape;
    int frames;
} CASES[] = {
    {{5, 3, 1, 1}, 4},   // linear
    {{5, 3, 2, 2}, 4},   // disjoint windows
    {{5, 3, 3, 1}, 6},   // written-out windows
    {{5, 3, 9, 1}, 4},   // history longer than x
    {{1, 4, 10, 5}, 15}, // CPC's first layer
    {{3, 4, 5, 2}, 8},   // kernel no multiple of stride
    {{64, 2, 4, 2}, 6},  // blocks
    {{64, 2, 8, 2}, 4},  // blocks, history longer than x
};
enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

struct convolution {
    struct conv1d_shape shape;
    const float *history; // NULL: zeros
    bool biased;
};

static size_t history_size(struct conv1d_shape shape)
{
    return (size_t)(shape.kernel - shape.stride) * (size_t)shape.in;
}

static struct tensor *convolution(struct tape *tape, struct tensor *in, const void *context)
{
    const struct convolution *c = context;
    static float history[MOST];
    if (c->history)
        memcpy(history, c->history, STREAMS * history_size(c->shape) * sizeof *history);
    return tape_conv1d(tape, &in[0], &in[1], c->biased ? &in[2] : NULL, c->shape,
                       c->history ? history : NULL);
}

static void fill(struct random *random, float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = random_normal(random);
}

static void check_case(int i, bool with_history, bool biased)
{
    struct check check = check_begin((uint64_t)i);
    struct conv1d_shape shape = CASES[i].shape;
    static float history[MOST];
    fill(&check.random, history, MOST);
    check_input(&check, STREAMS, CASES[i].frames, shape.in);
    check_input(&check, 1, shape.out, shape.kernel * shape.in);
    if (biased)
        check_input(&check, 1, 1, shape.out);
    struct convolution c = {shape, with_history ? history : NULL, biased};
    check_gradients(&check, convolution, &c);
    check_end(&check);
}

static void gradient(void **state)
{
    (void)state;
    for (int i = 0; i < CASE_COUNT; i++)
        check_case(i, true, true);
}

static void gradient_without_history(void **state)
{
    (void)state;
    for (int i = 0; i < CASE_COUNT; i++)
        check_case(i, false, true);
}

static void gradient_without_bias(void **state)
{
    (void)state;
    check_case(0, true, false);
    check_case(2, true, false);
    check_case(6, true, false);
}

// joined [kernel - stride + frames][in] -> y [frames/stride][out], the sum as the header states it
static void convolve_plainly(struct conv1d_shape s, const float *joined, int frames, const float *w,
                             const float *bias, float *y)
{
    for (int j = 0; j < frames / s.stride; j++)
        for (int o = 0; o < s.out; o++) {
            double sum = (double)bias[o];
            for (int k = 0; k < s.kernel; k++)
                for (int c = 0; c < s.in; c++)
                    sum += (double)w[(o * s.kernel + k) * s.in + c] *
                           (double)joined[(j * s.stride + k) * s.in + c];
            y[j * s.out + o] = (float)sum;
        }
}

// Outputs [first, first + count) of every stream, live: y[b] [..][out].
static void step_all(struct conv1d_shape s, const struct packed_matrix *w, float (*joined)[MOST],
                     int first, int count, float (*y)[MOST])
{
    const float *windows[STREAMS], *from[STREAMS * MOST];
    float *outputs[STREAMS], *to[STREAMS * MOST];
    const struct conv1d_rows rows = {windows, outputs, from, to};
    for (int b = 0; b < STREAMS; b++) {
        windows[b] = joined[b] + first * s.stride * s.in;
        outputs[b] = y[b] + first * s.out;
    }
    conv1d_step(s, w, STREAMS, count, &rows, NULL);
}

// One by one or several together: the same bits.
static void check_steps(struct conv1d_shape s, const struct check *check, int count,
                        float (*joined)[MOST])
{
    static float expected[MOST], alone[STREAMS][MOST], together[STREAMS][MOST];
    const float *w = check->inputs[1].data, *bias = check->inputs[2].data;
    struct packed_matrix *packed = packed_matrix_create(kernels(), s.out, s.kernel * s.in, w, bias);
    for (int j = 0; j < count; j++)
        step_all(s, packed, joined, j, 1, alone);
    step_all(s, packed, joined, 0, count / 3, together);
    step_all(s, packed, joined, count / 3, count - count / 3, together);
    for (int b = 0; b < STREAMS; b++) {
        size_t outputs = (size_t)count * (size_t)s.out;
        convolve_plainly(s, joined[b], count * s.stride, w, bias, expected);
        check_close("conv1d_step", alone[b], expected, outputs, 2e-6f);
        assert_memory_equal(alone[b], together[b], outputs * sizeof(float));
    }
    packed_matrix_destroy(&packed);
}

// Two windows one after the other, with history carried, are one long convolution; so are steps.
static void check_values(struct conv1d_shape shape, int frames)
{
    struct check check = check_begin(77);
    static float joined[STREAMS][MOST], history[MOST], expected[MOST];
    size_t past = history_size(shape), window = (size_t)frames * (size_t)shape.in;
    struct tensor *x = check_input(&check, STREAMS, frames, shape.in);
    check_input(&check, 1, shape.out, shape.kernel * shape.in);
    check_input(&check, 1, 1, shape.out);
    fill(&check.random, joined[0], STREAMS * (size_t)MOST);
    for (size_t b = 0; b < STREAMS; b++)
        memcpy(history + b * past, joined[b], past * sizeof *history);
    struct tape *tape = tape_create(false);
    int count = frames / shape.stride;
    size_t outputs = (size_t)count * (size_t)shape.out;
    for (size_t round = 0; round < 2; round++) {
        for (size_t b = 0; b < STREAMS; b++)
            memcpy(x->data + b * window, joined[b] + past + round * window, window * sizeof(float));
        const struct tensor *out =
            tape_conv1d(tape, x, &check.inputs[1], &check.inputs[2], shape, history);
        for (size_t b = 0; b < STREAMS; b++) {
            convolve_plainly(shape, joined[b] + round * window, frames, check.inputs[1].data,
                             check.inputs[2].data, expected);
            check_close("conv1d", out->data + b * outputs, expected, outputs, 2e-6f);
        }
    }
    check_steps(shape, &check, 2 * count, joined);
    tape_destroy(&tape);
    check_end(&check);
}

static void values_history_and_steps(void **state)
{
    (void)state;
    for (int i = 0; i < CASE_COUNT; i++)
        check_values(CASES[i].shape, CASES[i].frames);
}

// Changing a sample changes no output whose window ended before it.
static void causal(void **state)
{
    (void)state;
    for (int i = 0; i < CASE_COUNT; i++) {
        struct conv1d_shape shape = CASES[i].shape;
        struct check check = check_begin(10);
        struct tensor *x = check_input(&check, 1, CASES[i].frames, shape.in);
        check_input(&check, 1, shape.out, shape.kernel * shape.in);
        struct tape *tape = tape_create(false);
        struct tensor *before = tape_conv1d(tape, x, &check.inputs[1], NULL, shape, NULL);
        int changed = CASES[i].frames - shape.stride; // first frame of the newest window's stride
        for (int c = 0; c < shape.in; c++)
            x->data[changed * shape.in + c] += 10;
        struct tensor *after = tape_conv1d(tape, x, &check.inputs[1], NULL, shape, NULL);
        size_t kept = (size_t)((before->t - 1) * shape.out);
        assert_memory_equal(before->data, after->data, kept * sizeof(float));
        assert_true(before->data[kept] != after->data[kept]);
        tape_destroy(&tape);
        check_end(&check);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient),
        cmocka_unit_test(gradient_without_history),
        cmocka_unit_test(gradient_without_bias),
        cmocka_unit_test(values_history_and_steps),
        cmocka_unit_test(causal),
    };
    return cmocka_run_group_tests_name("convolution", tests, NULL, NULL);
}
