// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "objective_bench.h"

#include "model/carry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_network(struct bench *bench)
{
    encoder_declare(&bench->settings.shape, &bench->parameters, &bench->layout);
    mixture_declare(&bench->settings.mixture, &bench->settings.shape, &bench->parameters);
    assert_true(parameters_allocate(&bench->parameters));
    struct random random = random_seeded(3);
    bench->network = (struct network){&bench->settings.shape, &bench->parameters, &bench->layout};
    encoder_init(&bench->network, &random);
    mixture_init(&bench->settings.mixture,
                 (struct objective_context){.network = bench->network, .random = &random});
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < INPUTS; i++)
            bench->input[v][i] = random_normal(&random);
    for (int i = 0; i < STREAMS * FRAMES * TEACHER; i++) {
        bench->teacher[i] = random_normal(&random);
        bench->taught[i / TEACHER] = i / TEACHER % 4 > 0;
    }
}

struct bench *bench_create(const char *objective, const char *const *extra, int extras)
{
    return bench_create_shared(objective, extra, extras, 1);
}

struct bench *bench_create_shared(const char *objective, const char *const *extra, int extras,
                                  int workers)
{
    const char *settings[24] = {"loop.streams=3", "loop.frames=20",  "shape.mels=6",
                                "shape.conv=8x3", "shape.dim=10",    "shape.layers=2",
                                "shape.gelu=1",   "shape.residual=0"};
    int count = 8;
    for (int i = 0; i < extras; i++)
        settings[count++] = extra[i];
    auricle_error error = {0};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    if (settings_parse(objective, settings, count, &bench->settings, &error))
        fail_msg("%s", error.text);
    add_network(bench);
    assert_int_equal(trainer_create(&bench->settings, &bench->network, true, 5, workers,
                                    &bench->trainer, &error),
                     AURICLE_OK);
    bench->batch = (struct loader_batch){.features = {bench->input[0], bench->input[1]},
                                         .samples = {bench->input[0], bench->input[1]},
                                         .fresh = bench->fresh,
                                         .begins = bench->begins,
                                         .gap = bench->gap,
                                         .voice_changed = bench->voice_changed,
                                         .recording = bench->recording,
                                         .speaker = bench->speaker,
                                         .teacher = bench->teacher,
                                         .teacher_width = TEACHER,
                                         .taught = bench->taught};
    return bench;
}

void bench_destroy(struct bench *bench)
{
    trainer_destroy(&bench->trainer);
    parameters_free(&bench->parameters);
    free(bench);
}

// The loss from the same carried state, which is not zero, with the same draws.
struct mixture_report bench_report(struct bench *bench)
{
    struct random random = random_seeded(9);
    for (int i = 0; i < bench->trainer->worker_count; i++)
        for (int v = 0; v < bench->settings.loop.views; v++) {
            const struct worker *worker = &bench->trainer->worker[i];
            struct carry_part parts[CARRY_PARTS];
            int count = carry_list(&bench->settings.shape, &worker->carry[v], parts);
            for (int p = 0; p < count; p++)
                for (size_t j = 0; j < parts[p].width * (size_t)worker->streams; j++)
                    parts[p].values[j] = 0.3f * random_normal(&random);
        }
    return trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10});
}

// (L(w + e d) - L(w - e d)) / 2e along the unit direction d of one tensor.
static double slope_along(struct bench *bench, const struct tensor *w, const float *direction)
{
    const float step = 4e-3f;
    double loss[2];
    float *kept = malloc(tensor_size(w) * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, w->data, tensor_size(w) * sizeof *kept);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < tensor_size(w); i++)
            w->data[i] = kept[i] + (side ? step : -step) * direction[i];
        loss[side] = bench_report(bench).total;
    }
    memcpy(w->data, kept, tensor_size(w) * sizeof *kept);
    free(kept);
    return (loss[1] - loss[0]) / (2 * (double)step);
}

static double product(const float *x, const float *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

// Along its own gradient and along drawn directions.
void check_tensor(struct bench *bench, int index, const float *gradient)
{
    const struct tensor *w = parameters_tensor(&bench->parameters, index);
    const size_t n = tensor_size(w);
    const double norm = sqrt(product(gradient, gradient, n));
    struct random random = random_seeded((uint64_t)index);
    float *direction = malloc(n * sizeof *direction);
    assert_non_null(direction);
    for (int trial = 0; trial < 3; trial++) {
        for (size_t i = 0; i < n; i++)
            direction[i] = trial ? random_normal(&random) : gradient[i];
        const float length = (float)sqrt(product(direction, direction, n));
        for (size_t i = 0; i < n; i++)
            direction[i] /= length;
        double slope = slope_along(bench, w, direction), expected = product(direction, gradient, n);
        if (!(norm > 1e-6 && fabs(slope - expected) <= 0.02 * norm + 2e-4))
            fail_msg("%s, direction %d: differences give %g, the gradient %g (norm %g)",
                     bench->parameters.list[index].name, trial, slope, expected, norm);
    }
    free(direction);
}

// Not trained: the features' normalisation, and what calls itself frozen.
static bool is_constant(const struct bench *bench, int index)
{
    return index == bench->layout.feature_mean || index == bench->layout.feature_std ||
           strstr(bench->parameters.list[index].name, ".frozen.");
}

void check_bench(struct bench *bench)
{
    assert_true(isfinite(bench_report(bench).total));
    const size_t bytes = bench->parameters.size * sizeof(float);
    float *gradient = malloc(bytes);
    assert_non_null(gradient);
    memcpy(gradient, bench->parameters.grad, bytes);
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        const float *own = gradient + parameter->offset;
        if (!is_constant(bench, i)) {
            check_tensor(bench, i, own);
            continue;
        }
        assert_false(parameter->decay);
        assert_true(product(own, own, tensor_size(parameter->tensor)) == 0);
    }
    free(gradient);
}

void check_objective(const char *objective, const char *const *extra, int extras)
{
    struct bench *bench = bench_create(objective, extra, extras);
    check_bench(bench);
    bench_destroy(bench);
}

double statistic(const struct mixture_report *report, int part, const char *name)
{
    for (int i = 0; i < report->statistics[part].count; i++)
        if (!strcmp(report->statistics[part].list[i].name, name))
            return report->statistics[part].list[i].value;
    return (double)NAN;
}
