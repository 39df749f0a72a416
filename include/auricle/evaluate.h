// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What a head does over recordings and over hours of sound. In libauricle-train.
 *
 * Threads: one call at a time in a process; callbacks run in the calling thread. */
#ifndef AURICLE_EVALUATE_H
#define AURICLE_EVALUATE_H

#include <auricle/fit.h>
#include <auricle/head.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_head_evaluation_config {
    const char *encoder, *head;
    auricle_fit_config rows; /**< folders ... only_shippable, copies, seed; labels are the head's */
    const char *split;       /**< default (NULL) "dev" */
    const char *const
        *long_files; /**< [long_file_count] unlabelled: every event is a false alarm */
    int long_file_count;
    int steady;                       /**< 0 words, 1 steady, -1 as the head's card says */
    auricle_detector_config detector; /**< 0 in a field = the head's recommendation */
    auricle_progress progress;
    void *user;
} auricle_head_evaluation_config;

/** Freed by auricle_head_evaluation_free. */
typedef struct auricle_head_evaluation {
    bool steady;
    int recordings, skipped;
    int class_count;
    char **labels;                /**< [class_count] */
    int *confusion;               /**< [class_count][class_count] of recordings, row = truth */
    auricle_classification clips; /**< words: the strongest event on it, or background; steady: the
                                       highest mean posterior */
    auricle_detection events;     /**< over the rows strung together */
    int background_alarms;        /**< of its false alarms, those in pauses, noise and talk */
    double hours;
    double long_hours; /**< of the long files, and the events in them */
    int long_events;
    char note[256];
} auricle_head_evaluation;

/** Runs stream, head and detector as deployed over a split's rows strung together, and over long
 * files. Errors: as auricle_head_open and auricle_fit. */
AURICLE_API auricle_status auricle_head_evaluate(const auricle_head_evaluation_config *config,
                                                 auricle_head_evaluation *result,
                                                 auricle_error *error);
AURICLE_API void auricle_head_evaluation_free(auricle_head_evaluation *result);

#ifdef __cplusplus
}
#endif
#endif
