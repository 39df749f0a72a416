// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What is behind auricle_model, and how an encoder becomes a file. */
#ifndef AURICLE_MODEL_MODEL_H
#define AURICLE_MODEL_MODEL_H

#include <auricle/model.h>

#include "model/encoder.h"
#include "model/safetensors.h"
#include "signal/logmel.h"

#include <stdatomic.h>

/** How the file stores the matrices. */
enum storage { STORAGE_FP32, STORAGE_FP16, STORAGE_INT8, STORAGES };

/** A second: context, running level and running mean have settled. */
enum { SILENT_FRAMES = 100 };

/** "fp32" */
const char *model_storage_name(enum storage storage);

struct auricle_model {
    atomic_int references;
    struct encoder_shape shape;
    struct encoder_weights weights; // point into file's map or into own
    struct safetensors file;        // of an opened model
    struct parameters *own;         // of a random one
    float *converted;               // matrices that are not F32 in the file
    enum storage storage;
    struct logmel *logmel;              // NULL with the waveform front end
    struct encoder_state *silent_state; // after SILENT_FRAMES of digital silence
    float *silent_frame;                // [frame_dim], the last of these frames
    char *card;
    size_t weight_bytes;
    char hash[65];
    char origin[65]; // hash of the encoder it was quantised from, or its own
};

/** Finds and checks every tensor of model->shape in model->file -> model->weights, converted and
 * storage. Errors: FORMAT, NO_MEMORY. */
auricle_status model_find_weights(auricle_model *model, auricle_error *error);

/** The log-mel that a model of this shape listens through. */
struct logmel_config model_logmel_config(const struct encoder_shape *shape);

/** Writes the deployed tensors of parameters as an encoder file. card: free JSON object for the
 * card's "card" (borrowed). hash (may be NULL) gets the content hash. */
auricle_status model_write(const char *path, const struct encoder_shape *shape,
                           const struct parameters *parameters, const json_t *card, char hash[65],
                           auricle_error *error);

/** What model_write puts together. Returns how many entries [MAX_PARAMETERS] were filled. */
int model_deployed_entries(const struct parameters *parameters, struct safetensors_entry *entries);
/** Takes over card. */
json_t *model_encoder_card(const struct encoder_shape *shape, json_t *card);

/** Copies the model's weights into a network of the same shape. The model must not be of
 * STORAGE_INT8. */
void model_read_parameters(const auricle_model *model, const struct network *network);

#endif
