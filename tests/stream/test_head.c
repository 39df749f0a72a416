// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pooling against its definition, head streams against the same arithmetic done plainly. */
#include "fixture.h"

#include "stream/pool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const auricle_detector_config settings = {
    .threshold_on = 0.6f, .threshold_off = 0.4f, .smoothing_hops = 1};

// mean | std | max of frames [count][dim], in double.
static void plain_pool(const float *frames, size_t count, size_t dim, float *out)
{
    for (size_t i = 0; i < dim; i++) {
        double sum = 0, squares = 0;
        float most = frames[i];
        for (size_t t = 0; t < count; t++)
            sum += (double)frames[t * dim + i];
        for (size_t t = 0; t < count; t++) {
            double away = (double)frames[t * dim + i] - sum / (double)count;
            squares += away * away;
            most = fmaxf(most, frames[t * dim + i]);
        }
        out[i] = (float)(sum / (double)count);
        out[dim + i] = (float)sqrt(squares / (double)count);
        out[2 * dim + i] = most;
    }
}

static float *some_frames(size_t count, size_t dim, float offset)
{
    struct random random = random_seeded(count);
    float *frames = malloc(count * dim * sizeof *frames);
    for (size_t i = 0; i < count * dim; i++)
        frames[i] = offset * (float)(i % dim) + random_normal(&random);
    return frames;
}

static void assert_close(const float *got, const float *expected, size_t count, float tolerance)
{
    for (size_t i = 0; i < count; i++)
        assert_float_equal(got[i], expected[i], tolerance);
}

static void a_window_is_pooled_as_defined(void **state)
{
    (void)state;
    enum { DIM = 17, FRAMES = 400, WINDOW = 60, HOP = 12 };
    float *frames = some_frames(FRAMES, DIM, 3), out[3 * DIM], expected[3 * DIM];
    struct pool *pool = pool_create(DIM, WINDOW, HOP);
    for (int round = 0; round < 2; round++) {
        for (int t = 0; t < FRAMES; t++) {
            int pooled = pool_step(pool, frames + t * DIM, out);
            int seen = t + 1 < WINDOW ? t + 1 : WINDOW;
            assert_int_equal(pooled, (t + 1) % HOP ? 0 : seen);
            if (!pooled)
                continue;
            plain_pool(frames + (t + 1 - seen) * DIM, (size_t)seen, DIM, expected);
            assert_close(out, expected, 3 * DIM, 2e-5f);
        }
        pool_reset(pool);
    }
    pool_destroy(&pool);
    free(frames);
}

// A clip pooled as one block is what a window as long as it gives: fitting and living agree.
static void a_clip_is_pooled_like_a_window(void **state)
{
    (void)state;
    enum { DIM = 9, FRAMES = 120 };
    float *frames = some_frames(FRAMES, DIM, 1), memory[3 * DIM], clip[3 * DIM], window[3 * DIM];
    assert_int_equal(pool_block_size(DIM), 3 * DIM);
    struct pool_block block = pool_block_in(memory, DIM);
    struct pool *pool = pool_create(DIM, FRAMES, 10);
    for (int t = 0; t < FRAMES; t++) {
        pool_block_add(&block, DIM, frames + t * DIM);
        pool_step(pool, frames + t * DIM, window);
    }
    pool_block_write(&block, DIM, clip);
    assert_close(clip, window, 3 * DIM, 1e-5f);
    pool_destroy(&pool);
    free(frames);
}

// A constant far from zero has no deviation, after many hours as after one.
static void pooling_does_not_drift(void **state)
{
    (void)state;
    struct pool *pool = pool_create(2, 100, 10);
    const float quiet[2] = {1000.25f, -3}, loud[2] = {-5e4f, 7e4f};
    float out[6];
    for (long t = 0; t < 2000000; t++)
        pool_step(pool, t % 997 < 500 ? loud : quiet, out);
    for (long t = 0; t < 100; t++)
        pool_step(pool, quiet, out);
    assert_true(out[0] == quiet[0] && out[1] == quiet[1]);
    assert_true(out[2] == 0 && out[3] == 0);
    assert_true(out[4] == quiet[0] && out[5] == quiet[1]);
    pool_destroy(&pool);
}

// ---- head streams

static void plain_posteriors(const auricle_head *head, const float *x, double *posteriors)
{
    const struct head_shape *shape = &head->shape;
    const struct head_weights *w = &head->weights;
    double input[1024], hidden[64], sum = 0;
    const int inputs = head_inputs(shape);
    int width = inputs;
    const double *last = input;
    assert_true(inputs <= 1024 && shape->hidden <= 64);
    for (int i = 0; i < inputs; i++)
        input[i] = ((double)x[i] - (double)w->input_mean[i]) / (double)w->input_std[i];
    for (int j = 0; j < shape->hidden; j++) {
        hidden[j] = (double)w->hidden_bias[j];
        for (int i = 0; i < inputs; i++)
            hidden[j] += (double)w->hidden_weight[j * inputs + i] * input[i];
        hidden[j] = fmax(hidden[j], 0);
    }
    if (shape->hidden) {
        last = hidden;
        width = shape->hidden;
    }
    for (int c = 0; c < shape->class_count; c++) {
        double logit = (double)w->output_bias[c];
        for (int i = 0; i < width; i++)
            logit += (double)w->output_weight[c * width + i] * last[i];
        sum += posteriors[c] = exp(logit);
    }
    for (int c = 0; c < shape->class_count; c++)
        posteriors[c] /= sum;
}

static void check_head(const struct fixture *fixture, int window, int hop, int hidden)
{
    const size_t frames = 200, dim = (size_t)encoder_shape_frame_dim(&fixture->shape);
    const size_t embedding = (size_t)encoder_shape_embedding_dim(&fixture->shape);
    const size_t offset = (size_t)encoder_shape_feature_dim(&fixture->shape);
    const int wait = window < FIRST_DECISION_FRAMES ? window : FIRST_DECISION_FRAMES;
    auricle_head *head = fixture_head(fixture->model, 4, window, hop, hidden, settings);
    float *vectors = some_frames(frames, dim, 0), *embeddings = malloc(frames * embedding * 4);
    float *pooled = malloc(3 * embedding * sizeof *pooled), held[4] = {1, 0, 0, 0};
    auricle_head_stream *stream;
    assert_int_equal(auricle_head_stream_create(head, &stream, NULL), AURICLE_OK);
    for (size_t t = 0; t < frames; t++)
        memcpy(embeddings + t * embedding, vectors + t * dim + offset, embedding * sizeof(float));
    for (int round = 0; round < 2; round++) {
        for (int t = 0; t < (int)frames; t++) {
            bool decided;
            const float *got =
                auricle_head_stream_step(stream, vectors + (size_t)t * dim, &decided);
            assert_int_equal(decided, (t + 1) % hop == 0 && t + 1 >= wait);
            if (decided) {
                double expected[4];
                size_t seen = (size_t)(t + 1 < window ? t + 1 : window);
                const float *first = embeddings + ((size_t)t + 1 - seen) * embedding;
                plain_pool(first, seen, embedding, pooled);
                plain_posteriors(head, window == 1 ? first : pooled, expected);
                for (int c = 0; c < 4; c++)
                    held[c] = (float)expected[c];
            }
            assert_close(got, held, 4, 2e-5f);
        }
        auricle_head_stream_reset(stream);
        memcpy(held, (float[]){1, 0, 0, 0}, sizeof held);
    }
    auricle_head_stream_destroy(&stream);
    auricle_head_unref(&head);
    free(vectors);
    free(embeddings);
    free(pooled);
}

static void heads_are_as_defined(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        struct fixture fixture;
        fixture_create(&fixture, kind);
        check_head(&fixture, 1, 1, 0);
        check_head(&fixture, 1, 1, 8);
        check_head(&fixture, 100, 10, 0);
        check_head(&fixture, 100, 10, 16);
        check_head(&fixture, 20, 20, 0);
        check_head(&fixture, 50, 1, 0);
        fixture_destroy(&fixture);
    }
}

static void a_head_says_what_it_is(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    auricle_detector_config detector = {0.75f, 0.25f, 3, 15, 40};
    auricle_head *head = fixture_head(fixture.model, 3, 80, 8, 0, detector);
    auricle_head_info info;
    auricle_head_get_info(head, &info);
    assert_string_equal(info.task, "test");
    assert_int_equal(info.class_count, 3);
    assert_int_equal(info.window_frames, 80);
    assert_int_equal(info.hop_frames, 8);
    assert_true(info.threshold_on == 0.75f && info.threshold_off == 0.25f);
    assert_int_equal(info.smoothing_hops, 3);
    assert_int_equal(info.min_frames, 15);
    assert_int_equal(info.refractory_frames, 40);
    assert_string_equal(auricle_head_label(head, 2), "two");
    assert_true(auricle_head_is_background(head, 0));
    assert_false(auricle_head_is_background(head, 1));
    json_t *card = json_loads(auricle_head_card(head), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(card, "kind")), "head");
    json_decref(card);
    auricle_head *owner = auricle_head_ref(head);
    auricle_head_unref(&head);
    assert_null(head);
    assert_string_equal(auricle_head_label(owner, 1), "one");
    auricle_head_unref(&owner);
    fixture_destroy(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_is_pooled_as_defined),
        cmocka_unit_test(a_clip_is_pooled_like_a_window),
        cmocka_unit_test(pooling_does_not_drift),
        cmocka_unit_test(heads_are_as_defined),
        cmocka_unit_test(a_head_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
