// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One self-supervised objective = one file in this room, behind this interface. The loop, the
 * encoder and the tool know objectives only through it (and through mixture.h, which adds several
 * up). */
#ifndef AURICLE_SSL_OBJECTIVE_H
#define AURICLE_SSL_OBJECTIVE_H

#include "base/setting.h"
#include "model/encoder.h"

#include <stdint.h>

enum { OBJECTIVE_SETTINGS = 20, OBJECTIVE_OWN = 32, OBJECTIVE_STATISTICS = 12 };

/** The input of one step. Views are normalised log-mel (or samples). */
struct objective_batch {
    int streams, frames;    // B, T
    int first, all;         // view b is stream first + b of all that make this step, over workers
    struct tensor *view[2]; // (B,T,mels) input and target view; view[1] == view[0] without one
    struct tensor *samples; // (B,T*160,1) of view[0], where an objective needs them
    const int *recording, *speaker;     // [B]; speaker -1 = unknown
    const unsigned char *begins;        // [B][T] a recording, or the gap before it, begins here
    const unsigned char *gap;           // [B][T] near-silence before a recording
    const unsigned char *voice_changed; // [B][T] augmentation changed the speed or the vocal tract
    const float *teacher;               // [B][T][width] the rows of another model, or NULL
    const unsigned char *taught;        // [B][T] 1 = there is a row for this frame
};

/** The encoder's output for the views with no frame hidden, carried across windows. */
struct objective_encoding {
    struct tensor *latents;                      // (B,T,Z)
    struct tensor *contexts[MAX_CONTEXT_LAYERS]; // (B,T,H)
    struct tensor *target_latents;               // (B,T,Z) of view[1]; == latents without one
    /** (B,T,H) of view[1] when an objective needs them, else NULL. */
    struct tensor *target_contexts[MAX_CONTEXT_LAYERS];
    const struct encoder_carry *start; // view[0]'s streams before this window: copy, don't change
};

/** Named numbers for the progress line and metrics log: "accuracy", "chance", ... */
struct objective_statistics {
    struct {
        const char *name;
        double value;
    } list[OBJECTIVE_STATISTICS];
    int count;
};

/** The place of a loss in the training, for annealing: a resumed training passes the same numbers.
 * An evaluation has the time of the training that it interrupts. */
struct objective_time {
    int64_t step, steps; // made before this one; planned in all, which a resume may change
};

struct objective_context { // everything a loss may touch
    struct tape *tape;
    struct network network;
    const double *setting; // [setting_count], in the objective's own order
    const int *own;        // indices of the tensors that declare() added
    struct random *random;
    struct objective_time time;
};

enum objective_needs {
    NEEDS_FEATURES = 1,        // predicts log-mel: not for the waveform front end
    NEEDS_SAMPLES = 2,         // the samples as well, whatever the front end
    NEEDS_TARGET_VIEW = 4,     // a second, independently augmented view
    NEEDS_TARGET_CONTEXTS = 8, // the second view encoded through the context layers as well
    NEEDS_TEACHER = 16,        // the rows of another model. Their width is the setting "teacher",
                               // which objectives that can do without a teacher may have as well
};

struct objective {
    const char *name, *summary, *source;
    const struct setting *settings;
    int setting_count;
    unsigned needs; // enum objective_needs, added up
    /** Asks for the deployed predictors it trains (future_steps, ...). NULL = none. */
    void (*configure)(const double *setting, struct encoder_shape *shape);
    /** Adds scaffolding tensors of its own; writes their indices to own. NULL = none. */
    int (*declare)(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own);
    void (*init)(const struct objective_context *context);
    /** Fits constants of its own (".frozen." tensors) before the first step to a sample of the
     * corpus, one long batch; context has no tape. false: memory is out. NULL = none. */
    bool (*fit)(const struct objective_context *context, const struct objective_batch *sample);
    /** The loss (1,1,1) of one batch. */
    struct tensor *(*loss)(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics);
    /** Updates what gradient descent does not (a codebook's running means). loss's backward pass
     * left its statistics in the gradients of the objective's own tensors, summed over the workers;
     * this takes and clears them. Called before the optimiser, in one thread, without a tape. NULL
     * = none. */
    void (*settle)(const struct objective_context *context);
    /** Writes the files that belong to the model at path, whose content hash is given. NULL = none.
     */
    auricle_status (*write)(const struct objective_context *context, const char *path,
                            const char *hash, const json_t *card, auricle_error *error);
};

extern const struct objective objective_apc;
extern const struct objective objective_autoencoder;
extern const struct objective objective_bestrq;
extern const struct objective objective_cola;
extern const struct objective objective_cpc;
extern const struct objective objective_decoar;
extern const struct objective objective_decoar2;
extern const struct objective objective_distill;
extern const struct objective objective_hubert;
extern const struct objective objective_jukebox;
extern const struct objective objective_labels;
extern const struct objective objective_masked;
extern const struct objective objective_rotation;
extern const struct objective objective_simclr;
extern const struct objective objective_supervised;
extern const struct objective objective_vae;
extern const struct objective objective_wav2vec;
extern const struct objective objective_wav2vec2;
/** All of them, NULL-terminated. */
extern const struct objective *const objectives[];
/** NULL when there is none of that name. */
const struct objective *objective_find(const char *name);

void objective_note(struct objective_statistics *statistics, const char *name, double value);
struct tensor *objective_parameter(const struct objective_context *context, int index);

#endif
