// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Mean and deviation of every log-mel band over what the corpus sounds like. */
#ifndef AURICLE_PRETRAIN_STATISTICS_H
#define AURICLE_PRETRAIN_STATISTICS_H

#include "model/shape.h"

struct statistics { // all zero to begin with
    double count, sum[MAX_MELS], squares[MAX_MELS];
};

/** features: raw log-mel [streams][frames][mels], taken as normalise_level leaves them. */
void statistics_add(struct statistics *statistics, const struct logmel_shape *shape,
                    const float *features, int streams, int frames);
/** mean, std: [mels]. At least one frame must have been added. */
void statistics_read(const struct statistics *statistics, int mels, float *mean, float *std);

#endif
