// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Every objective's loss, numbers and gradients against PyTorch's, through encoder and trainer:
 * tests/golden/objectives.txt, whose maker and format are in make_objectives.py beside it. Weights,
 * sound and carried states are drawn by their names, there and here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "golden_file.h"
#include "model/carry.h"
#include "pretrain/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS = 3, FRAMES = 12, WINDOW = STREAMS * FRAMES * HOP_SAMPLES, CASES = 64 };
enum { SEED = 5, NUMBER = 10, TEACHER = 5 };

/** The network of one case, and its batch. */
struct lab {
    struct settings settings;
    struct parameters parameters;
    struct encoder_layout layout;
    struct trainer *trainer;
    float view[2][WINDOW]; // log-mel or samples
    unsigned char fresh[STREAMS], begins[STREAMS * FRAMES], gap[STREAMS * FRAMES];
    int recording[STREAMS], speaker[STREAMS];
    float teacher[STREAMS * FRAMES * TEACHER];
    unsigned char taught[STREAMS * FRAMES]; // but for one frame in four
};

// Uniform in -scale..scale, decided by the name (its FNV-1a hash is the seed).
static void fill_by_name(const char *name, float scale, float *values, size_t count)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001B3);
    struct random random = random_seeded(hash);
    for (size_t i = 0; i < count; i++)
        values[i] = scale * (2 * random_uniform(&random) - 1);
}

// What is frozen stays as it was initialised.
static void fill_network(struct lab *lab)
{
    for (int i = 0; i < lab->parameters.count; i++) {
        struct parameter *parameter = &lab->parameters.list[i];
        bool constant = strstr(parameter->name, ".frozen.") || i == lab->layout.feature_mean ||
                        i == lab->layout.feature_std;
        if (!constant)
            fill_by_name(parameter->name, 0.5f, parameter->tensor->data,
                         tensor_size(parameter->tensor));
    }
}

static void fill_carry(struct lab *lab)
{
    for (int v = 0; v < lab->settings.loop.views; v++) {
        struct carry_part parts[CARRY_PARTS];
        int count = carry_list(&lab->settings.shape, &lab->trainer->worker[0].carry[v], parts);
        for (int p = 0; p < count; p++) {
            char name[64];
            snprintf(name, sizeof name, "start.%d.%s.%d", v, parts[p].kind, parts[p].layer);
            if (strcmp(parts[p].kind, "drift") != 0)
                fill_by_name(name, 0.5f, parts[p].values, parts[p].width * STREAMS);
        }
    }
}

static void lab_open(struct lab *lab, const struct golden *golden)
{
    auricle_error error = {0};
    memset(lab, 0, sizeof *lab);
    if (settings_parse(golden->words[0], golden->words + 1, golden->word_count - 1, &lab->settings,
                       &error))
        fail_msg("%s", error.text);
    encoder_declare(&lab->settings.shape, &lab->parameters, &lab->layout);
    mixture_declare(&lab->settings.mixture, &lab->settings.shape, &lab->parameters);
    assert_true(parameters_allocate(&lab->parameters));
    struct random unused = random_seeded(1), random = random_seeded(3);
    const struct network network = {&lab->settings.shape, &lab->parameters, &lab->layout};
    encoder_init(&network, &unused);
    mixture_init(&lab->settings.mixture,
                 (struct objective_context){.network = network, .random = &random});
    assert_int_equal(trainer_create(&lab->settings, &network, true, SEED, 1, &lab->trainer, &error),
                     AURICLE_OK);
    fill_network(lab);
    fill_carry(lab);
    for (int v = 0; v < 2; v++)
        fill_by_name(v ? "view.1" : "view.0", 2, lab->view[v], WINDOW);
    fill_by_name("teacher", 2, lab->teacher, STREAMS * FRAMES * TEACHER);
    for (int i = 0; i < STREAMS * FRAMES; i++)
        lab->taught[i] = i % 4 > 0;
    lab->speaker[2] = -1; // of nobody known; the others are one speaker's
    for (int b = 0; b < STREAMS; b++)
        lab->recording[b] = b;
}

static void lab_close(struct lab *lab)
{
    trainer_destroy(&lab->trainer);
    parameters_free(&lab->parameters);
}

static struct mixture_report run(struct lab *lab)
{
    const struct loader_batch batch = {.features = {lab->view[0], lab->view[1]},
                                       .samples = {lab->view[0], lab->view[1]},
                                       .fresh = lab->fresh,
                                       .begins = lab->begins,
                                       .gap = lab->gap,
                                       .recording = lab->recording,
                                       .speaker = lab->speaker,
                                       .teacher = lab->teacher,
                                       .teacher_width = TEACHER,
                                       .taught = lab->taught};
    return trainer_run(lab->trainer, &batch, NUMBER, (struct objective_time){3, 10});
}

static double largest(const float *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x[i]));
    return most;
}

// A tensor that the case doesn't name must have no gradient at all.
static void check_gradient(struct golden *golden, const struct parameter *parameter)
{
    char name[PARAMETER_NAME + 8];
    const struct tensor *x = parameter->tensor;
    snprintf(name, sizeof name, "%s.grad", parameter->name);
    const struct tensor *expected = golden_find(golden, name);
    if (!expected) {
        if (largest(x->grad, tensor_size(x)) > 0)
            fail_msg("%s has a gradient that PyTorch doesn't know of", parameter->name);
        return;
    }
    assert_int_equal(tensor_size(expected), tensor_size(x));
    const double scale = largest(expected->data, tensor_size(x));
    for (size_t i = 0; i < tensor_size(x); i++)
        if (!(fabs((double)x->grad[i] - (double)expected->data[i]) <= 2e-5 * scale))
            fail_msg("%s[%zu]: %.8g, PyTorch has %.8g (greatest %g)", name, i, (double)x->grad[i],
                     (double)expected->data[i], scale);
}

// Where running means go that no gradient moves.
static void check_settled(struct golden *golden, struct lab *lab)
{
    char name[PARAMETER_NAME + 8];
    mixture_settle(&lab->settings.mixture, (struct objective_context){
                                               .network.shape = &lab->settings.shape,
                                               .network.parameters = &lab->parameters,
                                           });
    for (int i = 0; i < lab->parameters.count; i++) {
        const struct parameter *parameter = &lab->parameters.list[i];
        snprintf(name, sizeof name, "%s.settled", parameter->name);
        const struct tensor *expected = golden_find(golden, name);
        for (size_t j = 0; expected && j < tensor_size(expected); j++)
            if (!(fabs((double)parameter->tensor->data[j] - (double)expected->data[j]) <= 1e-5))
                fail_msg("%s[%zu]: %.8g, PyTorch has %.8g", name, j,
                         (double)parameter->tensor->data[j], (double)expected->data[j]);
    }
}

static void check_number(const char *name, double value, const struct tensor *expected)
{
    const double truth = (double)expected->data[0];
    if (!(fabs(value - truth) <= 1e-5 * fmax(1, fabs(truth))))
        fail_msg("%s: %.8g, PyTorch has %.8g", name, value, truth);
}

static double reported(const struct mixture_report *report, const char *name)
{
    for (int i = 0; i < report->statistics[0].count; i++)
        if (!strcmp(report->statistics[0].list[i].name, name))
            return report->statistics[0].list[i].value;
    return (double)NAN;
}

static void is_what_pytorch_computes(void **state)
{
    struct golden golden;
    struct lab *lab = malloc(sizeof *lab);
    assert_non_null(lab);
    golden_read("objectives.txt", *state, &golden);
    lab_open(lab, &golden);
    struct mixture_report report = run(lab);
    int gradients = 0, found = 0;
    check_number("loss", report.total, golden_get(&golden, "loss"));
    for (int i = 0; i < golden.count; i++) {
        const char *name = golden.arrays[i].name;
        gradients += strstr(name, ".grad") != NULL;
        if (!strncmp(name, "note.", 5))
            check_number(name, reported(&report, name + 5), &golden.arrays[i].tensor);
    }
    for (int i = 0; i < lab->parameters.count; i++) {
        char name[PARAMETER_NAME + 8];
        snprintf(name, sizeof name, "%s.grad", lab->parameters.list[i].name);
        found += golden_find(&golden, name) != NULL;
        check_gradient(&golden, &lab->parameters.list[i]);
    }
    assert_true(gradients > 4);
    assert_int_equal(found, gradients);
    check_settled(&golden, lab);
    lab_close(lab);
    free(lab);
    golden_free(&golden);
}

int main(void)
{
    static char names[CASES][GOLDEN_NAME];
    struct CMUnitTest tests[CASES];
    const int count = golden_names("objectives.txt", names, CASES);
    for (int i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){names[i], is_what_pytorch_computes, NULL, NULL, names[i]};
    return _cmocka_run_group_tests("goldens", tests, (size_t)count, NULL, NULL);
}
