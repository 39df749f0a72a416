// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One self-supervised objective = one file in this room, behind this interface. The loop, the encoder
 * and the tool know objectives only through it. */
#ifndef AURICLE_SSL_OBJECTIVE_H
#define AURICLE_SSL_OBJECTIVE_H

#include "model/encoder.h"

/** A hyper-parameter: what `--set objective.name=value` accepts and `--list-objectives` prints. */
struct hyper {
    const char *name, *help; // help names the source (paper, section)
    double fallback, low, high;
};

/** What the loop hands over for one step. Views are normalised log-mel (or samples). */
struct objective_batch {
    int streams, frames;           // B, T
    struct tensor *view[2];        // (B,T,mels) input and target view; view[1] == view[0] without one
    const int *recording, *speaker; // [B]
};

/** What the encoder made of view[0] with no frame hidden, carried across windows. */
struct objective_encoding {
    struct tensor *latents;                      // (B,T,Z)
    struct tensor *contexts[MAX_CONTEXT_LAYERS]; // (B,T,H)
    struct tensor *target_latents;               // (B,T,Z) of view[1]; == latents without one
};

enum { OBJECTIVE_STATISTICS = 8 };
/** Named numbers for the progress line and metrics log: "accuracy", "chance", ... */
struct objective_statistics {
    struct {
        const char *name;
        double value;
    } list[OBJECTIVE_STATISTICS];
    int count;
};

struct objective_context { // everything a loss may touch
    struct tape *tape;
    const struct encoder_shape *shape;
    struct parameters *parameters;
    const struct encoder_parameters *encoder;
    const double *hyper;    // [hyper_count], in the objective's own order
    const int *own;         // indices of the tensors that declare() added
    struct random *random;
};

struct objective {
    const char *name, *summary, *source;
    const struct hyper *hypers;
    int hyper_count;
    bool needs_targets_view; // wants a second, independently augmented view
    /** Adds tensors of its own (scaffolding or deployed predictors); writes their indices to own. */
    int (*declare)(const struct encoder_shape *shape, const double *hyper,
                   struct parameters *parameters, int *own);
    void (*init)(const struct objective_context *context);
    /** The loss (1,1,1) of one batch. */
    struct tensor *(*loss)(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics);
};

extern const struct objective objective_cpc, objective_apc, objective_masked;
/** All of them, NULL-terminated. */
extern const struct objective *const objectives[];
const struct objective *objective_find(const char *name);

#endif
