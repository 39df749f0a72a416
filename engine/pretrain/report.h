// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Where a training reports: to its caller and to its metrics log. */
#ifndef AURICLE_PRETRAIN_REPORT_H
#define AURICLE_PRETRAIN_REPORT_H

#include "pretrain/journal.h"
#include "pretrain/pace.h"

/** Everything is borrowed. Each report has the numbers of pace and progress at that moment. */
struct report_sink {
    const auricle_pretrain_config *config; // has the caller's function
    const struct pace *pace;
    const struct progress *progress;
    FILE *journal;  // NULL: there is no log yet
    bool unwritten; // a line of it could not be written, which was reported
};

/** message and numbers may be NULL; loss is NAN where there is none. */
void report_event(struct report_sink *sink, auricle_pretrain_event event, const char *message,
                  double loss, const struct numbers *numbers);
/** A line for the user; sink is a struct report_sink. */
void report_note(void *sink, const char *line);

#endif
