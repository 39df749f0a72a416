// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Rows of a corpus as vectors: an encoder by name, and what it makes of a recording. */
#ifndef AURICLE_PROBE_CLIP_ENCODER_H
#define AURICLE_PROBE_CLIP_ENCODER_H

#include "probe/clip.h"
#include "data/corpus.h"

struct clip_encoder {
    auricle_model *model;
    struct clip_embedder *embedder;
};

/** "PATH", "random:PATH" (its shape, weights drawn by seed) or "logmel:PATH" (its front end alone).
 * Errors: as auricle_model_open. */
auricle_status clip_encoder_open(const char *encoder, uint64_t seed, struct clip_encoder *clips,
                                 auricle_error *error);
void clip_encoder_close(struct clip_encoder *clips);
/** out [clip_embedder_dims]. Errors: as audio_file_load and clip_embed. */
auricle_status clip_encoder_row(struct clip_encoder *clips, const struct corpus_row *row,
                                float *out, auricle_error *error);

#endif
