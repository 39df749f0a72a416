// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Files with flipped, cut, doubled and foreign bytes, drawn from a fixed seed: each is refused
 * with a reason, or opens and then streams finite frames. The sanitizers watch. */
#include "fixture.h"
#include "raw_file.h"

#include "base/file.h"
#include "model/storage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { ROUNDS = 4000, SECONDS = 10, HEADER_GUESS = 4500 };

static char path[FILENAME_MAX];

static void flip(unsigned char *bytes, size_t count, struct random *random)
{
    // Most of the file is weights; most of what can go wrong is in the header.
    size_t reach = random_below(random, 4) && count > HEADER_GUESS ? HEADER_GUESS : count;
    size_t at = random_below(random, random_below(random, 8) ? reach : 16);
    switch (random_below(random, 4)) {
    case 0:
        bytes[at] ^= (unsigned char)(1u << random_below(random, 8));
        break;
    case 1:
        bytes[at] = (unsigned char)random_bits(random);
        break;
    case 2: // JSON's own characters do the most harm
        bytes[at] = (unsigned char)"{}[]\",:0123456789-.e\\ "[random_below(random, 23)];
        break;
    default: { // a stretch from elsewhere
        size_t from = random_below(random, reach), run = 1 + random_below(random, 24);
        run = from + run > count ? count - from : run;
        run = at + run > count ? count - at : run;
        memmove(bytes + at, bytes + from, run);
    }
    }
}

static void stream_a_little(auricle_model *model)
{
    auricle_stream *stream;
    auricle_model_info info;
    size_t consumed;
    auricle_frame frame;
    float sound[SAMPLE_RATE_HZ / 20];
    for (int i = 0; i < SAMPLE_RATE_HZ / 20; i++)
        sound[i] = i % 7 ? 0.3f : -0.5f;
    auricle_model_get_info(model, &info);
    assert_int_equal(auricle_stream_create(model, NULL, &stream, NULL), AURICLE_OK);
    for (size_t at = 0; at < SAMPLE_RATE_HZ / 20; at += consumed) {
        assert_int_equal(
            auricle_stream_feed(stream, sound + at, SAMPLE_RATE_HZ / 20 - at, &consumed, &frame),
            AURICLE_OK);
        for (int i = 0; frame.vector && i < info.frame_dim; i++)
            assert_true(isfinite(frame.vector[i]));
    }
    auricle_stream_destroy(&stream);
}

static int opened, refused;

static void try_file(const auricle_model *model)
{
    auricle_error error = {0};
    auricle_model *made = NULL;
    auricle_head *head = NULL;
    auricle_status status = model ? auricle_head_open(path, model, &head, &error)
                                  : auricle_model_open(path, &made, &error);
    if (status) {
        assert_true(strlen(error.text) > 10 && !made && !head);
        assert_int_equal(error.status, status);
        refused++;
        return;
    }
    opened++;
    if (made)
        stream_a_little(made);
    auricle_model_unref(&made);
    auricle_head_unref(&head);
}

static void flip_and_try(const struct file_map *good, const auricle_model *model, int seed)
{
    struct random random = random_for(20261122, (uint64_t)seed);
    size_t count = good->count;
    unsigned char *bytes = malloc(count);
    memcpy(bytes, good->bytes, count);
    for (uint64_t i = 0, flips = 1 + random_below(&random, 6); i < flips; i++)
        flip(bytes, count, &random);
    if (random_below(&random, 10) == 0)
        count = random_below(&random, count + 1);
    raw_bytes_write(path, bytes, count);
    free(bytes);
    try_file(model);
}

static void spoiled_bytes_end_well(void **state)
{
    (void)state;
    struct fixture fixture;
    struct file_map encoder, bytes, head;
    char good[FILENAME_MAX];
    fixture_path("fuzz.safetensors", path);
    fixture_path("good.safetensors", good);
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    json_t *card = json_object();
    assert_int_equal(model_write(good, &fixture.shape, &fixture.parameters, card, NULL, NULL), 0);
    assert_int_equal(file_map_open(good, &encoder, NULL), AURICLE_OK);
    unlink(good);
    assert_int_equal(quantize_write(good, fixture.model, STORAGE_INT8, card, NULL), AURICLE_OK);
    assert_int_equal(file_map_open(good, &bytes, NULL), AURICLE_OK);
    json_decref(card);
    unlink(good);
    fixture_write_head(good, fixture.model, 4, 20, 10, 0,
                       (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
    assert_int_equal(file_map_open(good, &head, NULL), AURICLE_OK);
    time_t began = time(NULL);
    int round = 0;
    while (round < ROUNDS && time(NULL) - began < SECONDS) {
        const struct file_map *seeds[] = {&head, &encoder, &bytes};
        flip_and_try(seeds[round % 3], round % 3 ? NULL : fixture.model, round);
        round++;
    }
    print_message("# %d files: %d refused, %d opened\n", round, refused, opened);
    assert_true(round > 300 && refused > round / 3 && opened > round / 50);
    file_map_close(&encoder);
    file_map_close(&bytes);
    file_map_close(&head);
    unlink(good);
    unlink(path);
    fixture_destroy(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spoiled_bytes_end_well)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
