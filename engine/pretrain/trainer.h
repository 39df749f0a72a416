// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One batch through the encoder and its objectives, by one or several workers.
 *
 *     batch [B] --- worker 0: streams [0, B/n)    own tape, carry, gradient --.
 *               \-- worker 1: streams [B/n, 2B/n) own tape, carry, gradient ---+--> sum, in order
 *
 * The sum's order is fixed, so a number of workers gives the same bits every time; another number
 * gives other bits (negatives are shared within a worker). */
#ifndef AURICLE_PRETRAIN_TRAINER_H
#define AURICLE_PRETRAIN_TRAINER_H

#include "pretrain/settings.h"

enum { MAX_WORKERS = 16 };

struct worker {
    const struct trainer *trainer;
    int first, streams; // its part of the batch
    struct tape *tape;
    struct parameters shared; // gradients of its own; unused in worker 0, or if nothing is learned
    struct network network;   // the trainer's, with shared where that is used
    struct encoder_carry carry[LOADER_VIEWS], start;
    struct encoder_carry both;  // owned; carry[] are its streams, those of view 0 first
    float *input[LOADER_VIEWS]; // [streams][frames][mels] normalised, or samples; one after another
    struct mixture_report report;
    struct tensor *latents, *context; // of the last run; context is the last layer's
    // of the run under way:
    const struct loader_batch *batch;
    uint64_t number;
    struct objective_time time;
    struct random random;
};

struct trainer {
    const struct settings *settings;
    struct network network;
    bool learn;
    uint64_t seed;
    int worker_count;
    struct worker worker[MAX_WORKERS];
};

/** learn false: for evaluation. settings and what network refers to are borrowed. Errors:
 * NO_MEMORY. */
auricle_status trainer_create(const struct settings *settings, const struct network *network,
                              bool learn, uint64_t seed, int workers, struct trainer **trainer,
                              auricle_error *error);
void trainer_destroy(struct trainer **trainer);

/** sum += share * one, over parts objectives. */
void trainer_report_add(struct mixture_report *sum, const struct mixture_report *one, int parts,
                        double share);

/** All streams start anew. */
void trainer_reset(struct trainer *trainer);

/** The loss of one batch, averaged over the workers; when learning, also its gradient in
 * the network's. Every draw depends on (seed, number) alone; time is for what is annealed. */
struct mixture_report trainer_run(struct trainer *trainer, const struct loader_batch *batch,
                                  uint64_t number, struct objective_time time);

#endif
