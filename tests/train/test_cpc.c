// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** CPC's transformer and where its negatives come from: gradients, what is deployed, what people
 * speaking teach. CPC's other gradients are in test_objectives.c. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"
#include "objective_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRANSFORMER "cpc.steps=3", "cpc.transformer=3", "cpc.transformer_frames=5", "loop.reset=0"

// Of what stands above the contexts. Below, the differences see the deployed predictors' loss too,
// which has no gradient there: the goldens check that one.
static void check_above(const char *const *settings, int count)
{
    struct bench *bench = bench_create("cpc", settings, count);
    bench_report(bench);
    const size_t bytes = bench->parameters.size * sizeof(float);
    float *gradient = malloc(bytes);
    assert_non_null(gradient);
    memcpy(gradient, bench->parameters.grad, bytes);
    for (int i = 0; i < bench->parameters.count; i++) {
        const char *name = bench->parameters.list[i].name;
        if (!strncmp(name, "cpc.", 4) || !strncmp(name, "predict.future.", 15))
            check_tensor(bench, i, gradient + bench->parameters.list[i].offset);
    }
    free(gradient);
    bench_destroy(bench);
}

static void transformer_gradient(void **state)
{
    (void)state;
    const char *const settings[] = {TRANSFORMER, "cpc.transformer=16", "cpc.negatives_from=1",
                                    "loop.views=1"};
    check_above(settings, 4);
    check_above(settings, COUNT(settings));
}

static float *gradient_of(struct bench *bench, const char *name)
{
    return parameters_tensor(&bench->parameters, parameters_find(&bench->parameters, name))->grad;
}

// Whatever the deployed predictors are, the encoder's gradient is the transformer's alone.
static void deployed_predictors_learn_beside(void **state)
{
    (void)state;
    const char *const settings[] = {TRANSFORMER};
    struct bench *bench = bench_create("cpc", settings, COUNT(settings));
    struct tensor *deployed = parameters_tensor(&bench->parameters, bench->layout.future[1]);
    double before = bench_report(bench).total;
    float encoder = gradient_of(bench, "context.0.weight_ih")[3], own = deployed->grad[5];
    for (size_t i = 0; i < tensor_size(deployed); i++)
        deployed->data[i] = -3 * deployed->data[i];
    assert_true(fabs(bench_report(bench).total - before) > 1e-3);
    assert_true(gradient_of(bench, "context.0.weight_ih")[3] == encoder);
    assert_true(deployed->grad[5] != own);
    assert_true(bench->parameters.list[bench->layout.future[1]].deployed);
    for (int i = 0; i < bench->parameters.count; i++)
        if (!strncmp(bench->parameters.list[i].name, "cpc.", 4))
            assert_false(bench->parameters.list[i].deployed);
    bench_destroy(bench);
}

// Nobody knows whose stream 1 is; two streams of unknown speakers are not taken for one's.
static void chance_counts_the_anchors_negatives(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int speaker; // of streams 0 and 2
        double chance;
    } cases[] = {
        {"cpc.negatives_from=0", 7, 1.0 / 13},
        {"cpc.negatives_from=1", 7, (2.0 / 9 + 1.0 / 5) / 3},
        {"cpc.negatives_from=1", -1, 1.0 / 5},
        {"cpc.negatives_from=2", 7, 1.0 / 5},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const settings[] = {"cpc.negatives=4", cases[i].from};
        struct bench *bench = bench_create("cpc", settings, COUNT(settings));
        bench->speaker[0] = bench->speaker[2] = cases[i].speaker;
        bench->speaker[1] = -1;
        struct mixture_report report = bench_report(bench);
        assert_true(fabs(statistic(&report, 0, "chance") - cases[i].chance) < 1e-9);
        bench_destroy(bench);
    }
}

static const struct lesson lessons[] = {
    {"cpc", "accuracy", 120, 5.8, 0.25, {"cpc.steps=3", "cpc.transformer=4"}},
    {"cpc", "linear_accuracy", 120, 5.8, 0.2, {"cpc.steps=3", "cpc.transformer=4"}},
};

static void held_out_sound_shows_what_was_learned(void **state)
{
    (void)state;
    lessons_learn(lessons, COUNT(lessons));
}

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    lessons_resume(lessons, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transformer_gradient),
        cmocka_unit_test(deployed_predictors_learn_beside),
        cmocka_unit_test(chance_counts_the_anchors_negatives),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("cpc", tests, lessons_set_up, lessons_tear_down);
}
