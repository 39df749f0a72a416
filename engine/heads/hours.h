// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Hours of sound that hold nothing the head listens for, played to it as a live stream. */
#ifndef AURICLE_HEADS_HOURS_H
#define AURICLE_HEADS_HOURS_H

#include <auricle/evaluate.h>
#include <auricle/stream.h>

#include "heads/operating_points.h"

struct hours_config {
    auricle_model *model;
    auricle_head *head;
    const auricle_detector_config *points; // [OPERATING_POINTS]
    float gain_db;                         // 0: as recorded
    auricle_progress progress;             // or NULL
    void *user;
};

/** One kind of sound: all recordings below path, one after the other, as one stream. Each START
 * event is an alarm; it is not a false one when the recording's text holds the label as a word, or
 * when given is "LABEL=PATH" with the event's label.
 * at_points [OPERATING_POINTS]: false alarms at each point, added to what is there. Errors: as
 * corpus_add, INVALID (no recording could be read), NO_MEMORY, INTERRUPTED. */
auricle_status hours_play(const struct hours_config *config, const char *given,
                          auricle_sound_kind *kind, int *at_points, auricle_error *error);

/** Whether text holds the word, regardless of case and of what is between words. */
bool hours_text_holds(const char *text, const char *word);

#endif
