// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What lies under a whole scene: silence, noise or babble, and how loud all of it is. */
#ifndef AURICLE_HEADS_SCENE_BED_H
#define AURICLE_HEADS_SCENE_BED_H

#include "heads/scene.h"

/** Mixes the bed into a scene whose recordings are in place, and clips it to [-1, 1]. */
void scene_add_bed(const struct scene_maker *maker, struct scene *scene, struct random *random);

/** Root mean square; 0 of no samples. */
float scene_rms(const float *samples, size_t count);

#endif
