// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Mel-frequency cepstra with their first and second differences (Davis & Mermelstein 1980). */
#ifndef AURICLE_SSL_CEPSTRA_H
#define AURICLE_SSL_CEPSTRA_H

#include "nn/tape.h"

enum { CEPSTRA = 13, CEPSTRA_WIDTH = 3 * CEPSTRA };

/** view: log-mel (B,T,mels) -> rows [B*T][CEPSTRA_WIDTH]: the first cosines of the bands, weighted
 * so that they vary alike (the sine lifter of 22, Juang et al. 1987), then their slopes over five
 * frames, then the slopes' slopes. At a window's edge its outermost frame stands for those beyond.
 * Fewer bands than CEPSTRA leave zeros. */
void cepstra_of(const struct tensor *view, float *rows);

#endif
