// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** An encoder that says the same of every sound: each objective has a number by which that is seen,
 * and so have the indicators of every evaluation. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "objective_bench.h"

#include "pretrain/indicators.h"

#include <math.h>
#include <string.h>

enum { SETTINGS = 2 };

/** What a statistic says of an encoder that varies, at least, and of one that doesn't, at most. */
struct symptom {
    const char *objective, *statistic;
    double sound, collapsed;
    const char *settings[SETTINGS];
};

// explained: no read-out of a constant says more than the mean; how much more is said of sound
// that varies is what the lessons show.
static const struct symptom symptoms[] = {
    {"apc", "explained", -INFINITY, 0, {0}},
    {"autoencoder", "deviation", 0.02, 1e-6, {0}},
    {"bestrq", "answers", 1.2, 1.001, {"bestrq.start=0.3", "bestrq.span=1"}},
    {"cola", "deviation", 0.05, 1e-3, {"cola.shortest=5"}},
    {"cpc", "accuracy", 0.005, 0, {0}},
    {"decoar", "forward", 0.1, 1e-6, {0}},
    {"decoar2", "forward", 0.1, 1e-6, {"decoar2.start=0.3"}},
    {"distill", "explained", -INFINITY, 0, {"distill.teacher=5"}},
    {"hubert", "answers", 1.2, 1.001, {"hubert.start=0.3", "hubert.span=1"}},
    {"jukebox", "codes", 5, 1.001, {0}},
    {"labels", "answers1", 1.5, 1.001, {"labels.teacher=5", "labels.classes1=5"}},
    {"masked", "explained", -INFINITY, 0, {0}},
    {"rotation", "answers", 1.2, 1.001, {0}},
    {"simclr", "deviation", 0.05, 1e-3, {"simclr.shortest=5"}},
    {"supervised", "answers", 1.5, 1.001, {"supervised.teacher=5", "supervised.pool=0"}},
    {"vae", "active_units", 1, 0, {0}},
    {"wav2vec", "accuracy", 0.01, 0, {0}},
    {"wav2vec2", "codes", 2, 1.001, {"wav2vec2.start=0.3"}},
};

static bool is_encoder(const char *name)
{
    return !strncmp(name, "latent.", 7) || !strncmp(name, "context.", 8);
}

// Weights of nothing: each frame's latent is a one in every channel, its context a zero.
static void make_constant(struct bench *bench)
{
    for (int i = 0; i < bench->parameters.count; i++) {
        struct parameter *parameter = &bench->parameters.list[i];
        const bool bias = strstr(parameter->name, "norm.bias") != NULL;
        for (size_t j = 0; is_encoder(parameter->name) && j < tensor_size(parameter->tensor); j++)
            parameter->tensor->data[j] = bias ? 1 : 0;
    }
}

// A network this small says much the same of all noise: larger weights make its contexts differ.
static void make_lively(struct bench *bench)
{
    for (int i = 0; i < bench->parameters.count; i++) {
        struct parameter *parameter = &bench->parameters.list[i];
        const bool wanted = strstr(parameter->name, "weight_ih") != NULL;
        for (size_t j = 0; wanted && j < tensor_size(parameter->tensor); j++)
            parameter->tensor->data[j] *= 30;
    }
}

// Codebooks stand where there is something only once a batch was seen.
static void settle(struct bench *bench)
{
    bench_report(bench);
    mixture_settle(&bench->settings.mixture,
                   (struct objective_context){.network.parameters = &bench->parameters});
}

// As held-out sound is measured: without the noise that training draws.
static double evaluated(struct bench *bench, const char *name)
{
    struct trainer *evaluator;
    assert_int_equal(
        trainer_create(&bench->settings, &bench->network, false, 5, 1, &evaluator, NULL),
        AURICLE_OK);
    struct mixture_report report =
        trainer_run(evaluator, &bench->batch, 77, (struct objective_time){0, 1});
    trainer_destroy(&evaluator);
    return statistic(&report, 0, name);
}

static void check(const struct symptom *symptom)
{
    int settings = 0;
    while (settings < SETTINGS && symptom->settings[settings])
        settings++;
    struct bench *bench = bench_create(symptom->objective, symptom->settings, settings);
    for (int b = 0; b < STREAMS; b++)
        bench->recording[b] = bench->speaker[b] = b;
    make_lively(bench);
    settle(bench);
    const double sound = evaluated(bench, symptom->statistic);
    make_constant(bench);
    const double collapsed = evaluated(bench, symptom->statistic);
    print_message("# %s.%s: %g, collapsed %g\n", symptom->objective, symptom->statistic, sound,
                  collapsed);
    assert_true(sound >= symptom->sound);
    assert_true(collapsed <= symptom->collapsed);
    bench_destroy(bench);
}

static void a_constant_encoder_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(symptoms); i++)
        check(&symptoms[i]);
}

// One speaker has nobody to be told apart from: no loss, and no figure that looks like success.
static void cola_of_one_speaker_claims_nothing(void **state)
{
    (void)state;
    const char *const settings[] = {"cola.shortest=5"};
    struct bench *bench = bench_create("cola", settings, COUNT(settings));
    for (int b = 0; b < STREAMS; b++)
        bench->speaker[b] = 1;
    const struct mixture_report report = bench_report(bench);
    assert_true(statistic(&report, 0, "pairs") <= 1);
    assert_true(statistic(&report, 0, "accuracy") == 0);
    assert_true(statistic(&report, 0, "deviation") == 0);
    bench_destroy(bench);
}

static void every_objective_has_such_a_number(void **state)
{
    (void)state;
    for (const struct objective *const *each = objectives; *each; each++) {
        size_t i = 0;
        while (i < COUNT(symptoms) && strcmp(symptoms[i].objective, (*each)->name) != 0)
            i++;
        if (i == COUNT(symptoms))
            fail_msg("%s: by what does one see that it has collapsed?", (*each)->name);
    }
}

// ---- the encoder's own indicators

enum { CHANNELS = 6, ROWS = 4000 };

static void measure(float varying, int directions, double *deviation, double *rank)
{
    static float rows[ROWS * CHANNELS];
    struct tensor x = {rows, NULL, 1, ROWS, CHANNELS};
    struct random random = random_seeded(2);
    struct indicators indicators;
    for (int i = 0; i < ROWS * CHANNELS; i++)
        rows[i] = 3 + (i % CHANNELS < directions ? varying * random_normal(&random) : 0);
    assert_true(indicators_create(CHANNELS, ROWS, &indicators));
    indicators_add(&indicators, &x);
    indicators_read(&indicators, deviation, rank);
    indicators_free(&indicators);
}

static void deviation_and_rank_show_it(void **state)
{
    (void)state;
    double deviation, rank;
    measure(0.5f, CHANNELS, &deviation, &rank); // in all directions
    assert_true(fabs(deviation - 0.5) < 0.02 && fabs(rank - CHANNELS) < 0.05);
    measure(0.5f, 2, &deviation, &rank); // in two of them
    assert_true(fabs(deviation - 0.5 * 2 / CHANNELS) < 0.02 && fabs(rank - 2) < 0.02);
    measure(0, CHANNELS, &deviation, &rank); // not at all
    assert_true(deviation < 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_encoder_shows),
        cmocka_unit_test(cola_of_one_speaker_claims_nothing),
        cmocka_unit_test(every_objective_has_such_a_number),
        cmocka_unit_test(deviation_and_rank_show_it),
    };
    return cmocka_run_group_tests_name("collapse", tests, NULL, NULL);
}
