// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Each objective's gradient, through objective, encoder and worker, against finite differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ssl/mixture.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS = 4, FRAMES = 24, MELS = 6, WORKERS = 2 };

/** A network of a few hundred weights and one batch of noise. */
struct bench {
    struct settings settings;
    struct parameters parameters;
    struct encoder_parameters where;
    struct trainer *trainer;
    float features[2][STREAMS * FRAMES * MELS], states[WORKERS][2][STREAMS * 10];
    unsigned char fresh[STREAMS], begins[STREAMS * FRAMES], gap[STREAMS * FRAMES];
    int recording[STREAMS], speaker[STREAMS];
    struct loader_batch batch;
};

static const char *const tiny[] = {
    "loop.streams=4", "loop.frames=24", "shape.mels=6",           "shape.conv=8x3",
    "shape.dim=10",   "shape.layers=2", "shape.residual=0",       "shape.gelu=1",
    "loop.reset=0",   "loop.views=2",   "distort.equaliser_db=0", "distort.floor_probability=0",
};
enum { TINY = sizeof tiny / sizeof *tiny };

static void bench_open(struct bench *bench, const char *objective, const char *extra)
{
    auricle_error error = {0};
    const char *settings[TINY + 1];
    memcpy(settings, tiny, sizeof tiny);
    settings[TINY] = extra;
    memset(bench, 0, sizeof *bench);
    if (settings_parse(objective, settings, TINY + (extra ? 1 : 0), &bench->settings, &error))
        fail_msg("%s", error.text);
    encoder_declare(&bench->settings.shape, &bench->parameters, &bench->where);
    mixture_declare(&bench->settings.mixture, &bench->settings.shape, &bench->parameters);
    assert_true(parameters_allocate(&bench->parameters));
    struct random random = random_seeded(3);
    encoder_init(&bench->settings.shape, &bench->parameters, &bench->where, &random);
    struct objective_context context = {.shape = &bench->settings.shape,
                                        .parameters = &bench->parameters,
                                        .encoder = &bench->where,
                                        .random = &random};
    mixture_init(&bench->settings.mixture, context);
    assert_int_equal(trainer_create(&bench->settings, &bench->parameters, &bench->where, true, 5,
                                    WORKERS, &bench->trainer, &error),
                     AURICLE_OK);
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < STREAMS * FRAMES * MELS; i++)
            bench->features[v][i] = random_normal(&random);
    for (int b = 0; b < STREAMS; b++) { // a clip of 15 frames between two gaps
        bench->begins[b * FRAMES] = bench->begins[b * FRAMES + 18] = 1;
        memset(bench->gap + b * FRAMES, 1, 3);
        memset(bench->gap + b * FRAMES + 18, 1, 2);
    }
    bench->batch = (struct loader_batch){.features = {bench->features[0], bench->features[1]},
                                         .fresh = bench->fresh,
                                         .begins = bench->begins,
                                         .gap = bench->gap,
                                         .recording = bench->recording,
                                         .speaker = bench->speaker};
}

static void bench_close(struct bench *bench)
{
    trainer_destroy(&bench->trainer);
    parameters_free(&bench->parameters);
}

// The loss from the same carried state, which is not zero, with the same draws.
static double loss_of(struct bench *bench)
{
    struct random random = random_seeded(9);
    for (int w = 0; w < WORKERS; w++)
        for (int v = 0; v < 2; v++)
            for (int layer = 0; layer < 2; layer++)
                for (int i = 0; i < bench->trainer->worker[w].streams * 10; i++)
                    bench->trainer->worker[w].carry[v].context[layer][i] =
                        0.5f * random_normal(&random);
    for (int w = 0; w < WORKERS; w++)
        for (int v = 0; v < 2; v++)
            memset(bench->trainer->worker[w].carry[v].history[0], 0,
                   sizeof(float) * 2 * MELS * (size_t)bench->trainer->worker[w].streams);
    return trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10}).total;
}

// (L(w + e d) - L(w - e d)) / 2e along the unit direction d of one tensor.
static double slope_along(struct bench *bench, struct tensor *tensor, const float *direction)
{
    const size_t size = tensor_size(tensor);
    const float step = 4e-3f;
    float *kept = malloc(size * sizeof *kept);
    memcpy(kept, tensor->data, size * sizeof *kept);
    double loss[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < size; i++)
            tensor->data[i] = kept[i] + (side ? step : -step) * direction[i];
        loss[side] = loss_of(bench);
    }
    memcpy(tensor->data, kept, size * sizeof *kept);
    free(kept);
    return (loss[1] - loss[0]) / (2 * (double)step);
}

static double norm_of(const float *x, size_t size)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

// Along its own gradient g the loss must rise by |g|; along a random d by g.d.
static void check_tensor(struct bench *bench, int index, const float *gradient)
{
    struct tensor *tensor = parameters_tensor(&bench->parameters, index);
    const char *name = bench->parameters.list[index].name;
    const size_t size = tensor_size(tensor);
    struct random random = random_seeded((uint64_t)index);
    double norm = norm_of(gradient, size);
    if (index == bench->where.feature_mean || index == bench->where.feature_std)
        return; // constants
    if (!(norm > 1e-6))
        fail_msg("%s has no gradient", name);
    float *direction = malloc(size * sizeof *direction);
    for (int trial = 0; trial < 3; trial++) {
        double expected = 0;
        for (size_t i = 0; i < size; i++)
            direction[i] = trial == 0 ? gradient[i] : random_normal(&random);
        double length = norm_of(direction, size);
        for (size_t i = 0; i < size; i++) {
            direction[i] /= (float)length;
            expected += (double)direction[i] * (double)gradient[i];
        }
        double slope = slope_along(bench, tensor, direction);
        if (fabs(slope - expected) > 0.02 * norm + 2e-4)
            fail_msg("%s, direction %d: differences give %g, the gradient %g (norm %g)", name,
                     trial, slope, expected, norm);
    }
    free(direction);
}

static void check_objective(const char *objective, const char *extra)
{
    struct bench *bench = malloc(sizeof *bench);
    bench_open(bench, objective, extra);
    assert_true(isfinite(loss_of(bench)));
    const size_t bytes = bench->parameters.size * sizeof(float);
    float *gradient = malloc(bytes);
    memcpy(gradient, bench->parameters.grad, bytes);
    for (int i = 0; i < bench->parameters.count; i++)
        check_tensor(bench, i, gradient + bench->parameters.list[i].offset);
    free(gradient);
    bench_close(bench);
    free(bench);
}

static void cpc_gradient(void **state)
{
    (void)state;
    check_objective("cpc", "cpc.steps=3");
}

static void cpc_dot_product_gradient(void **state)
{
    (void)state;
    check_objective("cpc", "cpc.cosine=0");
}

static void cpc_same_sequence_gradient(void **state)
{
    (void)state;
    check_objective("cpc", "cpc.negatives_from=2");
}

static void apc_gradient(void **state)
{
    (void)state;
    check_objective("apc", NULL);
}

static void masked_gradient(void **state)
{
    (void)state;
    check_objective("masked", "masked.frames=4");
}

static void simclr_gradient(void **state)
{
    (void)state;
    check_objective("simclr", "simclr.shortest=5");
}

static void joint_gradient(void **state)
{
    (void)state;
    check_objective("cpc:1,apc:0.5,masked:0.25,simclr:2", NULL);
}

// Without stopping, CPC's targets learn too; with it, the first layer's gradient differs.
static void stopped_targets_change_the_gradient(void **state)
{
    (void)state;
    double norm[2];
    for (int stop = 0; stop < 2; stop++) {
        struct bench *bench = malloc(sizeof *bench);
        bench_open(bench, "cpc", stop ? "cpc.stop_targets=1" : NULL);
        loss_of(bench);
        struct tensor *first = parameters_tensor(&bench->parameters, bench->where.conv[0].weight);
        norm[stop] = norm_of(first->grad, tensor_size(first));
        bench_close(bench);
        free(bench);
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
        {"cpc.temperature=0", "0.001"},       {"cpc.steps=2.5", "whole"},
        {"cpc.same_sequence=1", "negatives_from"},      {"magic.x=1", "optimiser"},
        {"loop.streams", "group.name=value"}, {"shape.conv=3", "channels"},
        {"shape.front_end=ears", "waveform"}, {"loop.frames=8", "too short"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpc_gradient),
        cmocka_unit_test(cpc_dot_product_gradient),
        cmocka_unit_test(cpc_same_sequence_gradient),
        cmocka_unit_test(apc_gradient),
        cmocka_unit_test(masked_gradient),
        cmocka_unit_test(simclr_gradient),
        cmocka_unit_test(joint_gradient),
        cmocka_unit_test(stopped_targets_change_the_gradient),
        cmocka_unit_test(unknown_objectives_are_named),
        cmocka_unit_test(settings_out_of_range_are_refused),
    };
    return cmocka_run_group_tests_name("objectives", tests, NULL, NULL);
}
