// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "learn/kmeans.h"

#include "kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 }; // rows whose distances are computed together

static const float *row_of(const float *rows, int i, int width)
{
    return rows + (size_t)i * (size_t)width;
}

// ---- the nearest

int kmeans_scratch(int k)
{
    return k * (BLOCK + 1);
}

// |x - c|^2 = |x|^2 + 2 (|c|^2 / 2 - x . c): the least of what is in brackets is the nearest.
void kmeans_nearest(const float *centroids, int k, const float *rows, int n, int width,
                    float *scratch, int *nearest)
{
    float *half = scratch, *scores = scratch + k;
    for (int j = 0; j < k; j++) {
        const float *c = row_of(centroids, j, width);
        half[j] = kernels()->dot(width, c, c) / 2;
    }
    for (int from = 0; from < n; from += BLOCK) {
        const int count = n - from < BLOCK ? n - from : BLOCK;
        kernels()->sgemm(false, true, count, k, width, -1, row_of(rows, from, width), width,
                         centroids, width, 0, scores, k);
        for (int i = 0; i < count; i++) {
            const float *score = scores + (size_t)i * (size_t)k;
            int best = 0;
            for (int j = 1; j < k; j++)
                if (score[j] + half[j] < score[best] + half[best])
                    best = j;
            nearest[from + i] = best;
        }
    }
}

// ---- seeds

static double distance(const float *x, const float *y, int width)
{
    double sum = 0;
    for (int c = 0; c < width; c++) {
        const double off = (double)x[c] - (double)y[c];
        sum += off * off;
    }
    return sum;
}

// A row, drawn by its square distance from the seeds there are.
static int draw(const double *distances, int n, struct random *random)
{
    double total = 0;
    for (int i = 0; i < n; i++)
        total += distances[i];
    double left = (double)random_uniform(random) * total;
    for (int i = 0; i < n; i++)
        if ((left -= distances[i]) < 0)
            return i;
    return n - 1;
}

static void seed(const float *rows, int n, int width, int k, struct random *random,
                 double *distances, float *centroids)
{
    for (int i = 0; i < n; i++)
        distances[i] = 1; // the first is any
    for (int j = 0; j < k; j++) {
        float *centroid = centroids + (size_t)j * (size_t)width;
        memcpy(centroid, row_of(rows, draw(distances, n, random), width),
               (size_t)width * sizeof *centroid);
        for (int i = 0; i < n; i++) {
            const double away = distance(row_of(rows, i, width), centroid, width);
            distances[i] = j == 0 ? away : fmin(distances[i], away);
        }
    }
}

// ---- rounds

struct groups {
    int *nearest, *before; // [n]
    double *sums;          // [k][width]
    int *counts;           // [k]
    float *scratch;
};

static void move(const float *rows, int n, int width, int k, struct groups *groups,
                 float *centroids)
{
    memset(groups->sums, 0, (size_t)k * (size_t)width * sizeof *groups->sums);
    memset(groups->counts, 0, (size_t)k * sizeof *groups->counts);
    for (int i = 0; i < n; i++) {
        double *sum = groups->sums + (size_t)groups->nearest[i] * (size_t)width;
        groups->counts[groups->nearest[i]]++;
        for (int c = 0; c < width; c++)
            sum[c] += (double)row_of(rows, i, width)[c];
    }
    for (int j = 0; j < k; j++)
        for (int c = 0; c < width && groups->counts[j] > 0; c++) {
            const size_t at = (size_t)j * (size_t)width + (size_t)c;
            centroids[at] = (float)(groups->sums[at] / groups->counts[j]);
        }
}

bool kmeans_fit(const float *rows, int n, int width, int k, int rounds, struct random *random,
                float *centroids)
{
    double *distances = malloc((size_t)n * sizeof *distances);
    struct groups groups = {
        .nearest = malloc((size_t)n * sizeof(int)),
        .before = malloc((size_t)n * sizeof(int)),
        .sums = malloc((size_t)k * (size_t)width * sizeof(double)),
        .counts = malloc((size_t)k * sizeof(int)),
        .scratch = malloc((size_t)kmeans_scratch(k) * sizeof(float)),
    };
    const bool whole = distances && groups.nearest && groups.before && groups.sums &&
                       groups.counts && groups.scratch;
    if (whole)
        seed(rows, n, width, k, random, distances, centroids);
    for (int round = 0; whole && round < rounds; round++) {
        kmeans_nearest(centroids, k, rows, n, width, groups.scratch, groups.nearest);
        if (round > 0 && !memcmp(groups.nearest, groups.before, (size_t)n * sizeof(int)))
            break;
        memcpy(groups.before, groups.nearest, (size_t)n * sizeof(int));
        move(rows, n, width, k, &groups, centroids);
    }
    free(distances);
    free(groups.nearest);
    free(groups.before);
    free(groups.sums);
    free(groups.counts);
    free(groups.scratch);
    return whole;
}
