// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** DeCoAR and its successor: gradients, what people speaking teach, the same bits after a resume,
 * and that only the forward half reaches the encoder. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"
#include "objective_bench.h"

#include "ssl/backwards.h"

#include <math.h>
#include <string.h>

static double statistic_of(struct bench *bench, const char *name)
{
    struct mixture_report report = bench_report(bench);
    return statistic(&report, 0, name);
}

static void decoar_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("decoar", "decoar.slice=3", "decoar.hidden=5", "decoar.every=1");
    CHECK_OBJECTIVE("decoar", "decoar.slice=16", "decoar.hidden=2", "shape.lstm=1");
}

static void decoar2_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("decoar2", "decoar2.straight=0", "decoar2.entries=5", "decoar2.width=3",
                    "decoar2.hidden=7", "decoar2.span=3", "decoar2.start=0.1",
                    "decoar2.diversity=2");
}

// Contexts that are all alike choose one entry of each codebook.
static void a_collapse_of_the_codes_shows(void **state)
{
    (void)state;
    const char *const settings[] = {"decoar2.start=0.2"};
    struct bench *bench = bench_create("decoar2", settings, COUNT(settings));
    assert_true(statistic_of(bench, "codes") > 5);
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        if (strstr(parameter->name, "decoar2.logits.forward"))
            memset(parameter->tensor->data, 0, tensor_size(parameter->tensor) * sizeof(float));
        if (!strcmp(parameter->name, "decoar2.logits.forward.bias"))
            parameter->tensor->data[7] = parameter->tensor->data[320 + 9] = 50;
    }
    assert_true(statistic_of(bench, "codes") == 1);
    assert_true(statistic_of(bench, "forward") < 1e-3);
    bench_destroy(bench);
}

// It is cut to the window.
static void a_slice_longer_than_the_window(void **state)
{
    (void)state;
    const char *const settings[] = {"decoar.slice=40"};
    struct bench *bench = bench_create("decoar", settings, COUNT(settings));
    assert_true(isfinite(bench_report(bench).total));
    bench_destroy(bench);
}

// What a frame's backward state has seen: itself and what follows.
static void backwards_means_from_the_end(void **state)
{
    (void)state;
    enum { T = 5, IN = 2, HIDDEN = 3, CHANGED = 2 };
    float x[T * IN] = {0}, before[T * HIDDEN];
    int own[BACKWARDS_OWN];
    struct parameters parameters = {.count = 0};
    struct random random = random_seeded(1);
    backwards_declare(&parameters, "b", IN, HIDDEN, own);
    assert_true(parameters_allocate(&parameters));
    struct tape *tape = tape_create(false);
    struct objective_context context = {
        .tape = tape, .network.parameters = &parameters, .random = &random};
    backwards_init(&context, own);
    for (int i = 0; i < T * IN; i++)
        x[i] = random_normal(&random);
    struct tensor *y = backwards(&context, tape_constant(tape, x, 1, T, IN), own);
    memcpy(before, y->data, sizeof before);
    x[CHANGED * IN] += 1;
    y = backwards(&context, tape_constant(tape, x, 1, T, IN), own);
    for (int i = 0; i < T * HIDDEN; i++)
        assert_true((y->data[i] == before[i]) == (i / HIDDEN > CHANGED));
    tape_destroy(&tape);
    parameters_free(&parameters);
}

// A context that says nothing has no share in what is told.
static void a_silent_forward_half_shows(void **state)
{
    (void)state;
    struct bench *bench = bench_create("decoar", NULL, 0);
    struct mixture_report report = bench_report(bench);
    assert_true(statistic(&report, 0, "forward") > 0.1);
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        if (!strncmp(parameter->name, "context.", 8))
            memset(parameter->tensor->data, 0, tensor_size(parameter->tensor) * sizeof(float));
    }
    trainer_reset(bench->trainer);
    report = trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){0, 1});
    assert_true(statistic(&report, 0, "forward") < 1e-6);
    bench_destroy(bench);
}

// No slice reaches into another recording: where one begins at every other frame only the slice
// that is always there is left, so what the rest sounds like makes no difference.
static void a_slice_keeps_to_its_recording(void **state)
{
    (void)state;
    const char *const settings[] = {"decoar.slice=2", "decoar.every=1"};
    struct bench *bench = bench_create("decoar", settings, COUNT(settings));
    for (int i = 0; i < STREAMS * FRAMES; i += 2)
        bench->begins[i] = 1;
    double before = bench_report(bench).total;
    for (int b = 1; b < STREAMS; b++) // the fallback stands in stream 0
        for (int i = 0; i < FRAMES * 6; i++)
            bench->input[0][b * FRAMES * 6 + i] += 1;
    assert_true(bench_report(bench).total == before);
    memset(bench->begins, 0, sizeof bench->begins);
    assert_true(fabs(bench_report(bench).total - before) > 1e-3);
    bench_destroy(bench);
}

static const struct lesson lessons[] = {
    {"decoar", "explained_first", 120, 0.4, 0.73, {"decoar.slice=6"}},
    {"decoar2",
     "explained",
     250,
     0.43,
     0.5,
     {"decoar2.entries=40", "decoar2.width=16", "decoar2.span=4", "decoar2.gumbel_first=0.5"}},
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
        cmocka_unit_test(decoar_gradient),
        cmocka_unit_test(decoar2_gradient),
        cmocka_unit_test(a_collapse_of_the_codes_shows),
        cmocka_unit_test(a_slice_longer_than_the_window),
        cmocka_unit_test(backwards_means_from_the_end),
        cmocka_unit_test(a_silent_forward_half_shows),
        cmocka_unit_test(a_slice_keeps_to_its_recording),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("decoar", tests, lessons_set_up, lessons_tear_down);
}
