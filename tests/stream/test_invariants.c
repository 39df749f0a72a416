// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The design's invariants of a stream: causal, chunk-invariant, equal to the offline pass, alone
 * among many, as late as it says. */
#include "fixture.h"

#include "signal/resampler.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RATE = SAMPLE_RATE_HZ, HOP = HOP_SAMPLES };

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
        float *before = fixture_encode(&fixture, RATE, sound, count, count, &frames);
        const size_t changed[] = {0, 159, 160, 7777, 7839, 7840, 15999};
        for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
            float was = sound[changed[i]];
            sound[changed[i]] += 0.25f;
            float *after = fixture_encode(&fixture, RATE, sound, count, count, &frames);
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
        float *before = fixture_encode(&fixture, RATE, sound, count, count, &frames);
        sound[changed] += 0.5f;
        float *after = fixture_encode(&fixture, RATE, sound, count, count, &frames);
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
            float *expected = fixture_encode(&fixture, rates[r], sound, count, count, &whole);
            assert_int_equal(whole, (count * RATE + (size_t)rates[r] * HOP - 1) /
                                        ((size_t)rates[r] * HOP));
            const size_t pieces[] = {1, 7, 160, 441, 1023, 0};
            for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
                float *got = fixture_encode(&fixture, rates[r], sound, count, pieces[p], &frames);
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
    float *expected = fixture_encode(&fixture, 48000, sound, count, count, &whole);
    float *got = fixture_encode(&fixture, 48000, sound, count, 480, &frames);
    assert_int_equal(frames, 1000);
    assert_int_equal(whole, frames);
    assert_memory_equal(got, expected, frames * dim * sizeof(float));
    free(expected);
    free(got);
    free(sound);
    fixture_destroy(&fixture);
}

// Resampled whole by the resampler alone, then encoded at the model's own rate.
static void a_resampled_stream_is_resampling_then_streaming(void **state)
{
    (void)state;
    const int rates[] = {8000, 11025, 44100, 48000};
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
    for (int r = 0; r < 4; r++) {
        size_t count = (size_t)rates[r], made = 0, written, whole, frames;
        struct resampler *resampler;
        assert_int_equal(resampler_create(rates[r], RATE, AURICLE_RESAMPLE_FAST, &resampler, NULL),
                         0);
        float *sound = fixture_sound(count, rates[r], 13);
        float *resampled = malloc((RATE + 4 * HOP) * sizeof *resampled);
        for (size_t at = 0; at < count; made += written)
            at += resampler_feed(resampler, sound + at, count - at, resampled + made, &written);
        for (; (written = resampler_drain(resampler, resampled + made)); made += written)
            assert_true(made < RATE + 2 * HOP);
        float *expected = fixture_encode(&fixture, RATE, resampled, made, 0, &whole);
        float *got = fixture_encode(&fixture, rates[r], sound, count, 0, &frames);
        assert_int_equal(frames, whole);
        assert_memory_equal(got, expected, whole * dim * sizeof(float));
        resampler_destroy(&resampler);
        free(sound);
        free(resampled);
        free(expected);
        free(got);
    }
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
    const struct network network = fixture_network(fixture);
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
        encoder_normalise(&network, &offline->carry, input, streams, t);
    return input;
}

// live[b]: frame vectors of stream b from the window's first frame on.
static float window_difference(struct offline *offline, const float *const *sounds,
                               const float *const *live, int streams, int frames)
{
    const struct network network = fixture_network(offline->fixture);
    const struct encoder_shape *shape = network.shape;
    const size_t mels = (size_t)encoder_shape_feature_dim(shape),
                 hidden = (size_t)shape->context_dim;
    const size_t latent = (size_t)encoder_shape_latent_dim(shape);
    const size_t dim = (size_t)encoder_shape_frame_dim(shape);
    struct tape *tape = tape_create(false);
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    float *input = offline_input(offline, sounds, streams, frames), most = 0;
    struct tensor *x = offline->logmel ? tape_constant(tape, input, streams, frames, (int)mels)
                                       : tape_constant(tape, input, streams, frames * HOP, 1);
    struct tensor *z = encoder_latents(tape, &network, x, &offline->carry);
    encoder_contexts(tape, &network, z, &offline->carry, contexts);
    for (int b = 0; b < streams; b++)
        for (int t = 0; t < frames; t++) {
            size_t row = (size_t)(b * frames + t);
            const float *vector = live[b] + (size_t)t * dim;
            most = fmaxf(most, fixture_difference(vector, input + row * mels, mels));
            most = fmaxf(most, fixture_difference(vector + mels, z->data + row * latent, latent));
            for (int i = 0; i < shape->context_layers; i++)
                most = fmaxf(most, fixture_difference(vector + mels + latent + (size_t)i * hidden,
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
    for (int kind = 0; kind < FIXTURE_FLOAT_KINDS; kind++) {
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
            live[b] = fixture_encode(&fixture, RATE, sound[b], count, 0, &frames);
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
        alone[s] = fixture_encode(&fixture, 44100, sound[s], count, count, &frames);
        stream[s] = fixture_stream(&fixture, 44100);
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
    auricle_stream *stream = fixture_stream(&fixture, RATE);
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
        auricle_stream *stream = fixture_stream(&fixture, rates[r]);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_changes_no_earlier_frame),
        cmocka_unit_test(the_declared_field_is_the_field),
        cmocka_unit_test(any_cutting_gives_the_same_bits),
        cmocka_unit_test(ten_seconds_at_once_are_as_good),
        cmocka_unit_test(a_resampled_stream_is_resampling_then_streaming),
        cmocka_unit_test(live_equals_offline_windows),
        cmocka_unit_test(interleaved_streams_do_not_meet),
        cmocka_unit_test(a_stream_keeps_its_model),
        cmocka_unit_test(the_delay_is_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
