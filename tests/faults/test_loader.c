// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Every malformed encoder or head is refused, with a reason that names what is wrong. Each row
 * spoils a good file in one way. */
#include "stream/head_kind.h"
#include "fixture.h"
#include "raw_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct fixture fixture;
static char encoder_path[FILENAME_MAX], head_path[FILENAME_MAX], bad_path[FILENAME_MAX];

static void write_head(const char *path, const char *encoder_hash)
{
    enum { CLASSES = 3 };
    static const char *const labels[CLASSES] = {"silence", "yes", "no"};
    static const bool background[CLASSES] = {true, false, false};
    const size_t in = (size_t)encoder_shape_embedding_dim(&fixture.shape) * 3;
    float *ones = malloc(in * CLASSES * sizeof *ones);
    for (size_t i = 0; i < in * CLASSES; i++)
        ones[i] = 1;
    struct head_shape shape = {.kind = &head_kind_clip,
                               .task = "test",
                               .encoder_hash = encoder_hash,
                               .embedding_dim = encoder_shape_embedding_dim(&fixture.shape),
                               .class_count = CLASSES,
                               .labels = labels,
                               .background = background,
                               .window_frames = 100,
                               .hop_frames = 10,
                               .detector = {0.6f, 0.4f, 3, 0, 0}};
    struct head_weights weights = {
        .input_mean = ones, .input_std = ones, .output_weight = ones, .output_bias = ones};
    assert_int_equal(head_write(path, &shape, &weights, NULL, NULL, NULL), AURICLE_OK);
    free(ones);
}

static int make_files(void **state)
{
    (void)state;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_path("good-encoder.safetensors", encoder_path);
    fixture_path("good-head.safetensors", head_path);
    fixture_path("bad.safetensors", bad_path);
    json_t *card = json_object();
    auricle_status status =
        model_write(encoder_path, &fixture.shape, &fixture.parameters, card, NULL, NULL);
    json_decref(card);
    if (!status)
        write_head(head_path, fixture.model->hash);
    return (int)status;
}

static int drop_files(void **state)
{
    (void)state;
    unlink(encoder_path);
    unlink(head_path);
    unlink(bad_path);
    fixture_destroy(&fixture);
    return 0;
}

static void expect_refusal(const char *name, bool head, auricle_status expected, const char *says)
{
    auricle_error error = {0};
    auricle_model *model = (auricle_model *)&error; // must come back NULL
    auricle_head *opened = (auricle_head *)&error;
    auricle_status status = head ? auricle_head_open(bad_path, fixture.model, &opened, &error)
                                 : auricle_model_open(bad_path, &model, &error);
    if (status != expected || !strstr(error.text, says))
        print_message("# %s: status %d, \"%s\" lacks \"%s\"\n", name, status, error.text, says);
    assert_int_equal(status, expected);
    assert_int_equal(error.status, expected);
    assert_non_null(strstr(error.text, says));
    assert_non_null(strstr(error.text, bad_path));
    for (const char *at = error.text; *at; at++)
        assert_true((unsigned char)*at >= ' ');
    assert_true(head ? opened == NULL : model == NULL);
    assert_int_equal(head ? auricle_head_open(bad_path, fixture.model, &opened, NULL)
                          : auricle_model_open(bad_path, &model, NULL),
                     expected); // and without a place for the reason
}

// ---- bytes that are no header

static void files_that_are_none(void **state)
{
    (void)state;
    const struct {
        const char *name, *says;
        const char *bytes;
        size_t count;
    } rows[] = {
        {"empty", "0 bytes", "", 0},
        {"seven bytes", "7 bytes", "1234567", 7},
        {"length beyond the file", "header of 100 bytes", "d\0\0\0\0\0\0\0{}", 10},
        {"absurd length", "header of 18446744073709551615", "\xff\xff\xff\xff\xff\xff\xff\xff{}",
         10},
        {"length zero", "begin with '{'", "\0\0\0\0\0\0\0\0{}", 10},
        {"an array", "begin with '{'", "\2\0\0\0\0\0\0\0[]", 10},
        {"text", "header of", "#!/bin/sh\necho hello\n", 21},
        {"not JSON", "not JSON", "\4\0\0\0\0\0\0\0{abc", 12},
        {"cut JSON", "not JSON", "\6\0\0\0\0\0\0\0{\"a\":1", 14},
        {"two values", "not JSON", "\4\0\0\0\0\0\0\0{}{}", 12},
        {"NUL in JSON", "not JSON", "\4\0\0\0\0\0\0\0{}\0\0", 12},
        {"bad UTF-8", "not JSON", "\x0a\0\0\0\0\0\0\0{\"\xff\xfe\":{}}  ", 18},
        {"nothing in it", "no 'auricle' card", "\2\0\0\0\0\0\0\0{}", 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        raw_bytes_write(bad_path, rows[i].bytes, rows[i].count);
        expect_refusal(rows[i].name, false, AURICLE_FORMAT, rows[i].says);
        expect_refusal(rows[i].name, true, AURICLE_FORMAT, rows[i].says);
    }
}

static void paths_that_are_none(void **state)
{
    (void)state;
    auricle_model *model;
    auricle_error error = {0};
    assert_int_equal(auricle_model_open("/nowhere/at/all", &model, &error), AURICLE_NOT_FOUND);
    assert_null(model);
    assert_non_null(strstr(error.text, "/nowhere/at/all"));
    assert_int_equal(auricle_model_open("/", &model, &error), AURICLE_IO);
}

// ---- the header's JSON spoiled: one textual replacement each

struct replacement {
    const char *name, *find, *put, *says;
};

static char *replaced(const char *text, const char *find, const char *put)
{
    const char *at = strstr(text, find);
    if (!at)
        print_message("# '%s' is not there\n", find);
    assert_non_null(at);
    size_t before = (size_t)(at - text), after = strlen(at + strlen(find));
    char *made = malloc(before + strlen(put) + after + 1);
    memcpy(made, text, before);
    memcpy(made + before, put, strlen(put));
    memcpy(made + before + strlen(put), at + strlen(find), after + 1);
    return made;
}

// Replaces in the header text and pads it so that the data stays aligned.
static void spoil_header(const char *good, const struct replacement *row)
{
    struct raw_file raw = raw_file_read(good);
    raw.header[raw.header_bytes] = 0;
    char *text = replaced(raw.header, row->find, row->put);
    while (strlen(text) > 0 && text[strlen(text) - 1] == ' ')
        text[strlen(text) - 1] = 0;
    free(raw.header);
    raw.header_bytes = (8 + strlen(text) + 63) / 64 * 64 - 8;
    raw.header = malloc(raw.header_bytes + 1);
    memset(raw.header, ' ', raw.header_bytes);
    memcpy(raw.header, text, strlen(text));
    free(text);
    raw_file_write(&raw, bad_path);
    raw_file_free(&raw);
}

#define MEAN "\"features.mean\":{\"dtype\":\"F32\",\"shape\":[20],\"data_offsets\":[0,80]}"
#define STD "\"features.std\":{\"dtype\":\"F32\",\"shape\":[20],\"data_offsets\":[80,160]}"
#define ENTRY(name, rest) "\"" name "\":{" rest "}"

static const struct replacement header_rows[] = {
    {"duplicate tensor", STD, MEAN, "not JSON"}, // jansson: duplicate object key
    {"duplicate metadata", MEAN, "\"__metadata__\":{}," MEAN, "not JSON"},
    {"entry is a number", MEAN, "\"features.mean\":7", "'features.mean': entry is not"},
    {"entry is a list", MEAN, "\"features.mean\":[1,2,3]", "entry is not"},
    {"entry lacks a field", MEAN, ENTRY("features.mean", "\"dtype\":\"F32\",\"shape\":[20]"),
     "entry is not"},
    {"entry has a field more", "\"data_offsets\":[0,80]", "\"data_offsets\":[0,80],\"x\":1",
     "entry is not"},
    {"unknown dtype", "\"dtype\":\"F32\"", "\"dtype\":\"BF16\"", "dtype is BF16"},
    {"dtype is a number", "\"dtype\":\"F32\"", "\"dtype\":32", "dtype is missing"},
    {"I64 where F32 must be", MEAN,
     ENTRY("features.mean", "\"dtype\":\"I64\",\"shape\":[10],\"data_offsets\":[0,80]"),
     "shape is [10], the card says [20]"},
    {"shape is a number", "\"shape\":[20]", "\"shape\":20", "shape is not a list"},
    {"negative shape", "\"shape\":[20]", "\"shape\":[-20]", "not a size"},
    {"real shape", "\"shape\":[20]", "\"shape\":[20.0]", "not a size"},
    {"text shape", "\"shape\":[20]", "\"shape\":[\"20\"]", "not a size"},
    {"rank 5", "\"shape\":[20]", "\"shape\":[20,1,1,1,1]", "at most 4"},
    {"overflowing shape", "\"shape\":[20]", "\"shape\":[4294967296,4294967296,2]", "too large"},
    {"overflow to the right size", "\"shape\":[20]", "\"shape\":[4611686018427387904,4,20]",
     "too large"},
    {"number beyond 64 bits", "\"shape\":[20]", "\"shape\":[99999999999999999999]", "not JSON"},
    {"shape and data differ", "\"shape\":[20]", "\"shape\":[19]", "80 bytes of data"},
    {"right size, other shape", "\"shape\":[20]", "\"shape\":[4,5]", "[4,5], the card says [20]"},
    {"scalar", MEAN,
     ENTRY("features.mean", "\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]"), "hole of 76"},
    {"offsets are three", "[0,80]", "[0,40,80]", "not a pair"},
    {"offsets are texts", "[0,80]", "[\"0\",\"80\"]", "not a pair"},
    {"negative offset", "[0,80]", "[-80,0]", "outside"},
    {"offsets turned round", "[0,80]", "[80,0]", "outside"},
    {"offset beyond the data", "[80,160]", "[80000000,80000080]", "outside"},
    {"overlap", "[80,160]", "[40,120]", "overlaps"},
    {"same bytes twice", "[80,160]", "[0,80]", "overlaps"},
    {"missing tensor, hole", MEAN ",", "", "hole of 80 bytes"},
    {"another name", "\"features.mean\"", "\"features.meen\"", "no tensor 'features.mean'"},
    {"an extra tensor", MEAN,
     MEAN ",\"extra\":{\"dtype\":\"F32\",\"shape\":[0],"
          "\"data_offsets\":[0,0]}",
     "'extra' is not part"},
    {"control characters in a name", "\"features.mean\":{\"dtype\":\"F32\"",
     "\"a\\n\\u001b[31mb\":{\"dtype\":\"F3\"", "tensor 'a??[31mb': dtype is F3"},
    {"metadata is a list", "\"__metadata__\":{", "\"__metadata__\":[],\"x\":{",
     "__metadata__ is not an object"},
    {"metadata value is a number", "\"format\":\"pt\"", "\"format\":1", "is not a string"},
    {"no card", "\"auricle\":", "\"other\":", "no 'auricle' card"},
    {"card is no JSON", "\"auricle\":\"{", "\"auricle\":\"", "card is not JSON"},
};

static void spoiled_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof header_rows / sizeof *header_rows; i++) {
        spoil_header(encoder_path, &header_rows[i]);
        expect_refusal(header_rows[i].name, false, AURICLE_FORMAT, header_rows[i].says);
    }
}

// ---- the card spoiled. In the header the card is a string: its quotes are escaped.

static const struct replacement encoder_card_rows[] = {
    {"no format", "\\\"format\\\":1", "\\\"former\\\":1", "no 'format'"},
    {"newer format", "\\\"format\\\":1", "\\\"format\\\":2", "upgrade auricle"},
    {"format zero", "\\\"format\\\":1", "\\\"format\\\":0", "no 'format'"},
    {"a head for an encoder", "\\\"encoder\\\"", "\\\"head\\\"", "this is a head"},
    {"unknown kind", "\\\"encoder\\\"", "\\\"tree\\\"", "another kind"},
    {"no kind", "\\\"kind\\\"", "\\\"kin\\\"", "no stated kind"},
    {"no shape", "\\\"shape\\\"", "\\\"shap\\\"", "shape is not an object"},
    {"twice the same", "\\\"mels\\\":20", "\\\"mels\\\":20,\\\"mels\\\":20", "card is not JSON"},
    {"other front end", "\\\"logmel\\\",", "\\\"cochlea\\\",", "\"cochlea\""},
    {"front end and fields disagree", "\\\"front_end\\\":\\\"logmel\\\"",
     "\\\"front_end\\\":\\\"waveform\\\"", "unknown field 'logmel'"},
    {"other rate", "16000", "8000", "8000 Hz"},
    {"other hop", "\\\"hop_samples\\\":160", "\\\"hop_samples\\\":80", "hops of 80"},
    {"unknown field", "\\\"cell\\\":", "\\\"novelty\\\":1,\\\"cell\\\":", "'novelty'"},
    {"missing field", "\\\"residual\\\":1,", "", "no field 'residual'"},
    {"other cell", "\\\"gru\\\"", "\\\"qrnn\\\"", "\"qrnn\""},
    {"text for a number", "\\\"context_dim\\\":16", "\\\"context_dim\\\":\\\"16\\\"",
     "context_dim is not"},
    {"real for a whole number", "\\\"context_dim\\\":16", "\\\"context_dim\\\":16.5",
     "context_dim is not"},
    {"context too wide", "\\\"context_dim\\\":16", "\\\"context_dim\\\":100000", "context_dim is"},
    {"beyond an int", "\\\"context_dim\\\":16", "\\\"context_dim\\\":4294967312",
     "context_dim is not"},
    {"no context", "\\\"context_layers\\\":2", "\\\"context_layers\\\":0", "context_layers is 0"},
    {"many contexts", "\\\"context_layers\\\":2", "\\\"context_layers\\\":5",
     "context_layers is 5"},
    {"mels", "\\\"mels\\\":20", "\\\"mels\\\":0", "logmel.mels is 0"},
    {"FFT no power of two", "\\\"fft_samples\\\":512", "\\\"fft_samples\\\":500", "power of 2"},
    {"window beyond the FFT", "\\\"window_samples\\\":400", "\\\"window_samples\\\":600",
     "window_samples is 600"},
    {"band beyond Nyquist", "\\\"high_hz\\\":7600.0", "\\\"high_hz\\\":9000.0", "high_hz is 9000"},
    {"level range", "\\\"range_db\\\":0.0", "\\\"range_db\\\":900.0", "logmel.range_db is 900"},
    {"level without range", "\\\"range_db\\\":0.0", "\\\"range_db\\\":0.0,\\\"follow_db_s\\\":5.0",
     "logmel.range_db is 0, must be 1 to"},
    {"time constant of nothing", "\\\"global\\\"", "\\\"running\\\"", "running_frames is 0"},
    {"conv is no list", "\\\"conv\\\":[", "\\\"conv\\\":1,\\\"x\\\":[", "unknown field 'x'"},
    {"kernel 0", "\\\"kernel\\\":5", "\\\"kernel\\\":0", "kernel is 0"},
    {"stride with log-mel", "\\\"stride\\\":1", "\\\"stride\\\":2", "stride is 2"},
    {"wider than its tensors", "\\\"channels\\\":24", "\\\"channels\\\":25",
     "the card says [25,5,20]"},
    {"residual of unequal widths", "\\\"channels\\\":16", "\\\"channels\\\":17", "residual"},
    {"an origin that is no text", "\\\"kind\\\"", "\\\"origin_hash\\\":7,\\\"kind\\\"",
     "'origin_hash' is not 64"},
    {"an origin that is no hash", "\\\"kind\\\"", "\\\"origin_hash\\\":\\\"abc\\\",\\\"kind\\\"",
     "'origin_hash' is not 64"},
    {"more steps than tensors", "\\\"future_steps\\\":6", "\\\"future_steps\\\":7",
     "no tensor 'predict.future.6.weight'"},
    {"fewer steps than tensors", "\\\"future_steps\\\":6", "\\\"future_steps\\\":5",
     "'predict.future.5.weight' is not part"},
};

static void spoiled_encoder_cards(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof encoder_card_rows / sizeof *encoder_card_rows; i++) {
        spoil_header(encoder_path, &encoder_card_rows[i]);
        expect_refusal(encoder_card_rows[i].name, false, AURICLE_FORMAT, encoder_card_rows[i].says);
    }
}

static const struct replacement head_card_rows[] = {
    {"an encoder for a head", "\\\"kind\\\":\\\"head\\\"", "\\\"kind\\\":\\\"encoder\\\"",
     "this is an encoder"},
    {"newer format", "\\\"format\\\":1", "\\\"format\\\":9", "upgrade auricle"},
    {"no hash", "\\\"encoder_hash\\\"", "\\\"hash\\\"", "'encoder_hash' is missing"},
    {"no labels", "\\\"labels\\\":", "\\\"lables\\\":", "'labels' is not a list"},
    {"label is a number", "\\\"yes\\\"", "1", "label 1 is not a string"},
    {"label twice", "\\\"yes\\\"", "\\\"no\\\"", "'no' appears twice"},
    {"label empty", "\\\"yes\\\"", "\\\"\\\"", "label 1 is empty"},
    {"one label fewer", "\\\"yes\\\",", "", "output.weight"},
    {"unknown background", "\\\"background\\\":[\\\"silence\\\"",
     "\\\"background\\\":[\\\"calm\\\"", "'calm'"},
    {"background is no list", "\\\"background\\\":[", "\\\"background\\\":0,\\\"x\\\":[",
     "'background' is not a list"},
    {"window 0", "\\\"window_frames\\\":100", "\\\"window_frames\\\":0", "window_frames is 0"},
    {"window huge", "\\\"window_frames\\\":100", "\\\"window_frames\\\":1000000",
     "window_frames is 1e+06"},
    {"window of no hops", "\\\"window_frames\\\":100", "\\\"window_frames\\\":105", "multiple"},
    {"hop beyond the window", "\\\"hop_frames\\\":10", "\\\"hop_frames\\\":200",
     "hop_frames is 200"},
    {"frame head with window weights", "\\\"window_frames\\\":100,\\\"hop_frames\\\":10",
     "\\\"window_frames\\\":1,\\\"hop_frames\\\":1", "a clip head has 2 or more"},
    {"a frame head with a window", "\\\"head_kind\\\":\\\"clip\\\"",
     "\\\"head_kind\\\":\\\"frame\\\"", "a frame head has 1"},
    {"a kind of a later version", "\\\"head_kind\\\":\\\"clip\\\"",
     "\\\"head_kind\\\":\\\"oracle\\\"", "kind 'oracle'"},
    {"a kind that is a number", "\\\"head_kind\\\":\\\"clip\\\"", "\\\"head_kind\\\":3",
     "kind '?'"},
    {"hidden without its tensors", "\\\"hidden\\\":0", "\\\"hidden\\\":4", "output.weight"},
    {"hidden is missing", "\\\"hidden\\\"", "\\\"x\\\"", "'hidden' is missing"},
    {"thresholds turned round", "\\\"threshold_on\\\":0.6", "\\\"threshold_on\\\":0.1",
     "threshold_off"},
    {"smoothing 0", "\\\"smoothing_hops\\\":3", "\\\"smoothing_hops\\\":0", "smoothing_hops is 0"},
    {"no detector", "\\\"detector\\\"", "\\\"x\\\"", "'threshold_on' is missing"},
};

static void spoiled_head_cards(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof head_card_rows / sizeof *head_card_rows; i++) {
        spoil_header(head_path, &head_card_rows[i]);
        expect_refusal(head_card_rows[i].name, true, AURICLE_FORMAT, head_card_rows[i].says);
    }
}

// ---- the data spoiled

static void spoiled_data(void **state)
{
    (void)state;
    const struct {
        float value;
        size_t at; // index in the data
        const char *says;
    } rows[] = {
        {NAN, 3, "'features.mean': value 3 is"},
        {INFINITY, 40, "'latent.0.weight'"},
        {-INFINITY, 40, "-inf"},
        {1e30f, 40, "1e+30"},
        {0, 21, "features.std of mel 1 is 0"},
        {-1, 21, "features.std of mel 1 is -1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct raw_file raw = raw_file_read(encoder_path);
        memcpy(raw.data + rows[i].at * sizeof(float), &rows[i].value, sizeof(float));
        raw_file_write(&raw, bad_path);
        expect_refusal(rows[i].says, false, AURICLE_FORMAT, rows[i].says);
        raw_file_free(&raw);
    }
}

static void too_much_and_too_little_data(void **state)
{
    (void)state;
    struct raw_file raw = raw_file_read(encoder_path);
    raw.data[raw.data_bytes++] = 0; // raw_file_read left room for one
    raw_file_write(&raw, bad_path);
    expect_refusal("a byte more", false, AURICLE_FORMAT, "1 bytes after the last tensor");
    raw.data_bytes -= 2;
    raw_file_write(&raw, bad_path);
    expect_refusal("a byte less", false, AURICLE_FORMAT, "outside the");
    raw.data_bytes /= 2;
    raw_file_write(&raw, bad_path);
    expect_refusal("half", false, AURICLE_FORMAT, "outside the");
    raw_file_free(&raw);
    raw = raw_file_read(encoder_path);
    raw.header_bytes--; // the last of the padding: the data moves by one byte
    raw_file_write(&raw, bad_path);
    expect_refusal("not aligned", false, AURICLE_FORMAT, "not aligned");
    raw_file_free(&raw);
}

// ---- two good files that do not belong together

static void a_head_of_another_encoder(void **state)
{
    (void)state;
    struct fixture other;
    fixture_create(&other, FIXTURE_LOGMEL_LSTM);
    write_head(bad_path, other.model->hash);
    expect_refusal("foreign head", true, AURICLE_MISMATCH, "fitted on encoder");
    fixture_destroy(&other);
}

static void the_good_files_are_good(void **state)
{
    (void)state;
    auricle_model *model;
    auricle_head *head;
    auricle_error error = {0};
    assert_int_equal(auricle_model_open(encoder_path, &model, &error), AURICLE_OK);
    assert_string_equal(model->hash, fixture.model->hash);
    assert_int_equal(auricle_head_open(head_path, model, &head, &error), AURICLE_OK);
    auricle_head_unref(&head);
    auricle_model_unref(&model);
    auricle_model_unref(&model); // NULL is fine
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_files_are_good),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(paths_that_are_none),
        cmocka_unit_test(spoiled_headers),
        cmocka_unit_test(spoiled_encoder_cards),
        cmocka_unit_test(spoiled_head_cards),
        cmocka_unit_test(spoiled_data),
        cmocka_unit_test(too_much_and_too_little_data),
        cmocka_unit_test(a_head_of_another_encoder),
    };
    return cmocka_run_group_tests(tests, make_files, drop_files);
}
