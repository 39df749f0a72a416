// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What a verification head makes of pooled frames; enrolment and fitting use the same code. */
#ifndef AURICLE_STREAM_HEAD_VERIFICATION_H
#define AURICLE_STREAM_HEAD_VERIFICATION_H

#include "stream/head.h"

/** x [inputs] (overwritten) -> voice [hidden], of length 1. RT safe. */
void verification_embed(const struct head_shape *shape, const struct head_weights *weights,
                        float *x, float *voice);
/** Cosine of two voices [hidden], normalised by the scores that either has against the cohort
 * (AS-norm). The cohort's scores are taken as normal, so its mean and covariance are enough, and no
 * voice of the cohort is kept. About 0 with deviation 1 for different speakers. RT safe. */
float verification_score(const struct head_shape *shape, const struct head_weights *weights,
                         const float *a, const float *b);

#endif
