// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Microseconds per frame and stream of the live path's layers, per kernel table, shape and batch:
// meson test -C build --benchmark kernels --verbose
#define _POSIX_C_SOURCE 200809L
#include "base/random.h"
#include "kernels/variants.h"
#include "nn/packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 32, FLOATS = 1 << 22, ROUNDS_MS = 100, REPEAT = 5 };

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

/** What a round runs, once. */
struct subject {
    const char *name;
    struct packed_recurrent *layer; // or
    struct packed_matrix *matrix;
    const struct kernel_table *table; // or gemv, as large as layer
    int in, hidden;
    int per_stream; // products per stream and frame
};

static const float *x[BATCH * 32], *h[BATCH];
static float *next[BATCH * 32];

static void run(const struct subject *s, const float *numbers, int batch)
{
    if (s->layer)
        packed_gru_step(s->layer, batch, x, h, next, NULL);
    else if (s->matrix)
        packed_matrix_product(s->matrix, batch * s->per_stream, x, next, NULL);
    else
        for (int b = 0; b < batch; b++) {
            s->table->gemv(3 * s->hidden, s->in, numbers, x[b], NULL, next[b]);
            s->table->gemv(3 * s->hidden, s->hidden, numbers + s->in * s->hidden * 3, h[b], NULL,
                           next[b] + 3 * s->hidden);
        }
}

// The quietest of many short rounds: what the neighbours of a shared machine add only ever adds.
static double least_us(const struct subject *s, const float *numbers, int batch)
{
    double least = 1e30;
    for (double end = now_us() + 1e3 * ROUNDS_MS; now_us() < end;) {
        double start = now_us();
        for (int i = 0; i < REPEAT; i++)
            run(s, numbers, batch);
        double us = (now_us() - start) / REPEAT;
        least = us < least ? us : least;
    }
    return least;
}

int main(void)
{
    struct random random = random_seeded(1);
    float *numbers = aligned_alloc(64, FLOATS * sizeof *numbers);
    for (int i = 0; i < FLOATS; i++)
        numbers[i] = 0.05f * random_normal(&random);
    float *out = aligned_alloc(64, BATCH * 32 * 2048 * sizeof *out);
    memset(out, 0, BATCH * 32 * 2048 * sizeof *out);
    for (int b = 0; b < BATCH * 32; b++) {
        x[b] = numbers + b * 1024;
        next[b] = out + b * 2048;
    }
    for (int b = 0; b < BATCH; b++)
        h[b] = numbers + 65536 + b * 1024;
    const struct kernel_table *table;
    printf("%-9s %-24s %8s %8s %8s %8s us a stream\n", "table", "layer", "B=1", "B=4", "B=8",
           "B=32");
    for (int t = 0; (table = kernels_supported(t)); t++) {
        const struct recurrent_step_weights gru = {numbers, numbers + 200000, numbers, numbers, 80,
                                                   256};
        struct subject subjects[] = {
            {.name = "gru 80-256 by gemv", .table = table, .in = 80, .hidden = 256},
            {.name = "gru 80-256", .layer = packed_recurrent_create(table, 3, &gru)},
            {.name = "conv 2048-256 x 8",
             .matrix = packed_matrix_create(table, 256, 2048, numbers, NULL),
             .per_stream = 8},
            {.name = "conv 10-256 x 32",
             .matrix = packed_matrix_create(table, 256, 10, numbers, NULL),
             .per_stream = 32},
            {.name = "linear 1024-256",
             .matrix = packed_matrix_create(table, 256, 1024, numbers, NULL),
             .per_stream = 1},
        };
        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
            const int batches[] = {1, 4, 8, 32};
            printf("%-9s %-24s", table->name, subjects[i].name);
            for (int b = 0; b < 4; b++)
                printf(" %8.2f", least_us(&subjects[i], numbers, batches[b]) / batches[b]);
            printf("\n");
            packed_recurrent_destroy(&subjects[i].layer);
            packed_matrix_destroy(&subjects[i].matrix);
        }
    }
    free(numbers);
    free(out);
    return 0;
}
