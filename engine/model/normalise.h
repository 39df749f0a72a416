// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Causal feature normalisation: one function for training windows and for live frames.
 *
 *   NORMALISE_GLOBAL    y[t] = (x[t] - mean) / std
 *   NORMALISE_RUNNING   y[t] = (x[t] - mean - drift[t]) / std
 *                       drift[t+1] = drift[t] + (x[t] - mean - drift[t]) / running_frames
 *
 * per mel: a frame is normalised by what came before it, never by itself. The running mean is kept
 * as its drift from the global one, so that zeros are the state of a new stream.
 *
 * Before that, where range_db > 0, what lies further than that below the running level is raised to
 * it, so that a recording's own noise floor and how much of a pause it holds tell little:
 *
 *   level[t] = max(level[t-1] - LEVEL_FALL_DB, the frame's loudest band, ln floor)
 *   x[t] = max(x[t], level[t] - range_db)
 *
 * With follow_db_s > 0 the bands are measured from the running level, which then falls by so much
 * a second, and which is never lower than the floor plus range_db:
 *
 *   x[t] = max(x[t] - level[t], -range_db)
 *
 * A gain then moves x and level alike and cancels out, as long as the sound is well above the
 * floor. Digital silence is -range_db in all bands, at the beginning of a stream and after an hour.
 * The level of a new stream is that of its first frame, as after a long pause. */
#ifndef AURICLE_MODEL_NORMALISE_H
#define AURICLE_MODEL_NORMALISE_H

#include "model/shape.h"

/** The level's fall a frame: 10 dB a second, slower than words follow one another. */
#define LEVEL_FALL_DB 0.1f

/** The lowest running level, ln of a power: ln floor, or with follow_db_s that plus range_db. */
float normalise_lowest_level(const struct logmel_shape *shape);
/** How far the running level falls in a frame, nepers of a power. */
float normalise_level_fall(const struct logmel_shape *shape);
/** The first step alone. level: over the lowest one, carried, 0 = new; x [frames][mels] in place.
 */
void normalise_level(const struct logmel_shape *shape, float *level, float *x, int frames);

/** mean, std: [mels]; drift: [mels + 1], the last one is the level, carried from block to block;
 * x, y: [frames][mels], y == x is fine. RT safe. */
void normalise_block(const struct logmel_shape *shape, const float *mean, const float *std,
                     float *drift, const float *x, int frames, float *y);

#endif
