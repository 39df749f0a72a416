// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Parts that several objectives share: a linear layer, a second pass of the encoder, and numbers
 * that show a collapse. */
#ifndef AURICLE_SSL_PARTS_H
#define AURICLE_SSL_PARTS_H

#include "ssl/objective.h"

/** Declares name.weight (out,in) and name.bias (out), scaffolding; own[0] and own[1] are theirs. */
void objective_linear_declare(struct parameters *parameters, const char *name, int in, int out,
                              int *own);
/** Both uniform within 1 / sqrt(in), as PyTorch's. */
void objective_linear_init(const struct objective_context *context, const int *own);
struct tensor *objective_linear(const struct objective_context *context, struct tensor *x,
                                const int *own);

/** The state in which the picked streams began this window, for a second pass of the encoder, whose
 * final state is dropped. picked [count] may name a stream more than once; NULL = all of them. */
struct encoder_carry objective_start(const struct objective_context *context,
                                     const struct encoder_carry *start, const int *picked,
                                     int count);

/** Draws count of the streams, none twice, in any order: [count] on the tape. */
int *objective_draw_streams(const struct objective_context *context, int streams, int count);

/** View 0, one row a frame: log-mel (B,T,mels), or the hop's samples (B,T,160). */
struct tensor *objective_frames(const struct objective_context *context,
                                const struct objective_batch *batch);

/** The share of truth's variance about its channels' means that guess explains: 1 = all; 0 = only
 * as much as the means. */
double objective_explained(const struct tensor *guess, const struct tensor *truth);
/** Mean standard deviation of the channels of x: 0 = all rows are equal. */
double objective_deviation(const struct tensor *x);
/** objective_deviation of rows of length 1, divided by that of random directions: 0 = collapsed, 1
 * = the rows point everywhere (Chen & He 2021, SimSiam, sec. 4.1). */
double objective_unit_deviation(const struct tensor *x);
/** exp of the entropy of counts [n]: how many of the n are in use, 1..n. */
double objective_perplexity(const int *counts, int n);
/** How many rows of logits (1,N,classes) have their maximum at each class. */
void objective_count_answers(const struct tensor *logits, int *counts);
/** objective_perplexity of those counts: how many classes are answers, 1 = always the same. */
double objective_answers(const struct objective_context *context, const struct tensor *logits);

#endif
