// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/learn.h"

#include "base/error.h"
#include "learn/logistic.h"
#include "heads/hidden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHOOSING_ROWS = 8000, CHOOSING_STEPS = 80, FITTING_STEPS = 200, DRAW_HELD = 0x4e1d };

// ---- groups left out: a fifth of the rows, whole groups where no group is more than half of all

static size_t count_groups(const struct fit_examples *examples)
{
    size_t most = 0;
    for (int i = 0; i < examples->count; i++)
        most = (size_t)examples->group[i] > most ? (size_t)examples->group[i] : most;
    return most + 1;
}

static void hold_out(const int *sizes, uint32_t groups, int rows, struct random *random, bool *out)
{
    uint32_t *order = malloc(groups * sizeof *order);
    int held = 0;
    for (uint32_t g = 0; order && g < groups; g++)
        order[g] = g;
    if (order && groups > 1)
        random_shuffle(random, order, groups);
    for (uint32_t i = 0; order && i < groups && held < rows / 5; i++) {
        int size = sizes[order[i]];
        out[order[i]] = size > 0 && held + size <= rows / 2;
        held += out[order[i]] ? size : 0;
    }
    free(order);
}

bool *fit_hold_out(const struct fit_examples *examples, uint64_t seed)
{
    CHECK(examples->count > 0);
    struct random random = random_for(seed, DRAW_HELD);
    const size_t groups = count_groups(examples);
    bool *held = calloc((size_t)(uint32_t)examples->count, sizeof *held);
    bool *out = calloc(groups, sizeof *out);
    int *sizes = calloc(groups, sizeof *sizes);
    int total = 0;
    for (int i = 0; held && out && sizes && i < examples->count; i++)
        sizes[examples->group[i]]++;
    if (held && out && sizes)
        hold_out(sizes, (uint32_t)groups, examples->count, &random, out);
    for (int i = 0; held && out && i < examples->count; i++)
        total += held[i] = out[examples->group[i]];
    for (int i = 0; held && total == 0 && i < examples->count; i += 5)
        held[i] = true; // one speaker: windows of it
    free(out);
    free(sizes);
    return held;
}

// ---- linear

// At most most rows with held[i] == want, evenly spaced; x, y and weight are one allocation each.
static bool take_rows(const struct fit_examples *examples, const bool *held, bool want, int most,
                      struct logistic_data *data)
{
    const size_t dims = (size_t)examples->dims;
    int total = 0;
    for (int i = 0; i < examples->count; i++)
        total += held[i] == want;
    const double step = total > most ? (double)total / most : 1;
    const size_t room = (size_t)(total < most ? total : most) + 1;
    float *x = malloc(room * dims * sizeof *x);
    int *y = malloc(room * sizeof *y);
    *data = (struct logistic_data){
        .x = x, .y = y, .dims = examples->dims, .classes = examples->classes};
    if (!x || !y)
        return false;
    for (int i = 0, met = 0; i < examples->count; i++) {
        if (held[i] != want || met++ < (int)(data->count * step))
            continue;
        if (data->count == (int)room - 1)
            break;
        memcpy(x + (size_t)data->count * dims, examples->x + (size_t)i * dims, dims * sizeof *x);
        y[data->count++] = examples->label[i];
    }
    return true;
}

static void drop_rows(struct logistic_data *data)
{
    free((void *)data->x);
    free((void *)data->y);
    free((void *)data->weight);
}

// Every class weighs the same, the mean weight is 1.
static float *class_weights(const int *y, int count, int classes)
{
    float *weight = malloc((size_t)count * sizeof *weight);
    int *sizes = calloc((size_t)classes, sizeof *sizes), present = 0;
    for (int i = 0; sizes && i < count; i++)
        present += sizes[y[i]]++ == 0;
    for (int i = 0; sizes && weight && i < count; i++)
        weight[i] = (float)count / (float)(present * sizes[y[i]]);
    free(sizes);
    return weight;
}

static double loss_on(const struct logistic *model, const struct logistic_data *data)
{
    float posteriors[MAX_HEAD_CLASSES];
    double sum = 0;
    for (int i = 0; i < data->count; i++) {
        logistic_posteriors(model, data->x + (size_t)i * (size_t)data->dims, posteriors);
        sum -= (double)data->weight[i] * log(fmax((double)posteriors[data->y[i]], 1e-12));
    }
    return data->count ? sum / data->count : 0;
}

struct watch {
    const auricle_fit_config *config;
    bool stopped;
};

static bool go_on(int done, int total, void *user)
{
    struct watch *watch = user;
    const auricle_fit_config *config = watch->config;
    watch->stopped = config->progress && !config->progress(done, total, config->user);
    return !watch->stopped;
}

static bool choose_l2(const struct fit_examples *examples, const bool *held, struct watch *watch,
                      double *l2)
{
    static const double grid[] = {1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};
    struct logistic_data fit = {0}, test = {0};
    double best = INFINITY;
    bool whole = take_rows(examples, held, false, CHOOSING_ROWS, &fit) &&
                 take_rows(examples, held, true, CHOOSING_ROWS / 2, &test);
    if (whole)
        whole = (fit.weight = class_weights(fit.y, fit.count, fit.classes)) &&
                (test.weight = class_weights(test.y, test.count, test.classes));
    fit.progress = go_on;
    fit.user = watch;
    for (size_t g = 0; whole && !watch->stopped && g < sizeof grid / sizeof *grid; g++) {
        struct logistic model;
        whole = logistic_fit(&fit, grid[g], CHOOSING_STEPS, &model);
        double loss = whole ? loss_on(&model, &test) : best;
        logistic_free(&model);
        if (loss > best) // the curve has one valley
            break;
        best = loss;
        *l2 = grid[g];
    }
    drop_rows(&fit);
    drop_rows(&test);
    return whole;
}

static auricle_status fit_linear(const struct fit_examples *examples, const bool *held,
                                 const auricle_fit_config *config, struct fit_learned *learned,
                                 float *out, auricle_error *error)
{
    const size_t weights = (size_t)examples->classes * (size_t)examples->dims;
    struct watch watch = {.config = config};
    struct logistic_data data = {.x = examples->x,
                                 .y = examples->label,
                                 .count = examples->count,
                                 .dims = examples->dims,
                                 .classes = examples->classes,
                                 .progress = go_on,
                                 .user = &watch};
    struct logistic model = {0};
    float *weight = class_weights(examples->label, examples->count, examples->classes);
    data.weight = weight;
    bool whole = weight && choose_l2(examples, held, &watch, &learned->l2) && !watch.stopped &&
                 logistic_fit(&data, learned->l2, FITTING_STEPS, &model);
    if (whole)
        memcpy(out, model.weight, (weights + (size_t)examples->classes) * sizeof *out);
    logistic_free(&model);
    free(weight);
    learned->weights.output_weight = out;
    learned->weights.output_bias = out + weights;
    if (watch.stopped)
        return error_set(error, AURICLE_INTERRUPTED, "interrupted");
    return whole ? AURICLE_OK : AURICLE_NO_MEMORY;
}

// ---- both

static auricle_status check_classes(const struct fit_examples *examples, const char *const *labels,
                                    auricle_error *error)
{
    for (int i = 0; i < examples->classes; i++)
        if (examples->seen[i] == 0)
            return error_set(error, AURICLE_INVALID,
                             "there is nothing to learn '%.60s' from: no readable train recording "
                             "has that label",
                             labels[i]);
    return AURICLE_OK;
}

auricle_status fit_learn(struct fit_examples *examples, int hidden, const char *const *labels,
                         const auricle_fit_config *config, struct fit_learned *learned,
                         auricle_error *error)
{
    const size_t inputs = (size_t)examples->dims, classes = (size_t)examples->classes,
                 inner = (size_t)hidden;
    const size_t width = hidden ? inner : inputs;
    *learned = (struct fit_learned){0};
    auricle_status status = check_classes(examples, labels, error);
    if (status)
        return status;
    learned->memory =
        calloc(2 * inputs + inner * (inputs + 1) + classes * (width + 1), sizeof(float));
    bool *held = fit_hold_out(examples, config->seed);
    if (!learned->memory || !held) {
        status = AURICLE_NO_MEMORY;
        goto fail;
    }
    float *mean = learned->memory, *deviation = mean + inputs, *rest = deviation + inputs;
    standardise_measure(examples->x, examples->count, examples->dims, mean, deviation);
    standardise_apply(examples->x, examples->count, examples->dims, mean, deviation);
    learned->weights.input_mean = mean;
    learned->weights.input_std = deviation;
    if (hidden)
        status = fit_hidden(examples, held, hidden, config, rest, learned, error);
    else
        status = fit_linear(examples, held, config, learned, rest, error);
fail:
    free(held);
    if (status == AURICLE_NO_MEMORY)
        error_set(error, status, "no memory to fit %d windows", examples->count);
    if (status)
        fit_learned_free(learned);
    return status;
}

void fit_learned_free(struct fit_learned *learned)
{
    free(learned->memory);
    *learned = (struct fit_learned){0};
}
