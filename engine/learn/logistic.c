// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// One flat vector theta = [W | b] walks downhill; the two matrix products per step are the cost:
//   logits (N,K) = X W^T + b;   dW (K,D) = (softmax - onehot)^T X / N + l2 W
#include "learn/logistic.h"

#include "kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 10, DEFAULT_ITERATIONS = 300, LINE_SEARCH_STEPS = 30, BLOCK_ROWS = 128 };

struct solver {
    const struct logistic_data *data;
    double l2;
    int size;                                                     // K * (D + 1)
    float *logits;                                                // [BLOCK_ROWS][K]
    float *theta, *gradient, *direction, *trial, *trial_gradient; // [size]
    float *steps[MEMORY], *changes[MEMORY];                       // s_k, y_k
    double rho[MEMORY];
    int kept, newest;
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

// direction = - H gradient by the two-loop recursion.
static void choose_direction(struct solver *solver)
{
    int size = solver->size;
    double alpha[MEMORY];
    float *d = solver->direction;
    memcpy(d, solver->gradient, (size_t)size * sizeof *d);
    for (int back = 0; back < solver->kept; back++) {
        int at = (solver->newest - back + MEMORY) % MEMORY;
        alpha[at] = solver->rho[at] * vector_dot(size, solver->steps[at], d);
        kernels()->axpy(size, (float)-alpha[at], solver->changes[at], d);
    }
    if (solver->kept) {
        const float *y = solver->changes[solver->newest];
        double scale = 1 / (solver->rho[solver->newest] * vector_dot(size, y, y));
        for (int i = 0; i < size; i++)
            d[i] = (float)((double)d[i] * scale);
    }
    for (int back = solver->kept - 1; back >= 0; back--) {
        int at = (solver->newest - back + MEMORY) % MEMORY;
        double beta = solver->rho[at] * vector_dot(size, solver->changes[at], d);
        kernels()->axpy(size, (float)(alpha[at] - beta), solver->steps[at], d);
    }
    for (int i = 0; i < size; i++)
        d[i] = -d[i];
}

static void remember(struct solver *solver, double step)
{
    int size = solver->size, at = (solver->newest + 1) % MEMORY;
    for (int i = 0; i < size; i++) {
        solver->steps[at][i] = (float)(step * (double)solver->direction[i]);
        solver->changes[at][i] = solver->trial_gradient[i] - solver->gradient[i];
    }
    double curvature = vector_dot(size, solver->steps[at], solver->changes[at]);
    if (curvature <= 1e-12)
        return;
    solver->rho[at] = 1 / curvature;
    solver->newest = at;
    if (solver->kept < MEMORY)
        solver->kept++;
}

// Backtracking to Armijo's condition. Returns the step, 0 when none descends.
static double line_search(struct solver *solver, double loss, double first, double *new_loss)
{
    double slope = vector_dot(solver->size, solver->direction, solver->gradient);
    if (!(slope < 0))
        return 0;
    double step = first;
    for (int i = 0; i < LINE_SEARCH_STEPS; i++, step *= 0.5) {
        memcpy(solver->trial, solver->theta, (size_t)solver->size * sizeof(float));
        kernels()->axpy(solver->size, (float)step, solver->direction, solver->trial);
        *new_loss = objective(solver, solver->trial, solver->trial_gradient);
        if (*new_loss <= loss + 1e-4 * step * slope)
            return step;
    }
    return 0;
}

static void swap(float **a, float **b)
{
    float *held = *a;
    *a = *b;
    *b = held;
}

static void descend(struct solver *solver, int iterations)
{
    double loss = objective(solver, solver->theta, solver->gradient);
    const struct logistic_data *data = solver->data;
    for (int i = 0; i < iterations; i++) {
        if (data->progress && !data->progress(i, iterations, data->user))
            return;
        double norm = sqrt(vector_dot(solver->size, solver->gradient, solver->gradient));
        if (norm < 1e-5)
            return;
        choose_direction(solver);
        double new_loss = loss, old_loss = loss;
        double step = line_search(solver, loss, solver->kept ? 1 : fmin(1, 1 / norm), &new_loss);
        if (step == 0)
            return;
        remember(solver, step);
        swap(&solver->theta, &solver->trial);
        swap(&solver->gradient, &solver->trial_gradient);
        loss = new_loss;
        if (old_loss - new_loss < 1e-7 * old_loss)
            return;
    }
}

static float *carve(float **from, size_t count)
{
    float *taken = *from;
    *from += count;
    return taken;
}

bool logistic_fit(const struct logistic_data *data, double l2, int iterations,
                  struct logistic *model)
{
    size_t weights = (size_t)data->classes * (size_t)data->dims, size = weights + data->classes;
    size_t logits = BLOCK_ROWS * (size_t)data->classes;
    *model = (struct logistic){.classes = data->classes, .dims = data->dims};
    float *memory = calloc(logits + size * (5 + 2 * MEMORY), sizeof *memory), *rest = memory;
    model->weight = malloc(size * sizeof *model->weight);
    if (!memory || !model->weight) {
        free(memory);
        logistic_free(model);
        return false;
    }
    model->bias = model->weight + weights;
    struct solver solver = {.data = data, .l2 = l2, .size = (int)size, .newest = MEMORY - 1};
    solver.logits = carve(&rest, logits);
    float **vectors[] = {&solver.theta, &solver.gradient, &solver.direction, &solver.trial,
                         &solver.trial_gradient};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = carve(&rest, size);
    for (int i = 0; i < MEMORY; i++) {
        solver.steps[i] = carve(&rest, size);
        solver.changes[i] = carve(&rest, size);
    }
    if (data->start)
        memcpy(solver.theta, data->start->weight, size * sizeof *solver.theta);
    descend(&solver, iterations > 0 ? iterations : DEFAULT_ITERATIONS);
    memcpy(model->weight, solver.theta, size * sizeof *model->weight);
    free(memory);
    return true;
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
