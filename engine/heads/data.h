// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Labelled recordings as a head's classes: which rows, which class, which half. */
#ifndef AURICLE_HEADS_DATA_H
#define AURICLE_HEADS_DATA_H

#include <auricle/fit.h>

#include "data/corpus.h"

#include <jansson.h>

// FIT_HOURS: hours of sound on which thresholds are chosen
enum { FIT_TRAIN, FIT_DEV, FIT_HOURS, FIT_SPLITS };
enum { NO_CLASS = -1 };

/** One audio file, or a stretch of it. */
struct fit_recording {
    const struct corpus_row *row;
    int label;
    int group;                  // its speaker, or itself
    int first_span, span_count; // words whose bounds are known; 0 = all of it is one
    bool steady;                // no word: every window inside bears the label
};

struct fit_span {
    double start_s, end_s;
    int label;
};

struct fit_classes {
    const char **labels; // [count], borrowed
    bool *background;    // [count]
    int count;
    int silence, unknown; // classes of pauses and of everything else, or NO_CLASS
};

struct fit_data {
    struct corpus corpus;
    struct fit_classes classes;
    struct fit_recording *list[FIT_SPLITS];
    int count[FIT_SPLITS];
    struct fit_span *spans;
    int span_count, group_count;
    int first_hour; // corpus row from which on rows are of the config's hours
    int skipped;    // rows that cannot be used
    char first_skipped[256];
    char *names; // labels of named folders
};

/** Reads and divides. labels: of a head that is there already, or NULL to make them. Errors: as
 * corpus_add; INVALID (no rows for a task or class, fewer than two classes, a map without '='). */
auricle_status fit_data_read(const auricle_fit_config *config, const struct fit_classes *given,
                             struct fit_data *data, auricle_error *error);
void fit_data_free(struct fit_data *data);

/** [{source, licence, ship, recordings, hours}] of one half. */
json_t *fit_data_describe(const struct fit_data *data, int split);

#endif
