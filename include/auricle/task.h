// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What labels are good for: linear probes that measure an encoder, heads that listen live, and how
 * well those do. In libauricle-train.
 *
 * Threads: one call at a time in a process; callbacks run in the calling thread. */
#ifndef AURICLE_TASK_H
#define AURICLE_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <auricle/head.h>
#include <auricle/metric.h>
#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** done of total recordings are embedded. Return false to stop (INTERRUPTED). May be NULL. */
typedef bool (*auricle_task_progress)(int done, int total, void *user);

/** Rows of the data folders to use. NULL or "" in a field keeps everything. */
typedef struct auricle_task_data {
    const char *const *folders; /**< [folder_count], each with metadata.csv */
    int folder_count;
    const char *task, *source;
    const char *train_split; /**< default (NULL) "train" */
    const char *test_split;  /**< default (NULL) "dev" */
    /** Regularisation is chosen on this split; default (NULL): within train, by speaker groups. */
    const char *choose_split;
    bool only_shippable;
} auricle_task_data;

typedef struct auricle_probe_config {
    /** "PATH": an encoder file. "random:PATH": its shape and feature statistics with fresh weights.
     * "logmel:PATH": no encoder, statistics of the log-mel and its deltas through PATH's front end.
     */
    const char *encoder;
    uint64_t seed; /**< of "random" */
    auricle_task_data data;
    /** Label frames, not recordings: rows of one file that follow on one another are its labelled
     * parts (start, end), and each frame whose middle lies in one is an item, as it came out of the
     * stream: nothing pooled, nothing of the future. log-mel: with deltas over 2 frames each side.
     */
    bool frames;
    int train_step; /**< frames: of train's items, every so many are fitted on; 0 = 16 */
    auricle_task_progress progress;
    void *user;
} auricle_probe_config;

/** Freed by auricle_probe_result_free. */
typedef struct auricle_probe_result {
    bool verification; /**< the labels are speakers unknown to train: only the EERs are set */
    int train_count, test_count; /**< items: recordings, or frames */
    int skipped;         /**< rows whose recording could not be read; the first is named in note */
    int shared_speakers; /**< speakers that stand in both splits; 0 = disjoint */
    int class_count;
    char **labels;  /**< [class_count] */
    int *confusion; /**< [class_count][class_count], row = truth */
    auricle_classification scores;
    double l2;               /**< chosen as data says */
    double eer_raw, eer_lda; /**< verification: cosine; cosine after LDA fitted on train */
    int dims;                /**< numbers per item */
    char note[256];
} auricle_probe_result;

/** Frozen encoder -> mean, deviation and maximum of each recording's frames, standardised on train
 * -> multinomial logistic regression fitted on train, scored on test. When no test label occurs in
 * train the task is verification: all pairs of test recordings, scored by the cosine of mean and
 * deviation, plain and after LDA on train.
 * Errors: as auricle_model_open; INVALID (no rows: says what there is), FORMAT, INTERRUPTED. */
AURICLE_API auricle_status auricle_probe(const auricle_probe_config *config,
                                         auricle_probe_result *result, auricle_error *error);
AURICLE_API void auricle_probe_result_free(auricle_probe_result *result);

typedef struct auricle_map_config {
    const char *encoder;        /**< as auricle_probe_config's */
    uint64_t seed;              /**< of "random" */
    const char *const *folders; /**< [folder_count], each with metadata.csv */
    int folder_count;
    const char *task, *split; /**< NULL or "" keeps everything */
    int most;                 /**< recordings of a label, evenly spread; 0 = all */
    auricle_task_progress progress;
    void *user;
} auricle_map_config;

/** Recordings as points of a plane. Freed by auricle_map_free. */
typedef struct auricle_map {
    int count, skipped; /**< the first one skipped is named in note */
    float *places;      /**< [count][2] */
    int *label;         /**< [count], index of its label */
    char **labels;      /**< [class_count] */
    int class_count;
    double share[2]; /**< of the variance that each axis shows */
    char note[256];
} auricle_map;

/** The probe's vectors of recordings, standardised, along their two principal components. Errors:
 * as auricle_probe. */
AURICLE_API auricle_status auricle_map_make(const auricle_map_config *config, auricle_map *map,
                                            auricle_error *error);
AURICLE_API void auricle_map_free(auricle_map *map);

/** Says something worth a line: a recording that could not be read, a choice made. May be NULL. */
typedef void (*auricle_task_note)(const char *line, void *user);

/** What a head shall listen for, and to what it is fitted; start from auricle_fit_defaults. All
 * strings are borrowed. */
typedef struct auricle_fit_config {
    const char *encoder;
    const char *const *folders; /**< [folder_count], each with metadata.csv */
    int folder_count;
    const char *const *named_folders; /**< [named_folder_count] "LABEL=DIR": all of DIR is LABEL */
    int named_folder_count;
    const char *const *tasks; /**< [task_count] rows of these tasks; none: of every task */
    int task_count;
    /** [map_count] "FROM=TO"; FROM is LABEL, TASK:LABEL, TASK:* or *; the first that fits counts;
     * TO "" leaves the row out. */
    const char *const *map;
    int map_count;
    const char *const *labels; /**< [label_count]; none: every label met that is not background */
    int label_count;
    /** [background_count] labels that are never an event. "silence" takes rows of the task "noise"
     * and pauses, "unknown" takes labels that are not listed; without them the first one does, and
     * without any such rows are left out. */
    const char *const *background;
    int background_count;
    const char *train_split, *dev_split; /**< default "train", "dev"; rows without one are dealt */
    bool only_shippable;

    int window_frames; /**< default 100; 1 = the frame itself, nothing pooled */
    int hop_frames;    /**< default 5 */
    bool steady;       /**< every window inside a recording bears its label: events, emotions */
    int hidden;        /**< 0 = linear */
    int copies;        /**< augmented copies of each recording beside the clean one; default 2 */
    int recordings_per_class;     /**< at most, drawn by seed; 0 = all */
    int examples;                 /**< windows fitted on at most; default 40000 */
    double false_alarms_per_hour; /**< in pauses, noise and talk: bound on dev; default 6 */
    uint64_t seed;                /**< default 1 */

    const char *name; /**< the head's task; NULL = the first task */
    const char *out;
    const char *licence, *command; /**< for the card, or NULL */
    auricle_task_progress progress;
    auricle_task_note note;
    void *user;
} auricle_fit_config;

typedef struct auricle_fit_result {
    int train_recordings, dev_recordings, examples, skipped;
    double l2;                /**< linear: chosen by speaker groups; hidden: the weight decay */
    double decision_accuracy; /**< of labelled windows on dev, 0..1; NAN without dev rows */
    double decision_uar;
    double dev_hours;
    auricle_detection detection; /**< events on dev with the recommended detector */
    int background_alarms;       /**< of its false alarms, those in pauses, noise and talk */
    float threshold_on, threshold_off;
    int smoothing_hops, min_frames, refractory_frames;
} auricle_fit_result;

AURICLE_API void auricle_fit_defaults(auricle_fit_config *config);

/** Fits a head that listens live: recordings are strung together with pauses over a bed of noise,
 * at drawn levels, the encoder's state is carried through as when deployed, and windows of that
 * stream are what is fitted; the detector's settings are chosen on dev rows strung together the
 * same way. Errors: as auricle_model_open, INVALID (no rows; fewer than two classes), IO (the old
 * file is kept), INTERRUPTED. */
AURICLE_API auricle_status auricle_fit(const auricle_fit_config *config, auricle_fit_result *result,
                                       auricle_error *error);

typedef struct auricle_head_evaluation_config {
    const char *encoder, *head;
    auricle_fit_config rows; /**< folders ... only_shippable, copies, seed; labels are the head's */
    const char *split;       /**< default (NULL) "dev" */
    const char *const
        *long_files; /**< [long_file_count] unlabelled: every event is a false alarm */
    int long_file_count;
    int steady;                       /**< 0 words, 1 steady, -1 as the head's card says */
    auricle_detector_config detector; /**< 0 in a field = the head's recommendation */
    auricle_task_progress progress;
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
