// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Named numbers, and the metrics log that keeps them: one JSON object a line. */
#ifndef AURICLE_PRETRAIN_JOURNAL_H
#define AURICLE_PRETRAIN_JOURNAL_H

#include <auricle/pretrain.h>

#include "ssl/mixture.h"

#include <stdbool.h>
#include <stdio.h>

enum { NUMBERS = 96 };

struct numbers {
    auricle_number list[NUMBERS];
    char names[NUMBERS][64];
    int count;
};

void numbers_add(struct numbers *numbers, double value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** "cpc.loss", "cpc.accuracy", ... */
void numbers_add_report(struct numbers *numbers, const struct mixture *mixture,
                        const struct mixture_report *report);

/** Appends to path after dropping lines of steps later than step, which a resumed run makes anew.
 */
auricle_status journal_open(const char *path, int64_t step, FILE **journal, auricle_error *error);
/** {"event": event, "step": ..., "hours": ..., "seconds": ..., numbers...}; a number that isn't
 * finite becomes null. false: it cannot be written (errno says why); the log then ends with the
 * line before. */
bool journal_write(FILE *journal, const char *event, const auricle_pretrain_report *report);

#endif
