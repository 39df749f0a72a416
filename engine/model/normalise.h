// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Causal feature normalisation: one function for training windows and for live frames.
 *
 *   NORMALISE_GLOBAL    y[t] = (x[t] - mean) / std
 *   NORMALISE_RUNNING   y[t] = (x[t] - mean - drift[t]) / std
 *                       drift[t+1] = drift[t] + (x[t] - mean - drift[t]) / running_frames
 *
 * per mel: a frame is normalised by what came before it, never by itself. The running mean is kept
 * as its drift from the global one, so that zeros are the state of a new stream. */
#ifndef AURICLE_MODEL_NORMALISE_H
#define AURICLE_MODEL_NORMALISE_H

#include "model/shape.h"

/** mean, std: [mels]; drift: [mels], carried from block to block (not read with NORMALISE_GLOBAL);
 * x, y: [frames][mels], y == x is fine. RT safe. */
void normalise_block(const struct logmel_shape *shape, const float *mean, const float *std,
                     float *drift, const float *x, int frames, float *y);

#endif
