// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Attention: gradients, causality, how far it looks back, and the live step.
#include "gradient_check.h"

#include <string.h>

enum { T = 11, C = 6 };
static const struct attention_shape shape = {.channels = C, .heads = 2, .left = 3};

static struct tensor *attention(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_attention(tape, &in[0], &in[1], &in[2], shape);
}

static struct check three_inputs(int streams, uint64_t seed)
{
    struct check check = check_begin(seed);
    for (int i = 0; i < 3; i++)
        check_input(&check, streams, T, C);
    return check;
}

static void gradient(void **state)
{
    (void)state;
    struct check check = three_inputs(2, 1);
    check_gradients(&check, attention, NULL);
    check_end(&check);
}

// Frame 5's key and value reach the outputs of frames 5 .. 5 + left of that stream, no others.
static void a_frame_is_seen_for_left_frames(void **state)
{
    (void)state;
    struct check check = three_inputs(2, 2);
    struct tape *tape = tape_create(false);
    const struct tensor *before = attention(tape, check.inputs, NULL);
    for (int i = 1; i < 3; i++)
        for (int c = 0; c < C; c++)
            check.inputs[i].data[5 * C + c] += 1;
    const struct tensor *after = attention(tape, check.inputs, NULL);
    for (int t = 0; t < 2 * T; t++) {
        const size_t at = (size_t)t * C;
        bool same = memcmp(before->data + at, after->data + at, C * sizeof(float)) == 0;
        assert_int_equal(same, t < 5 || t > 5 + shape.left);
    }
    tape_destroy(&tape);
    check_end(&check);
}

static void steps_are_the_tape(void **state)
{
    (void)state;
    struct check check = three_inputs(1, 3);
    struct tape *tape = tape_create(false);
    const struct tensor *y = attention(tape, check.inputs, NULL);
    float keys[4 * C], values[4 * C], scratch[4], one[C];
    memset(keys, 0xFF, sizeof keys); // NaN: what was not written must not be read
    memset(values, 0xFF, sizeof values);
    for (int t = 0; t < T; t++) {
        const size_t at = (size_t)t * C;
        attention_step(shape, check.inputs[0].data + at, check.inputs[1].data + at,
                       check.inputs[2].data + at, t, keys, values, scratch, one);
        check_close("attention_step", one, y->data + at, C, 1e-6f);
    }
    tape_destroy(&tape);
    check_end(&check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient),
        cmocka_unit_test(a_frame_is_seen_for_left_frames),
        cmocka_unit_test(steps_are_the_tape),
    };
    return cmocka_run_group_tests_name("attention", tests, NULL, NULL);
}
