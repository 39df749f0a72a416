// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** How many of the words that were played a head's detector reports, word by word, and how late. */
#ifndef AURICLE_HEADS_WORD_RECALL_H
#define AURICLE_HEADS_WORD_RECALL_H

#include <auricle/evaluate.h>

#include "heads/operating_points.h"
#include "heads/recorded_posteriors.h"

/** A word is heard when a START event of its label comes after its start and at most this long
 * after its end. */
enum { WORD_LATE_FRAMES = 100 };

/** Over every mark of the tracks that is a word. data: whose rows were played (split FIT_DEV).
 * Fills result's words, recall, other_words, wrong_words, delays and the recall of every operating
 * point. Errors: NO_MEMORY. */
auricle_status word_recall_measure(const struct rehearsal *tracks, const struct fit_data *data,
                                   const struct head_shape *shape,
                                   const auricle_detector_config points[OPERATING_POINTS],
                                   auricle_head_evaluation *result, auricle_error *error);

#endif
