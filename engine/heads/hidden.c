// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// x (1,N,D) -> dropout -> linear -> relu -> dropout -> linear -> cross entropy
#include "heads/hidden.h"

#include "base/error.h"
#include "nn/layers.h"
#include "nn/softmax.h"
#include "learn/optimiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 128, PATIENCE = 6, MOST_ROUNDS = 40, LEAST_STEPS = 50, MOST_STEPS = 400 };
static const float rate = 1e-3f, input_dropout = 0.1f, hidden_dropout = 0.3f, decay = 0.05f;

struct hidden_fit {
    const struct fit_examples *examples;
    struct parameters parameters;
    int hidden_weight, hidden_bias, output_weight, output_bias;
    struct optimiser optimiser;
    struct tape *tape;
    struct random random;
    int **rows, *row_count; // of each class, not held
    float *batch;           // [BATCH][D]
    int labels[BATCH];
    float *best; // [parameters.size]
    double best_loss;
};

static void declare(struct hidden_fit *fit, int hidden)
{
    const int in = fit->examples->dims, classes = fit->examples->classes;
    struct parameters *p = &fit->parameters;
    fit->hidden_weight = parameters_declare(p, "hidden.weight", 2, (int[]){hidden, in}, true, true);
    fit->hidden_bias = parameters_declare(p, "hidden.bias", 1, (int[]){hidden}, false, true);
    fit->output_weight =
        parameters_declare(p, "output.weight", 2, (int[]){classes, hidden}, true, true);
    fit->output_bias = parameters_declare(p, "output.bias", 1, (int[]){classes}, false, true);
}

static bool sort_rows(struct hidden_fit *fit, const bool *held)
{
    const struct fit_examples *examples = fit->examples;
    const size_t classes = (size_t)examples->classes;
    fit->rows = calloc(classes, sizeof *fit->rows);
    fit->row_count = calloc(classes, sizeof *fit->row_count);
    if (!fit->rows || !fit->row_count)
        return false;
    for (int i = 0; i < examples->classes; i++)
        if (!(fit->rows[i] = malloc((size_t)examples->count * sizeof(int))))
            return false;
    for (int i = 0; i < examples->count; i++)
        if (!held[i])
            fit->rows[examples->label[i]][fit->row_count[examples->label[i]]++] = i;
    for (int k = 0; k < examples->classes; k++) // all of a class was held: better seen than not
        for (int i = 0; fit->row_count[k] == 0 && i < examples->count; i++)
            if (examples->label[i] == k)
                fit->rows[k][fit->row_count[k]++] = i;
    return true;
}

static bool begin(struct hidden_fit *fit, const bool *held, int hidden, uint64_t seed)
{
    const struct adamw adamw = {
        .beta1 = 0.9f, .beta2 = 0.98f, .epsilon = 1e-8f, .decay = decay, .clip = 1};
    declare(fit, hidden);
    fit->random = random_for(seed, 0x41dd);
    fit->tape = tape_create(true);
    fit->batch = malloc(BATCH * (size_t)fit->examples->dims * sizeof *fit->batch);
    fit->best_loss = INFINITY;
    if (!fit->tape || !fit->batch || !parameters_allocate(&fit->parameters) ||
        !optimiser_create(fit->parameters.size, adamw, &fit->optimiser) || !sort_rows(fit, held))
        return false;
    fit->best = malloc(fit->parameters.size * sizeof *fit->best);
    parameters_init(&fit->parameters, fit->hidden_weight, INIT_UNIFORM,
                    sqrtf(3 / (float)fit->examples->dims), &fit->random);
    parameters_init(&fit->parameters, fit->output_weight, INIT_UNIFORM, 1 / sqrtf((float)hidden),
                    &fit->random);
    return fit->best != NULL;
}

static void end(struct hidden_fit *fit)
{
    for (int i = 0; fit->rows && i < fit->examples->classes; i++)
        free(fit->rows[i]);
    free(fit->rows);
    free(fit->row_count);
    free(fit->batch);
    free(fit->best);
    optimiser_free(&fit->optimiser);
    parameters_free(&fit->parameters);
    tape_destroy(&fit->tape);
}

static struct tensor *logits(struct hidden_fit *fit, int count, bool learning)
{
    struct parameters *p = &fit->parameters;
    struct tensor *x = tape_constant(fit->tape, fit->batch, 1, count, fit->examples->dims);
    if (learning)
        x = tape_dropout(fit->tape, x, input_dropout, &fit->random);
    x = tape_relu(fit->tape, tape_linear(fit->tape, x, parameters_tensor(p, fit->hidden_weight),
                                         parameters_tensor(p, fit->hidden_bias)));
    if (learning)
        x = tape_dropout(fit->tape, x, hidden_dropout, &fit->random);
    return tape_linear(fit->tape, x, parameters_tensor(p, fit->output_weight),
                       parameters_tensor(p, fit->output_bias));
}

static void put_row(struct hidden_fit *fit, int at, int row)
{
    const size_t dims = (size_t)fit->examples->dims;
    memcpy(fit->batch + (size_t)at * dims, fit->examples->x + (size_t)row * dims,
           dims * sizeof(float));
    fit->labels[at] = fit->examples->label[row];
}

static void learn_batch(struct hidden_fit *fit, float at_rate)
{
    for (int i = 0; i < BATCH; i++) {
        size_t label = random_below(&fit->random, (uint64_t)fit->examples->classes);
        size_t which = random_below(&fit->random, (uint64_t)fit->row_count[label]);
        put_row(fit, i, fit->rows[label][which]);
    }
    tape_reset(fit->tape);
    struct tensor *loss =
        tape_cross_entropy(fit->tape, logits(fit, BATCH, true), fit->labels, NULL);
    learn_step(fit->tape, loss, &fit->parameters, &fit->optimiser, at_rate);
}

// Mean over classes of the mean loss of their held rows.
static double held_loss(struct hidden_fit *fit, const bool *held)
{
    const struct fit_examples *examples = fit->examples;
    double sums[MAX_HEAD_CLASSES] = {0}, total = 0;
    int counts[MAX_HEAD_CLASSES] = {0}, present = 0;
    for (int i = 0, filled = 0; i < examples->count; i++) {
        if (held[i])
            put_row(fit, filled++, i);
        if (filled == 0 || (filled < BATCH && i + 1 < examples->count))
            continue;
        tape_reset(fit->tape);
        const struct tensor *out = logits(fit, filled, false);
        for (int n = 0; n < filled; n++) {
            float *row = out->data + (size_t)n * (size_t)examples->classes;
            const float logit = row[fit->labels[n]];
            sums[fit->labels[n]] += (double)(softmax_row(examples->classes, row) - logit);
            counts[fit->labels[n]]++;
        }
        filled = 0;
    }
    for (int k = 0; k < examples->classes; k++)
        if (counts[k]) {
            total += sums[k] / counts[k];
            present++;
        }
    return present ? total / present : 0;
}

static auricle_status descend(struct hidden_fit *fit, const bool *held,
                              const auricle_fit_config *config, auricle_error *error)
{
    int steps = fit->examples->count / BATCH, stale = 0;
    steps = steps < LEAST_STEPS ? LEAST_STEPS : steps > MOST_STEPS ? MOST_STEPS : steps;
    for (int round = 0; round < MOST_ROUNDS && stale < PATIENCE; round++) {
        for (int i = 0; i < steps; i++)
            learn_batch(fit, (float)schedule_rate((double)rate, 0.05, steps,
                                                  (int64_t)steps * MOST_ROUNDS,
                                                  (int64_t)round * steps + i));
        double loss = held_loss(fit, held);
        stale++;
        if (loss < fit->best_loss) {
            fit->best_loss = loss;
            stale = 0;
            memcpy(fit->best, fit->parameters.value, fit->parameters.size * sizeof *fit->best);
        }
        if (config->progress && !config->progress(round + 1, MOST_ROUNDS, config->user))
            return error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    return AURICLE_OK;
}

auricle_status fit_hidden(const struct fit_examples *examples, const bool *held, int hidden,
                          const auricle_fit_config *config, float *out, struct fit_learned *learned,
                          auricle_error *error)
{
    struct hidden_fit fit = {.examples = examples};
    auricle_status status = AURICLE_NO_MEMORY;
    if (begin(&fit, held, hidden, config->seed))
        status = descend(&fit, held, config, error);
    if (status)
        goto fail;
    const int order[] = {fit.hidden_weight, fit.hidden_bias, fit.output_weight, fit.output_bias};
    const float **where[] = {&learned->weights.hidden_weight, &learned->weights.hidden_bias,
                             &learned->weights.output_weight, &learned->weights.output_bias};
    for (int i = 0; i < 4; i++) {
        const struct parameter *parameter = &fit.parameters.list[order[i]];
        const size_t size = tensor_size(parameter->tensor);
        memcpy(out, fit.best + parameter->offset, size * sizeof *out);
        *where[i] = out;
        out += size;
    }
    learned->l2 = (double)decay;
fail:
    end(&fit);
    return status;
}
