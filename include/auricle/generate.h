// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sound from codes: a prior learned over the codes of an encoder pretrained by the objective
 * jukebox, and what the two make. In libauricle-train.
 *
 *     encoder x.safetensors + x.decoder.safetensors --auricle_prior_fit--> x.prior.safetensors
 *     all three --auricle_generate--> samples
 *
 * Threads: each call stands alone; the progress callback runs in the calling thread. */
#ifndef AURICLE_GENERATE_H
#define AURICLE_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AURICLE_GENERATE_RATE_HZ 16000 /**< of the samples, mono, in [-1, 1] */
#define AURICLE_GENERATE_MAX_S 3600.0

/** false stops the work. share 0..1; bits: of the last codes, 0 = not known yet. */
typedef bool (*auricle_generate_progress)(double share, double bits, void *user);

/** What a prior is learned from; start from auricle_prior_defaults. All strings are borrowed. */
typedef struct auricle_prior_config {
    const char *model;       /**< the encoder; its decoder stands beside it */
    const char *decoder;     /**< or NULL: beside the model */
    const char *const *data; /**< [data_count] folders or files; labels are the label column's */
    int data_count;
    const char *task;    /**< rows of this task, for their labels; NULL = all */
    const char *split;   /**< rows of this split, or of none; default "train"; "" = all */
    const char *out;     /**< NULL: beside the model */
    const char *command; /**< exact command line for the card, or NULL */
    double hours;        /**< of sound read at most, recordings in order; default 10 */
    int64_t steps;       /**< default 2000 */
    double minutes;      /**< > 0: stop learning after so many, if steps are not done; default 0 */
    int streams;         /**< windows in a step, 1..256; default 32 */
    double seconds;      /**< of a window, 0.2..60; default 2 */
    int width;           /**< of an embedding, 1..8192; default 128 */
    int hidden;          /**< of the network, 1..8192; default 384 */
    double rate;         /**< highest learning rate; default 2e-3 */
    double unlabelled;   /**< share of recordings told no label; default 0.2 */
    uint64_t seed;       /**< default 1 */
    auricle_generate_progress progress; /**< or NULL */
    void *user;
} auricle_prior_config;

/** In bits a code, on recordings held out (every twentieth). */
typedef struct auricle_prior_result {
    int levels, labels, recordings, held_out;
    double hours;
    struct {
        double prior, unigram, uniform; /**< learned; each code by its frequency; log2 of all */
        double in_use;                  /**< perplexity of the codes, 1 to their number */
    } level[2];                         /**< bottom, top */
} auricle_prior_result;

AURICLE_API void auricle_prior_defaults(auricle_prior_config *config);
/** Errors: INVALID, NOT_FOUND, FORMAT, MISMATCH (decoder of another encoder), IO, INTERRUPTED. */
AURICLE_API auricle_status auricle_prior_fit(const auricle_prior_config *config,
                                             auricle_prior_result *result, auricle_error *error);

typedef struct auricle_generate_config {
    const char *model, *decoder, *prior; /**< decoder and prior may be NULL: beside the model */
    const char *prompt;                  /**< a recording that is gone on with, or NULL */
    const char *label;                   /**< one of the prior's, or NULL: no label */
    double seconds;        /**< in all, the prompt included, up to AURICLE_GENERATE_MAX_S */
    double prompt_seconds; /**< of the prompt that is taken; 0 = all */
    double temperature;    /**< 0 = always the likeliest code; 1 = as learned */
    bool reconstruct;      /**< the prompt's own codes back to sound, no prior; seconds at most */
    uint64_t seed;         /**< same files, same seed, same bits */
    auricle_generate_progress progress; /**< or NULL */
    void *user;
} auricle_generate_config;

/** *samples is malloc'ed: the caller's to free. Errors: INVALID (a label there isn't, a number out
 * of range), NOT_FOUND, FORMAT, MISMATCH (files that don't belong together), NO_MEMORY. */
AURICLE_API auricle_status auricle_generate(const auricle_generate_config *config, float **samples,
                                            size_t *count, auricle_error *error);

/** How a sound is spread over frequency and time: enough to tell speech or music from hiss. */
typedef struct auricle_sound_statistics {
    double rms_db;          /**< against full scale */
    double flatness;        /**< geometric over arithmetic mean of power, mean over frames: 1 =
                                 white noise's ceiling of about 0.56 */
    double level_spread_db; /**< deviation of the frames' level over time; steady hiss: about 0 */
    double modulation;      /**< share of the envelope's energy, 0.5..32 Hz, that is at 2..8 Hz */
    double spectrum_db[32]; /**< long-term average power in 32 bands even in mel, mean 0 */
} auricle_sound_statistics;

/** 16 kHz samples, at least a second. Errors: INVALID (too short), NO_MEMORY. */
AURICLE_API auricle_status auricle_sound_measure(const float *samples, size_t count,
                                                 auricle_sound_statistics *statistics,
                                                 auricle_error *error);
/** Root mean square difference of the long-term spectra, dB. */
AURICLE_API double auricle_sound_spectrum_distance(const auricle_sound_statistics *a,
                                                   const auricle_sound_statistics *b);
/** The training's multi-scale spectral distance of two sounds of one length (at least 1024
 * samples); 0 = the same. Errors: INVALID, NO_MEMORY. */
AURICLE_API auricle_status auricle_sound_distance(const float *guess, const float *truth,
                                                  size_t count, double *distance,
                                                  auricle_error *error);
/** A recording at 16 kHz, all channels mixed, malloc'ed; at most seconds of it (0 = all). */
AURICLE_API auricle_status auricle_sound_load(const char *path, double seconds, float **samples,
                                              size_t *count, auricle_error *error);

#ifdef __cplusplus
}
#endif
#endif
