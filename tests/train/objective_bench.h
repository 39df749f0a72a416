// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One batch of noise through a network of a few hundred weights: an objective's gradient against
 * finite differences, and its numbers. */
#ifndef AURICLE_TESTS_OBJECTIVE_BENCH_H
#define AURICLE_TESTS_OBJECTIVE_BENCH_H

#include "pretrain/trainer.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

enum { STREAMS = 3, FRAMES = 20, INPUTS = STREAMS * FRAMES * HOP_SAMPLES, TEACHER = 5 };

/** A network of a few hundred weights and one batch of noise. */
struct bench {
    struct settings settings;
    struct parameters parameters;
    struct encoder_layout layout;
    struct network network; // of the three
    struct trainer *trainer;
    float input[2][INPUTS];
    unsigned char fresh[STREAMS], begins[STREAMS * FRAMES], gap[STREAMS * FRAMES],
        voice_changed[STREAMS * FRAMES];
    int recording[STREAMS], speaker[STREAMS];
    float teacher[STREAMS * FRAMES * TEACHER];
    unsigned char taught[STREAMS * FRAMES]; // but for one frame in four
    struct loader_batch batch;
};

struct bench *bench_create(const char *objective, const char *const *extra, int extras);
struct bench *bench_create_shared(const char *objective, const char *const *extra, int extras,
                                  int workers);
void bench_destroy(struct bench *bench);
/** The loss from the same carried state, which is not zero, with the same draws. */
struct mixture_report bench_report(struct bench *bench);
/** Along its own gradient and along drawn directions, within what float32 can tell. */
void check_tensor(struct bench *bench, int index, const float *gradient);
/** Every tensor of encoder and objective but those that are not trained. */
void check_bench(struct bench *bench);
void check_objective(const char *objective, const char *const *extra, int extras);

#define CHECK_OBJECTIVE(objective, ...)                                                            \
    check_objective(objective, (const char *[]){__VA_ARGS__},                                      \
                    (int)COUNT(((const char *[]){__VA_ARGS__})))

/** NAN when the part has none of that name. */
double statistic(const struct mixture_report *report, int part, const char *name);

#endif
