// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** From an encoder's contexts to codes, and from codes to sound.
 *
 *     contexts [T] --project--> codes, one a frame (bottom)           --.
 *       4 at a time --project--> codes, one every stride frames (top) --+-> joined, [T]
 *     joined --conv/LN/GELU x 2--> h --linear--> 320 samples: what has a phase    --.
 *                                    --linear--> bands x a drawn spectrum: what hisses --+
 *     every 160 samples such a frame of 320 is added under a sine window <------------'
 *
 * Causal; frame t ends where the sound heard by frame t ends, so a hop is whole one hop later.
 * The second half is a filter on noise (Engel et al. 2020, DDSP, sec. 3.4): without noise
 * a decoder that knows no phases can only buzz. */
#ifndef AURICLE_SSL_DECODER_H
#define AURICLE_SSL_DECODER_H

#include "ssl/codebook.h"

enum { DECODER_LEVELS = 2, DECODER_LAYERS = 2, DECODER_KERNEL = 5, DECODER_WINDOW = 320 };

struct decoder_shape {
    int levels;   // 1 = bottom alone
    int codes;    // V, of each level
    int width;    // D, numbers of a code
    int stride;   // bottom frames of a top code
    int context;  // numbers of an encoder's context
    int channels; // of the convolutions
    int bands;    // of the noise, evenly spaced in mel
};

/** Indices of own. Level l has PROJECT + 2 l and BOOK + CODEBOOK_OWN l, layer i CONV + 4 i. */
enum {
    DECODER_PROJECT,
    DECODER_BOOK = DECODER_PROJECT + 2 * DECODER_LEVELS,
    DECODER_CONV = DECODER_BOOK + CODEBOOK_OWN * DECODER_LEVELS,
    DECODER_WAVE = DECODER_CONV + 4 * DECODER_LAYERS,
    DECODER_NOISE = DECODER_WAVE + 2,
    DECODER_OWN = DECODER_NOISE + 2,
};

/** All named jukebox.*, scaffolding. Levels there aren't have no indices. */
void decoder_declare(const struct decoder_shape *shape, struct parameters *parameters, int *own);
void decoder_init(const struct objective_context *context, const struct decoder_shape *shape,
                  const int *own);

/** Frames of one code of a level: 1 or stride. */
int decoder_frames(const struct decoder_shape *shape, int level);
/** contexts (B,T,context) -> what a level quantises (B,T/frames,D); what is over is left out. */
struct tensor *decoder_project(const struct objective_context *context,
                               const struct decoder_shape *shape, const int *own,
                               struct tensor *contexts, int level);
/** Codes of all levels side by side: levels[l] (B,T/frames,D) -> (B,T,levels*D). */
struct tensor *decoder_join(const struct objective_context *context,
                            const struct decoder_shape *shape, struct tensor **levels);

/** What one stream of decoding carries from window to window; all NULL = begin in silence. */
struct decoder_carry {
    float *history[DECODER_LAYERS]; // [B][KERNEL-1][in]
    float *tail;                    // [B][160] the second half of the last frame
};
/** joined (B,T,levels*D) -> (B,T*160,1) samples, of which the first hop is the one before the
 * window. Draws from context->random, frame by frame. carry may be NULL. */
struct tensor *decoder_sound(const struct objective_context *context,
                             const struct decoder_shape *shape, const int *own,
                             struct tensor *joined, const struct decoder_carry *carry);

// ---- as a file, kind "decoder", bound to its encoder by content hash

struct decoder {
    struct decoder_shape shape;
    struct parameters parameters;
    int own[DECODER_OWN];
    char encoder_hash[65], hash[65];
};

/** "x.safetensors" -> "x.KIND.safetensors": the path of a file that belongs to a model. */
auricle_status decoder_beside(const char *model, const char *kind, char *path, size_t size,
                              auricle_error *error);
/** INVALID with the field and its range. */
auricle_status decoder_shape_check(const struct decoder_shape *shape, auricle_error *error);
/** card: free JSON (borrowed). Errors: INVALID (not finite), IO, NO_MEMORY. */
auricle_status decoder_write(const char *path, const struct decoder_shape *shape,
                             const struct parameters *parameters, const int *own,
                             const char *encoder_hash, const json_t *card, auricle_error *error);
/** Errors: NOT_FOUND, FORMAT, NO_MEMORY. */
auricle_status decoder_open(const char *path, struct decoder **decoder, auricle_error *error);
void decoder_close(struct decoder **decoder);

#endif
