// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A threshold for each word, from hours of sound that hold none of them and were not trained on.
 *
 * The highest log odds of each second are collected. Few hours hold few false alarms, so the rate
 * beyond the highest ones is extrapolated: above a high level, excesses are taken to be
 * exponential (peaks over threshold; Pickands 1975). The threshold is the level that is expected to
 * be passed `per_hour / words` times an hour. It goes into the word's output bias: afterwards the
 * posterior 0.5 means the same number of false alarms for every word. Of five words or more, none
 * gets a threshold of more than 1 above their median: the hours may hold a word after all. */
#ifndef AURICLE_HEADS_KEYWORD_THRESHOLDS_H
#define AURICLE_HEADS_KEYWORD_THRESHOLDS_H

#include "heads/keyword.h"

/** Moves the network's output biases. thresholds [classes]: the log odds that became 0 (0 for
 * background). Errors: NO_MEMORY, INTERRUPTED. */
auricle_status keyword_thresholds_choose(struct keyword_network *network,
                                         const struct heard_streams *hours,
                                         const struct head_shape *shape, double per_hour,
                                         float *thresholds, auricle_error *error);

#endif
