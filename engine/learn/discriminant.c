// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//   x (N,D) -centre-> Gram (N,N) = U S^2 U' -> scores (N,P) -> Sw, Sb (P,P) -> Sb v = value Sw v
// The principal axes are U' X / S, so nothing of size D x D is ever built.
#include "learn/discriminant.h"

#include "kernels/kernels.h"
#include "kernels/lapack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct work {
    int count, dims, classes, components;
    float *centred;                    // [N][D]
    float *gram;                       // [N][N]
    double *vectors, *values;          // [N][N], [N]
    float *axes;                       // [P][D], unit
    float *scores;                     // [N][P]
    double *within, *between, *spread; // [P][P], [P][P], [P]
    double *class_mean;                // [K][P]
};

static void work_free(struct work *work)
{
    free(work->centred);
    free(work->gram);
    free(work->vectors);
    free(work->values);
    free(work->axes);
    free(work->scores);
    free(work->within);
    free(work->between);
    free(work->spread);
    free(work->class_mean);
}

static bool work_create(struct work *work)
{
    size_t n = (size_t)work->count, d = (size_t)work->dims, p = (size_t)work->components;
    work->centred = malloc(n * d * sizeof(float));
    work->gram = malloc(n * n * sizeof(float));
    work->vectors = malloc(n * n * sizeof(double));
    work->values = malloc(n * sizeof(double));
    work->axes = malloc(p * d * sizeof(float));
    work->scores = malloc(n * p * sizeof(float));
    work->within = calloc(p * p, sizeof(double));
    work->between = calloc(p * p, sizeof(double));
    work->spread = malloc(p * sizeof(double));
    work->class_mean = calloc((size_t)work->classes * p, sizeof(double));
    return work->centred && work->gram && work->vectors && work->values && work->axes &&
           work->scores && work->within && work->between && work->spread && work->class_mean;
}

static void centre(struct work *work, const float *x, float *mean)
{
    for (int d = 0; d < work->dims; d++) {
        double sum = 0;
        for (int i = 0; i < work->count; i++)
            sum += (double)x[(size_t)i * work->dims + d];
        mean[d] = (float)(sum / work->count);
        for (int i = 0; i < work->count; i++)
            work->centred[(size_t)i * work->dims + d] = x[(size_t)i * work->dims + d] - mean[d];
    }
}

static bool principal_axes(struct work *work)
{
    int n = work->count, dims = work->dims;
    kernels()->sgemm(false, true, n, n, dims, 1, work->centred, dims, work->centred, dims, 0,
                     work->gram, n);
    for (size_t i = 0; i < (size_t)n * n; i++)
        work->vectors[i] = (double)work->gram[i];
    if (!symmetric_eigen(n, work->vectors, work->values))
        return false;
    double largest = work->values[n - 1];
    int kept = 0;
    while (kept < work->components && kept < n && work->values[n - 1 - kept] > 1e-7 * largest)
        kept++;
    work->components = kept;
    for (int p = 0; p < kept; p++) { // axis p = u_p' X / s_p
        const double *u = work->vectors + (size_t)(n - 1 - p) * n;
        float *axis = work->axes + (size_t)p * dims;
        double scale = 1 / sqrt(work->values[n - 1 - p]);
        memset(axis, 0, (size_t)dims * sizeof *axis);
        for (int i = 0; i < n; i++)
            kernels()->axpy(dims, (float)(u[i] * scale), work->centred + (size_t)i * dims, axis);
    }
    if (kept > 0)
        kernels()->sgemm(false, true, n, kept, dims, 1, work->centred, dims, work->axes, dims, 0,
                         work->scores, kept);
    return kept > 0;
}

static void add_outer(double *matrix, int n, const double *v, double weight)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            matrix[i * n + j] += weight * v[i] * v[j];
}

static bool scatter(struct work *work, const int *y, double shrinkage)
{
    int p = work->components;
    int *members = calloc((size_t)work->classes, sizeof *members);
    double *off = malloc((size_t)p * sizeof *off);
    bool ready = members && off;
    for (int i = 0; ready && i < work->count; i++) {
        members[y[i]]++;
        for (int j = 0; j < p; j++)
            work->class_mean[y[i] * p + j] += (double)work->scores[(size_t)i * p + j];
    }
    for (int k = 0; ready && k < work->classes; k++) {
        for (int j = 0; members[k] && j < p; j++)
            work->class_mean[k * p + j] /= members[k];
        add_outer(work->between, p, work->class_mean + (size_t)k * p, members[k]);
    }
    for (int i = 0; ready && i < work->count; i++) {
        for (int j = 0; j < p; j++)
            off[j] = (double)work->scores[(size_t)i * p + j] - work->class_mean[y[i] * p + j];
        add_outer(work->within, p, off, 1);
    }
    double trace = 0;
    for (int j = 0; j < p; j++)
        trace += work->within[j * p + j];
    for (int i = 0; i < p; i++)
        for (int j = 0; j < p; j++) {
            double ridge = i == j ? shrinkage * trace / p + 1e-9 * trace + 1e-12 : 0;
            work->within[i * p + j] = (1 - shrinkage) * work->within[i * p + j] + ridge;
        }
    free(members);
    free(off);
    return ready;
}

static bool keep_best(struct work *work, struct discriminant *model)
{
    int p = work->components, dims = work->dims;
    if (!symmetric_eigen_pair(p, work->between, work->within, work->spread))
        return false;
    model->kept = work->classes - 1 < p ? work->classes - 1 : p;
    model->projection = calloc((size_t)model->kept * dims, sizeof(float));
    for (int k = 0; model->projection && k < model->kept; k++) {
        const double *v = work->between + (size_t)(p - 1 - k) * p;
        for (int j = 0; j < p; j++)
            kernels()->axpy(dims, (float)v[j], work->axes + (size_t)j * dims,
                            model->projection + (size_t)k * dims);
    }
    return model->projection;
}

bool discriminant_fit(const float *x, const int *y, int count, int dims, int classes,
                      int components, double shrinkage, struct discriminant *model)
{
    *model = (struct discriminant){.dims = dims};
    if (classes < 2 || count <= classes)
        return false;
    int most = count - classes < 128 ? count - classes : 128;
    struct work work = {.count = count, .dims = dims, .classes = classes};
    work.components = components > 0 && components < most ? components : most;
    model->mean = malloc((size_t)dims * sizeof(float));
    bool fitted = work_create(&work) && model->mean;
    if (fitted) {
        centre(&work, x, model->mean);
        fitted = principal_axes(&work) && scatter(&work, y, shrinkage) && keep_best(&work, model);
    }
    work_free(&work);
    if (!fitted)
        discriminant_free(model);
    return fitted;
}

void discriminant_free(struct discriminant *model)
{
    free(model->mean);
    free(model->projection);
    *model = (struct discriminant){0};
}

void discriminant_project(const struct discriminant *model, const float *x, float *out)
{
    for (int k = 0; k < model->kept; k++) {
        const float *axis = model->projection + (size_t)k * model->dims;
        double sum = 0;
        for (int d = 0; d < model->dims; d++)
            sum += (double)axis[d] * (double)(x[d] - model->mean[d]);
        out[k] = (float)sum;
    }
}

float discriminant_cosine(int n, const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return aa > 0 && bb > 0 ? (float)(ab / sqrt(aa * bb)) : 0;
}
