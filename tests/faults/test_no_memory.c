// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Every creation with the n-th allocation failing, n = 1, 2, ... until it succeeds: a clear
 * status, NULL, and nothing leaked. */
#include "fixture.h"
#include "heap.h"

#include "data/playlist.h"
#include "model/storage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct fixture fixture;
static auricle_head *head;
static char encoder_path[FILENAME_MAX], head_path[FILENAME_MAX], bytes_path[FILENAME_MAX];

static int make(void **state)
{
    (void)state;
    auricle_detector_config detector = {0.6f, 0.4f, 2, 0, 0};
    fixture_create(&fixture, FIXTURE_LOGMEL_LSTM);
    fixture_path("no-memory-encoder.safetensors", encoder_path);
    fixture_path("no-memory-head.safetensors", head_path);
    fixture_path("no-memory-int8.safetensors", bytes_path);
    fixture_write_head(head_path, fixture.model, 4, 20, 10, 8, detector);
    head = fixture_head(fixture.model, 4, 20, 10, 8, detector);
    json_t *card = json_object();
    auricle_status status =
        model_write(encoder_path, &fixture.shape, &fixture.parameters, card, NULL, NULL);
    json_decref(card);
    return (int)status;
}

static int drop(void **state)
{
    (void)state;
    unlink(encoder_path);
    unlink(head_path);
    unlink(bytes_path);
    auricle_head_unref(&head);
    fixture_destroy(&fixture);
    return 0;
}

// One creation. *made says whether there is something; destroys it again.
typedef auricle_status (*create_and_destroy)(bool *made, auricle_error *error);

static auricle_status model_open(bool *made, auricle_error *error)
{
    auricle_model *model = NULL;
    auricle_status status = auricle_model_open(encoder_path, &model, error);
    *made = model;
    auricle_model_unref(&model);
    return status;
}

static auricle_status quantize(bool *made, auricle_error *error)
{
    json_t *card = json_object();
    auricle_status status = quantize_write(bytes_path, fixture.model, STORAGE_INT8, card, error);
    *made = status == AURICLE_OK;
    json_decref(card);
    return status;
}

static auricle_status int8_open(bool *made, auricle_error *error)
{
    auricle_model *model = NULL;
    auricle_status status = auricle_model_open(bytes_path, &model, error);
    *made = model;
    auricle_model_unref(&model);
    return status;
}

static auricle_status model_random(bool *made, auricle_error *error)
{
    auricle_model *model = NULL;
    auricle_status status = auricle_model_random(fixture.model, 3, &model, error);
    *made = model;
    auricle_model_unref(&model);
    return status;
}

static auricle_status stream_at(int rate_hz, bool *made, auricle_error *error)
{
    auricle_stream *stream = NULL;
    auricle_stream_config config = {.sample_rate_hz = rate_hz};
    auricle_status status = auricle_stream_create(fixture.model, &config, &stream, error);
    *made = stream;
    auricle_stream_destroy(&stream);
    return status;
}

static auricle_status stream_direct(bool *made, auricle_error *error)
{
    return stream_at(16000, made, error);
}

static auricle_status stream_resampled(bool *made, auricle_error *error)
{
    return stream_at(44100, made, error);
}

static auricle_status predictor(bool *made, auricle_error *error)
{
    auricle_predictor *predictor = NULL;
    auricle_status status = auricle_predictor_create(fixture.model, NULL, &predictor, error);
    *made = predictor;
    auricle_predictor_destroy(&predictor);
    return status;
}

static auricle_status head_open(bool *made, auricle_error *error)
{
    auricle_head *opened = NULL;
    auricle_status status = auricle_head_open(head_path, fixture.model, &opened, error);
    *made = opened;
    auricle_head_unref(&opened);
    return status;
}

static auricle_status head_stream(bool *made, auricle_error *error)
{
    auricle_head_stream *stream = NULL;
    auricle_status status = auricle_head_stream_create(head, &stream, error);
    *made = stream;
    auricle_head_stream_destroy(&stream);
    return status;
}

static auricle_status detector(bool *made, auricle_error *error)
{
    auricle_detector *detector = NULL;
    auricle_status status = auricle_detector_create(head, NULL, &detector, error);
    *made = detector;
    auricle_detector_destroy(&detector);
    return status;
}

static auricle_status save(bool *made, auricle_error *error)
{
    json_t *card = json_object();
    auricle_status status = AURICLE_NO_MEMORY;
    if (card)
        status = model_write(encoder_path, &fixture.shape, &fixture.parameters, card, NULL, error);
    else
        error->status = status;
    json_decref(card);
    *made = status == AURICLE_OK;
    return status;
}

// spared: jansson's parser (2.14, load.c) asserts or drops bytes when it gets no memory, so for
// what parses the failures are the engine's own.
static void try_all(const char *name, create_and_destroy create, const char *spared)
{
    bool made;
    auricle_error error = {0};
    assert_int_equal(create(&made, &error), AURICLE_OK); // libraries settle what they keep for good
    long failures = 0, live = heap_live();
    for (long ordinal = 1;; ordinal++) {
        error = (auricle_error){0};
        heap_fail_at(ordinal, spared);
        auricle_status status = create(&made, &error);
        bool failed = heap_failed();
        heap_fail_at(0, NULL);
        assert_int_equal(heap_live(), live);
        if (!failed) { // it needs fewer allocations than that
            assert_int_equal(status, AURICLE_OK);
            break;
        }
        if (status == AURICLE_OK && made) // glibc's qsort does without its buffer
            continue;
        if (status != AURICLE_NO_MEMORY)
            print_message("# %s, allocation %ld: status %d, %s\n", name, ordinal, status,
                          error.text);
        assert_int_equal(status, AURICLE_NO_MEMORY);
        assert_int_equal(error.status, status);
        assert_false(made);
        failures++;
    }
    print_message("# %s: %ld failing allocations\n", name, failures);
    assert_true(failures > 0);
}

static void creations_without_memory(void **state)
{
    (void)state;
    try_all("model_open", model_open, "libjansson");
    try_all("model_random", model_random, NULL);
    try_all("stream_create", stream_direct, NULL);
    try_all("stream_create, resampled", stream_resampled, NULL);
    try_all("predictor_create", predictor, NULL);
    try_all("head_open", head_open, "libjansson");
    try_all("head_stream_create", head_stream, NULL);
    try_all("detector_create", detector, NULL);
    try_all("model_write", save, NULL);
    try_all("quantize_write", quantize, NULL);
    try_all("model_open, int8", int8_open, "libjansson");
}

static void count_line(void *user, const char *line)
{
    (void)line;
    ++*(int *)user;
}

static void an_unreadable_recording_counts_without_memory_for_its_reason(void **state)
{
    (void)state;
    struct corpus_row rows[2] = {{.path = "a.wav"}, {.path = "b.wav"}};
    const struct corpus corpus = {.rows = rows, .count = 2};
    struct casualties casualties;
    int lines = 0;
    assert_int_equal(casualties_open(&casualties, &corpus, NULL), AURICLE_OK);
    heap_fail_at(1, NULL);
    casualties_note(&casualties, 0, true, "a.wav is damaged");
    assert_true(heap_failed());
    heap_fail_at(0, NULL);
    casualties_note(&casualties, 1, true, "b.wav is damaged");
    casualties_note(&casualties, 0, true, "a.wav is damaged");
    assert_int_equal(casualties_count(&casualties), 2);
    assert_true(casualties_lost(&casualties, 0));
    casualties_report(&casualties, count_line, &lines);
    casualties_report(&casualties, count_line, &lines);
    assert_int_equal(lines, 1);
    casualties_close(&casualties);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creations_without_memory),
        cmocka_unit_test(an_unreadable_recording_counts_without_memory_for_its_reason),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
