// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A pretrained encoder: immutable weights, memory-mapped, shared by any number of streams.
 *
 * Threads: open and unref anywhere; a model never changes, so every other call is free-threaded. */
#ifndef AURICLE_MODEL_H
#define AURICLE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_model auricle_model;

/** One frame is a vector of frame_dim floats:
 *
 *     [ features | latent | context 0 | ... | context n-1 | cells ]
 *                 \_________ embedding _________________/
 *
 * features: normalised log-mel (0 floats with the waveform front end); latent: z; context i: h of
 * recurrent layer i; cells: LSTM cell states (0 floats with GRU). The embedding is what heads see.
 */
typedef struct auricle_model_info {
    int sample_rate_hz; /**< the encoder's own rate: 16000 */
    int hop_samples;    /**< samples per frame at that rate: 160 = 10 ms */
    int field_samples;  /**< samples, ending with the hop's last one, a latent depends on */
    int feature_dim;    /**< floats at offset 0 */
    int latent_dim;     /**< floats at offset feature_dim */
    int context_dim;    /**< floats of one context layer */
    int context_layers;
    int cell_dim;         /**< floats after the embedding */
    int frame_dim;        /**< all of the above */
    int embedding_offset; /**< = feature_dim */
    int embedding_dim;    /**< = latent_dim + context_layers * context_dim */
    int future_steps;     /**< CPC step predictors K, 0 when the file has none */
    int feature_shift;    /**< APC: frames ahead, 0 when the file has none */
    int mask_frames;      /**< masked predictor: frames of a chunk, 0 when the file has none */
    size_t weight_bytes;
    const char *weight_type; /**< how the matrices are stored: "fp32", "fp16", "int8" */
    char content_hash[65];   /**< SHA-256 of the tensor data, hexadecimal */
    /** content_hash of the encoder this one was quantised from, or its own: heads are bound to it,
     * so that they go with an encoder in whatever type it is stored. */
    char origin_hash[65];
} auricle_model_info;

/** Opens and checks a safetensors encoder. *model is NULL on failure.
 * Errors: NOT_FOUND, IO, FORMAT (what is malformed and where), NO_MEMORY. error may be NULL. */
AURICLE_API auricle_status auricle_model_open(const char *path, auricle_model **model,
                                              auricle_error *error);

/** The same from the bytes of such a file, which are copied: they may be freed afterwards. */
AURICLE_API auricle_status auricle_model_open_memory(const void *bytes, size_t count,
                                                     auricle_model **model, auricle_error *error);

/** An untrained encoder to compare with: the shape and feature statistics of like (NULL: the
 * default shape, mean 0 and deviation 1), all other weights drawn anew. The same seed gives the
 * same bits. Errors: NO_MEMORY. */
AURICLE_API auricle_status auricle_model_random(const auricle_model *like, uint64_t seed,
                                                auricle_model **model, auricle_error *error);

/** One more owner; returns model. */
/** Whether a weights file of any kind (encoder, head, decoder, prior) is whole: header, sizes, and
 * every value finite. Needs no encoder, so what a head says of its encoder is not looked at.
 * Errors: NOT_FOUND, IO, FORMAT (place and reason), NO_MEMORY. */
AURICLE_API auricle_status auricle_weights_check(const char *path, auricle_error *error);

AURICLE_API auricle_model *auricle_model_ref(auricle_model *model);

/** One owner less; the last one frees it. Sets *model to NULL. NULL is fine. */
AURICLE_API void auricle_model_unref(auricle_model **model);

AURICLE_API void auricle_model_get_info(const auricle_model *model, auricle_model_info *info);

/** The model card as JSON text (metadata key "auricle", see docs/model-format.md). Lives as long as
 * the model. */
AURICLE_API const char *auricle_model_card(const auricle_model *model);

#ifdef __cplusplus
}
#endif
#endif
