// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The objectives beside CPC, APC, masked and SimCLR: the gradient through objective and encoder
 * against finite differences; people speaking teach them; they go on to the same bits. */
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

// ---- gradients

static void autoencoder_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("autoencoder", "autoencoder.width=4");
    CHECK_OBJECTIVE("autoencoder", "autoencoder.width=4", "shape.front_end=waveform",
                    "shape.conv=8x10/5,8x8/4,8x4/2,8x4/2,8x4/2");
}

// Without free bits every dimension's divergence is paid for; with so many, none's is.
static void vae_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("vae", "vae.width=5", "vae.hidden=7", "vae.free=0", "vae.warmup=10");
    CHECK_OBJECTIVE("vae", "vae.width=5", "vae.hidden=7", "vae.free=10");
}

static void rotation_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("rotation", "rotation.frames=0");
    CHECK_OBJECTIVE("rotation", "rotation.flips=1", "rotation.frames=9", "shape.lstm=1");
}

static void wav2vec_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("wav2vec", "wav2vec.steps=3", "wav2vec.distractors=4");
    CHECK_OBJECTIVE("wav2vec", "wav2vec.steps=2", "wav2vec.lambda=2", "loop.views=1");
}

static void bestrq_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("bestrq", "bestrq.codes=12", "bestrq.span=4", "bestrq.start=0.1");
}

static void joint_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("cpc:1,wav2vec:0.5,bestrq:1,rotation:1,vae:0.5,autoencoder:1", "vae.free=0",
                    "wav2vec.steps=4", "bestrq.codes=12");
}

// Where all latents are equal no score tells anything: accuracy 0, truths and distractors alike.
static void a_collapse_shows(void **state)
{
    (void)state;
    struct bench *bench = bench_create("wav2vec,vae,autoencoder,bestrq,rotation", NULL, 0);
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        if (!strncmp(parameter->name, "latent.", 7) || !strncmp(parameter->name, "context.", 8))
            memset(parameter->tensor->data, 0, tensor_size(parameter->tensor) * sizeof(float));
    }
    for (int p = 0; p < bench->parameters.count; p++)
        if (strstr(bench->parameters.list[p].name, "norm.bias"))
            for (int i = 0; i < bench->parameters.list[p].tensor->c; i++)
                bench->parameters.list[p].tensor->data[i] = 1;
    trainer_reset(bench->trainer);
    struct mixture_report report =
        trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10});
    assert_true(statistic(&report, 0, "accuracy") == 0);
    assert_true(fabs(statistic(&report, 0, "truths") - statistic(&report, 0, "distractors")) <
                1e-6);
    assert_true(statistic(&report, 1, "active_units") == 0);
    assert_true(statistic(&report, 2, "deviation") < 1e-6);
    assert_true(statistic(&report, 2, "explained") <= 0);
    assert_true(statistic(&report, 3, "answers") < 1.001);
    assert_true(statistic(&report, 3, "codes") > 5);
    assert_true(statistic(&report, 4, "answers") < 1.001);
    assert_true(statistic(&report, 4, "accuracy") == 0.25);
    bench_destroy(bench);
}

// What runs the encoder again starts it from the state that the stream had, not from silence.
static void a_second_pass_goes_on_from_the_stream(void **state)
{
    (void)state;
    const char *const names[] = {"rotation", "bestrq"};
    for (int i = 0; i < 2; i++) {
        struct bench *bench = bench_create(names[i], NULL, 0);
        double carried = bench_report(bench).total;
        assert_true(bench_report(bench).total == carried);
        trainer_reset(bench->trainer);
        double fresh =
            trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10}).total;
        assert_true(fabs(fresh - carried) > 1e-6);
        bench_destroy(bench);
    }
}

// ---- people speaking

static const struct lesson lessons[] = {
    {"autoencoder", "explained", 80, 0.16, 0.75, {0}},
    {"vae", "explained", 80, 0.72, 0.6, {"vae.warmup=40"}},
    {"rotation", "accuracy", 100, 0.85, 0.7, {0}},
    {"rotation", "accuracy", 250, 1.3, 0.36, {"rotation.flips=1"}},
    {"wav2vec", "accuracy", 250, 4, 0.25, {0}},
    {"bestrq",
     "accuracy",
     200,
     1.6,
     0.58,
     {"bestrq.codes=32", "bestrq.span=4", "bestrq.start=0.08", "optimiser.rate=1e-2"}},
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
        cmocka_unit_test(autoencoder_gradient),
        cmocka_unit_test(vae_gradient),
        cmocka_unit_test(rotation_gradient),
        cmocka_unit_test(wav2vec_gradient),
        cmocka_unit_test(bestrq_gradient),
        cmocka_unit_test(joint_gradient),
        cmocka_unit_test(a_collapse_shows),
        cmocka_unit_test(a_second_pass_goes_on_from_the_stream),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("more_objectives", tests, lessons_set_up, lessons_tear_down);
}
