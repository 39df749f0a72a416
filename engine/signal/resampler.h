// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Any rate 4..192 kHz to any other through libsamplerate, in fixed blocks: any cutting of the
 * input gives the same bits. (Files come at all of them; a live stream accepts 8..48 kHz.) */
#ifndef AURICLE_SIGNAL_RESAMPLER_H
#define AURICLE_SIGNAL_RESAMPLER_H

#include <auricle/stream.h>

#include <stddef.h>
#include <stdint.h>

struct resampler;

/** Errors: INVALID (rate, quality), NO_MEMORY. */
auricle_status resampler_create(int in_rate_hz, int out_rate_hz, auricle_resample quality,
                                struct resampler **resampler, auricle_error *error);
void resampler_destroy(struct resampler **resampler);
void resampler_reset(struct resampler *resampler);
/** Takes up to count samples (at most to the end of the current block), writes what the block gives
 * to out; *written <= resampler_block_out. Returns how many were taken. RT safe. */
size_t resampler_feed(struct resampler *resampler, const float *samples, size_t count, float *out,
                      size_t *written);
/** End of input: call until it writes 0. RT safe. */
size_t resampler_drain(struct resampler *resampler, float *out);
/** Input samples taken since creation or reset. RT safe. */
uint64_t resampler_taken(const struct resampler *resampler);
/** Capacity out must have. */
size_t resampler_block_out(const struct resampler *resampler);
/** Worst wait of a sample before it comes out: filter look-ahead + one block. */
uint64_t resampler_delay_ns(const struct resampler *resampler);
size_t resampler_bytes(const struct resampler *resampler);

#endif
