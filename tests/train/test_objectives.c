// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Each objective's gradient, through objective, encoder and worker, against finite differences,
 * and what people speaking teach. The others are in test_more_objectives.c and files of their own.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"
#include "objective_bench.h"

#include "nn/rows.h"

#include <math.h>
#include <string.h>

enum { WORKERS = 2, CLIP_BEGIN = 3, CLIP_END = 17 };

// A bench of two workers, with a whole clip between two gaps in every stream.
static struct bench *open_bench(const char *objective, const char *extra)
{
    struct bench *bench = bench_create_shared(objective, &extra, extra ? 1 : 0, WORKERS);
    for (int b = 0; b < STREAMS; b++) {
        bench->recording[b] = bench->speaker[b] = b;
        bench->begins[b * FRAMES] = bench->begins[b * FRAMES + CLIP_END] = 1;
        memset(bench->gap + b * FRAMES, 1, CLIP_BEGIN);
        memset(bench->gap + b * FRAMES + CLIP_END, 1, 2);
    }
    return bench;
}

static void check(const char *objective, const char *extra)
{
    struct bench *bench = open_bench(objective, extra);
    check_bench(bench);
    bench_destroy(bench);
}

static void cpc_gradient(void **state)
{
    (void)state;
    check("cpc", "cpc.steps=3");
}

static void cpc_dot_product_gradient(void **state)
{
    (void)state;
    check("cpc", "cpc.cosine=0");
}

static void cpc_same_sequence_gradient(void **state)
{
    (void)state;
    check("cpc", "cpc.negatives_from=2");
}

static void apc_gradient(void **state)
{
    (void)state;
    check("apc", NULL);
}

static void masked_gradient(void **state)
{
    (void)state;
    check("masked", "masked.frames=4");
}

static void cola_gradient(void **state)
{
    (void)state;
    check("cola:1,apc:1", "cola.shortest=5");
}

static void simclr_gradient(void **state)
{
    (void)state;
    check("simclr", "simclr.shortest=5");
}

static void joint_gradient(void **state)
{
    (void)state;
    check("cpc:1,apc:0.5,masked:0.25,simclr:2", NULL);
}

// Without stopping, CPC's targets learn too; with it, the first layer's gradient differs.
static void stopped_targets_change_the_gradient(void **state)
{
    (void)state;
    double norm[2];
    for (int stop = 0; stop < 2; stop++) {
        struct bench *bench = open_bench("cpc", stop ? "cpc.stop_targets=1" : NULL);
        bench_report(bench);
        const struct tensor *first =
            parameters_tensor(&bench->parameters, bench->layout.conv[0].weight);
        norm[stop] = sqrt((double)row_sum_squares((int)tensor_size(first), first->grad, 0));
        bench_destroy(bench);
    }
    assert_true(fabs(norm[0] - norm[1]) > 1e-3 * norm[0]);
}

static void unknown_objectives_are_named(void **state)
{
    (void)state;
    struct mixture mixture;
    auricle_error error;
    assert_int_equal(mixture_parse("cpc:1,magic:2", &mixture, &error), AURICLE_INVALID);
    assert_non_null(strstr(error.text, "magic"));
    assert_non_null(strstr(error.text, "masked"));
    assert_int_equal(mixture_parse("cpc:-1", &mixture, &error), AURICLE_INVALID);
    assert_int_equal(mixture_parse("cpc,cpc", &mixture, &error), AURICLE_INVALID);
    assert_int_equal(mixture_parse("", &mixture, &error), AURICLE_INVALID);
}

static void settings_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *expected;
    } cases[] = {
        {"cpc.temperature=0", "0.001"},
        {"cpc.steps=2.5", "whole"},
        {"cpc.same_sequence=1", "negatives_from"},
        {"magic.x=1", "optimiser"},
        {"loop.streams", "group.name=value"},
        {"shape.conv=3", "channels"},
        {"shape.front_end=ears", "waveform"},
        {"loop.frames=8", "too short"},
        {"optimiser.rate=nan", "rate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings;
        auricle_error error = {0};
        assert_int_equal(settings_parse("cpc", &cases[i].setting, 1, &settings, &error),
                         AURICLE_INVALID);
        if (!strstr(error.text, cases[i].expected))
            fail_msg("%s: \"%s\" doesn't say \"%s\"", cases[i].setting, error.text,
                     cases[i].expected);
    }
}

// cola is asked for more than half a second, or its two stretches are no more than neighbours.
static const struct lesson lessons[] = {
    {"apc", "explained", 80, 0.45, 0.45, {0}},
    {"masked", "explained", 120, 0.52, 0.25, {0}},
    {"cpc", "accuracy", 120, 3.95, 0.07, {0}},
    {"simclr", "accuracy", 150, 0.6, 0.79, {"loop.views=2", "loop.streams=12"}},
    {"cola", "accuracy", 250, 0.55, 0.7, {"loop.frames=128", "cola.longest=60"}},
};

static void held_out_sound_shows_what_was_learned(void **state)
{
    (void)state;
    lessons_learn(lessons, COUNT(lessons));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpc_gradient),
        cmocka_unit_test(cpc_dot_product_gradient),
        cmocka_unit_test(cpc_same_sequence_gradient),
        cmocka_unit_test(apc_gradient),
        cmocka_unit_test(masked_gradient),
        cmocka_unit_test(simclr_gradient),
        cmocka_unit_test(cola_gradient),
        cmocka_unit_test(joint_gradient),
        cmocka_unit_test(stopped_targets_change_the_gradient),
        cmocka_unit_test(unknown_objectives_are_named),
        cmocka_unit_test(settings_out_of_range_are_refused),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
    };
    return cmocka_run_group_tests_name("objectives", tests, lessons_set_up, lessons_tear_down);
}
