// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Encoders whose matrices are I8 or F16: what of them is refused, and with which reason. */
#include "fixture.h"
#include "raw_file.h"

#include "model/storage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct fixture fixture;
static char bytes_path[FILENAME_MAX], halves_path[FILENAME_MAX], bad_path[FILENAME_MAX];

static int make_files(void **state)
{
    (void)state;
    json_t *card = json_object();
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_path("bytes.safetensors", bytes_path);
    fixture_path("halves.safetensors", halves_path);
    fixture_path("bad.safetensors", bad_path);
    auricle_status status = quantize_write(bytes_path, fixture.model, STORAGE_INT8, card, NULL);
    if (!status)
        status = quantize_write(halves_path, fixture.model, STORAGE_FP16, card, NULL);
    json_decref(card);
    return (int)status;
}

static int drop_files(void **state)
{
    (void)state;
    unlink(bytes_path);
    unlink(halves_path);
    unlink(bad_path);
    fixture_destroy(&fixture);
    return 0;
}

static void expect_refusal(const char *name, const char *says)
{
    auricle_error error = {0};
    auricle_model *model = (auricle_model *)&error; // must come back NULL
    auricle_status status = auricle_model_open(bad_path, &model, &error);
    if (status != AURICLE_FORMAT || !strstr(error.text, says))
        print_message("# %s: status %d, \"%s\" lacks \"%s\"\n", name, status, error.text, says);
    assert_int_equal(status, AURICLE_FORMAT);
    assert_non_null(strstr(error.text, says));
    assert_null(model);
}

static size_t offset_of(const json_t *entry, size_t end)
{
    return (size_t)json_integer_value(json_array_get(json_object_get(entry, "data_offsets"), end));
}

static void scales_that_are_none(void **state)
{
    (void)state;
    static const struct {
        float value;
        const char *says;
    } rows[] = {
        {NAN, "'latent.1.weight.scale': value 3 is"},
        {INFINITY, "'latent.1.weight.scale': value 3 is inf"},
        {0, "'latent.1.weight.scale': value 3 is 0, must be"},
        {-0.01f, "'latent.1.weight.scale': value 3 is -0.01, must be"},
        {1e5f, "'latent.1.weight.scale': value 3 is 100000, must be"}, // 127 of it: beyond 1e6
        {1e-39f, "'latent.1.weight.scale': value 3 is 1e-39, must be"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct raw_file raw = raw_file_read(bytes_path);
        json_t *header = raw_file_header(&raw);
        size_t at = offset_of(json_object_get(header, "latent.1.weight.scale"), 0);
        memcpy(raw.data + at + 3 * sizeof(float), &rows[i].value, sizeof(float));
        raw_file_write(&raw, bad_path);
        expect_refusal(rows[i].says, rows[i].says);
        json_decref(header);
        raw_file_free(&raw);
    }
}

static void halves_that_are_no_weights(void **state)
{
    (void)state;
    static const uint16_t rows[] = {0x7c00, 0xfc00, 0x7e00}; // inf, -inf, NaN
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct raw_file raw = raw_file_read(halves_path);
        json_t *header = raw_file_header(&raw);
        size_t at = offset_of(json_object_get(header, "latent.1.weight"), 0);
        memcpy(raw.data + at + 5 * sizeof(uint16_t), &rows[i], sizeof rows[i]);
        raw_file_write(&raw, bad_path);
        expect_refusal("half", "'latent.1.weight': value 5 is");
        json_decref(header);
        raw_file_free(&raw);
    }
}

// The tensor's bytes go, zeros of another dtype come in at the end.
static void retype(struct raw_file *raw, const char *name, const char *dtype, size_t item_bytes)
{
    json_t *header = raw_file_header(raw), *entry = json_object_get(header, name), *other;
    const char *key;
    size_t begin = offset_of(entry, 0), end = offset_of(entry, 1), items = 1;
    for (size_t d = 0; d < json_array_size(json_object_get(entry, "shape")); d++)
        items *= (size_t)json_integer_value(json_array_get(json_object_get(entry, "shape"), d));
    json_object_foreach(header, key, other) {
        if (!strcmp(key, "__metadata__") || offset_of(other, 0) < end)
            continue;
        json_object_set_new(other, "data_offsets",
                            json_pack("[I,I]", (json_int_t)(offset_of(other, 0) - (end - begin)),
                                      (json_int_t)(offset_of(other, 1) - (end - begin))));
    }
    memmove(raw->data + begin, raw->data + end, raw->data_bytes - end);
    raw->data_bytes -= end - begin;
    assert_int_equal(raw->data_bytes % item_bytes, 0);
    json_object_set_new(entry, "dtype", json_string(dtype));
    json_object_set_new(entry, "data_offsets",
                        json_pack("[I,I]", (json_int_t)raw->data_bytes,
                                  (json_int_t)(raw->data_bytes + items * item_bytes)));
    raw->data = realloc(raw->data, raw->data_bytes + items * item_bytes);
    memset(raw->data + raw->data_bytes, 0, items * item_bytes);
    raw->data_bytes += items * item_bytes;
    raw_file_set_header(raw, header);
}

static void dtypes_in_the_wrong_place(void **state)
{
    (void)state;
    static const struct {
        const char *name, *dtype;
        size_t bytes;
        const char *says;
    } rows[] = {
        {"features.mean", "I8", 1, "'features.mean': dtype is I8, must be F32"},
        {"latent.0.bias", "F16", 2, "'latent.0.bias': dtype is F16, must be F32"},
        {"latent.0.weight.scale", "I8", 1, "'latent.0.weight.scale': dtype is I8, must be F32"},
        {"latent.0.weight", "I64", 8, "'latent.0.weight': dtype is I64, must be F32, F16 or I8"},
        {"latent.0.weight", "F32", 4, "'latent.0.weight.scale' is not part of the shape"},
        {"predict.mask.token", "F16", 2, "'predict.mask.token': dtype is F16, must be F32"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct raw_file raw = raw_file_read(bytes_path);
        retype(&raw, rows[i].name, rows[i].dtype, rows[i].bytes);
        raw_file_write(&raw, bad_path);
        expect_refusal(rows[i].name, rows[i].says);
        raw_file_free(&raw);
    }
}

static void rename_entry(struct raw_file *raw, const char *from, const char *to)
{
    json_t *header = raw_file_header(raw);
    json_object_set(header, to, json_object_get(header, from));
    json_object_del(header, from);
    raw_file_set_header(raw, header);
}

static void scales_astray(void **state)
{
    (void)state;
    struct raw_file raw = raw_file_read(bytes_path);
    rename_entry(&raw, "latent.0.weight.scale", "latent.0.weight.scaly");
    raw_file_write(&raw, bad_path);
    expect_refusal("missing", "no tensor 'latent.0.weight.scale'");
    raw_file_free(&raw);

    raw = raw_file_read(bytes_path);
    json_t *header = raw_file_header(&raw);
    json_object_set_new(json_object_get(header, "latent.0.weight.scale"), "shape",
                        json_pack("[i,i]", 4, 6));
    raw_file_set_header(&raw, header);
    raw_file_write(&raw, bad_path);
    expect_refusal("misshapen", "'latent.0.weight.scale': shape is [4,6], the card says [24]");
    raw_file_free(&raw);

    raw = raw_file_read(bytes_path); // one of a layer's two matrices is bytes, the other halves
    retype(&raw, "context.1.weight_hh", "F16", 2);
    rename_entry(&raw, "context.1.weight_hh.scale", "extra");
    raw_file_write(&raw, bad_path);
    expect_refusal("one of two", "'extra' is not part");
    raw_file_free(&raw);
}

// A layer's matrices are both of bytes or neither: rounded apart they would not be one product.
static void half_a_layer(void **state)
{
    (void)state;
    struct raw_file raw = raw_file_read(bytes_path);
    json_t *header = raw_file_header(&raw);
    json_t *scale = json_object_get(header, "context.1.weight_hh.scale");
    size_t begin = offset_of(scale, 0), bytes = offset_of(scale, 1) - begin;
    const char *key;
    json_t *other;
    json_object_del(header, "context.1.weight_hh.scale");
    json_object_foreach(header, key, other)
        if (strcmp(key, "__metadata__") != 0 && offset_of(other, 0) > begin)
            json_object_set_new(other, "data_offsets",
                                json_pack("[I,I]", (json_int_t)(offset_of(other, 0) - bytes),
                                          (json_int_t)(offset_of(other, 1) - bytes)));
    memmove(raw.data + begin, raw.data + begin + bytes, raw.data_bytes - begin - bytes);
    raw.data_bytes -= bytes;
    raw_file_set_header(&raw, header);
    retype(&raw, "context.1.weight_hh", "F16", 2);
    raw_file_write(&raw, bad_path);
    expect_refusal("half a layer", "one is I8, must be both");
    raw_file_free(&raw);
}

static void the_good_files_are_good(void **state)
{
    (void)state;
    const char *const paths[] = {bytes_path, halves_path}, *const types[] = {"int8", "fp16"};
    for (int i = 0; i < 2; i++) {
        auricle_model *model;
        auricle_model_info info;
        assert_int_equal(auricle_model_open(paths[i], &model, NULL), AURICLE_OK);
        auricle_model_get_info(model, &info);
        assert_string_equal(info.weight_type, types[i]);
        assert_string_equal(info.origin_hash, fixture.model->hash);
        assert_string_not_equal(info.content_hash, info.origin_hash);
        auricle_model_unref(&model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_files_are_good),
        cmocka_unit_test(scales_that_are_none),
        cmocka_unit_test(halves_that_are_no_weights),
        cmocka_unit_test(dtypes_in_the_wrong_place),
        cmocka_unit_test(scales_astray),
        cmocka_unit_test(half_a_layer),
    };
    return cmocka_run_group_tests(tests, make_files, drop_files);
}
