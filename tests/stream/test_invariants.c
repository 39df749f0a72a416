// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The design's invariants of a stream: causal, chunk-invariant, equal to the offline pass, alone
 * among many, finite on whatever comes. */
#include "fixture.h"

#include "signal/resampler.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RATE = SAMPLE_RATE_HZ, HOP = HOP_SAMPLES };

static auricle_stream *open_stream(const struct fixture *fixture, int rate_hz)
{
    auricle_stream *stream;
    auricle_error error = {0};
    auricle_stream_config config = {.sample_rate_hz = rate_hz};
    assert_int_equal(auricle_stream_create(fixture->model, &config, &stream, &error), AURICLE_OK);
    return stream;
}

static float *encode(const struct fixture *fixture, int rate_hz, const float *sound, size_t count,
                     size_t piece, size_t *frames)
{
    auricle_stream *stream = open_stream(fixture, rate_hz);
    int dim = encoder_shape_frame_dim(&fixture->shape);
    float *vectors = fixture_run(stream, dim, sound, count, piece, frames);
    auricle_stream_destroy(&stream);
    return vectors;
}

// ---- 1. causal

static void a_sample_changes_no_earlier_frame(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        struct fixture fixture;
        fixture_create(&fixture, kind);
        const size_t count = RATE, dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
        float *sound = fixture_sound(count, RATE, 3);
        size_t frames;
        float *before = encode(&fixture, RATE, sound, count, count, &frames);
        const size_t changed[] = {0, 159, 160, 7777, 7839, 7840, 15999};
        for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
            float was = sound[changed[i]];
            sound[changed[i]] += 0.25f;
            float *after = encode(&fixture, RATE, sound, count, count, &frames);
            sound[changed[i]] = was;
            size_t first = changed[i] / HOP; // the frame whose hop holds the sample
            if (first > 0)
                assert_memory_equal(before, after, first * dim * sizeof(float));
            assert_memory_not_equal(before + first * dim, after + first * dim, dim * sizeof(float));
            free(after);
        }
        free(before);
        free(sound);
        fixture_destroy(&fixture);
    }
}

// Latents past the declared field no longer know of a changed sample; just inside it they do.
static void the_declared_field_is_the_field(void **state)
{
    (void)state;
    const int kinds[] = {FIXTURE_LOGMEL_GRU, FIXTURE_WAVEFORM_GRU, FIXTURE_WAVEFORM_LSTM};
    for (size_t k = 0; k < 3; k++) {
        struct fixture fixture;
        fixture_create(&fixture, kinds[k]);
        auricle_model_info info;
        auricle_model_get_info(fixture.model, &info);
        const size_t count = RATE, dim = (size_t)info.frame_dim, changed = 4800;
        float *sound = fixture_sound(count, RATE, 4);
        size_t frames, reached = 0;
        float *before = encode(&fixture, RATE, sound, count, count, &frames);
        sound[changed] += 0.5f;
        float *after = encode(&fixture, RATE, sound, count, count, &frames);
        for (size_t t = 0; t < frames; t++) {
            size_t at = t * dim + (size_t)info.feature_dim;
            if (memcmp(before + at, after + at, (size_t)info.latent_dim * sizeof(float)))
                reached = t;
        }
        // The last frame it may reach is the last one whose field begins at or before it.
        size_t last = (changed + (size_t)info.field_samples) / HOP - 1;
        assert_in_range(reached, last - 1, last);
        free(before);
        free(after);
        free(sound);
        fixture_destroy(&fixture);
    }
}

// ---- 2. chunk-invariant, and the same as offline

static void any_cutting_gives_the_same_bits(void **state)
{
    (void)state;
    const int rates[] = {16000, 8000, 44100, 48000};
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        struct fixture fixture;
        fixture_create(&fixture, kind);
        size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
        for (int r = 0; r < 4; r++) {
            size_t count = (size_t)rates[r] * 10 / 9 + 37, whole, frames;
            float *sound = fixture_sound(count, rates[r], 11);
            float *expected = encode(&fixture, rates[r], sound, count, count, &whole);
            assert_int_equal(whole, (count * RATE + (size_t)rates[r] * HOP - 1) /
                                        ((size_t)rates[r] * HOP));
            const size_t pieces[] = {1, 7, 160, 441, 1023, 0};
            for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
                float *got = encode(&fixture, rates[r], sound, count, pieces[p], &frames);
                assert_int_equal(frames, whole);
                assert_memory_equal(got, expected, whole * dim * sizeof(float));
                free(got);
            }
            free(expected);
            free(sound);
        }
        fixture_destroy(&fixture);
    }
}

static void ten_seconds_at_once_are_as_good(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    const size_t count = 10 * 48000;
    size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape), whole, frames;
    float *sound = fixture_sound(count, 48000, 12);
    float *expected = encode(&fixture, 48000, sound, count, count, &whole);
    float *got = encode(&fixture, 48000, sound, count, 480, &frames);
    assert_int_equal(frames, 1000);
    assert_int_equal(whole, frames);
    assert_memory_equal(got, expected, frames * dim * sizeof(float));
    free(expected);
    free(got);
    free(sound);
    fixture_destroy(&fixture);
}

// B streams of T-frame windows with carried state, on the tape.
struct offline {
    struct fixture *fixture;
    struct encoder_carry carry;
    struct logmel *logmel;
    float *history[2], *scratch; // of the log-mel
};

static void offline_open(struct offline *offline, struct fixture *fixture, int streams)
{
    *offline = (struct offline){.fixture = fixture};
    assert_true(encoder_carry_create(&fixture->shape, streams, &offline->carry));
    if (fixture->shape.front_end != FRONT_END_LOGMEL)
        return;
    struct logmel_config config = model_logmel_config(&fixture->shape);
    offline->logmel = logmel_create(&config);
    for (int b = 0; b < 2; b++)
        offline->history[b] = calloc(logmel_history_size(offline->logmel) + 1, sizeof(float));
    offline->scratch = malloc((logmel_scratch_size(offline->logmel) + 1) * sizeof(float));
}

static void offline_close(struct offline *offline)
{
    encoder_carry_free(&offline->carry);
    logmel_destroy(&offline->logmel);
    free(offline->history[0]);
    free(offline->history[1]);
    free(offline->scratch);
}

// sounds[b] [T*HOP] -> input of the network, (B,T,mels) or (B,T*HOP,1), malloc'ed.
static float *offline_input(struct offline *offline, const float *const *sounds, int streams, int t)
{
    const struct fixture *fixture = offline->fixture;
    const size_t mels = (size_t)encoder_shape_feature_dim(&fixture->shape);
    const size_t width = offline->logmel ? mels : HOP;
    float *input = malloc((size_t)(streams * t) * width * sizeof *input);
    for (int b = 0; b < streams; b++)
        for (int i = 0; i < t; i++) {
            float *row = input + (size_t)(b * t + i) * width;
            if (offline->logmel)
                logmel_step(offline->logmel, offline->history[b], sounds[b] + i * HOP,
                            offline->scratch, row);
            else
                memcpy(row, sounds[b] + i * HOP, HOP * sizeof *row);
        }
    if (offline->logmel)
        encoder_normalise(&fixture->shape, &fixture->parameters, &fixture->where, &offline->carry,
                          input, streams, t);
    return input;
}

static float largest_difference(const float *a, const float *b, size_t count)
{
    float most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, fabsf(a[i] - b[i]));
    return most;
}

// live[b]: frame vectors of stream b from the window's first frame on.
static float window_difference(struct offline *offline, const float *const *sounds,
                               const float *const *live, int streams, int frames)
{
    struct fixture *fixture = offline->fixture;
    const struct encoder_shape *shape = &fixture->shape;
    const size_t mels = (size_t)encoder_shape_feature_dim(shape),
                 hidden = (size_t)shape->context_dim;
    const size_t latent = (size_t)encoder_shape_latent_dim(shape);
    const size_t dim = (size_t)encoder_shape_frame_dim(shape);
    struct tape *tape = tape_create(false);
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    float *input = offline_input(offline, sounds, streams, frames), most = 0;
    struct tensor *x = offline->logmel ? tape_constant(tape, input, streams, frames, (int)mels)
                                       : tape_constant(tape, input, streams, frames * HOP, 1);
    struct tensor *z =
        encoder_latents(tape, shape, &fixture->parameters, &fixture->where, x, &offline->carry);
    encoder_contexts(tape, shape, &fixture->parameters, &fixture->where, z, &offline->carry,
                     contexts);
    for (int b = 0; b < streams; b++)
        for (int t = 0; t < frames; t++) {
            size_t row = (size_t)(b * frames + t);
            const float *vector = live[b] + (size_t)t * dim;
            most = fmaxf(most, largest_difference(vector, input + row * mels, mels));
            most = fmaxf(most, largest_difference(vector + mels, z->data + row * latent, latent));
            for (int i = 0; i < shape->context_layers; i++)
                most = fmaxf(most, largest_difference(vector + mels + latent + (size_t)i * hidden,
                                                      contexts[i]->data + row * hidden, hidden));
        }
    tape_destroy(&tape);
    free(input);
    return most;
}

// Batches of two streams, in windows that follow one another, against each stream live and alone.
static void live_equals_offline_windows(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        struct fixture fixture;
        struct offline offline;
        fixture_create(&fixture, kind);
        offline_open(&offline, &fixture, 2);
        const int window = 50, windows = 12;
        const size_t count = (size_t)(window * windows) * HOP, hop = HOP;
        const size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
        float *sound[2], *live[2], most = 0;
        size_t frames;
        for (int b = 0; b < 2; b++) {
            sound[b] = fixture_sound(count, RATE, 21 + (unsigned long)b);
            live[b] = encode(&fixture, RATE, sound[b], count, 0, &frames);
            assert_int_equal(frames, window * windows);
        }
        for (size_t w = 0; w < (size_t)windows; w++) {
            size_t first = w * (size_t)window;
            const float *sounds[] = {sound[0] + first * hop, sound[1] + first * hop};
            const float *lives[] = {live[0] + first * dim, live[1] + first * dim};
            most = fmaxf(most, window_difference(&offline, sounds, lives, 2, window));
        }
        print_message("# kind %d: live and offline differ by %.2g at most\n", kind, (double)most);
        assert_true(most <= 1e-5f);
        for (int b = 0; b < 2; b++) {
            free(sound[b]);
            free(live[b]);
        }
        offline_close(&offline);
        fixture_destroy(&fixture);
    }
}

// ---- 4. one model, many streams

static void interleaved_streams_do_not_meet(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_LSTM);
    const size_t count = 44100, dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
    float *sound[2] = {fixture_sound(count, 44100, 31), fixture_sound(count, 44100, 32)};
    float *alone[2];
    size_t frames;
    auricle_stream *stream[2];
    for (int s = 0; s < 2; s++) {
        alone[s] = encode(&fixture, 44100, sound[s], count, count, &frames);
        stream[s] = open_stream(&fixture, 44100);
    }
    size_t at[2] = {0, 0}, compared[2] = {0, 0};
    for (int turn = 0; at[0] < count || at[1] < count; turn++) {
        int s = turn % 3 == 0;
        size_t consumed, left = count - at[s];
        auricle_frame frame;
        assert_int_equal(auricle_stream_feed(stream[s], sound[s] + at[s], left < 333 ? left : 333,
                                             &consumed, &frame),
                         AURICLE_OK);
        at[s] += consumed;
        if (frame.vector) {
            assert_memory_equal(frame.vector, alone[s] + frame.index * dim, dim * sizeof(float));
            compared[s]++;
        }
    }
    for (int s = 0; s < 2; s++) {
        assert_true(compared[s] >= 98);
        auricle_stream_destroy(&stream[s]);
        free(alone[s]);
        free(sound[s]);
    }
    fixture_destroy(&fixture);
}

// The model is whole as long as a stream needs it, whoever let go of it first.
static void a_stream_keeps_its_model(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    auricle_stream *stream = open_stream(&fixture, RATE);
    int dim = encoder_shape_frame_dim(&fixture.shape);
    fixture_destroy(&fixture);
    assert_null(fixture.model);
    float *sound = fixture_sound(RATE, RATE, 1);
    size_t frames;
    free(fixture_run(stream, dim, sound, RATE, 0, &frames));
    assert_int_equal(frames, 100);
    free(sound);
    auricle_stream_destroy(&stream);
}

// ---- 5. latency is a number

// A frame holding sample n comes out at most hop + delay after n went in.
static void the_delay_is_what_it_says(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    const int rates[] = {16000, 8000, 22050, 44100, 48000};
    for (int r = 0; r < 5; r++) {
        auricle_stream *stream = open_stream(&fixture, rates[r]);
        double delay_s = (double)auricle_stream_delay_ns(stream) * 1e-9, worst_s = 0;
        size_t count = (size_t)rates[r], consumed;
        float *sound = fixture_sound(count, rates[r], 5);
        for (size_t i = 0; i < count; i++) {
            auricle_frame frame;
            assert_int_equal(auricle_stream_feed(stream, sound + i, 1, &consumed, &frame), 0);
            assert_int_equal(consumed, 1);
            if (frame.vector) // its newest sample went in this long ago
                worst_s = fmax(worst_s,
                               (double)(i + 1) / rates[r] - (double)(frame.index + 1) * HOP / RATE);
        }
        print_message("# %d Hz: delay %.2f ms, worst seen %.2f ms\n", rates[r], delay_s * 1e3,
                      worst_s * 1e3);
        assert_true(worst_s <= delay_s + 1e-9);
        assert_true(delay_s <= worst_s + 2e-3); // and no idle boast
        assert_true(rates[r] != RATE || delay_s == 0);
        free(sound);
        auricle_stream_destroy(&stream);
    }
    fixture_destroy(&fixture);
}

// ---- reset, drain

static void reset_is_as_new(void **state)
{
    (void)state;
    const int rates[] = {16000, 44100};
    for (int kind = 0; kind < FIXTURE_KINDS; kind++)
        for (int r = 0; r < 2; r++) {
            struct fixture fixture;
            fixture_create(&fixture, kind);
            size_t count = (size_t)rates[r], frames, again;
            int dim = encoder_shape_frame_dim(&fixture.shape);
            float *sound = fixture_sound(count, rates[r], 41);
            auricle_stream *stream = open_stream(&fixture, rates[r]);
            float *first = fixture_run(stream, dim, sound, count, 0, &frames);
            auricle_stream_reset(stream);
            size_t consumed;
            auricle_frame frame; // reset in the middle of a hop, too
            assert_int_equal(auricle_stream_feed(stream, sound + 99, 77, &consumed, &frame), 0);
            auricle_stream_reset(stream);
            float *second = fixture_run(stream, dim, sound, count, 0, &again);
            assert_int_equal(again, frames);
            assert_memory_equal(first, second, frames * (size_t)dim * sizeof(float));
            free(first);
            free(second);
            free(sound);
            auricle_stream_destroy(&stream);
            fixture_destroy(&fixture);
        }
}

static void drain_gives_the_rest_padded_with_zeros(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    const size_t count = 1000, padded = 1120, dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
    float *sound = fixture_sound(padded, RATE, 51);
    memset(sound + count, 0, (padded - count) * sizeof *sound);
    size_t frames, expected_frames, consumed;
    float *got = encode(&fixture, RATE, sound, count, 0, &frames);
    float *expected = encode(&fixture, RATE, sound, padded, 0, &expected_frames);
    assert_int_equal(frames, 7);
    assert_int_equal(expected_frames, 7);
    assert_memory_equal(got, expected, frames * dim * sizeof(float));
    auricle_stream *stream = open_stream(&fixture, RATE);
    auricle_frame frame;
    auricle_stream_drain(stream, &frame); // nothing was fed: nothing comes
    assert_null(frame.vector);
    assert_int_equal(auricle_stream_feed(stream, sound, 10, &consumed, &frame), AURICLE_INVALID);
    assert_int_equal(consumed, 0);
    auricle_stream_reset(stream);
    assert_int_equal(auricle_stream_feed(stream, sound, 10, &consumed, &frame), AURICLE_OK);
    auricle_stream_destroy(&stream);
    free(got);
    free(expected);
    free(sound);
    fixture_destroy(&fixture);
}

// ---- 6. input is what it is

static void refused_samples_change_nothing(void **state)
{
    (void)state;
    const int rates[] = {16000, 8000, 48000};
    const float bad[] = {NAN, INFINITY, -INFINITY, 16.5f, -32768};
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
    for (int r = 0; r < 3; r++) {
        size_t count = (size_t)rates[r] / 2, whole, consumed, at = 0, refusals = 0, compared = 0;
        float *sound = fixture_sound(count, rates[r], 61);
        float *expected = encode(&fixture, rates[r], sound, count, count, &whole);
        auricle_stream *stream = open_stream(&fixture, rates[r]);
        while (at < count) {
            float piece[64];
            size_t size = count - at < 64 ? count - at : 64;
            auricle_frame frame;
            memcpy(piece, sound + at, size * sizeof *piece);
            piece[refusals % 3 ? size - 1 : 0] = bad[refusals % 5];
            auricle_status status = auricle_stream_feed(stream, piece, size, &consumed, &frame);
            if (status) { // otherwise the frame was complete before the bad sample's turn
                assert_int_equal(status, AURICLE_INVALID);
                assert_int_equal(consumed, 0);
                assert_null(frame.vector);
                refusals++;
                assert_int_equal(auricle_stream_feed(stream, sound + at, size, &consumed, &frame),
                                 AURICLE_OK);
            }
            at += consumed;
            if (frame.vector) {
                assert_memory_equal(frame.vector, expected + frame.index * dim,
                                    dim * sizeof(float));
                compared++;
            }
        }
        assert_true(refusals > count / 64 / 2 && compared >= 47);
        auricle_stream_destroy(&stream);
        free(expected);
        free(sound);
    }
    fixture_destroy(&fixture);
}

static void rates_and_quality_are_checked(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    const int rates[] = {-1, 1, 7999, 48001, 1 << 30};
    for (int i = 0; i < 5; i++) {
        auricle_stream *stream = (auricle_stream *)&fixture;
        auricle_error error = {0};
        auricle_stream_config config = {.sample_rate_hz = rates[i]};
        assert_int_equal(auricle_stream_create(fixture.model, &config, &stream, &error),
                         AURICLE_INVALID);
        assert_null(stream);
        assert_non_null(strstr(error.text, "8000"));
    }
    fixture_destroy(&fixture);
}

static void loudest_and_faintest_are_finite(void **state)
{
    (void)state;
    const float levels[] = {AURICLE_SAMPLE_MAX, 1e-12f, 1e-38f, 1e-44f};
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        struct fixture fixture;
        fixture_create(&fixture, kind);
        size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape), frames;
        float *sound = fixture_sound(RATE, RATE, 71);
        for (int level = 0; level < 4; level++) {
            for (int i = 0; i < RATE; i++)
                sound[i] = i % 3 ? levels[level] : -levels[level];
            float *vectors = encode(&fixture, RATE, sound, RATE, 0, &frames);
            for (size_t i = 0; i < frames * dim; i++)
                assert_true(vectors[i] == 0 || isnormal(vectors[i]));
            free(vectors);
        }
        free(sound);
        fixture_destroy(&fixture);
    }
}

// ---- hours

// Two hours of digital silence after half a second of sound: finite, settled, and as new on reset.
static void two_hours_of_silence_pass(void **state)
{
    (void)state;
    const int kinds[] = {FIXTURE_WAVEFORM_LSTM, FIXTURE_LOGMEL_LSTM};
    const long hours_frames[] = {60000, 720000}; // ten minutes, two hours
    for (int k = 0; k < 2; k++) {
        struct fixture fixture;
        fixture_create(&fixture, kinds[k]);
        int dim = encoder_shape_frame_dim(&fixture.shape);
        const float silence[HOP] = {0};
        float *sound = fixture_sound(RATE / 2, RATE, 81);
        auricle_stream *stream = open_stream(&fixture, RATE);
        auricle_frame frame;
        size_t frames, consumed;
        float *fresh = fixture_run(stream, dim, sound, RATE / 2, 0, &frames);
        auricle_stream_reset(stream);
        for (size_t i = 0; i < RATE / 2; i += consumed)
            assert_int_equal(auricle_stream_feed(stream, sound + i, HOP, &consumed, &frame), 0);
        float *settled = malloc((size_t)dim * sizeof *settled);
        for (long t = 0; t < hours_frames[k]; t++) {
            assert_int_equal(auricle_stream_feed(stream, silence, HOP, &consumed, &frame), 0);
            if (t == hours_frames[k] / 10)
                memcpy(settled, frame.vector, (size_t)dim * sizeof *settled);
        }
        assert_int_equal(frame.index, hours_frames[k] + 49);
        for (int i = 0; i < dim; i++)
            assert_true(frame.vector[i] == 0 || isnormal(frame.vector[i]));
        assert_true(largest_difference(settled, frame.vector, (size_t)dim) <= 1e-5f);
        auricle_stream_reset(stream);
        float *again = fixture_run(stream, dim, sound, RATE / 2, 0, &frames);
        assert_memory_equal(fresh, again, frames * (size_t)dim * sizeof(float));
        free(fresh);
        free(again);
        free(settled);
        free(sound);
        auricle_stream_destroy(&stream);
        fixture_destroy(&fixture);
    }
}

static void fill(struct fixture *fixture, int index, float value)
{
    struct tensor *tensor = parameters_tensor(&fixture->parameters, index);
    for (size_t i = 0; i < tensor_size(tensor); i++)
        tensor->data[i] = value;
}

// A cell made to fade by half each frame comes to exactly zero without a denormal on its way.
static void fading_states_skip_denormal_numbers(void **state)
{
    (void)state;
    const int kinds[] = {FIXTURE_WAVEFORM_GRU, FIXTURE_WAVEFORM_LSTM};
    for (int k = 0; k < 2; k++) {
        struct fixture fixture;
        fixture_draw(&fixture, kinds[k]);
        for (int i = 0; i < fixture.shape.conv_layers; i++)
            fill(&fixture, fixture.where.conv[i].bias, 0); // silence in, zeros out
        for (int i = 0; i < fixture.shape.context_layers; i++) {
            fill(&fixture, fixture.where.context[i].weight_hh, 0);
            fill(&fixture, fixture.where.context[i].bias_ih, 0); // gates half open
            fill(&fixture, fixture.where.context[i].bias_hh, 0);
        }
        fixture_open(&fixture);
        int dim = encoder_shape_frame_dim(&fixture.shape);
        const size_t count = 10 * RATE;
        float *sound = fixture_sound(count, RATE, 91);
        memset(sound + RATE, 0, (count - RATE) * sizeof *sound);
        size_t frames;
        float *vectors = encode(&fixture, RATE, sound, count, 0, &frames), loudest = 0;
        for (size_t i = 0; i < frames * (size_t)dim; i++) {
            assert_true(vectors[i] == 0 || isnormal(vectors[i]));
            loudest = fmaxf(loudest, fabsf(vectors[i]));
        }
        assert_true(loudest > 0.01f);
        for (int i = 0; i < dim; i++)
            assert_true(vectors[(frames - 1) * (size_t)dim + (size_t)i] == 0);
        free(vectors);
        free(sound);
        fixture_destroy(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_changes_no_earlier_frame),
        cmocka_unit_test(the_declared_field_is_the_field),
        cmocka_unit_test(any_cutting_gives_the_same_bits),
        cmocka_unit_test(ten_seconds_at_once_are_as_good),
        cmocka_unit_test(live_equals_offline_windows),
        cmocka_unit_test(interleaved_streams_do_not_meet),
        cmocka_unit_test(a_stream_keeps_its_model),
        cmocka_unit_test(the_delay_is_what_it_says),
        cmocka_unit_test(reset_is_as_new),
        cmocka_unit_test(drain_gives_the_rest_padded_with_zeros),
        cmocka_unit_test(refused_samples_change_nothing),
        cmocka_unit_test(rates_and_quality_are_checked),
        cmocka_unit_test(loudest_and_faintest_are_finite),
        cmocka_unit_test(two_hours_of_silence_pass),
        cmocka_unit_test(fading_states_skip_denormal_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
