// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Fitting a head to labelled recordings. In libauricle-train.
 *
 * Threads: one call at a time in a process; callbacks run in the calling thread. */
#ifndef AURICLE_FIT_H
#define AURICLE_FIT_H

#include <stdbool.h>
#include <stdint.h>
#include <auricle/metric.h>
#include <auricle/progress.h>
#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

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

    /** [hours_count] folders of sound that holds none of the labels: background. A keyword head
     * chooses its thresholds on a sixth of their speakers, which it is not trained on */
    const char *const *hours;
    int hours_count;
    double hours_each; /**< of each of these folders at most so many to train on, and as many to
                          choose thresholds on, drawn by seed; 0 = all */
    /** rows of this task are "silence" when their label is not listed; default "noise" */
    const char *silence_task;

    bool keyword; /**< a recurrent head that is trained on streams; false: on windows */
    /** a verification head, for auricle/speaker.h: the labels are the speakers, and what tells the
     * speakers of the train rows apart is learned; window_frames (200 are good) make one voice of
     * hidden numbers (0: 64) */
    bool speakers;
    int window_frames; /**< default 100; 1 = the frame itself, nothing pooled. Of a keyword head:
                          how long a word is taken to last, which is where events are placed */
    int hop_frames;    /**< default 5 */
    /** a label of recordings in which somebody does not speak all the time: only their loud
     * stretches bear it, the rest is a pause. For a voice head; default NULL */
    const char *active;
    bool steady; /**< every window inside a recording bears its label: events, emotions */
    int hidden;  /**< 0 = linear; of a keyword head: also the width of its memory */
    int copies;  /**< augmented copies of each recording beside the clean one; default 2 */
    int recordings_per_class;     /**< at most, drawn by seed; 0 = all */
    int examples;                 /**< windows fitted on at most; default 40000 */
    double false_alarms_per_hour; /**< in pauses, noise and talk: bound on dev; default 6. Of a
                                     keyword head: over its hours, all words together */
    uint64_t seed;                /**< default 1 */

    const char *name; /**< the head's task; NULL = the first task */
    const char *out;
    const char *licence, *command; /**< for the card, or NULL */
    const char *not_for;           /**< for the card: a sentence on what the head cannot do */
    auricle_progress progress;
    auricle_note note;
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
    double eer, min_dcf; /**< speakers: of pairs of dev recordings, 0..1 (the DCF at a prior of
                              0.05, both costs 1); NAN without */
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

#ifdef __cplusplus
}
#endif
#endif
