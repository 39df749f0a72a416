// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What is written is what is read: hashes, shapes, weights, cards; and random models. */
#include "fixture.h"

#include "base/sha256.h"
#include "model/normalise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

// ---- SHA-256: the vectors of FIPS 180-2 and NIST's CAVP, in one piece and in any pieces

static void digest(const char *text, size_t count, size_t piece, char hex[SHA256_HEX])
{
    struct sha256 sha = sha256_begin();
    for (size_t at = 0; at < count; at += piece)
        sha256_add(&sha, text + at, count - at < piece ? count - at : piece);
    sha256_end(&sha, hex);
}

static void sha256_of_known_texts(void **state)
{
    (void)state;
    const char *long_text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {long_text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[SHA256_HEX];
    for (int i = 0; i < 3; i++)
        for (size_t piece = 1; piece < 80; piece++) {
            digest(rows[i].text, strlen(rows[i].text), piece, hex);
            assert_string_equal(hex, rows[i].hex);
        }
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    digest(million, 1000000, 999, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

// ---- safetensors

static void written_tensors_are_read(void **state)
{
    (void)state;
    char path[FILENAME_MAX], hash[65], again[65], other[65];
    const float a[6] = {1, 2, 3, 4, 5, -6.5f}, b[2] = {0, 1e-30f};
    struct safetensors_entry entries[] = {{"b", 1, {2}, b, DTYPE_F32},
                                          {"a.weight", 2, {3, 2}, a, DTYPE_F32}};
    json_t *metadata = json_pack("{s:s}", "auricle", "{}");
    struct safetensors file;
    const float *values;
    fixture_path("tensors.safetensors", path);
    assert_int_equal(safetensors_write(path, entries, 2, metadata, hash, NULL), AURICLE_OK);
    assert_int_equal(safetensors_open(path, &file, NULL), AURICLE_OK);
    assert_int_equal((uintptr_t)file.data % 64, 0);
    assert_int_equal(safetensors_count(&file), 2);
    assert_true(safetensors_has(&file, "b") && !safetensors_has(&file, "c"));
    assert_false(safetensors_has(&file, "__metadata__"));
    assert_int_equal(safetensors_float(&file, "a.weight", 2, (int[]){3, 2}, &values, NULL), 0);
    assert_memory_equal(values, a, sizeof a);
    assert_int_equal(safetensors_float(&file, "b", 1, (int[]){2}, &values, NULL), AURICLE_OK);
    assert_memory_equal(values, b, sizeof b);
    assert_int_equal(safetensors_float(&file, "a.weight", 2, (int[]){2, 3}, &values, NULL),
                     AURICLE_FORMAT);
    assert_true(safetensors_hash(&file, again));
    assert_string_equal(hash, again);
    safetensors_close(&file);
    // The hash knows tensors, not their order or what is said about them.
    struct safetensors_entry turned[] = {entries[1], entries[0]};
    json_object_set_new(metadata, "more", json_string("words"));
    assert_int_equal(safetensors_write(path, turned, 2, metadata, other, NULL), AURICLE_OK);
    assert_string_equal(hash, other);
    turned[0].dims[0] = 2;
    turned[0].dims[1] = 3;
    assert_true(safetensors_hash_entries(turned, 2, other));
    assert_string_not_equal(hash, other);
    json_decref(metadata);
    unlink(path);
}

static void what_has_diverged_is_not_written(void **state)
{
    (void)state;
    char path[FILENAME_MAX];
    const float bad[] = {1, NAN}, good[] = {1, 2};
    const struct safetensors_entry spoiled = {"w", 1, {2}, bad, DTYPE_F32};
    const struct safetensors_entry whole = {"w", 1, {2}, good, DTYPE_F32};
    json_t *metadata = json_object();
    auricle_error error = {0};
    fixture_path("diverged.safetensors", path);
    assert_int_equal(safetensors_write(path, &whole, 1, metadata, NULL, &error), AURICLE_OK);
    assert_int_equal(safetensors_write(path, &spoiled, 1, metadata, NULL, &error), AURICLE_INVALID);
    assert_non_null(strstr(error.text, "'w' has a value of nan"));
    struct safetensors file; // what was there is untouched
    assert_int_equal(safetensors_open(path, &file, NULL), AURICLE_OK);
    safetensors_close(&file);
    unlink(path);
    assert_int_equal(safetensors_write("/nowhere/x", &whole, 1, metadata, NULL, &error),
                     AURICLE_IO);
    json_decref(metadata);
}

// ---- models

static void shapes_survive_json(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_KINDS + 2; kind++) {
        struct encoder_shape shape = kind < FIXTURE_KINDS    ? fixture_shape(kind)
                                     : kind == FIXTURE_KINDS ? encoder_shape_default()
                                                             : encoder_shape_waveform(256);
        struct encoder_shape read;
        auricle_error error = {0};
        assert_int_equal(encoder_shape_check(&shape, &error), AURICLE_OK);
        json_t *json = encoder_shape_to_json(&shape);
        assert_int_equal(encoder_shape_from_json(json, &read, &error), AURICLE_OK);
        json_t *again = encoder_shape_to_json(&read);
        assert_true(json_equal(json, again));
        assert_true(read.logmel.floor == shape.logmel.floor); // to the bit
        json_decref(json);
        json_decref(again);
    }
}

static void known_fields(void **state)
{
    (void)state;
    struct encoder_shape shape = encoder_shape_waveform(8);
    assert_int_equal(encoder_shape_field_samples(&shape), 465); // CPC: 29 ms at 16 kHz
    shape = fixture_shape(FIXTURE_LOGMEL_GRU);
    assert_int_equal(encoder_shape_field_samples(&shape), 400 + (4 + 2) * 160);
    assert_int_equal(encoder_shape_frame_dim(&shape), 20 + 16 + 2 * 16);
    shape = fixture_shape(FIXTURE_WAVEFORM_LSTM);
    assert_int_equal(encoder_shape_frame_dim(&shape), 12 + 2 * 12 + 2 * 12);
    assert_int_equal(encoder_shape_embedding_dim(&shape), 12 + 2 * 12);
}

static void a_model_is_what_was_written(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_FLOAT_KINDS; kind++) {
        struct fixture fixture, copy;
        fixture_create(&fixture, kind);
        fixture_draw(&copy, kind);
        memset(copy.parameters.value, 0, copy.parameters.size * sizeof(float));
        const struct network network = fixture_network(&copy);
        model_read_parameters(fixture.model, &network);
        assert_memory_equal(copy.parameters.value, fixture.parameters.value,
                            copy.parameters.size * sizeof(float));
        auricle_model_info info;
        auricle_model_get_info(fixture.model, &info);
        assert_int_equal(info.embedding_offset, encoder_shape_feature_dim(&fixture.shape));
        assert_int_equal(info.embedding_dim,
                         info.latent_dim + info.context_layers * info.context_dim);
        assert_int_equal(strlen(info.content_hash), 64);
        json_t *card = json_loads(auricle_model_card(fixture.model), 0, NULL);
        const char *data =
            json_string_value(json_object_get(json_object_get(card, "card"), "data"));
        assert_string_equal(data, "none: a test");
        json_decref(card);
        fixture_destroy(&copy);
        fixture_destroy(&fixture);
    }
}

// ---- files that are in memory

static unsigned char *bytes_of(const char *path, size_t *count)
{
    struct file_map map;
    assert_int_equal(file_map_open(path, &map, NULL), AURICLE_OK);
    unsigned char *bytes = malloc(map.count + 1);
    memcpy(bytes + 1, map.bytes, map.count); // at an odd address
    *count = map.count;
    file_map_close(&map);
    return bytes;
}

static void a_model_and_a_head_open_from_memory(void **state)
{
    (void)state;
    struct fixture fixture, again;
    auricle_head *head;
    char model_path[FILENAME_MAX], head_path[FILENAME_MAX];
    size_t count, frames, frames_again;
    auricle_error error = {0};
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_path("memory-model.safetensors", model_path);
    fixture_path("memory-head.safetensors", head_path);
    json_t *card = json_pack("{s:s}", "data", "none: a test");
    assert_int_equal(model_write(model_path, &fixture.shape, &fixture.parameters, card, NULL, NULL),
                     AURICLE_OK);
    json_decref(card);
    fixture_write_head(head_path, fixture.model, 3, 80, 8, 0,
                       (auricle_detector_config){0.75f, 0.25f, 3, 15, 40});

    again = fixture;
    unsigned char *bytes = bytes_of(model_path, &count);
    assert_int_equal(auricle_model_open_memory(bytes + 1, count, &again.model, &error), AURICLE_OK);
    memset(bytes, 0xff, count + 1); // they were copied
    float *sound = fixture_sound(16000, 16000, 1);
    float *expected = fixture_encode(&fixture, 16000, sound, 16000, 0, &frames);
    float *found = fixture_encode(&again, 16000, sound, 16000, 0, &frames_again);
    assert_int_equal(frames, frames_again);
    assert_memory_equal(expected, found,
                        frames * (size_t)encoder_shape_frame_dim(&fixture.shape) *
                            sizeof *expected);
    free(bytes);

    bytes = bytes_of(head_path, &count);
    assert_int_equal(auricle_head_open_memory(bytes + 1, count, again.model, &head, &error),
                     AURICLE_OK);
    memset(bytes + 1, '!', 8);
    assert_string_equal(auricle_head_label(head, 2), "two");
    auricle_head_unref(&head);
    assert_int_equal(auricle_head_open_memory(bytes + 1, count, again.model, &head, &error),
                     AURICLE_FORMAT);
    assert_null(head);
    assert_non_null(strstr(error.text, "the head in memory: "));
    auricle_model_unref(&again.model);
    assert_int_equal(auricle_model_open_memory(bytes, 0, &again.model, &error), AURICLE_FORMAT);
    assert_non_null(strstr(error.text, "the encoder in memory: 0 bytes"));
    assert_null(again.model);
    free(bytes);
    free(sound);
    free(expected);
    free(found);
    unlink(model_path);
    unlink(head_path);
    fixture_destroy(&fixture);
}

static void random_models_are_random_by_seed(void **state)
{
    (void)state;
    struct fixture fixture;
    auricle_model *a, *b, *c, *d;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    assert_int_equal(auricle_model_random(fixture.model, 5, &a, NULL), AURICLE_OK);
    assert_int_equal(auricle_model_random(fixture.model, 5, &b, NULL), AURICLE_OK);
    assert_int_equal(auricle_model_random(fixture.model, 6, &c, NULL), AURICLE_OK);
    assert_int_equal(auricle_model_random(NULL, 5, &d, NULL), AURICLE_OK);
    assert_string_equal(a->hash, b->hash);
    assert_string_not_equal(a->hash, c->hash);
    assert_string_not_equal(a->hash, fixture.model->hash);
    assert_memory_equal(a->weights.feature_mean, fixture.model->weights.feature_mean, 80);
    assert_memory_equal(a->weights.feature_std, fixture.model->weights.feature_std, 80);
    auricle_model_info info;
    auricle_model_get_info(d, &info);
    assert_int_equal(info.context_dim, encoder_shape_default().context_dim);
    assert_non_null(strstr(auricle_model_card(a), "random"));
    auricle_model_unref(&a);
    auricle_model_unref(&b);
    auricle_model_unref(&c);
    auricle_model_unref(&d);
    fixture_destroy(&fixture);
}

// ---- normalisation: a block, and the same cut anywhere

static void normalisation_carries_its_state(void **state)
{
    (void)state;
    enum { MELS = 3, FRAMES = 100 };
    const struct logmel_shape shape = {
        .mels = MELS, .normalisation = NORMALISE_RUNNING, .running_frames = 20};
    const float mean[MELS] = {-8, 0, 3}, std[MELS] = {2, 1, 4};
    struct random random = random_seeded(1);
    float x[FRAMES * MELS], y[FRAMES * MELS], cut[FRAMES * MELS], drift[MELS + 1] = {0};
    for (int i = 0; i < FRAMES * MELS; i++)
        x[i] = random_normal(&random) - 6;
    normalise_block(&shape, mean, std, drift, x, FRAMES, y);
    for (int m = 0; m < MELS; m++) { // the definition, in double
        double running = (double)mean[m];
        for (int t = 0; t < FRAMES; t++) {
            double here = (double)x[t * MELS + m];
            assert_float_equal(y[t * MELS + m], (float)((here - running) / (double)std[m]), 1e-5f);
            running += (here - running) / 20;
        }
    }
    memset(drift, 0, sizeof drift);
    for (int t = 0, frames; t < FRAMES; t += frames) {
        frames = 1 + t % 7;
        frames = t + frames > FRAMES ? FRAMES - t : frames;
        normalise_block(&shape, mean, std, drift, x + t * MELS, frames, cut + t * MELS);
    }
    assert_memory_equal(y, cut, sizeof y);
}

// What is far below the running level is raised to it; the level falls 10 dB a second.
static void normalisation_raises_to_the_running_level(void **state)
{
    (void)state;
    enum { MELS = 3, FRAMES = 400 };
    const struct logmel_shape shape = {.mels = MELS, .floor = 1e-6f, .range_db = 30};
    const float mean[MELS] = {0}, std[MELS] = {1, 1, 1}, db = 0.230258509f;
    float x[FRAMES * MELS], y[FRAMES * MELS], cut[FRAMES * MELS], drift[MELS + 1] = {0};
    for (int i = 0; i < FRAMES * MELS; i++)
        x[i] = -60 * db; // the floor
    x[100 * MELS + 1] = -10 * db;
    normalise_block(&shape, mean, std, drift, x, FRAMES, y);
    assert_float_equal(y[99 * MELS], -60 * db, 1e-4f); // nothing loud yet
    assert_float_equal(y[100 * MELS], -40 * db, 1e-4f);
    assert_float_equal(y[100 * MELS + 1], -10 * db, 1e-4f);
    assert_float_equal(y[200 * MELS + 2], -50 * db, 1e-3f);
    assert_float_equal(y[399 * MELS], -60 * db, 1e-3f);
    memset(drift, 0, sizeof drift);
    for (int t = 0, frames; t < FRAMES; t += frames) {
        frames = t + 7 > FRAMES ? FRAMES - t : 7;
        normalise_block(&shape, mean, std, drift, x + t * MELS, frames, cut + t * MELS);
    }
    assert_memory_equal(y, cut, sizeof y);
}

// Measured from the running level, which begins at the first frame's: a gain cancels out, and
// silence is as far down as the range goes.
static void normalisation_follows_the_level(void **state)
{
    (void)state;
    enum { MELS = 3, FRAMES = 400 };
    const struct logmel_shape shape = {
        .mels = MELS, .floor = 1e-9f, .range_db = 40, .follow_db_s = 5};
    const float mean[MELS] = {0}, std[MELS] = {1, 1, 1}, db = 0.230258509f;
    float x[FRAMES * MELS], y[FRAMES * MELS], drift[MELS + 1] = {0};
    for (int t = 0; t < FRAMES; t++) {
        x[t * MELS] = (t == 100 ? 10 : -10) * db;
        x[t * MELS + 1] = -30 * db;
        x[t * MELS + 2] = -90 * db; // the floor
    }
    normalise_block(&shape, mean, std, drift, x, FRAMES, y);
    assert_float_equal(y[0], 0, 1e-4f); // its own level
    assert_float_equal(y[1], -20 * db, 1e-4f);
    assert_float_equal(y[2], -40 * db, 1e-4f);
    assert_float_equal(y[100 * MELS], 0, 1e-4f);
    assert_float_equal(y[200 * MELS], -15 * db, 1e-3f); // 20 dB above it, fallen by 5 since
    assert_float_equal(y[200 * MELS + 1], -35 * db, 1e-3f);
    memset(drift, 0, sizeof drift);
    for (int i = 0; i < FRAMES * MELS; i++)
        x[i] = -90 * db;
    normalise_block(&shape, mean, std, drift, x, FRAMES, y);
    for (int i = 0; i < FRAMES * MELS; i++)
        assert_float_equal(y[i], -40 * db, 1e-3f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(written_tensors_are_read),
        cmocka_unit_test(what_has_diverged_is_not_written),
        cmocka_unit_test(shapes_survive_json),
        cmocka_unit_test(known_fields),
        cmocka_unit_test(a_model_is_what_was_written),
        cmocka_unit_test(a_model_and_a_head_open_from_memory),
        cmocka_unit_test(random_models_are_random_by_seed),
        cmocka_unit_test(normalisation_carries_its_state),
        cmocka_unit_test(normalisation_raises_to_the_running_level),
        cmocka_unit_test(normalisation_follows_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
