// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What an encoder is good for: linear probes on labelled recordings. In libauricle-train.
 *
 * Threads: one call at a time in a process; callbacks run in the calling thread. */
#ifndef AURICLE_TASK_H
#define AURICLE_TASK_H

#include <stdbool.h>
#include <stdint.h>
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
    bool only_shippable;
} auricle_task_data;

typedef struct auricle_probe_config {
    /** "PATH": an encoder file. "random:PATH": its shape and feature statistics with fresh weights.
     * "logmel:PATH": no encoder, statistics of the log-mel and its deltas through PATH's front end.
     */
    const char *encoder;
    uint64_t seed; /**< of "random" */
    auricle_task_data data;
    auricle_task_progress progress;
    void *user;
} auricle_probe_config;

/** Freed by auricle_probe_result_free. */
typedef struct auricle_probe_result {
    bool verification; /**< the labels are speakers unknown to train: only the EERs are set */
    int train_count, test_count;
    int skipped;         /**< rows whose recording could not be read; the first is named in note */
    int shared_speakers; /**< speakers that stand in both splits; 0 = disjoint */
    int class_count;
    char **labels;  /**< [class_count] */
    int *confusion; /**< [class_count][class_count], row = truth */
    auricle_classification scores;
    double l2;               /**< chosen within train by speaker groups */
    double eer_raw, eer_lda; /**< verification: cosine; cosine after LDA fitted on train */
    int dims;                /**< numbers per recording */
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

#ifdef __cplusplus
}
#endif
#endif
