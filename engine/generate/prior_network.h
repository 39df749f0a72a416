// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Jukebox's second half (Dhariwal et al. 2020, sec. 4): what code comes next, as one recurrent
 * network over both levels, each top code before the frames it stands for:
 *
 *     top_0 b_0 b_1 b_2 b_3 | top_1 b_4 ...            a cycle; with one level: b_0 | b_1 ...
 *     code before + place in the cycle + label --GRU--> logits of this level's codes
 *
 * so p(top_k | all before) and p(b_t | all before, its top): an upsampler that streams. A label of
 * 0 says nothing: a share of training is told none, so that one network makes sound with and
 * without. */
#ifndef AURICLE_GENERATE_PRIOR_NETWORK_H
#define AURICLE_GENERATE_PRIOR_NETWORK_H

#include "ssl/decoder.h"

enum { MAX_PRIOR_LABELS = 1024 };

struct prior_shape {
    int levels, codes, stride; // the decoder's
    int width, hidden;         // of an embedding, of the GRU
    int labels;                // besides "none"
};

enum {
    PRIOR_CODES,                  // [levels V + 1][width]: the last is "begin"
    PRIOR_PLACES,                 // [cycle][width]
    PRIOR_LABELS,                 // [labels + 1][width]
    PRIOR_GRU,                    // weight_ih, weight_hh, bias_ih, bias_hh
    PRIOR_LOGITS = PRIOR_GRU + 4, // weight, bias of each level
    PRIOR_OWN = PRIOR_LOGITS + 2 * DECODER_LEVELS,
};

/** Symbols of a cycle: its top code, if there is one, and its bottom codes. */
int prior_cycle(const struct prior_shape *shape);
/** The level of the symbol at a place of the cycle. */
int prior_level(const struct prior_shape *shape, int place);

void prior_declare(const struct prior_shape *shape, struct parameters *parameters, int *own);
void prior_init(const struct prior_shape *shape, struct parameters *parameters, const int *own,
                struct random *random);

/** B windows of whole cycles. codes [B][T], -1 past a recording's end; before [B]: the code before
 * the first, -1 = a recording begins; label [B]; state [B][hidden] is carried on. */
struct prior_batch {
    int streams, symbols; // B, T
    const int *codes, *before, *label;
    float *state;
};
/** Mean cross entropy over all codes, in nats; sums (may be NULL) gets nats and counts by level. */
struct prior_sums {
    double nats[DECODER_LEVELS], count[DECODER_LEVELS];
};
struct tensor *prior_loss(struct tape *tape, const struct prior_shape *shape,
                          struct parameters *parameters, const int *own,
                          const struct prior_batch *batch, struct prior_sums *sums);

// ---- as a file, kind "prior", bound to its decoder by content hash

struct prior {
    struct prior_shape shape;
    struct parameters parameters;
    int own[PRIOR_OWN];
    char decoder_hash[65];
    json_t *json; // the card; owns the labels
};

/** labels: a JSON list of shape->labels texts (borrowed). Errors: INVALID, IO, NO_MEMORY. */
auricle_status prior_write(const char *path, const struct prior_shape *shape,
                           const struct parameters *parameters, const char *decoder_hash,
                           const json_t *labels, const json_t *card, auricle_error *error);
/** Errors: NOT_FOUND, FORMAT, MISMATCH (another decoder's), NO_MEMORY. */
auricle_status prior_open(const char *path, const struct decoder *decoder, struct prior **prior,
                          auricle_error *error);
void prior_close(struct prior **prior);
/** The number of a label, 1..labels; 0 = there is none of that name. */
int prior_label(const struct prior *prior, const char *label);

// ---- one symbol after another

struct prior_voice;
struct prior_voice *prior_voice_create(const struct prior *prior, int label);
void prior_voice_destroy(struct prior_voice **voice);
/** Draws the next code at a temperature (0 = the likeliest), or takes the one given (>= 0). */
int prior_voice_next(struct prior_voice *voice, double temperature, int given,
                     struct random *random);

#endif
