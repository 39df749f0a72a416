// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Microseconds per frame and stream of the live path, per kernel table, shape and batch; log-mel
// alone. Each figure is the quietest of many short rounds: what the neighbours of a shared machine
// do only ever adds.
//
//     taskset -c 1 build/tests/bench/bench_kernels [TABLE]
#define _POSIX_C_SOURCE 200809L
#include "kernels/variants.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 32, ROUNDS_MS = 120 };

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

/** What is measured: run(what, batch) computes one frame of batch streams. */
typedef void run_function(void *what, int batch);

static double least_us(run_function *run, void *what, int batch)
{
    enum { REPEAT = 3 };
    double least = 1e30;
    for (double end = now_us() + 1e3 * ROUNDS_MS; now_us() < end;) {
        double start = now_us();
        for (int i = 0; i < REPEAT; i++)
            run(what, batch);
        double us = (now_us() - start) / (REPEAT * batch);
        least = us < least ? us : least;
    }
    return least;
}

static void print_row(const char *table, const char *name, run_function *run, void *what)
{
    static const int batches[] = {1, 8, BATCH};
    printf("%-9s %-34s", table, name);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        printf(" %8.2f", least_us(run, what, batches[i]));
    printf("\n");
    fflush(stdout);
}

static float *random_floats(struct random *random, size_t count, float scale)
{
    float *values = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
    for (size_t i = 0; i < count; i++)
        values[i] = scale * random_normal(random);
    return values;
}

// ---- the network

struct live_network {
    struct encoder_shape shape;
    struct parameters parameters;
    struct encoder_weights weights;
    struct encoder_scratch *scratch;
    struct encoder_state *states[BATCH];
    float *inputs[BATCH], *frames[BATCH];
};

static void network_open(struct live_network *n, const struct encoder_shape *shape,
                         const struct kernel_table *table)
{
    struct random random = random_seeded(1);
    struct encoder_layout layout;
    *n = (struct live_network){.shape = *shape};
    encoder_declare(shape, &n->parameters, &layout);
    parameters_allocate(&n->parameters);
    const struct network network = {shape, &n->parameters, &layout};
    encoder_init(&network, &random);
    encoder_weights_of(&network, &n->weights);
    encoder_weights_pack(shape, table, &n->weights);
    n->scratch = encoder_scratch_create(shape, &n->weights, BATCH);
    for (int b = 0; b < BATCH; b++) {
        n->states[b] = encoder_state_create(shape);
        n->inputs[b] = random_floats(&random, HOP_SAMPLES, 1);
        n->frames[b] = random_floats(&random, (size_t)encoder_shape_frame_dim(shape), 0);
    }
}

static void network_close(struct live_network *n)
{
    encoder_scratch_destroy(&n->scratch);
    encoder_weights_unpack(&n->weights);
    parameters_free(&n->parameters);
    for (int b = 0; b < BATCH; b++) {
        encoder_state_destroy(&n->states[b]);
        free(n->inputs[b]);
        free(n->frames[b]);
    }
}

static void network_run(void *what, int batch)
{
    struct live_network *n = what;
    encoder_step_batch(&n->shape, &n->weights, batch, n->states, (const float *const *)n->inputs,
                       n->frames, n->scratch);
}

static struct encoder_shape shape_of(int conv_layers, int context_layers)
{
    struct encoder_shape shape = encoder_shape_default();
    shape.residual = 0;
    shape.conv_layers = conv_layers;
    shape.conv[0] = (struct conv_layer_shape){256, 1, 1};
    shape.conv[1] = (struct conv_layer_shape){128, 1, 1};
    shape.context_layers = context_layers;
    return shape;
}

static void measure_networks(const struct kernel_table *table)
{
    const struct {
        const char *name;
        struct encoder_shape shape;
    } list[] = {
        {"A1: log-mel, GRU 256", shape_of(0, 1)},
        {"A2: log-mel, 2 x GRU 256", shape_of(0, 2)},
        {"log-mel, conv 256 128, 2 x GRU 256", shape_of(2, 2)},
        {"B256: CPC convolutions, GRU 256", encoder_shape_waveform(256)},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        struct live_network network;
        network_open(&network, &list[i].shape, table);
        print_row(table->name, list[i].name, network_run, &network);
        network_close(&network);
    }
}

// ---- one GRU the way of plain matrices, rows times vector: what packing is measured against

struct plain {
    const struct kernel_table *table;
    float *w, *x, *y;
};

static void plain_run(void *what, int batch)
{
    enum { IN = 80, HIDDEN = 256, GATES = 3 * HIDDEN };
    struct plain *p = what;
    for (int b = 0; b < batch; b++) {
        p->table->gemv(GATES, IN, p->w, p->x, NULL, p->y);
        p->table->gemv(GATES, HIDDEN, p->w + GATES * IN, p->x, NULL, p->y + GATES);
        p->table->sigmoid(2 * HIDDEN, p->y, p->y);
        p->table->tanh(HIDDEN, p->y, p->y);
    }
}

static void measure_plain(const struct kernel_table *table)
{
    struct random random = random_seeded(2);
    struct plain plain = {table, random_floats(&random, 3 * 256 * 336, 0.05f),
                          random_floats(&random, 256, 1), random_floats(&random, 2 * 768, 0)};
    print_row(table->name, "GRU 256 unpacked", plain_run, &plain);
    free(plain.w);
    free(plain.x);
    free(plain.y);
}

// ---- log-mel

struct ear {
    struct logmel *logmel;
    float *history[BATCH], *samples, *scratch, *mels;
};

static void ear_run(void *what, int batch)
{
    struct ear *ear = what;
    for (int b = 0; b < batch; b++)
        logmel_step(ear->logmel, ear->history[b], ear->samples, ear->scratch, ear->mels);
}

static void measure_logmel(void)
{
    struct random random = random_seeded(3);
    const struct encoder_shape shape = encoder_shape_default();
    const struct logmel_config config = model_logmel_config(&shape);
    struct ear ear = {.logmel = logmel_create(&config),
                      .samples = random_floats(&random, HOP_SAMPLES, 0.1f),
                      .mels = random_floats(&random, 128, 0)};
    ear.scratch = random_floats(&random, logmel_scratch_size(ear.logmel), 0);
    for (int b = 0; b < BATCH; b++)
        ear.history[b] = random_floats(&random, logmel_history_size(ear.logmel), 0.1f);
    print_row(kernels()->name, "log-mel 80, FFT 512", ear_run, &ear);
    logmel_destroy(&ear.logmel);
    for (int b = 0; b < BATCH; b++)
        free(ear.history[b]);
    free(ear.samples);
    free(ear.scratch);
    free(ear.mels);
}

int main(int argc, char **argv)
{
    const struct kernel_table *table;
    printf("%-9s %-34s %8s %8s %8s us a stream and frame\n", "table", "what", "B=1", "B=8", "B=32");
    measure_logmel();
    for (int i = 0; (table = kernels_supported(i)); i++) {
        if (argc > 1 && strcmp(table->name, argv[1]) != 0)
            continue;
        measure_plain(table);
        measure_networks(table);
    }
    return 0;
}
