// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A recording as one vector: through the live stream, so that what is measured is what is
 * deployed.
 *
 *   encoder:  mean | deviation | max over frames of the embedding           3 * embedding_dim
 *   log-mel:  mean | deviation of the features and their deltas             4 * feature_dim
 */
#ifndef AURICLE_PROBE_CLIP_H
#define AURICLE_PROBE_CLIP_H

#include <auricle/stream.h>

#include <stdbool.h>

struct clip_embedder;

/** bare: log-mel statistics instead of the encoder's frames (needs a log-mel front end). */
auricle_status clip_embedder_create(auricle_model *model, bool bare,
                                    struct clip_embedder **embedder, auricle_error *error);
void clip_embedder_destroy(struct clip_embedder **embedder);
int clip_embedder_dims(const struct clip_embedder *embedder);
/** How many of the leading numbers are mean and deviation (all of them for log-mel). */
int clip_embedder_mean_dims(const struct clip_embedder *embedder);
/** samples at the model's rate, from a fresh stream; out [dims]. INVALID on samples that are not
 * finite, or when there are none. */
auricle_status clip_embed(struct clip_embedder *embedder, const float *samples, size_t count,
                          float *out, auricle_error *error);

/** Numbers of one frame: the embedding, or features and their deltas. */
int clip_embedder_frame_dims(const struct clip_embedder *embedder);
typedef void (*clip_visit)(void *user, const float *frame);
/** Frame 0, 1 ... to visit instead of pooled. Errors: as clip_embed; frames may have been visited.
 */
auricle_status clip_frames(struct clip_embedder *embedder, const float *samples, size_t count,
                           clip_visit visit, void *user, auricle_error *error);

#endif
