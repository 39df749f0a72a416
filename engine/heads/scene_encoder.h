// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Scenes through the live stream and a head's window: the bits a live head would be given. */
#ifndef AURICLE_HEADS_SCENE_ENCODER_H
#define AURICLE_HEADS_SCENE_ENCODER_H

#include <auricle/model.h>

#include "heads/scene.h"
#include "stream/head.h"

enum { SCENES_AT_ONCE = 4 };

/** x [inputs]: what the head's first layer is given for the window that ends with this frame; may
 * be overwritten. Called by the thread that runs. Return false to stop. */
typedef bool (*scene_visitor)(void *user, int scene, int64_t frame, float *x);

struct scene_encoder;
/** Of shape, only what the kind gathers by is looked at: kind, window, hop, embedding. */
auricle_status scene_encoder_create(auricle_model *model, const struct head_shape *shape,
                                    struct scene_encoder **encoder, auricle_error *error);
void scene_encoder_destroy(struct scene_encoder **encoder);
/** Every decision of scenes [count <= SCENES_AT_ONCE], each from a fresh stream: scene by scene, in
 * the order of time. Each is encoded by a thread of its own; how many run at once changes nothing.
 * Errors: NO_MEMORY, INTERRUPTED when the visitor said so. */
auricle_status scene_encoder_run(struct scene_encoder *encoder, const struct scene *scenes,
                                 int count, scene_visitor visit, void *user, auricle_error *error);

#endif
