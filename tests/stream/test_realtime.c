// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** After creation the audio path takes nothing from the heap and gives nothing back. */
#include "fixture.h"
#include "heap.h"

#include <auricle/listener.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct chain {
    auricle_stream *stream;
    auricle_predictor *predictor;
    auricle_head *head;
    auricle_head_stream *head_stream;
    auricle_detector *detector;
};

static void chain_open(struct chain *chain, const struct fixture *fixture, int rate_hz)
{
    auricle_stream_config config = {.sample_rate_hz = rate_hz};
    auricle_detector_config detector = {0.3f, 0.2f, 3, 2, 5};
    chain->head = fixture_head(fixture->model, 4, 50, 10, 8, detector);
    assert_int_equal(auricle_stream_create(fixture->model, &config, &chain->stream, NULL), 0);
    assert_int_equal(auricle_predictor_create(fixture->model, NULL, &chain->predictor, NULL), 0);
    assert_int_equal(auricle_head_stream_create(chain->head, &chain->head_stream, NULL), 0);
    assert_int_equal(auricle_detector_create(chain->head, NULL, &chain->detector, NULL), 0);
}

static void chain_close(struct chain *chain)
{
    auricle_stream_destroy(&chain->stream);
    auricle_predictor_destroy(&chain->predictor);
    auricle_head_stream_destroy(&chain->head_stream);
    auricle_detector_destroy(&chain->detector);
    auricle_head_unref(&chain->head);
}

static int chain_step(struct chain *chain, const auricle_frame *frame)
{
    auricle_surprise surprise;
    auricle_event events[2];
    bool decided;
    if (!frame->vector)
        return 0;
    auricle_predictor_step(chain->predictor, frame->vector, &surprise);
    const float *posteriors = auricle_head_stream_step(chain->head_stream, frame->vector, &decided);
    auricle_detector_step(chain->detector, posteriors, decided, events, 2);
    return 1;
}

// The whole life of a stream between creation and destruction; returns frames.
static int live(struct chain *chain, const float *sound, size_t count)
{
    int frames = 0;
    auricle_frame frame;
    auricle_event events[2];
    for (int round = 0; round < 2; round++) {
        for (size_t at = 0, consumed; at < count; at += consumed) {
            size_t piece = count - at < 777 ? count - at : 777;
            if (auricle_stream_feed(chain->stream, sound + at, piece, &consumed, &frame))
                return -1;
            frames += chain_step(chain, &frame);
        }
        do {
            auricle_stream_drain(chain->stream, &frame);
            frames += chain_step(chain, &frame);
        } while (frame.vector);
        auricle_detector_drain(chain->detector, events, 2);
        auricle_stream_reset(chain->stream);
        auricle_predictor_reset(chain->predictor);
        auricle_head_stream_reset(chain->head_stream);
        auricle_detector_reset(chain->detector);
    }
    return frames;
}

static void nothing_is_allocated_after_creation(void **state)
{
    (void)state;
    const int rates[] = {16000, 8000, 44100, 48000};
    for (int kind = 0; kind < FIXTURE_KINDS; kind++)
        for (int r = 0; r < 4; r++) {
            struct fixture fixture;
            struct chain chain;
            fixture_create(&fixture, kind);
            chain_open(&chain, &fixture, rates[r]);
            float *sound = fixture_sound((size_t)rates[r], rates[r], 2);
            long before = heap_calls();
            int frames = live(&chain, sound, (size_t)rates[r]);
            long calls = heap_calls() - before;
            assert_int_equal(frames, 200);
            assert_int_equal(calls, 0);
            free(sound);
            chain_close(&chain);
            fixture_destroy(&fixture);
        }
}

static void count_result(const auricle_result *result, void *user)
{
    *(int *)user += result->vector != NULL;
}

static void a_listener_allocates_nothing_after_creation(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_LSTM);
    auricle_head *heads[] = {
        fixture_head(fixture.model, 4, 50, 10, 8, (auricle_detector_config){0.3f, 0.2f, 3, 2, 5}),
        fixture_head(fixture.model, 2, 1, 1, 0, (auricle_detector_config){0.3f, 0.2f, 3, 2, 5})};
    const auricle_listener_config config = {.size = sizeof config, .sample_rate_hz = 44100};
    auricle_listener *listener;
    float *sound = fixture_sound(44100, 44100, 2);
    int frames = 0;
    assert_int_equal(auricle_listener_create(fixture.model, heads, 2, &config, &listener, NULL), 0);
    const long before = heap_calls();
    for (int round = 0; round < 2; round++) {
        auricle_listener_feed(listener, sound, 44100, count_result, &frames, NULL);
        auricle_listener_drain(listener, count_result, &frames);
        auricle_listener_reset(listener);
    }
    const long calls = heap_calls() - before;
    assert_int_equal(frames, 200);
    assert_int_equal(calls, 0);
    free(sound);
    auricle_listener_destroy(&listener);
    for (int i = 0; i < 2; i++)
        auricle_head_unref(&heads[i]);
    fixture_destroy(&fixture);
}

static void the_count_counts(void **state)
{
    (void)state;
    long before = heap_calls();
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    assert_true(heap_calls() - before > 10);
    fixture_destroy(&fixture);
}

static void the_state_is_small_and_says_so(void **state)
{
    (void)state;
    struct fixture fixture;
    auricle_stream *stream;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    assert_int_equal(auricle_stream_create(fixture.model, NULL, &stream, NULL), AURICLE_OK);
    size_t bytes = auricle_stream_state_bytes(stream);
    auricle_stream_destroy(&stream);
    assert_in_range(bytes, 1000, 32000);
    fixture_destroy(&fixture);
    auricle_model *model; // of the default shape
    assert_int_equal(auricle_model_random(NULL, 1, &model, NULL), AURICLE_OK);
    assert_int_equal(auricle_stream_create(model, NULL, &stream, NULL), AURICLE_OK);
    bytes = auricle_stream_state_bytes(stream);
    print_message("# a stream of the default model: %zu bytes\n", bytes);
    assert_in_range(bytes, 1000, 64000);
    auricle_stream_destroy(&stream);
    auricle_model_unref(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_allocated_after_creation),
        cmocka_unit_test(a_listener_allocates_nothing_after_creation),
        cmocka_unit_test(the_count_counts),
        cmocka_unit_test(the_state_is_small_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
