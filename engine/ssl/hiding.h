// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Spans of latents hidden from the context, which runs a second time for it.
 *
 *     z z [tok tok ... tok] z z      -> contexts from the carried state
 *
 * Causal: the context of a hidden frame has seen only what came before the span. */
#ifndef AURICLE_SSL_HIDING_H
#define AURICLE_SSL_HIDING_H

#include "ssl/objective.h"

/** Each frame begins a span with probability start; spans may overlap (wav2vec 2.0, Baevski et al.
 * 2020, sec. 3.1). Marks hidden [B][T]; returns how many are hidden, at least one. */
int objective_hide_spans(const struct objective_context *context, int span, double start,
                         int streams, int frames, unsigned char *hidden);

/** The last context layer (B,T,H) when token replaces the hidden latents. */
struct tensor *objective_hidden_context(const struct objective_context *context,
                                        const struct objective_encoding *encoding,
                                        struct tensor *token, const unsigned char *hidden);

/** Numbers of the frames i of n with marks[i] == wanted, in order; returns how many. */
int objective_frames_where(const unsigned char *marks, unsigned char wanted, int n, int *rows);

#endif
