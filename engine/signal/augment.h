// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What a room, a microphone, a telephone and another speaker do to a signal. Training only.
 * One augmentation is drawn per recording and then streams over it block by block, so that windows
 * that follow one another stay one signal. */
#ifndef AURICLE_SIGNAL_AUGMENT_H
#define AURICLE_SIGNAL_AUGMENT_H

#include "base/random.h"

#include <stddef.h>

/** Probabilities 0..1 and ranges; all zero = the signal as it is. */
struct augment_config {
    float gain_db_low, gain_db_high; // uniform, always applied
    float noise_probability;         // mix with a noise recording or coloured noise
    float noise_snr_db_low, noise_snr_db_high;
    float reverb_probability; // synthetic exponentially decaying response
    float reverb_t60_low_s, reverb_t60_high_s;
    float telephone_probability; // 300-3400 Hz band, as at 8 kHz
    float mulaw_probability;     // G.711 mu-law, given telephone
    float speed_low, speed_high; // resampling factor: rate, pitch and formants together
    float speed_probability;
    float warp_low, warp_high; // VTLP factor for the log-mel filters, see logmel_config.warp
    float warp_probability;    // otherwise the factor is 1
};

struct augment_config augment_config_default(void);

/** A drawn augmentation with its filter state. */
struct augment;
/** noise: [noise_count] samples to mix in, borrowed, or NULL for coloured noise. NULL when memory
 * is out. The result depends only on the config and random's state. */
struct augment *augment_draw(const struct augment_config *config, const float *noise,
                             size_t noise_count, struct random *random);
void augment_destroy(struct augment **augment);
/** The drawn VTLP factor. */
float augment_warp(const struct augment *augment);
/** The drawn speed: input samples used per output sample. */
float augment_speed(const struct augment *augment);
/** The level (RMS, 1 = full scale) of the recording to come, which the noise's SNR refers to.
 * Without this call it refers to the level of the last 10 s heard so far. */
void augment_set_level(struct augment *augment, float rms);
/** samples [count] at AUGMENT_RATE_HZ in place: reverb, noise, telephone, mu-law, gain, clip to
 * [-1,1]. Streaming: any cutting into calls gives the same bits. */
void augment_apply(struct augment *augment, float *samples, size_t count);

/** Input samples augment_speed_block touches beyond those it consumes. */
enum { AUGMENT_RATE_HZ = 16000, AUGMENT_SPEED_AHEAD = 4 };
/** Speed change of one block for callers that read ahead: reads at most ceil(count * speed) +
 * AUGMENT_SPEED_AHEAD samples of in, writes count. Output i is the cubic through the four samples
 * around in[1 + phase + i * speed]: what comes out is one input sample late. *phase in [0,1) is
 * carried. Returns input samples consumed. */
size_t augment_speed_block(float speed, double *phase, const float *in, float *out, size_t count);

/** A sample in [-1,1] as it returns from a G.711 mu-law line. */
float augment_mulaw(float sample);

#endif
