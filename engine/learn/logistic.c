// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// One flat vector theta = [W | b] descends; the two matrix products per step are the cost:
//   logits (N,K) = X W^T + b;   dW (K,D) = (softmax - onehot)^T X / N + l2 W
// liblbfgs descends in double; the products are in float.
#include "learn/logistic.h"

#include "kernels/kernels.h"

#include <lbfgs.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_ITERATIONS = 300, BLOCK_ROWS = 128 };

struct solver {
    const struct logistic_data *data;
    double l2;
    int size, iterations;    // size: K * (D + 1)
    float *logits;           // [BLOCK_ROWS][K]
    float *theta, *gradient; // [size]
};

static double vector_dot(int n, const float *a, const float *b)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static float item_weight(const struct logistic_data *data, int i)
{
    return data->weight ? data->weight[i] : 1.0f;
}

// Turns row i of logits into its softmax; returns -log p[label].
static double softmax_loss(float *row, int classes, int label)
{
    float top = row[0];
    for (int k = 1; k < classes; k++)
        top = fmaxf(top, row[k]);
    double sum = 0;
    float at_label = row[label] - top;
    for (int k = 0; k < classes; k++) {
        row[k] = expf(row[k] - top);
        sum += (double)row[k];
    }
    for (int k = 0; k < classes; k++)
        row[k] = (float)((double)row[k] / sum);
    return log(sum) - (double)at_label;
}

// The rows from first on: their losses, and their part of the gradient added to it.
static double objective_rows(struct solver *solver, const float *theta, float *gradient, int first,
                             int rows)
{
    const struct logistic_data *data = solver->data;
    const int dims = data->dims, classes = data->classes;
    const float *x = data->x + (size_t)first * dims, *bias = theta + classes * dims;
    float *bias_gradient = gradient + classes * dims;
    double loss = 0;
    kernels()->sgemm(false, true, rows, classes, dims, 1, x, dims, theta, dims, 0, solver->logits,
                     classes);
    for (int i = 0; i < rows; i++) {
        float *row = solver->logits + (size_t)i * classes;
        const float scale = item_weight(data, first + i) / (float)data->count;
        const int label = data->y[first + i];
        for (int k = 0; k < classes; k++)
            row[k] += bias[k];
        loss += (double)scale * softmax_loss(row, classes, label);
        row[label] -= 1;
        for (int k = 0; k < classes; k++) {
            row[k] *= scale;
            bias_gradient[k] += row[k];
        }
    }
    kernels()->sgemm(true, false, classes, dims, rows, 1, solver->logits, classes, x, dims, 1,
                     gradient, dims);
    return loss;
}

// Block by block: x is the large thing here, and is fetched from memory once.
static double objective(struct solver *solver, const float *theta, float *gradient)
{
    const struct logistic_data *data = solver->data;
    const int weights = data->classes * data->dims;
    double loss = 0;
    memset(gradient, 0, (size_t)solver->size * sizeof *gradient);
    for (int first = 0; first < data->count; first += BLOCK_ROWS)
        loss += objective_rows(solver, theta, gradient, first,
                               data->count - first < BLOCK_ROWS ? data->count - first : BLOCK_ROWS);
    kernels()->axpy(weights, (float)solver->l2, theta, gradient);
    return loss + 0.5 * solver->l2 * vector_dot(weights, theta, theta);
}

// ---- the descent

static lbfgsfloatval_t evaluate(void *user, const lbfgsfloatval_t *x, lbfgsfloatval_t *gradient,
                                const int size, const lbfgsfloatval_t step)
{
    struct solver *solver = user;
    (void)step;
    for (int i = 0; i < size; i++)
        solver->theta[i] = (float)x[i];
    const double loss = objective(solver, solver->theta, solver->gradient);
    for (int i = 0; i < size; i++)
        gradient[i] = (double)solver->gradient[i];
    return loss;
}

// Not 0 ends the descent.
static int report(void *user, const lbfgsfloatval_t *x, const lbfgsfloatval_t *gradient,
                  const lbfgsfloatval_t loss, const lbfgsfloatval_t x_norm,
                  const lbfgsfloatval_t gradient_norm, const lbfgsfloatval_t step, int size,
                  int iteration, int evaluations)
{
    const struct solver *solver = user;
    const struct logistic_data *data = solver->data;
    (void)x, (void)gradient, (void)loss, (void)x_norm, (void)gradient_norm, (void)step;
    (void)size, (void)evaluations;
    return data->progress && !data->progress(iteration, solver->iterations, data->user);
}

// A line search that finds nothing better ends the descent at the best point: float products have
// an end of their precision. false when memory is out.
static bool descend(struct solver *solver, lbfgsfloatval_t *x)
{
    lbfgs_parameter_t parameters;
    lbfgs_parameter_init(&parameters);
    parameters.m = 10;
    parameters.epsilon = 1e-5;
    parameters.past = 1;
    parameters.delta = 1e-7;
    parameters.max_iterations = solver->iterations;
    return lbfgs(solver->size, x, NULL, evaluate, report, solver, &parameters) !=
           LBFGSERR_OUTOFMEMORY;
}

bool logistic_fit(const struct logistic_data *data, double l2, int iterations,
                  struct logistic *model)
{
    const size_t weights = (size_t)data->classes * (size_t)data->dims;
    const size_t size = weights + (size_t)data->classes;
    struct solver solver = {.data = data,
                            .l2 = l2,
                            .size = (int)size,
                            .iterations = iterations > 0 ? iterations : DEFAULT_ITERATIONS,
                            .logits = malloc(BLOCK_ROWS * (size_t)data->classes * sizeof(float)),
                            .theta = malloc(size * sizeof(float)),
                            .gradient = malloc(size * sizeof(float))};
    lbfgsfloatval_t *x = lbfgs_malloc((int)size);
    *model = (struct logistic){.classes = data->classes, .dims = data->dims};
    model->weight = malloc(size * sizeof *model->weight);
    model->bias = model->weight ? model->weight + weights : NULL;
    bool done = solver.logits && solver.theta && solver.gradient && x && model->weight;
    for (size_t i = 0; i < size && done; i++)
        x[i] = data->start ? (double)data->start->weight[i] : 0;
    done = done && descend(&solver, x);
    for (size_t i = 0; i < size && done; i++)
        model->weight[i] = (float)x[i];
    lbfgs_free(x);
    free(solver.logits);
    free(solver.theta);
    free(solver.gradient);
    if (!done)
        logistic_free(model);
    return done;
}

void logistic_free(struct logistic *model)
{
    free(model->weight);
    *model = (struct logistic){0};
}

void logistic_posteriors(const struct logistic *model, const float *x, float *posteriors)
{
    kernels()->gemv(model->classes, model->dims, model->weight, x, model->bias, posteriors);
    softmax_loss(posteriors, model->classes, 0);
}

int logistic_predict(const struct logistic *model, const float *x)
{
    int best = 0;
    float best_logit = -INFINITY;
    for (int k = 0; k < model->classes; k++) {
        const float *row = model->weight + (size_t)k * model->dims;
        float logit = kernels()->dot(model->dims, row, x) + model->bias[k];
        if (logit > best_logit) {
            best_logit = logit;
            best = k;
        }
    }
    return best;
}

void standardise_measure(const float *x, int count, int dims, float *mean, float *deviation)
{
    for (int d = 0; d < dims; d++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
            sum += (double)x[(size_t)i * dims + d];
        double centre = sum / count;
        for (int i = 0; i < count; i++) {
            double off = (double)x[(size_t)i * dims + d] - centre;
            squares += off * off;
        }
        double spread = sqrt(squares / count);
        mean[d] = (float)centre;
        deviation[d] = spread > 1e-6 ? (float)spread : 1.0f;
    }
}

void standardise_apply(float *x, int count, int dims, const float *mean, const float *deviation)
{
    for (int i = 0; i < count; i++)
        for (int d = 0; d < dims; d++) {
            float *value = x + (size_t)i * dims + d;
            *value = (*value - mean[d]) / deviation[d];
        }
}
