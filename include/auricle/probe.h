// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Linear probes that measure an encoder, and a map of its recordings. In libauricle-train.
 *
 * Threads: one call at a time in a process; callbacks run in the calling thread. */
#ifndef AURICLE_PROBE_H
#define AURICLE_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <auricle/metric.h>
#include <auricle/progress.h>
#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rows of the data folders to use. NULL or "" in a field keeps everything. */
typedef struct auricle_probe_data {
    const char *const *folders; /**< [folder_count], each with metadata.csv */
    int folder_count;
    const char *task, *source;
    const char *train_split; /**< default (NULL) "train" */
    const char *test_split;  /**< default (NULL) "dev" */
    /** Regularisation is chosen on this split; default (NULL): within train, by speaker groups. */
    const char *choose_split;
    bool only_shippable;
} auricle_probe_data;

typedef struct auricle_probe_config {
    /** "PATH": an encoder file. "random:PATH": its shape and feature statistics with fresh weights.
     * "logmel:PATH": no encoder, statistics of the log-mel and its deltas through PATH's front end.
     */
    const char *encoder;
    uint64_t seed; /**< of "random" */
    auricle_probe_data data;
    /** Label frames, not recordings: rows of one file that follow on one another are its labelled
     * parts (start, end), and each frame whose middle lies in one is an item, as it came out of the
     * stream: nothing pooled, nothing of the future. log-mel: with deltas over 2 frames each side.
     */
    bool frames;
    int train_step; /**< frames: of train's items, every so many are fitted on; 0 = 16 */
    auricle_progress progress;
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
    auricle_progress progress;
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

#ifdef __cplusplus
}
#endif
#endif
