// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** HuBERT: gradients, what people speaking teach, the same bits after a resume, what a collapse
 * looks like, and that its units are those of the corpus. */
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

#define SMALL                                                                                      \
    "hubert.units=7", "hubert.width=5", "hubert.span=3", "hubert.start=0.2",                       \
        "hubert.temperature=0.5"

static void hubert_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("hubert", SMALL);
    CHECK_OBJECTIVE("hubert", SMALL, "hubert.unhidden=0.5", "shape.lstm=1", "loop.views=1");
}

static struct tensor *tensor_named(struct bench *bench, const char *name)
{
    return parameters_tensor(&bench->parameters, parameters_find(&bench->parameters, name));
}

static void amplify(struct tensor *x)
{
    for (size_t i = 0; i < tensor_size(x); i++)
        x->data[i] *= 30;
}

static void a_collapse_shows(void **state)
{
    (void)state;
    const char *const settings[] = {SMALL, "hubert.span=1"};
    struct bench *bench = bench_create("hubert", settings, COUNT(settings));
    struct tensor *weight = tensor_named(bench, "hubert.projection.weight");
    amplify(tensor_named(bench, "context.0.weight_ih")); // contexts that differ between frames
    amplify(tensor_named(bench, "context.1.weight_ih"));
    struct mixture_report report = bench_report(bench);
    assert_true(statistic(&report, 0, "answers") > 1.2 && statistic(&report, 0, "units") > 2);
    memset(weight->data, 0, tensor_size(weight) * sizeof(float)); // one answer for all
    report = bench_report(bench);
    assert_true(fabs(statistic(&report, 0, "answers") - 1) < 1e-6);
    assert_true(statistic(&report, 0, "accuracy") <= statistic(&report, 0, "chance"));
    bench_destroy(bench);
}

// A context that hears nothing of the hidden frames: what they sound like makes no difference to
// what it says, only to what is asked, which is the target view's.
static void hidden_frames_are_not_heard(void **state)
{
    (void)state;
    const char *const settings[] = {SMALL, "hubert.start=0.9", "hubert.span=20"};
    struct bench *bench = bench_create("hubert", settings, COUNT(settings));
    double before = bench_report(bench).total;
    for (int b = 0; b < STREAMS; b++)
        for (int i = 10 * 6; i < FRAMES * 6; i++)
            bench->input[0][b * FRAMES * 6 + i] += 1;
    assert_true(bench_report(bench).total == before);
    for (int i = 0; i < STREAMS * FRAMES * 6; i++)
        bench->input[1][i] *= -1;
    assert_true(fabs(bench_report(bench).total - before) > 1e-4);
    bench_destroy(bench);
}

// Two kinds of frames, two units: each is told apart from the other by the fitted centroids.
static void units_are_fitted_to_the_sample(void **state)
{
    (void)state;
    const char *const settings[] = {"hubert.units=2", "hubert.width=5"};
    struct bench *bench = bench_create("hubert", settings, COUNT(settings));
    enum { LONG = 30 };
    static float sound[STREAMS * LONG * 6];
    for (int i = 0; i < STREAMS * LONG * 6; i++)
        sound[i] = i / (6 * LONG / 2) % 2 ? 1 : -1; // halves of a stream
    struct tensor view = {sound, NULL, STREAMS, LONG, 6};
    struct objective_batch sample = {.streams = STREAMS, .frames = LONG, .view = {&view, &view}};
    struct random random = random_seeded(1);
    const struct objective_context context = {.network = bench->network, .random = &random};
    assert_true(mixture_fits(&bench->settings.mixture));
    assert_true(mixture_fit(&bench->settings.mixture, context, &sample));
    const struct tensor *centroids = tensor_named(bench, "hubert.frozen.centroids");
    const float *one = centroids->data, *two = one + centroids->c, edge = sqrtf(6);
    assert_true(fabsf(fabsf(one[0]) - edge) < 0.2f && fabsf(fabsf(two[0]) - edge) < 0.2f);
    assert_true(one[0] * two[0] < 0);
    bench_destroy(bench);
}

static const struct lesson lessons[] = {
    {"hubert",
     "accuracy",
     200,
     1.6,
     0.45,
     {"hubert.units=16", "hubert.width=32", "hubert.span=4", "optimiser.rate=1e-2"}},
};

static void held_out_sound_shows_what_was_learned(void **state)
{
    (void)state;
    lessons_learn(lessons, COUNT(lessons));
}

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    lessons_resume(lessons, COUNT(lessons));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hubert_gradient),
        cmocka_unit_test(a_collapse_shows),
        cmocka_unit_test(hidden_frames_are_not_heard),
        cmocka_unit_test(units_are_fitted_to_the_sample),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("hubert", tests, lessons_set_up, lessons_tear_down);
}
