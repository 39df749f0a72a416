// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Reset, drain, and whatever may come in: samples that are none, extremes, hours of silence. */
#include "fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RATE = SAMPLE_RATE_HZ, HOP = HOP_SAMPLES };

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
            auricle_stream *stream = fixture_stream(&fixture, rates[r]);
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
    float *got = fixture_encode(&fixture, RATE, sound, count, 0, &frames);
    float *expected = fixture_encode(&fixture, RATE, sound, padded, 0, &expected_frames);
    assert_int_equal(frames, 7);
    assert_int_equal(expected_frames, 7);
    assert_memory_equal(got, expected, frames * dim * sizeof(float));
    auricle_stream *stream = fixture_stream(&fixture, RATE);
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
        float *expected = fixture_encode(&fixture, rates[r], sound, count, count, &whole);
        auricle_stream *stream = fixture_stream(&fixture, rates[r]);
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

struct visits {
    float *frames; // [count][dim]
    size_t count, dim, most;
};

static auricle_status keep_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct visits *visits = user;
    (void)error;
    if (visits->count == visits->most)
        return AURICLE_INTERRUPTED;
    assert_int_equal(frame->index, visits->count);
    memcpy(visits->frames + visits->count++ * visits->dim, frame->vector,
           visits->dim * sizeof(float));
    return AURICLE_OK;
}

static void each_frame_is_visited(void **state)
{
    (void)state;
    const int rates[] = {16000, 44100};
    for (int r = 0; r < 2; r++) {
        struct fixture fixture;
        fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
        const size_t count = (size_t)rates[r],
                     dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
        size_t frames;
        auricle_error error = {0};
        float *sound = fixture_sound(count, rates[r], 61);
        float *expected = fixture_encode(&fixture, rates[r], sound, count, 0, &frames);
        struct visits visits = {calloc(frames * dim, sizeof(float)), 0, dim, frames};
        auricle_stream *stream = fixture_stream(&fixture, rates[r]);
        assert_int_equal(auricle_stream_each(stream, sound, 1000, keep_frame, &visits, &error), 0);
        const float kept = sound[1700];
        sound[1700] = NAN; // nothing of this call is heard
        assert_int_equal(
            auricle_stream_each(stream, sound + 1000, count - 1000, keep_frame, &visits, &error),
            AURICLE_INVALID);
        assert_non_null(strstr(error.text, "sample 1700 (at 0."));
        assert_non_null(strstr(error.text, "nan"));
        sound[1700] = kept;
        assert_int_equal(
            auricle_stream_each(stream, sound + 1000, count - 1000, keep_frame, &visits, &error),
            0);
        assert_int_equal(auricle_stream_each_rest(stream, keep_frame, &visits, &error), 0);
        assert_int_equal(visits.count, frames);
        assert_memory_equal(visits.frames, expected, frames * dim * sizeof(float));
        assert_int_equal(auricle_stream_each(stream, sound, 1, keep_frame, &visits, &error),
                         AURICLE_INVALID);
        assert_non_null(strstr(error.text, "reset"));
        auricle_stream_reset(stream); // a visitor ends a call
        visits.count = 0;
        visits.most = 3;
        assert_int_equal(auricle_stream_each(stream, sound, count, keep_frame, &visits, &error),
                         AURICLE_INTERRUPTED);
        assert_int_equal(visits.count, 3);
        free(visits.frames);
        free(expected);
        free(sound);
        auricle_stream_destroy(&stream);
        fixture_destroy(&fixture);
    }
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
            float *vectors = fixture_encode(&fixture, RATE, sound, RATE, 0, &frames);
            for (size_t i = 0; i < frames * dim; i++)
                assert_true(vectors[i] == 0 || isnormal(vectors[i]));
            free(vectors);
        }
        free(sound);
        fixture_destroy(&fixture);
    }
}

// ---- hours

// As fast to run as the real thing is slow.
static struct encoder_shape tiny_shape(enum fixture_kind kind)
{
    struct encoder_shape shape = fixture_shape(kind);
    shape.logmel.mels = 8;
    shape.logmel.window_samples = shape.logmel.fft_samples = 256;
    shape.conv_layers = 1;
    shape.conv[0].channels = shape.context_dim = 8;
    return shape;
}

// Two hours of digital silence after half a second of sound: finite, settled, and as new on reset.
static void two_hours_of_silence_pass(void **state)
{
    (void)state;
    struct encoder_shape shape = tiny_shape(FIXTURE_LOGMEL_LSTM);
    const size_t dim = (size_t)encoder_shape_frame_dim(&shape), two_hours = 720000;
    const float silence[HOP] = {0};
    struct fixture fixture;
    auricle_frame frame;
    size_t frames, consumed;
    fixture_draw_shape(&fixture, &shape);
    fixture_open(&fixture);
    float *sound = fixture_sound(RATE / 2, RATE, 81), *settled = calloc(dim, sizeof *settled);
    auricle_stream *stream = fixture_stream(&fixture, RATE);
    float *fresh = fixture_run(stream, (int)dim, sound, RATE / 2, 0, &frames);
    auricle_stream_reset(stream);
    for (size_t i = 0; i < RATE / 2; i += consumed)
        assert_int_equal(auricle_stream_feed(stream, sound + i, HOP, &consumed, &frame), 0);
    for (size_t t = 0; t < two_hours; t++) {
        assert_int_equal(auricle_stream_feed(stream, silence, HOP, &consumed, &frame), 0);
        if (t == two_hours / 20)
            memcpy(settled, frame.vector, dim * sizeof *settled);
    }
    assert_int_equal(frame.index, two_hours + 49);
    for (size_t i = 0; i < dim; i++)
        assert_true(frame.vector[i] == 0 || isnormal(frame.vector[i]));
    assert_true(fixture_difference(settled, frame.vector, dim) <= 1e-5f);
    auricle_stream_reset(stream);
    float *again = fixture_run(stream, (int)dim, sound, RATE / 2, 0, &frames);
    assert_memory_equal(fresh, again, frames * dim * sizeof(float));
    free(fresh);
    free(again);
    free(settled);
    free(sound);
    auricle_stream_destroy(&stream);
    fixture_destroy(&fixture);
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
            fill(&fixture, fixture.layout.conv[i].bias, 0); // silence in, zeros out
        for (int i = 0; i < fixture.shape.context_layers; i++) {
            fill(&fixture, fixture.layout.context[i].weight_hh, 0);
            fill(&fixture, fixture.layout.context[i].bias_ih, 0); // gates half open
            fill(&fixture, fixture.layout.context[i].bias_hh, 0);
        }
        fixture_open(&fixture);
        int dim = encoder_shape_frame_dim(&fixture.shape);
        const size_t count = 10 * RATE;
        float *sound = fixture_sound(count, RATE, 91);
        for (size_t i = RATE; i < count; i++) // -320 dBFS: silence to everybody but a float
            sound[i] = i % 3 ? 1e-16f : -1e-16f;
        size_t frames;
        float *vectors = fixture_encode(&fixture, RATE, sound, count, 0, &frames), loudest = 0;
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
        cmocka_unit_test(reset_is_as_new),
        cmocka_unit_test(drain_gives_the_rest_padded_with_zeros),
        cmocka_unit_test(refused_samples_change_nothing),
        cmocka_unit_test(each_frame_is_visited),
        cmocka_unit_test(rates_and_quality_are_checked),
        cmocka_unit_test(loudest_and_faintest_are_finite),
        cmocka_unit_test(two_hours_of_silence_pass),
        cmocka_unit_test(fading_states_skip_denormal_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
