// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Every layer, forward and gradients, against PyTorch: tests/golden/layers.txt, whose maker and
// format are in make_golden.py beside it.
#include "golden_file.h"
#include "gradient_check.h"
#include "ssl/spectral.h"

#include <stdio.h>
#include <string.h>

static int *integers(struct tape *tape, const struct tensor *x)
{
    int *numbers = tape_scratch(tape, tensor_size(x) * sizeof *numbers);
    for (size_t i = 0; i < tensor_size(x); i++)
        numbers[i] = (int)x->data[i];
    return numbers;
}

// ---- the layers, each fed from its case

static struct tensor *linear(struct tape *tape, struct golden *g)
{
    return tape_linear(tape, golden_get(g, "x"), golden_get(g, "weight"), golden_get(g, "bias"));
}

static struct tensor *conv1d(struct tape *tape, struct golden *g)
{
    const int *s = integers(tape, golden_get(g, "shape"));
    struct conv1d_shape shape = {s[0], s[1], s[2], s[3]};
    struct tensor *w = golden_get(g, "weight"), *history = golden_find(g, "history");
    *w = (struct tensor){w->data, w->grad, 1, w->b, w->t * w->c}; // (out,kernel,in)
    struct tensor *y = tape_conv1d(tape, golden_get(g, "x"), w, golden_get(g, "bias"), shape,
                                   history ? history->data : NULL);
    if (history)
        check_close("history", history->data, golden_get(g, "history.after")->data,
                    tensor_size(history), 0);
    return y;
}

static struct tensor *layer_norm(struct tape *tape, struct golden *g)
{
    return tape_layer_norm(tape, golden_get(g, "x"), golden_get(g, "gain"), golden_get(g, "bias"));
}

static struct tensor *relu(struct tape *tape, struct golden *g)
{
    return tape_relu(tape, golden_get(g, "x"));
}

static struct tensor *gelu(struct tape *tape, struct golden *g)
{
    return tape_gelu(tape, golden_get(g, "x"));
}

static struct tensor *unit(struct tape *tape, struct golden *g)
{
    return tape_unit(tape, golden_get(g, "x"));
}

static struct recurrent_weights recurrent_weights(struct golden *g)
{
    return (struct recurrent_weights){golden_get(g, "weight_ih"), golden_get(g, "weight_hh"),
                                      golden_get(g, "bias_ih"), golden_get(g, "bias_hh")};
}

static void check_state(struct golden *g)
{
    const struct tensor *state = golden_get(g, "state");
    check_close("state", state->data, golden_get(g, "state.after")->data, tensor_size(state),
                2e-6f);
}

static struct tensor *gru(struct tape *tape, struct golden *g)
{
    struct tensor *y =
        tape_gru(tape, golden_get(g, "x"), recurrent_weights(g), golden_get(g, "state")->data);
    check_state(g);
    return y;
}

static struct tensor *lstm(struct tape *tape, struct golden *g)
{
    struct tensor *y =
        tape_lstm(tape, golden_get(g, "x"), recurrent_weights(g), golden_get(g, "state")->data);
    check_state(g);
    return y;
}

static struct tensor *l1(struct tape *tape, struct golden *g)
{
    return tape_l1(tape, golden_get(g, "x"), golden_get(g, "target"), NULL);
}

static struct tensor *mse(struct tape *tape, struct golden *g)
{
    return tape_mse(tape, golden_get(g, "x"), golden_get(g, "target"), NULL);
}

static struct tensor *cross_entropy(struct tape *tape, struct golden *g)
{
    return tape_cross_entropy(tape, golden_get(g, "logits"),
                              integers(tape, golden_get(g, "labels")), NULL);
}

static struct tensor *info_nce(struct tape *tape, struct golden *g)
{
    struct info_nce_options options = {
        .temperature = golden_get(g, "temperature")->data[0],
        .target_group = integers(tape, golden_get(g, "target_group")),
        .negative_group = integers(tape, golden_get(g, "negative_group")),
        .exclude = integers(tape, golden_get(g, "exclude")),
    };
    return tape_info_nce(tape, golden_get(g, "predictions"), golden_get(g, "targets"),
                         golden_get(g, "negatives"), options, NULL);
}

static struct tensor *attention(struct tape *tape, struct golden *g)
{
    const int *s = integers(tape, golden_get(g, "shape"));
    struct attention_shape shape = {s[0], s[1], s[2]};
    return tape_attention(tape, golden_get(g, "q"), golden_get(g, "k"), golden_get(g, "v"), shape);
}

static struct tensor *spectral(struct tape *tape, struct golden *g)
{
    return tape_spectral_distance(tape, golden_get(g, "guess"), golden_get(g, "truth"), NULL);
}

// ---- the comparison

struct golden_case {
    const char *name;
    struct tensor *(*layer)(struct tape *tape, struct golden *golden);
};
static const struct golden_case CASES[] = {
    {"linear", linear},
    {"conv1d_linear", conv1d},
    {"conv1d_disjoint", conv1d},
    {"conv1d_windows", conv1d},
    {"conv1d_wave", conv1d},
    {"conv1d_blocks", conv1d},
    {"layer_norm", layer_norm},
    {"relu", relu},
    {"gelu", gelu},
    {"unit", unit},
    {"gru", gru},
    {"lstm", lstm},
    {"l1", l1},
    {"mse", mse},
    {"cross_entropy", cross_entropy},
    {"info_nce", info_nce},
    {"attention", attention},
    {"attention_all", attention},
    {"spectral", spectral},
};
enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

static void check_case_gradients(struct golden *golden)
{
    int checked = 0;
    for (int i = 0; i < golden->count; i++) {
        char input[GOLDEN_NAME];
        snprintf(input, sizeof input, "%s", golden->arrays[i].name);
        char *suffix = strstr(input, ".grad");
        if (!suffix)
            continue;
        *suffix = '\0';
        const struct tensor *x = golden_get(golden, input), *expected = &golden->arrays[i].tensor;
        assert_true(tensor_size(x) == tensor_size(expected));
        check_close(golden->arrays[i].name, x->grad, expected->data, tensor_size(x), 2e-6f);
        checked++;
    }
    assert_true(checked > 0);
}

static void is_what_pytorch_computes(void **state)
{
    const struct golden_case *c = *state;
    struct golden golden;
    golden_read("layers.txt", c->name, &golden);
    struct tape *tape = tape_create(true);
    struct tensor *y = c->layer(tape, &golden), *expected = golden_get(&golden, "y");
    assert_true(tensor_size(y) == tensor_size(expected));
    check_close("y", y->data, expected->data, tensor_size(y), 2e-6f);
    tape_backward(tape, check_project(tape, y, golden_get(&golden, "y.weights")->data), 1);
    check_case_gradients(&golden);
    tape_destroy(&tape);
    golden_free(&golden);
}

int main(void)
{
    struct CMUnitTest tests[CASE_COUNT];
    for (int i = 0; i < CASE_COUNT; i++)
        tests[i] = (struct CMUnitTest){CASES[i].name, is_what_pytorch_computes, NULL, NULL,
                                       (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
