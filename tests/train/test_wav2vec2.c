// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** wav2vec 2.0: gradients, what people speaking teach, the same bits after a resume, what a
 * collapse looks like. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"
#include "objective_bench.h"

#include <math.h>
#include <string.h>

#define SMALL                                                                                      \
    "wav2vec2.entries=5", "wav2vec2.width=6", "wav2vec2.span=3", "wav2vec2.start=0.2",             \
        "wav2vec2.temperature=0.5"

// Where one entry is chosen the loss jumps: differences show the gradient of the softmax's mean.
static void wav2vec2_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("wav2vec2", SMALL, "wav2vec2.straight=0");
    CHECK_OBJECTIVE("wav2vec2", SMALL, "wav2vec2.straight=0", "wav2vec2.groups=3",
                    "wav2vec2.diversity=2", "loop.views=1", "shape.lstm=1");
}

static double temperature_at(struct bench *bench, int64_t step)
{
    trainer_reset(bench->trainer);
    struct mixture_report report =
        trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){step, step + 1});
    return statistic(&report, 0, "temperature");
}

static void the_quantiser_cools_with_the_steps(void **state)
{
    (void)state;
    const char *const settings[] = {SMALL, "wav2vec2.gumbel_decay=0.99"};
    struct bench *bench = bench_create("wav2vec2", settings, COUNT(settings));
    assert_true(fabs(temperature_at(bench, 0) - 2) < 1e-6);
    assert_true(fabs(temperature_at(bench, 50) - 2 * pow(0.99, 50)) < 1e-6);
    assert_true(fabs(temperature_at(bench, 100000) - 0.5) < 1e-6);
    bench_destroy(bench);
}

static void fill(struct bench *bench, const char *name, float value)
{
    struct tensor *x =
        parameters_tensor(&bench->parameters, parameters_find(&bench->parameters, name));
    for (size_t i = 0; i < tensor_size(x); i++)
        x->data[i] = value;
}

// Where every frame has the same entries nothing is left to be told from, and nothing is right.
static void a_collapse_shows(void **state)
{
    (void)state;
    const char *const settings[] = {SMALL};
    struct bench *bench = bench_create("wav2vec2", settings, COUNT(settings));
    struct mixture_report report = bench_report(bench);
    assert_true(statistic(&report, 0, "codes") > 2);
    fill(bench, "wav2vec2.logits.weight", 0);
    struct tensor *bias = parameters_tensor(
        &bench->parameters, parameters_find(&bench->parameters, "wav2vec2.logits.bias"));
    for (int c = 0; c < bias->c; c++)
        bias->data[c] = c % 5 ? 0 : 100;
    report = bench_report(bench);
    assert_true(fabs(statistic(&report, 0, "codes") - 1) < 1e-6);
    assert_true(fabs(statistic(&report, 0, "diversity") - 0.8) < 1e-5);
    assert_true(statistic(&report, 0, "accuracy") == 0);
    bench_destroy(bench);
}

// The context of a hidden frame doesn't see its latent: with the targets' view apart, changing
// what the context hears at the very last frames of every stream, all hidden, changes nothing.
static void hidden_frames_are_not_heard(void **state)
{
    (void)state;
    const char *const settings[] = {SMALL, "wav2vec2.start=0.9", "wav2vec2.span=20"};
    struct bench *bench = bench_create("wav2vec2", settings, COUNT(settings));
    double before = bench_report(bench).total;
    for (int b = 0; b < STREAMS; b++)
        for (int i = 10 * 6; i < FRAMES * 6; i++)
            bench->input[0][b * FRAMES * 6 + i] += 1;
    assert_true(bench_report(bench).total == before);
    for (int i = 0; i < STREAMS * FRAMES * 6; i++)
        bench->input[1][i] += (float)(i % 7);
    assert_true(fabs(bench_report(bench).total - before) > 1e-4);
    bench_destroy(bench);
}

static const struct lesson lessons[] = {
    {"wav2vec2",
     "accuracy",
     200,
     1.75,
     0.5,
     {"wav2vec2.entries=32", "wav2vec2.width=32", "wav2vec2.span=4", "wav2vec2.gumbel_decay=0.99"}},
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
        cmocka_unit_test(wav2vec2_gradient),
        cmocka_unit_test(the_quantiser_cools_with_the_steps),
        cmocka_unit_test(a_collapse_shows),
        cmocka_unit_test(hidden_frames_are_not_heard),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("wav2vec2", tests, lessons_set_up, lessons_tear_down);
}
