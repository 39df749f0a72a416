// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Encoders in fewer bits beside the one they were made from. That they keep the invariants is seen
 * where the invariants are: FIXTURE_INT8_* are among the fixtures. */
#include "fixture.h"

#include "base/half.h"
#include "model/storage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { RATE = 16000 };

static auricle_model *stored_as(const auricle_model *model, enum storage storage)
{
    char path[FILENAME_MAX];
    auricle_model *made = NULL;
    json_t *card = json_object();
    fixture_path("stored.safetensors", path);
    assert_int_equal(quantize_write(path, model, storage, card, NULL), AURICLE_OK);
    assert_int_equal(auricle_model_open(path, &made, NULL), AURICLE_OK);
    unlink(path);
    json_decref(card);
    return made;
}

// Frames of two models on the same sound; returns the relative distance of their embeddings.
static double distance(auricle_model *a, auricle_model *b, bool *same_bits)
{
    const int feature = encoder_shape_feature_dim(&a->shape);
    const int dim = encoder_shape_frame_dim(&a->shape);
    float *sound = fixture_sound(2 * RATE, RATE, 21), *frames[2];
    auricle_model *models[2] = {a, b};
    size_t count;
    double error = 0, power = 0;
    for (int i = 0; i < 2; i++) {
        auricle_stream *stream;
        assert_int_equal(auricle_stream_create(models[i], NULL, &stream, NULL), AURICLE_OK);
        frames[i] = fixture_run(stream, dim, sound, 2 * RATE, 160, &count);
        auricle_stream_destroy(&stream);
    }
    for (size_t t = 0; t < count; t++)
        for (int i = feature; i < dim; i++) {
            size_t at = t * (size_t)dim + (size_t)i;
            error += pow((double)frames[0][at] - (double)frames[1][at], 2);
            power += pow((double)frames[0][at], 2);
        }
    *same_bits = !memcmp(frames[0], frames[1], count * (size_t)dim * sizeof(float));
    free(frames[0]);
    free(frames[1]);
    free(sound);
    return sqrt(error / power);
}

static void int8_stays_near(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_FLOAT_KINDS; kind++) {
        struct fixture fixture;
        bool same;
        fixture_create(&fixture, (enum fixture_kind)kind);
        auricle_model *bytes = stored_as(fixture.model, STORAGE_INT8);
        double moved = distance(fixture.model, bytes, &same);
        print_message("# kind %d: frames move by %.4f\n", kind, moved);
        assert_true(moved > 1e-4 && moved < 0.03); // rounded, and no more than that
        assert_true(bytes->weight_bytes < fixture.model->weight_bytes * 7 / 10);
        auricle_model_unref(&bytes);
        fixture_destroy(&fixture);
    }
}

// fp16 computes in floats: what it gives is what fp32 gives on the rounded weights.
static void fp16_is_fp32_on_rounded_weights(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_FLOAT_KINDS; kind++) {
        struct fixture fixture;
        bool same;
        fixture_draw(&fixture, (enum fixture_kind)kind);
        for (int i = 0; i < fixture.parameters.count; i++) {
            struct tensor *tensor = parameters_tensor(&fixture.parameters, i);
            for (size_t j = 0; j < tensor_size(tensor); j++)
                if (fixture.parameters.list[i].rank > 1)
                    tensor->data[j] = half_to_float(half_from_float(tensor->data[j]));
        }
        fixture_open(&fixture);
        auricle_model *halves = stored_as(fixture.model, STORAGE_FP16);
        distance(fixture.model, halves, &same);
        assert_true(same);
        auricle_model_unref(&halves);
        fixture_destroy(&fixture);
    }
}

static auricle_status open_head(const char *path, const auricle_model *model)
{
    auricle_head *head;
    auricle_status status = auricle_head_open(path, model, &head, NULL);
    auricle_head_unref(&head);
    return status;
}

// A head goes with its encoder in every type, whichever of them it was fitted on; never with
// another encoder, in any.
static void heads_go_with_every_type(void **state)
{
    (void)state;
    struct fixture fixture, other;
    char path[FILENAME_MAX];
    fixture_path("head.safetensors", path);
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_draw(&other, FIXTURE_LOGMEL_GRU);
    parameters_tensor(&other.parameters, other.layout.conv[0].weight)->data[0] += 0.5f;
    fixture_open(&other);
    auricle_model *halves = stored_as(fixture.model, STORAGE_FP16);
    auricle_model *models[] = {fixture.model, halves, stored_as(fixture.model, STORAGE_INT8),
                               stored_as(halves, STORAGE_INT8)};
    auricle_model *strangers[] = {other.model, stored_as(other.model, STORAGE_INT8)};
    for (int fitted = 0; fitted < 4; fitted++) {
        fixture_write_head(path, models[fitted], 3, 20, 10, 0,
                           (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
        for (int i = 0; i < 4; i++)
            assert_int_equal(open_head(path, models[i]), AURICLE_OK);
        for (int i = 0; i < 2; i++)
            assert_int_equal(open_head(path, strangers[i]), AURICLE_MISMATCH);
    }
    unlink(path);
    for (int i = 1; i < 4; i++)
        auricle_model_unref(&models[i]);
    auricle_model_unref(&strangers[1]);
    fixture_destroy(&fixture);
    fixture_destroy(&other);
}

static void int8_is_not_rounded_again(void **state)
{
    (void)state;
    struct fixture fixture;
    auricle_error error = {0};
    fixture_create(&fixture, FIXTURE_INT8_GRU);
    assert_int_equal(quantize_write("/nowhere/x", fixture.model, STORAGE_INT8, NULL, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "int8 already"));
    fixture_destroy(&fixture);
}

static void rows_are_rounded_to_the_nearest(void **state)
{
    (void)state;
    const float w[] = {0.5f, -1.27f, 0.004f, 0.006f, 0, 0, 0, 0, 1e-36f, -1e-37f, 0, 0};
    int8_t bytes[12];
    float scale[3];
    quantize_rows(3, 4, w, bytes, scale);
    assert_float_equal(scale[0], 0.01f, 1e-8);
    const int8_t expected[12] = {50, -127, 0, 1};
    assert_memory_equal(bytes, expected, 12);
    for (int r = 1; r < 3; r++)
        assert_true(scale[r] > 0 && isfinite(1 / scale[r]));
}

static void halves_are_ieee(void **state)
{
    (void)state;
    static const struct {
        float value;
        uint16_t half;
    } rows[] = {{0, 0},
                {1, 0x3c00},
                {-2, 0xc000},
                {65504, 0x7bff},
                {65519, 0x7bff},
                {65520, 0x7c00},
                {0x1p-14f, 0x0400},
                {0x1p-24f, 1},
                {0x1p-25f, 0},
                {0x1.8p-24f, 2},
                {1 + 0x1p-11f, 0x3c00},
                {1 + 0x3p-11f, 0x3c02},
                {0x1.ffep-15f, 0x0400},
                {INFINITY, 0x7c00}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(half_from_float(rows[i].value), rows[i].half);
    assert_int_equal(half_from_float(-0.0f), 0x8000);
    assert_true(isnan(half_to_float(half_from_float(NAN))));
    for (uint32_t half = 0; half < 0x10000; half++) // every one there is, there and back
        if (!isnan(half_to_float((uint16_t)half)))
            assert_int_equal(half_from_float(half_to_float((uint16_t)half)), half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int8_stays_near),
        cmocka_unit_test(fp16_is_fp32_on_rounded_weights),
        cmocka_unit_test(heads_go_with_every_type),
        cmocka_unit_test(int8_is_not_rounded_again),
        cmocka_unit_test(rows_are_rounded_to_the_nearest),
        cmocka_unit_test(halves_are_ieee),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
