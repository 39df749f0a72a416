// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A keyword head, trained on streams as it will hear them:
 *
 *   embedding of every hop-th frame -> (x - mean) / std -> linear, ReLU -> GRU -> linear -> softmax
 *
 * Truncated backpropagation through time: many streams side by side, a few seconds at a time, the
 * GRU's state carried from one piece to the next. After each round the head listens to everything
 * it is trained on, and the pieces with its worst false alarms are repeated in the next round. */
#ifndef AURICLE_HEADS_KEYWORD_H
#define AURICLE_HEADS_KEYWORD_H

#include "heads/streams.h"
#include "nn/parameters.h"
#include "stream/head.h"

/** The parameters in training. */
struct keyword_network {
    struct parameters parameters;
    int input_weight, input_bias;               // indices of parameters
    int weight_ih, weight_hh, bias_ih, bias_hh; // of the GRU
    int output_weight, output_bias;
    int dims, hidden, recurrent, classes;
    float *mean, *deviation; // [dims]
};

struct keyword_report {
    int rounds;
    int alarms; // false alarms over the training streams after the last round, at posterior 0.5
    double hours;
};

/** shape: embedding_dim, hidden, recurrent and the classes, one of which is the background. Errors:
 * NO_MEMORY, INTERRUPTED. */
auricle_status keyword_fit(const struct heard_streams *streams, const struct head_shape *shape,
                           int background_label, const auricle_fit_config *config,
                           struct keyword_network *network, struct keyword_report *report,
                           auricle_error *error);
void keyword_network_free(struct keyword_network *network);

/** Log odds of each label against all others: [count][classes] from decision `first` of a stream
 * on. Called stream by stream in order, from its start to its end. Return false to stop. */
typedef bool (*keyword_visitor)(void *user, int stream, int first, int count, const float *odds);
/** The network over each of the streams from a fresh state. Errors: NO_MEMORY, INTERRUPTED. */
auricle_status keyword_listen(const struct keyword_network *network,
                              const struct heard_streams *streams, keyword_visitor visit,
                              void *user, auricle_error *error);

#endif
