// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Figures of merit. Plain arrays in, numbers out; no state, any thread. */
#ifndef AURICLE_METRIC_H
#define AURICLE_METRIC_H

#include <auricle/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Classification. Shares are 0..1. */
typedef struct auricle_classification {
    int count;       /**< items scored */
    double accuracy; /**< share of items whose prediction is the truth */
    double uar;      /**< unweighted average recall: mean recall of the classes that occur */
    double macro_f1; /**< mean F1 of the classes that occur as truth or prediction */
} auricle_classification;

/** truth, predicted: [count] class indices in [0, classes). confusion: [classes][classes] counts,
 * row = truth, column = prediction; may be NULL. Errors: INVALID (index out of range, count 0). */
AURICLE_API auricle_status auricle_metric_classification(const int *truth, const int *predicted,
                                                         int count, int classes, int *confusion,
                                                         auricle_classification *result,
                                                         auricle_error *error);

/** Equal error rate of a verification test, 0..1, interpolated where the two error rates cross.
 * scores: [count], higher = more likely the same; same: [count], non-zero = target trial.
 * Errors: INVALID (no target or no impostor trial, a score that is not finite), NO_MEMORY. */
AURICLE_API auricle_status auricle_metric_eer(const float *scores, const unsigned char *same,
                                              size_t count, double *eer, auricle_error *error);

/** A labelled stretch of a recording, in seconds. */
typedef struct auricle_span {
    double start_s, end_s;
    int label;
} auricle_span;

/** Detection over hours: how often it is wrong, missing, late. */
typedef struct auricle_detection {
    int truths, hits, misses, false_alarms;
    double miss_rate;             /**< misses / truths; 0 without truths */
    double false_alarms_per_hour; /**< false_alarms / hours */
    double precision, recall, f1; /**< of events; 0 where undefined */
} auricle_detection;

/** A detection hits a truth of its label when the spans, the truth widened by tolerance_s on both
 * sides, overlap; each truth is hit once, further detections of it are false alarms.
 * Both lists sorted by start_s. Errors: INVALID (hours <= 0, unsorted), NO_MEMORY. */
AURICLE_API auricle_status auricle_metric_detection(const auricle_span *truth, int truths,
                                                    const auricle_span *detected, int detections,
                                                    double hours, double tolerance_s,
                                                    auricle_detection *result,
                                                    auricle_error *error);

/** What was counted in one independent group, for example one speaker's clips: `events` of `of`
 * clips, or `events` in `of` hours. */
typedef struct auricle_count {
    double events, of;
} auricle_count;

/** A ratio and its 95 % interval; NAN where there is nothing to count. */
typedef struct auricle_interval {
    double value, low, high;
} auricle_interval;

/** The sum of events over the sum of `of`, with a bootstrap interval over groups [count]. An
 * interval of few groups is too narrow; one of no events is 0 to 0. Errors: NO_MEMORY. */
AURICLE_API auricle_status auricle_metric_interval(const auricle_count *groups, int count,
                                                   auricle_interval *result, auricle_error *error);

/** The cheapest way from one sequence of tokens to another. */
typedef struct auricle_edits {
    int references; /**< tokens of the reference */
    int substitutions, deletions, insertions;
} auricle_edits;

/** Levenshtein alignment. reference [references], hypothesis [hypotheses]: numbers of tokens.
 * alignment: NULL, or room for references + hypotheses + 1 characters: one of "=SDI" for each step,
 * then '\0'. Memory: 4 (references + 1)(hypotheses + 1) bytes.
 * Errors: INVALID (a negative count), NO_MEMORY. */
AURICLE_API auricle_status auricle_metric_edits(const int *reference, int references,
                                                const int *hypothesis, int hypotheses,
                                                auricle_edits *result, char *alignment,
                                                auricle_error *error);

/** How near a text is to its reference. Rates are shares: 0.1 = 10 %. */
typedef struct auricle_text_scores {
    int lines;
    auricle_edits words, characters;  /**< over all lines; words are what white space separates */
    double wer, cer;                  /**< errors / reference tokens, can pass 1; NAN without any */
    double bleu;                      /**< 0..1: sacreBLEU's default (13a, exp, 4-grams, corpus) */
    double rouge_1, rouge_2, rouge_l; /**< F1 0..1, means over the lines */
} auricle_text_scores;

/** Line i of hypothesis against line i of reference, both UTF-8. Case and punctuation count as
 * written for words and BLEU; ROUGE looks at letters and digits alone, in lower case.
 * Errors: INVALID (lines < 1), NO_MEMORY. */
AURICLE_API auricle_status auricle_metric_text(const char *const *reference,
                                               const char *const *hypothesis, int lines,
                                               auricle_text_scores *result, auricle_error *error);

/** Concordance correlation coefficient of two curves of count values, -1..1 (Lin 1989).
 * Errors: INVALID (a value that is not finite; no two values differ). */
AURICLE_API auricle_status auricle_metric_ccc(const float *truth, const float *predicted,
                                              size_t count, double *ccc, auricle_error *error);

/** Cost of a verification system at its best threshold, divided by the cost of the better of
 * "always no" and "always yes" (NIST SRE): target_share is the prior share of target trials, 0..1
 * exclusive; a miss and a false acceptance cost the same. Arguments and errors as
 * auricle_metric_eer. */
AURICLE_API auricle_status auricle_metric_min_dcf(const float *scores, const unsigned char *same,
                                                  size_t count, double target_share,
                                                  double *min_dcf, auricle_error *error);

/** Area under the ROC curve, 0..1: the share of (target, impostor) pairs in which the target scores
 * higher; equal scores count half. Arguments and errors as auricle_metric_eer. */
AURICLE_API auricle_status auricle_metric_roc_auc(const float *scores, const unsigned char *same,
                                                  size_t count, double *auc, auricle_error *error);

#ifdef __cplusplus
}
#endif
#endif
