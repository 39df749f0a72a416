// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Every layer, forward and gradients, against PyTorch: tests/golden/layers.txt, whose maker and
// format are in make_golden.py beside it.
#include "gradient_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARRAYS = 24, NAME = 32 };

struct array {
    char name[NAME];
    struct tensor tensor;
};

// One case of the file.
struct golden {
    struct array arrays[MOST_ARRAYS];
    int count;
};

static FILE *open_golden(void)
{
    char path[4096];
    const char *root = getenv("MESON_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/layers.txt", root ? root : ".");
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot open %s: run through meson test, or in the source folder", path);
    return file;
}

static bool read_array(FILE *file, struct array *array)
{
    struct tensor *x = &array->tensor;
    if (fscanf(file, "%31s", array->name) != 1 || strcmp(array->name, "case") == 0)
        return false;
    assert_int_equal(fscanf(file, "%d %d %d", &x->b, &x->t, &x->c), 3);
    x->data = malloc(tensor_size(x) * sizeof *x->data);
    x->grad = calloc(tensor_size(x), sizeof *x->grad);
    assert_true(x->data && x->grad);
    for (size_t i = 0; i < tensor_size(x); i++)
        assert_int_equal(fscanf(file, "%f", &x->data[i]), 1);
    return true;
}

static struct golden read_case(const char *name)
{
    struct golden golden = {0};
    char word[NAME] = "", found[NAME] = "";
    FILE *file = open_golden();
    while (strcmp(found, name) != 0)
        if (fscanf(file, "%31s", word) != 1 ||
            (strcmp(word, "case") == 0 && fscanf(file, "%31s", found) != 1))
            fail_msg("layers.txt has no case %s", name);
    while (read_array(file, &golden.arrays[golden.count])) {
        golden.count++;
        assert_true(golden.count < MOST_ARRAYS);
    }
    fclose(file);
    return golden;
}

static void free_case(struct golden *golden)
{
    for (int i = 0; i < golden->count; i++) {
        free(golden->arrays[i].tensor.data);
        free(golden->arrays[i].tensor.grad);
    }
}

static struct tensor *find(struct golden *golden, const char *name)
{
    for (int i = 0; i < golden->count; i++)
        if (strcmp(golden->arrays[i].name, name) == 0)
            return &golden->arrays[i].tensor;
    return NULL;
}

static struct tensor *get(struct golden *golden, const char *name)
{
    struct tensor *x = find(golden, name);
    if (!x)
        fail_msg("the case has no array %s", name);
    return x;
}

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
    return tape_linear(tape, get(g, "x"), get(g, "weight"), get(g, "bias"));
}

static struct tensor *conv1d(struct tape *tape, struct golden *g)
{
    const int *s = integers(tape, get(g, "shape"));
    struct conv1d_shape shape = {s[0], s[1], s[2], s[3]};
    struct tensor *w = get(g, "weight"), *history = find(g, "history");
    *w = (struct tensor){w->data, w->grad, 1, w->b, w->t * w->c}; // (out,kernel,in)
    struct tensor *y =
        tape_conv1d(tape, get(g, "x"), w, get(g, "bias"), shape, history ? history->data : NULL);
    if (history)
        check_close("history", history->data, get(g, "history.after")->data, tensor_size(history),
                    0);
    return y;
}

static struct tensor *layer_norm(struct tape *tape, struct golden *g)
{
    return tape_layer_norm(tape, get(g, "x"), get(g, "gain"), get(g, "bias"));
}

static struct tensor *relu(struct tape *tape, struct golden *g)
{
    return tape_relu(tape, get(g, "x"));
}

static struct tensor *gelu(struct tape *tape, struct golden *g)
{
    return tape_gelu(tape, get(g, "x"));
}

static struct tensor *unit(struct tape *tape, struct golden *g)
{
    return tape_unit(tape, get(g, "x"));
}

static struct recurrent_weights recurrent_weights(struct golden *g)
{
    return (struct recurrent_weights){get(g, "weight_ih"), get(g, "weight_hh"), get(g, "bias_ih"),
                                      get(g, "bias_hh")};
}

static void check_state(struct golden *g)
{
    const struct tensor *state = get(g, "state");
    check_close("state", state->data, get(g, "state.after")->data, tensor_size(state), 2e-6f);
}

static struct tensor *gru(struct tape *tape, struct golden *g)
{
    struct tensor *y = tape_gru(tape, get(g, "x"), recurrent_weights(g), get(g, "state")->data);
    check_state(g);
    return y;
}

static struct tensor *lstm(struct tape *tape, struct golden *g)
{
    struct tensor *y = tape_lstm(tape, get(g, "x"), recurrent_weights(g), get(g, "state")->data);
    check_state(g);
    return y;
}

static struct tensor *l1(struct tape *tape, struct golden *g)
{
    return tape_l1(tape, get(g, "x"), get(g, "target"), NULL);
}

static struct tensor *mse(struct tape *tape, struct golden *g)
{
    return tape_mse(tape, get(g, "x"), get(g, "target"), NULL);
}

static struct tensor *cross_entropy(struct tape *tape, struct golden *g)
{
    return tape_cross_entropy(tape, get(g, "logits"), integers(tape, get(g, "labels")), NULL);
}

static struct tensor *info_nce(struct tape *tape, struct golden *g)
{
    struct info_nce_options options = {
        .temperature = get(g, "temperature")->data[0],
        .target_group = integers(tape, get(g, "target_group")),
        .negative_group = integers(tape, get(g, "negative_group")),
        .exclude = integers(tape, get(g, "exclude")),
    };
    return tape_info_nce(tape, get(g, "predictions"), get(g, "targets"), get(g, "negatives"),
                         options, NULL);
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
};
enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

static void check_case_gradients(struct golden *golden)
{
    int checked = 0;
    for (int i = 0; i < golden->count; i++) {
        char input[NAME];
        snprintf(input, sizeof input, "%s", golden->arrays[i].name);
        char *suffix = strstr(input, ".grad");
        if (!suffix)
            continue;
        *suffix = '\0';
        const struct tensor *x = get(golden, input), *expected = &golden->arrays[i].tensor;
        assert_true(tensor_size(x) == tensor_size(expected));
        check_close(golden->arrays[i].name, x->grad, expected->data, tensor_size(x), 2e-6f);
        checked++;
    }
    assert_true(checked > 0);
}

static void is_what_pytorch_computes(void **state)
{
    const struct golden_case *c = *state;
    struct golden golden = read_case(c->name);
    struct tape *tape = tape_create(true);
    struct tensor *y = c->layer(tape, &golden), *expected = get(&golden, "y");
    assert_true(tensor_size(y) == tensor_size(expected));
    check_close("y", y->data, expected->data, tensor_size(y), 2e-6f);
    tape_backward(tape, check_project(tape, y, get(&golden, "y.weights")->data), 1);
    check_case_gradients(&golden);
    tape_destroy(&tape);
    free_case(&golden);
}

int main(void)
{
    struct CMUnitTest tests[CASE_COUNT];
    for (int i = 0; i < CASE_COUNT; i++)
        tests[i] = (struct CMUnitTest){CASES[i].name, is_what_pytorch_computes, NULL, NULL,
                                       (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
