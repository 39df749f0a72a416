// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** samples -> [resampler] -> pending hop -> [log-mel] -> encoder -> frame vector
 *
 * Everything is laid out at creation; afterwards a stream only computes. */
#include <auricle/stream.h>

#include "base/error.h"
#include "model/model.h"
#include "signal/logmel.h"
#include "signal/resampler.h"
#include "stream/hop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 256, LINE = 16, LOGMEL_SCRATCH = 2 * 4096 }; // 4096: the longest FFT a shape has

struct auricle_stream {
    auricle_model *model;
    struct resampler *resampler; // NULL at the model's own rate
    struct encoder_state *encoder;
    struct encoder_scratch *scratch; // of the encoder; NULL where a group encodes
    size_t reach;                    // input samples one feed may need to complete a frame, at most
    size_t bytes;
    int rate_hz; // of the samples fed
    bool warm;   // begins in the model's silent state
    // what a reset clears
    uint64_t index; // of the next frame
    uint64_t heard; // samples consumed
    size_t pending_count;
    bool draining, resampler_dry;
    // one allocation: history, pending, vector
    size_t history_size;
    float *history; // of the log-mel
    float *pending; // samples at the model's rate, not yet in a frame
    float *vector;  // [frame_dim]
    float *memory;
};

static size_t round_line(size_t floats)
{
    return (floats + LINE - 1) / LINE * LINE;
}

static auricle_status take_memory(auricle_stream *stream, bool grouped, auricle_error *error)
{
    const auricle_model *model = stream->model;
    size_t block = stream->resampler ? resampler_block_out(stream->resampler) : 0;
    size_t pending = round_line(HOP_SAMPLES + block);
    size_t vector = round_line((size_t)encoder_shape_frame_dim(&model->shape));
    stream->history_size = model->logmel ? round_line(logmel_history_size(model->logmel)) : 0;
    size_t bytes = (stream->history_size + pending + vector) * sizeof(float);
    CHECK(!model->logmel || logmel_scratch_size(model->logmel) <= LOGMEL_SCRATCH);
    stream->memory = aligned_alloc(LINE * sizeof(float), bytes);
    stream->encoder = encoder_state_create(&model->shape);
    if (!grouped)
        stream->scratch = encoder_scratch_create(&model->shape, &model->weights, 1);
    if (!stream->memory || !stream->encoder || !(stream->scratch || grouped))
        return error_no_memory(error, "a stream");
    memset(stream->memory, 0, bytes);
    stream->history = stream->memory;
    stream->pending = stream->history + stream->history_size;
    stream->vector = stream->pending + pending;
    stream->bytes = sizeof *stream + bytes + encoder_state_bytes(stream->encoder) +
                    (grouped ? 0 : encoder_scratch_bytes(stream->scratch)) +
                    (stream->resampler ? resampler_bytes(stream->resampler) : 0);
    return AURICLE_OK;
}

static auricle_status open_resampler(auricle_stream *stream, int rate_hz, auricle_resample quality,
                                     auricle_error *error)
{
    auricle_status status =
        resampler_create(rate_hz, SAMPLE_RATE_HZ, quality, &stream->resampler, error);
    if (status)
        return status;
    // Input of one hop and one block of output, and what the filter has to hear before it speaks.
    double seconds =
        (double)(HOP_SAMPLES + resampler_block_out(stream->resampler)) / SAMPLE_RATE_HZ +
        (double)resampler_delay_ns(stream->resampler) * 1e-9;
    stream->reach = (size_t)(seconds * rate_hz) + 1;
    return AURICLE_OK;
}

static void begin(auricle_stream *stream)
{
    if (stream->warm)
        encoder_state_copy(stream->encoder, stream->model->silent_state);
    else
        encoder_state_reset(stream->encoder);
    memset(stream->history, 0, stream->history_size * sizeof(float));
    stream->index = stream->heard = 0;
    stream->pending_count = 0;
    stream->draining = stream->resampler_dry = false;
}

auricle_status auricle_stream_create(auricle_model *model, const auricle_stream_config *config,
                                     auricle_stream **stream, auricle_error *error)
{
    auricle_stream_config chosen = config ? *config : (auricle_stream_config){0};
    *stream = NULL;
    if (chosen.sample_rate_hz == 0)
        chosen.sample_rate_hz = SAMPLE_RATE_HZ;
    if (chosen.sample_rate_hz < 8000 || chosen.sample_rate_hz > 48000)
        return error_set(error, AURICLE_INVALID,
                         "sample rate %d Hz is not supported, use 8000 to 48000 Hz",
                         chosen.sample_rate_hz);
    auricle_stream *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a stream");
    made->model = auricle_model_ref(model);
    made->rate_hz = chosen.sample_rate_hz;
    made->warm = chosen.warm;
    auricle_status status = AURICLE_OK;
    if (chosen.sample_rate_hz != SAMPLE_RATE_HZ)
        status = open_resampler(made, chosen.sample_rate_hz, chosen.resample, error);
    if (!status)
        status = take_memory(made, chosen.grouped, error);
    if (status)
        auricle_stream_destroy(&made);
    else
        begin(made);
    *stream = made;
    return status;
}

void auricle_stream_destroy(auricle_stream **stream)
{
    auricle_stream *gone = *stream;
    *stream = NULL;
    if (!gone)
        return;
    resampler_destroy(&gone->resampler);
    encoder_state_destroy(&gone->encoder);
    encoder_scratch_destroy(&gone->scratch);
    free(gone->memory);
    auricle_model_unref(&gone->model);
    free(gone);
}

void auricle_stream_reset(auricle_stream *stream)
{
    if (stream->resampler)
        resampler_reset(stream->resampler);
    begin(stream);
}

// Its scratch on the stack: every stream's would be as large as the rest of its state.
static void listen(const struct logmel *logmel, float *history, const float *samples, float *mels)
{
    _Alignas(64) float scratch[LOGMEL_SCRATCH];
    logmel_step(logmel, history, samples, scratch, mels);
}

const float *stream_hear(auricle_stream *stream)
{
    if (!stream->model->logmel)
        return stream->pending;
    listen(stream->model->logmel, stream->history, stream->pending, stream->vector);
    return stream->vector;
}

struct encoder_state *stream_state(auricle_stream *stream)
{
    return stream->encoder;
}

float *stream_vector(auricle_stream *stream)
{
    return stream->vector;
}

const auricle_model *stream_model(const auricle_stream *stream)
{
    return stream->model;
}

void stream_finish(auricle_stream *stream, auricle_frame *frame)
{
    stream->pending_count -= HOP_SAMPLES;
    memmove(stream->pending, stream->pending + HOP_SAMPLES,
            stream->pending_count * sizeof *stream->pending);
    *frame = (auricle_frame){.index = stream->index++, .vector = stream->vector};
}

static void encode_hop(auricle_stream *stream, auricle_frame *frame)
{
    const auricle_model *model = stream->model;
    const float *input = stream_hear(stream);
    encoder_step(&model->shape, &model->weights, stream->encoder, input, stream->vector,
                 stream->scratch);
    stream_finish(stream, frame);
}

static bool all_usable(const float *samples, size_t count)
{
    int wrong = 0; // no early return: this way four are compared at a time
    for (size_t i = 0; i < count; i++)
        wrong |= !(fabsf(samples[i]) <= AURICLE_SAMPLE_MAX); // NaN is not <= anything
    return !wrong;
}

auricle_status stream_check(const auricle_stream *stream, const float *samples, size_t count,
                            auricle_error *error)
{
    if (stream->draining)
        return error_set(error, AURICLE_INVALID,
                         "the sound has ended (drain): reset before more is fed");
    if (!stream->scratch)
        return error_set(error, AURICLE_INVALID,
                         "the stream belongs to a group: feed it by auricle_group_feed");
    if (all_usable(samples, count))
        return AURICLE_OK;
    size_t at = 0;
    while (all_usable(samples + at, 1))
        at++;
    return error_set(error, AURICLE_INVALID,
                     "sample %llu (at %.3f s) is %g: a sample is a finite number in [-1, 1] "
                     "and never beyond +-%g",
                     (unsigned long long)(stream->heard + at),
                     (double)(stream->heard + at) / stream->rate_hz, (double)samples[at],
                     (double)AURICLE_SAMPLE_MAX);
}

// 1e-15 is -300 dBFS: such samples mean silence, and would only turn sums into denormal numbers.
static size_t copy_audible(const float *samples, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = fabsf(samples[i]) < 1e-15f ? 0 : samples[i];
    return count;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t take_samples(auricle_stream *stream, const float *samples, size_t count)
{
    float *free_pending = stream->pending + stream->pending_count;
    if (!stream->resampler) {
        size_t taken = smaller(count, HOP_SAMPLES - stream->pending_count);
        stream->pending_count += copy_audible(samples, taken, free_pending);
        return taken;
    }
    float piece[PIECE];
    size_t written;
    size_t offered = copy_audible(samples, smaller(count, PIECE), piece);
    size_t taken = resampler_feed(stream->resampler, piece, offered, free_pending, &written);
    stream->pending_count += written;
    return taken;
}

// The samples that the next call looks at; those behind them are for later calls.
static size_t within_reach(const auricle_stream *stream, size_t count)
{
    return smaller(count, stream->resampler ? stream->reach : HOP_SAMPLES - stream->pending_count);
}

bool stream_accepts(const auricle_stream *stream, const float *samples, size_t count)
{
    return !stream->draining && all_usable(samples, within_reach(stream, count));
}

bool stream_in_step(const auricle_stream *a, const auricle_stream *b)
{
    const uint64_t taken_a = a->resampler ? resampler_taken(a->resampler) : 0;
    const uint64_t taken_b = b->resampler ? resampler_taken(b->resampler) : 0;
    return a->reach == b->reach && taken_a == taken_b && a->pending_count == b->pending_count &&
           a->draining == b->draining;
}

auricle_status stream_take(auricle_stream *stream, const float *samples, size_t count,
                           size_t *consumed, bool *complete)
{
    *consumed = 0;
    *complete = false;
    if (!stream_accepts(stream, samples, count))
        return AURICLE_INVALID;
    count = within_reach(stream, count);
    while (stream->pending_count < HOP_SAMPLES && *consumed < count)
        *consumed += take_samples(stream, samples + *consumed, count - *consumed);
    stream->heard += *consumed;
    *complete = stream->pending_count >= HOP_SAMPLES;
    return AURICLE_OK;
}

bool stream_take_rest(auricle_stream *stream)
{
    stream->draining = true;
    while (stream->resampler && !stream->resampler_dry && stream->pending_count < HOP_SAMPLES) {
        size_t written =
            resampler_drain(stream->resampler, stream->pending + stream->pending_count);
        stream->pending_count += written;
        stream->resampler_dry = written == 0;
    }
    if (stream->pending_count > 0 && stream->pending_count < HOP_SAMPLES) {
        memset(stream->pending + stream->pending_count, 0,
               (HOP_SAMPLES - stream->pending_count) * sizeof *stream->pending);
        stream->pending_count = HOP_SAMPLES;
    }
    return stream->pending_count > 0;
}

auricle_status auricle_stream_feed(auricle_stream *stream, const float *samples, size_t count,
                                   size_t *consumed, auricle_frame *frame)
{
    bool complete;
    *consumed = 0;
    *frame = (auricle_frame){.index = stream->index};
    if (!stream->scratch)
        return AURICLE_INVALID;
    auricle_status status = stream_take(stream, samples, count, consumed, &complete);
    if (complete)
        encode_hop(stream, frame);
    return status;
}

void auricle_stream_drain(auricle_stream *stream, auricle_frame *frame)
{
    *frame = (auricle_frame){.index = stream->index};
    if (stream->scratch && stream_take_rest(stream))
        encode_hop(stream, frame);
}

uint64_t auricle_stream_delay_ns(const auricle_stream *stream)
{
    return stream->resampler ? resampler_delay_ns(stream->resampler) : 0;
}

size_t auricle_stream_state_bytes(const auricle_stream *stream)
{
    return stream->bytes;
}
