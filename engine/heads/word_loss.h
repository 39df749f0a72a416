// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What a keyword head should say in a stream, and how far it is from saying it.
 *
 *   word           .------ word -------.
 *   decisions      background | ignored | window: the best decision must name the word | ignored
 *                  .-- first 60 % --.   ^ 50 ms before the end ... 250 ms after it
 *
 * Only the best decision of a window counts (max pooling; Sun et al. 2016), so the head itself
 * finds the moment at which it is sure. Elsewhere every decision should name the background, and
 * the worst decision of every half second counts as much as a word does: one alarm in a half
 * second is as bad as many. */
#ifndef AURICLE_HEADS_WORD_LOSS_H
#define AURICLE_HEADS_WORD_LOSS_H

#include "nn/tape.h"

#include <stdbool.h>

/** Decisions [first, end) of one stream, the best of which should be the label. */
struct word_window {
    int stream, first, end, label;
};

struct word_targets {
    const bool *background; // [B*T] decisions that should name the background
    const struct word_window *windows;
    int window_count;
    int background_label;
    int segment; // decisions of half a second
    bool every; // every decision of a window should name the word, not only the best: to begin with
};

/** logits (B,T,classes) -> (1,1,1): the mean cross entropy of windows and segments. The targets
 * must outlive the tape's round. *missed (may be NULL): windows whose best decision is not the
 * label. */
struct tensor *tape_word_loss(struct tape *tape, struct tensor *logits,
                              const struct word_targets *targets, int *missed);

#endif
