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
    auricle_fit_config rows; /**< folders ... only_shippable, seed; labels are the head's */
    const char *split;       /**< default (NULL) "dev" */
    /** [hours_count] files, or folders of recordings, that hold nothing the head listens for: each
     * is one kind of sound, played as one stream. "LABEL=PATH": events of this label are right */
    const char *const *hours;
    int hours_count;
    int steady;                       /**< 0 words, 1 steady, -1 as the head's card says */
    auricle_detector_config detector; /**< 0 in a field = the head's recommendation */
    float gain_db;                    /**< of all that is played; default 0: as recorded */
    const char *babble;               /**< folder of speech; rows are played among its voices */
    float babble_snr_db;              /**< level of each word over the babble */
    auricle_progress progress;
    void *user;
} auricle_head_evaluation_config;

/** False alarms over one of the config's hours. */
typedef struct auricle_sound_kind {
    char *name; /**< last part of the path */
    int recordings, skipped;
    double hours;
    int alarms;                /**< events */
    int said;                  /**< events not counted: the recording is said to hold that label */
    int *by_label;             /**< [class_count] alarms of each label */
    auricle_interval per_hour; /**< interval over speakers, or recordings without a speaker */
} auricle_sound_kind;

/** Of the rows that are single words of one label. */
typedef struct auricle_word_recall {
    int said, heard;
    auricle_interval recall; /**< 0..1, interval over speakers */
} auricle_word_recall;

/** One point of the curve of recall against false alarms. */
typedef struct auricle_operating_point {
    float threshold_on;
    double recall;          /**< of words, 0..1; NAN without rows */
    double alarms_per_hour; /**< over all hours; NAN without */
} auricle_operating_point;

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
    auricle_word_recall *words;      /**< [class_count]; words only, as are the next five */
    auricle_interval recall;         /**< of all words that are not background */
    int wrong_words;                 /**< words that were reported as another word */
    int other_words;                 /**< words played that are background */
    double delay_p50_s, delay_p95_s; /**< from a word's end until it is reported */
    auricle_sound_kind *kinds;       /**< [kind_count], in the order of the config's hours */
    int kind_count;
    auricle_operating_point *points; /**< [point_count]; the first is the detector's own setting */
    int point_count;
    char note[256];
} auricle_head_evaluation;

/** Plays rows and hours at the level, length and pace at which they were made through stream, head
 * and detector as deployed: rows one second apart over noise at -70 dBFS, hours without a gap.
 * Errors: as auricle_head_open and auricle_fit. */
AURICLE_API auricle_status auricle_head_evaluate(const auricle_head_evaluation_config *config,
                                                 auricle_head_evaluation *result,
                                                 auricle_error *error);
AURICLE_API void auricle_head_evaluation_free(auricle_head_evaluation *result);

#ifdef __cplusplus
}
#endif
#endif
