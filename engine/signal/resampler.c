// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   samples --gather--> [block of 1 ms] --libsamplerate sinc--> what the block completes
//
// libsamplerate always sees the same blocks, however the caller cuts: the bits can't depend on it.
// Its output is aligned with its input (no delay in time); what costs time is that a sample comes
// out only once the filter's right half and the rest of the block are there.
#include "signal/resampler.h"

#include "base/error.h"

#include <samplerate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOW_RATE_HZ = 4000,
    HIGH_RATE_HZ = 192000,
    BLOCKS_PER_SECOND = 1000,
    SETTLE_BLOCKS = 100, // 100 ms: how long creation listens for the filter's look-ahead
};

struct resampler {
    SRC_STATE *converter; // NULL when the rates are equal
    double ratio;         // output samples per input sample
    int in_rate_hz, out_rate_hz;
    size_t block, block_out; // samples in a full block, capacity for what it gives
    size_t held;             // samples gathered in block_samples
    uint64_t taken, given;   // since reset, in samples
    uint64_t delay_ns;
    size_t bytes;
    float block_samples[];
};

static int converter_type(auricle_resample quality)
{
    switch (quality) {
    case AURICLE_RESAMPLE_FAST:
        return SRC_SINC_FASTEST;
    case AURICLE_RESAMPLE_MEDIUM:
        return SRC_SINC_MEDIUM_QUALITY;
    case AURICLE_RESAMPLE_BEST:
        return SRC_SINC_BEST_QUALITY;
    }
    return -1;
}

// libsamplerate 0.2 does not tell its size; its sinc converters hold 3 * 256 filter half-lengths.
static size_t converter_bytes(auricle_resample quality)
{
    static const double half_length[] = {2464.0 / 128, 22438.0 / 491, 340239.0 / 2381};
    return (size_t)(3 * 256 * half_length[quality]) * sizeof(float);
}

// Hands the gathered samples over; libsamplerate takes all of them, as out has room for all.
static size_t convert(struct resampler *resampler, float *out, bool end)
{
    SRC_DATA data = {.data_in = resampler->block_samples,
                     .data_out = out,
                     .input_frames = (long)resampler->held,
                     .output_frames = (long)resampler->block_out,
                     .end_of_input = end,
                     .src_ratio = resampler->ratio};
    int failure = src_process(resampler->converter, &data);
    CHECK(failure == 0);
    CHECK((size_t)data.input_frames_used == resampler->held);
    resampler->held = 0;
    resampler->given += (uint64_t)data.output_frames_gen;
    return (size_t)data.output_frames_gen;
}

// The longest time from a sample's arrival until the output of its instant: lag after a block, plus
// the next block, observed on silence rather than computed from libsamplerate's inner numbers.
static void measure_delay(struct resampler *resampler, float *out)
{
    double worst_s = 0.0;
    for (int i = 0; i < SETTLE_BLOCKS; i++) {
        resampler->held = resampler->block;
        resampler->taken += resampler->block;
        convert(resampler, out, false);
        double lag_s = (double)resampler->taken / resampler->in_rate_hz -
                       (double)resampler->given / resampler->out_rate_hz;
        worst_s = lag_s > worst_s ? lag_s : worst_s;
    }
    worst_s += (double)resampler->block / resampler->in_rate_hz;
    resampler->delay_ns = (uint64_t)(worst_s * 1e9 + 0.5);
    resampler_reset(resampler);
}

static auricle_status rates_check(int in_rate_hz, int out_rate_hz, auricle_error *error)
{
    int rates_hz[2] = {in_rate_hz, out_rate_hz};
    for (int i = 0; i < 2; i++)
        if (rates_hz[i] < LOW_RATE_HZ || rates_hz[i] > HIGH_RATE_HZ)
            return error_set(error, AURICLE_INVALID,
                             "%s sample rate %d Hz: give one of %d to %d Hz",
                             i ? "output" : "input", rates_hz[i], LOW_RATE_HZ, HIGH_RATE_HZ);
    return AURICLE_OK;
}

auricle_status resampler_create(int in_rate_hz, int out_rate_hz, auricle_resample quality,
                                struct resampler **resampler, auricle_error *error)
{
    *resampler = NULL;
    auricle_status status = rates_check(in_rate_hz, out_rate_hz, error);
    if (status != AURICLE_OK)
        return status;
    if (converter_type(quality) < 0)
        return error_set(error, AURICLE_INVALID, "resampling quality %d: give 0, 1 or 2",
                         (int)quality);
    size_t block = (size_t)(in_rate_hz / BLOCKS_PER_SECOND);
    double ratio = (double)out_rate_hz / in_rate_hz;
    // A full block gives its share, rounded up, once running; draining is cut to the same room.
    size_t block_out = (size_t)((double)block * ratio) + 2;
    size_t bytes = sizeof **resampler + block * sizeof(float);
    float *scratch = NULL;
    struct resampler *made = calloc(1, bytes);
    if (!made)
        goto fail;
    made->in_rate_hz = in_rate_hz;
    made->out_rate_hz = out_rate_hz;
    made->ratio = ratio;
    made->block = block;
    made->block_out = block_out;
    made->bytes = bytes;
    if (in_rate_hz != out_rate_hz) {
        int failure;
        made->bytes += converter_bytes(quality);
        made->converter = src_new(converter_type(quality), 1, &failure);
        scratch = malloc(block_out * sizeof *scratch);
        if (!made->converter || !scratch)
            goto fail;
        measure_delay(made, scratch);
        free(scratch);
    }
    *resampler = made;
    return AURICLE_OK;
fail:
    free(scratch);
    resampler_destroy(&made);
    return error_no_memory(error, "a resampler");
}

void resampler_destroy(struct resampler **resampler)
{
    if (!*resampler)
        return;
    if ((*resampler)->converter)
        src_delete((*resampler)->converter);
    free(*resampler);
    *resampler = NULL;
}

void resampler_reset(struct resampler *resampler)
{
    if (resampler->converter)
        src_reset(resampler->converter);
    memset(resampler->block_samples, 0, resampler->block * sizeof(float));
    resampler->held = 0;
    resampler->taken = resampler->given = 0;
}

size_t resampler_feed(struct resampler *resampler, const float *samples, size_t count, float *out,
                      size_t *written)
{
    size_t room = resampler->block - resampler->held;
    size_t taken = count < room ? count : room;
    *written = 0;
    if (!resampler->converter) {
        memcpy(out, samples, taken * sizeof *out);
        *written = taken;
        return taken;
    }
    memcpy(resampler->block_samples + resampler->held, samples, taken * sizeof *samples);
    resampler->held += taken;
    resampler->taken += taken;
    if (resampler->held == resampler->block)
        *written = convert(resampler, out, false);
    return taken;
}

size_t resampler_drain(struct resampler *resampler, float *out)
{
    return resampler->converter ? convert(resampler, out, true) : 0;
}

uint64_t resampler_taken(const struct resampler *resampler)
{
    return resampler->taken;
}

size_t resampler_block_out(const struct resampler *resampler)
{
    return resampler->block_out;
}

uint64_t resampler_delay_ns(const struct resampler *resampler)
{
    return resampler->delay_ns;
}

size_t resampler_bytes(const struct resampler *resampler)
{
    return resampler->bytes;
}
