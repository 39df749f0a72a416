// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A new kind of head needs its own file and its line in the table, and nothing else: this file
 * holds a kind that only this test knows. */
#include "fixture.h"

#include "stream/head_kind.h"

#include <auricle/stream.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

// ---- the kind "counting": class 1 is as likely as the share of frames above a bound so far

struct counting {
    int frames, above;
};

static auricle_status counting_check(const struct head_shape *shape, auricle_error *error)
{
    (void)error;
    return shape->class_count == 2 ? AURICLE_OK : AURICLE_INVALID;
}

static int counting_inputs(const struct head_shape *shape)
{
    (void)shape;
    return 1;
}

static int counting_span(const struct head_shape *shape)
{
    (void)shape;
    return 7;
}

static int counting_tensors(const struct head_shape *shape, struct head_weights *weights,
                            struct head_tensor *tensors)
{
    (void)shape;
    tensors[0] = (struct head_tensor){"bound", 1, {1}, &weights->output_bias};
    return 1;
}

static void *counting_create(const struct head_shape *shape)
{
    (void)shape;
    return calloc(1, sizeof(struct counting));
}

static void counting_reset(void *state)
{
    *(struct counting *)state = (struct counting){0};
}

static bool counting_gather(void *state, const struct head_shape *shape, const float *embedding,
                            float *x)
{
    x[0] = embedding[shape->embedding_dim - 1];
    return ++((struct counting *)state)->frames % 2 == 0;
}

static void counting_decide(void *state, const struct head_shape *shape,
                            const struct head_weights *weights, float *x, float *scratch,
                            float *posteriors)
{
    (void)shape;
    (void)scratch;
    struct counting *counting = state;
    counting->above += x[0] > weights->output_bias[0];
    posteriors[1] = (float)counting->above / (float)(counting->frames / 2);
    posteriors[0] = 1 - posteriors[1];
}

static const struct head_kind counting_kind = {
    .name = "counting",
    .check = counting_check,
    .inputs = counting_inputs,
    .span_frames = counting_span,
    .tensors = counting_tensors,
    .create = counting_create,
    .destroy = free,
    .reset = counting_reset,
    .gather = counting_gather,
    .decide = counting_decide,
};

static const struct head_kind *const kinds[] = {&head_kind_frame, &counting_kind, NULL};

static void write_counting(const char *path, const auricle_model *model)
{
    static const char *const labels[] = {"low", "high"};
    static const bool background[] = {true, false};
    static const float bound = 0;
    const struct head_shape shape = {.kind = &counting_kind,
                                     .task = "test",
                                     .encoder_hash = model->origin,
                                     .embedding_dim = encoder_shape_embedding_dim(&model->shape),
                                     .class_count = 2,
                                     .labels = labels,
                                     .background = background,
                                     .window_frames = 1,
                                     .hop_frames = 2,
                                     .detector = {0.5f, 0.25f, 1, 0, 0}};
    const struct head_weights weights = {.output_bias = &bound};
    assert_int_equal(head_write(path, &shape, &weights, NULL, NULL, NULL), AURICLE_OK);
}

// What the kind computes, done plainly on the frames of the stream.
static void listen_and_compare(auricle_model *model, auricle_head *head)
{
    enum { SAMPLES = 16000 };
    auricle_model_info info;
    auricle_model_get_info(model, &info);
    size_t frames;
    float *sound = fixture_sound(SAMPLES, 16000, 3);
    auricle_stream *stream;
    auricle_head_stream *live;
    assert_int_equal(auricle_stream_create(model, NULL, &stream, NULL), AURICLE_OK);
    assert_int_equal(auricle_head_stream_create(head, &live, NULL), AURICLE_OK);
    float *heard = fixture_run(stream, info.frame_dim, sound, SAMPLES, 0, &frames);
    int above = 0, decisions = 0;
    for (size_t t = 0; t < frames; t++) {
        const float *vector = heard + t * (size_t)info.frame_dim;
        const bool due = t % 2 == 1 && t + 1 >= 7; // not before the span of a decision
        bool decided;
        const float *posteriors = auricle_head_stream_step(live, vector, &decided);
        assert_int_equal(decided, due);
        if (!due)
            continue;
        above += vector[info.embedding_offset + info.embedding_dim - 1] > 0;
        decisions++;
        assert_float_equal(posteriors[1], (float)above / (float)((t + 1) / 2), 1e-6f);
    }
    assert_true(decisions > 20 && above > 0 && above < decisions);
    auricle_head_stream_destroy(&live);
    auricle_stream_destroy(&stream);
    free(heard);
    free(sound);
}

static void a_kind_of_its_own_file_is_written_read_and_heard(void **state)
{
    (void)state;
    struct fixture fixture;
    char path[FILENAME_MAX];
    auricle_error error = {0};
    auricle_head *head;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_path("counting.safetensors", path);
    write_counting(path, fixture.model);
    assert_int_equal(head_open(path, fixture.model, kinds, &head, &error), AURICLE_OK);
    assert_ptr_equal(head->shape.kind, &counting_kind);
    assert_int_equal(head_wait_frames(&head->shape), 7);
    listen_and_compare(fixture.model, head);
    auricle_head_unref(&head);
    unlink(path);
    fixture_destroy(&fixture);
}

static void a_reader_without_the_kind_says_so(void **state)
{
    (void)state;
    struct fixture fixture;
    char path[FILENAME_MAX];
    auricle_error error = {0};
    auricle_head *head;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_path("counting.safetensors", path);
    write_counting(path, fixture.model);
    assert_int_equal(auricle_head_open(path, fixture.model, &head, &error), AURICLE_FORMAT);
    assert_non_null(strstr(error.text, "'counting'"));
    assert_non_null(strstr(error.text, "update"));
    unlink(path);
    fixture_destroy(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_of_its_own_file_is_written_read_and_heard),
        cmocka_unit_test(a_reader_without_the_kind_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
