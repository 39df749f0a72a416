// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Streaming log-mel spectrum: 160 new samples in, one frame of ln(mel power + floor) out.
 * The window ends with the newest sample: left context only. Offline is the same code in a loop. */
#ifndef AURICLE_SIGNAL_LOGMEL_H
#define AURICLE_SIGNAL_LOGMEL_H

#include <stddef.h>

struct logmel_config {
    int sample_rate_hz, hop_samples, window_samples;
    int fft_samples; // a power of two, 256 to 4096
    int mels;
    float low_hz, high_hz, floor;
    float warp; // VTLP (Jaitly & Hinton 2013): frequency scale of the filters, 1 = none
};

/** Immutable tables, shared by any number of histories. */
struct logmel;
struct logmel *logmel_create(const struct logmel_config *config); // NULL when memory is out
void logmel_destroy(struct logmel **logmel);

/** Floats a history holds; zeros = as new. */
size_t logmel_history_size(const struct logmel *logmel);
/** Floats of scratch a step needs. */
size_t logmel_scratch_size(const struct logmel *logmel);
/** samples [hop] in [-1,1]; history as above; out [mels]. RT safe. */
void logmel_step(const struct logmel *logmel, float *history, const float *samples, float *scratch,
                 float *out);

#endif
