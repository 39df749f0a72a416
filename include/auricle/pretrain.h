// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pretraining: unlabelled recordings in, an encoder file out. In libauricle-train.
 *
 * Threads: one pretraining at a time in a process; it starts threads of its own and joins them. The
 * report callback runs in the calling thread. */
#ifndef AURICLE_PRETRAIN_H
#define AURICLE_PRETRAIN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum auricle_pretrain_event {
    AURICLE_PRETRAIN_NOTE,       /**< message says something worth a line */
    AURICLE_PRETRAIN_STEP,       /**< a step was made */
    AURICLE_PRETRAIN_EVALUATION, /**< held-out losses and collapse indicators were measured */
    AURICLE_PRETRAIN_CHECKPOINT, /**< message names the checkpoint just written */
    AURICLE_PRETRAIN_DONE,       /**< message names the model just written */
} auricle_pretrain_event;

/** One named number: "cpc.accuracy". */
typedef struct auricle_number {
    const char *name;
    double value;
} auricle_number;

/** Everything here is valid during the callback only. */
typedef struct auricle_pretrain_report {
    auricle_pretrain_event event;
    const char *message;           /**< or NULL */
    int64_t step, steps;           /**< steps done since the very start; planned in all */
    double loss;                   /**< of this step or evaluation: weighted sum */
    double audio_hours;            /**< of sound seen since the very start, one view counted */
    double seconds;                /**< spent training since the very start */
    double realtime;               /**< seconds of sound a second, over the last steps */
    double seconds_left;           /**< estimate; 0 = unknown */
    const auricle_number *numbers; /**< per-objective losses and statistics, indicators */
    int number_count;
} auricle_pretrain_report;

typedef void (*auricle_pretrain_callback)(const auricle_pretrain_report *report, void *user);

/** What to do; start from auricle_pretrain_defaults. All strings are borrowed. */
typedef struct auricle_pretrain_config {
    const char *const *data;  /**< [data_count] folders (metadata.csv or plain) or audio files */
    int data_count;           /**< at least 1 */
    const char *const *noise; /**< [noise_count] folders to mix in as noise; none: coloured noise */
    int noise_count;
    const char *split; /**< keep rows of this split, or of none; default "train"; "" = all */
    const char *const *exclude_sources; /**< [exclude_source_count] */
    int exclude_source_count;
    bool only_shippable; /**< keep rows whose ship column begins with yes, or that have none */

    const char *teacher; /**< folder of a teacher's rows, FILE.npy laid out as data's FILE.flac, for
                              objectives that learn from one; NULL = beside the recordings, where
                              the objective needs them */

    const char *from; /**< an fp32 encoder file to begin with: weights by name where shapes agree,
                           the rest fresh; a resumed training has them already; NULL = none */

    const char *objective;       /**< "name:weight,..."; default "cpc:1,apc:0.5,masked:0.5" */
    const char *const *settings; /**< [setting_count] "group.name=value", see settings_json */
    int setting_count;

    int64_t steps; /**< in all, resumed ones included; default 20000 */
    double hours;  /**< > 0: instead of steps, this many hours of sound */
    /** > 0: instead of steps, as many as this much time spent training allows, evaluations not
     * counted; the rate's schedule follows the clock, so that two such runs differ. */
    double minutes;
    double cpu_minutes; /**< > 0: the same in CPU time of all threads, which other programs on a
                             busy machine don't use up */
    int64_t stop_after; /**< > 0: checkpoint and stop after this many steps of this call */
    int64_t eval_every; /**< steps between held-out evaluations; default 500; 0 = at the end */
    bool keep_best;     /**< the model is of the evaluation, in this call, with the lowest held-out
                             loss; else of the last step */
    double checkpoint_minutes; /**< between checkpoints; default 5; 0 = only at the end */
    int workers;        /**< data-parallel threads, 1..16, default 1; part of what is computed */
    int loader_threads; /**< decode ahead, 0..16, default 1; doesn't change results */
    uint64_t seed;      /**< default 1 */

    const char *run_folder; /**< checkpoint and metrics.jsonl go here; made when absent */
    bool resume;            /**< go on from run_folder's checkpoint */
    const char *out;        /**< the model file; NULL = run_folder/model.safetensors */
    const char *name;       /**< for the card; NULL = the file's name */
    const char *licence;    /**< of the weights, for the card, or NULL */
    const char *command;    /**< exact command line for the card, or NULL */

    auricle_pretrain_callback report; /**< or NULL */
    void *user;
    const volatile sig_atomic_t *stop; /**< not 0: finish the step, checkpoint, return; or NULL */
} auricle_pretrain_config;

AURICLE_API void auricle_pretrain_defaults(auricle_pretrain_config *config);

/** Trains to the end and writes the model, or to the stop and writes a checkpoint.
 * Errors: INTERRUPTED (stopped; the checkpoint is written, resume goes on from it), INVALID (a
 * setting; no recordings; the loss stays not finite), NOT_FOUND, FORMAT, IO (the old checkpoint is
 * kept), MISMATCH (the checkpoint is of another shape, objective or setting, which is named). */
AURICLE_API auricle_status auricle_pretrain(const auricle_pretrain_config *config,
                                            auricle_error *error);

/** All objectives with their hyper-parameters as JSON text; free() it. NULL: out of memory. */
AURICLE_API char *auricle_objectives_json(void);
/** All other settings, by group (shape, loop, optimiser, augment, target_augment), as JSON text. */
AURICLE_API char *auricle_settings_json(void);

#ifdef __cplusplus
}
#endif
#endif
