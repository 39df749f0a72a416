// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// What heads are fitted on is what they will hear; what embed writes is what a stream yields.
#define _POSIX_C_SOURCE 200809L
#include "../stream/fixture.h"

#include "heads/activity.h"
#include "heads/scene_encoder.h"
#include "stream/head_kind.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// ---- scenes

enum { WORD, SILENCE, UNKNOWN };
enum { SECOND = 100 }; // frames

static const char *labels[] = {"word", "silence", "unknown"};
static const bool background[] = {false, true, true};
static const struct fit_classes classes = {.labels = labels,
                                           .background = (bool *)background,
                                           .count = 3,
                                           .silence = SILENCE,
                                           .unknown = UNKNOWN};

static int label_of(struct scene_mark *marks, int count, int window, int64_t frame)
{
    const struct scene scene = {.marks = marks, .mark_count = count, .count = 1 << 24};
    int mark = 0;
    return scene_label(&scene, &classes, window, frame, &mark);
}

static void windows_are_named_by_what_they_heard(void **state)
{
    (void)state;
    // a word of 40 frames from frame 200 on, windows of 100 frames
    struct scene_mark word = {200 * 160, 240 * 160, WORD, false, false, 0};
    const struct {
        int64_t frame;
        int label;
    } expected[] = {
        {150, SILENCE}, {201, SILENCE},  {210, UNKNOWN}, {230, NO_CLASS}, {239, 0},       {280, 0},
        {298, 0},       {305, NO_CLASS}, {320, UNKNOWN}, {336, SILENCE},  {400, SILENCE},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        int label = label_of(&word, 1, SECOND, expected[i].frame);
        if (label != expected[i].label)
            fail_msg("frame %d is called %d, not %d", (int)expected[i].frame, label,
                     expected[i].label);
    }
}

static void a_word_still_there_hides_the_next(void **state)
{
    (void)state;
    struct scene_mark words[] = {{200 * 160, 240 * 160, 0, false, false, 0},
                                 {250 * 160, 290 * 160, 0, false, false, 1}};
    assert_int_equal(label_of(words, 2, SECOND, 289), NO_CLASS); // both in one window
    words[1].start = 400 * 160;
    words[1].end = 440 * 160;
    assert_int_equal(label_of(words, 2, SECOND, 440), 0);
}

static void what_lasts_is_named_from_half_a_window_on(void **state)
{
    (void)state;
    struct scene_mark hum = {200 * 160, 500 * 160, 0, true, false, 0};
    assert_int_equal(label_of(&hum, 1, SECOND, 220), NO_CLASS);
    assert_int_equal(label_of(&hum, 1, SECOND, 250), 0);
    assert_int_equal(label_of(&hum, 1, SECOND, 499), 0);
    assert_int_equal(label_of(&hum, 1, SECOND, 501), NO_CLASS);
    assert_int_equal(label_of(&hum, 1, SECOND, 700), SILENCE);
}

static void a_burst_is_found_in_its_pauses(void **state)
{
    (void)state;
    float samples[32000];
    size_t start, end;
    for (int i = 0; i < 32000; i++)
        samples[i] = 0.001f * sinf((float)i) + (i >= 9600 && i < 16000 ? 0.3f : 0);
    activity_find_word(samples, 32000, &start, &end);
    assert_in_range(start, 9600 - 8 * 160, 9600);
    assert_in_range(end, 16000, 16000 + 8 * 160);
    memset(samples, 0, sizeof samples);
    activity_find_word(samples, 32000, &start, &end);
    assert_true(start < end && end <= 32000);
}

// ---- the same bits

struct comparison {
    float *expected; // posteriors of the live head, [decisions][classes]
    int64_t *frames;
    int count, seen;
    const auricle_head *head;
};

static bool compare_decision(void *user, int scene, int64_t frame, float *x)
{
    struct comparison *comparison = user;
    float hidden[8], posteriors[3];
    if (scene != 1)
        return true;
    assert_true(comparison->seen < comparison->count);
    assert_int_equal(frame, comparison->frames[comparison->seen]);
    head_classifier_decide(NULL, &comparison->head->shape, &comparison->head->weights, x, hidden,
                           posteriors);
    assert_memory_equal(posteriors, comparison->expected + 3 * comparison->seen, sizeof posteriors);
    comparison->seen++;
    return true;
}

static void fitting_hears_what_a_live_head_hears(void **state)
{
    (void)state;
    enum { SAMPLES = 48000 };
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    const auricle_detector_config detector = {0.5f, 0.25f, 2, 0, 0};
    auricle_head *head = fixture_head(fixture.model, 3, 50, 5, 8, detector);
    float *sound = fixture_sound(SAMPLES, 16000, 3), *other = fixture_sound(SAMPLES, 16000, 4);
    auricle_stream *stream;
    auricle_head_stream *live;
    assert_int_equal(auricle_stream_create(fixture.model, NULL, &stream, NULL), 0);
    assert_int_equal(auricle_head_stream_create(head, &live, NULL), 0);
    float expected[SAMPLES / 160 * 3];
    int64_t frames[SAMPLES / 160];
    struct comparison comparison = {.expected = expected, .frames = frames, .head = head};
    auricle_frame frame;
    for (size_t done = 0, taken; done < SAMPLES; done += taken) {
        bool decided = false;
        assert_int_equal(auricle_stream_feed(stream, sound + done, SAMPLES - done, &taken, &frame),
                         0);
        const float *now =
            frame.vector ? auricle_head_stream_step(live, frame.vector, &decided) : NULL;
        if (decided) {
            memcpy(expected + 3 * comparison.count, now, 3 * sizeof *now);
            frames[comparison.count++] = (int64_t)frame.index;
        }
    }
    const struct scene scenes[] = {{.samples = other, .count = SAMPLES},
                                   {.samples = sound, .count = SAMPLES}};
    struct scene_encoder *encoder;
    assert_int_equal(scene_encoder_create(fixture.model, &head->shape, &encoder, NULL), 0);
    for (int round = 1; round <= 2; round++) { // the second finds no trace of the first
        comparison.seen = 0;
        assert_int_equal(scene_encoder_run(encoder, scenes, 2, compare_decision, &comparison, NULL),
                         0);
        assert_int_equal(comparison.seen, comparison.count);
        assert_true(comparison.count > 40);
    }
    scene_encoder_destroy(&encoder);
    auricle_head_stream_destroy(&live);
    auricle_stream_destroy(&stream);
    auricle_head_unref(&head);
    fixture_destroy(&fixture);
    free(sound);
    free(other);
}

static void embed_writes_what_a_stream_yields(void **state)
{
    (void)state;
    enum { SAMPLES = 30000, RATE = 22050 };
    char wav[FILENAME_MAX], npy[FILENAME_MAX], encoder[FILENAME_MAX], command[4 * FILENAME_MAX];
    fixture_path("embed.wav", wav);
    fixture_path("embed.npy", npy);
    snprintf(encoder, sizeof encoder, "%s/encoder.safetensors", getenv("AURICLE_TEST_ENCODERS"));
    float *sound = fixture_sound(SAMPLES, RATE, 6);
    SF_INFO format = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(wav, SFM_WRITE, &format);
    assert_int_equal(sf_writef_float(file, sound, SAMPLES), SAMPLES);
    sf_close(file);
    snprintf(command, sizeof command, "%s embed %s --model %s --out %s", getenv("AURICLE_PROGRAM"),
             wav, encoder, npy);
    assert_int_equal(system(command), 0);

    auricle_model *model;
    auricle_model_info info;
    auricle_stream *stream;
    size_t frames;
    assert_int_equal(auricle_model_open(encoder, &model, NULL), 0);
    auricle_model_get_info(model, &info);
    const auricle_stream_config config = {.sample_rate_hz = RATE};
    assert_int_equal(auricle_stream_create(model, &config, &stream, NULL), 0);
    float *expected = fixture_run(stream, info.frame_dim, sound, SAMPLES, 0, &frames);
    FILE *written = fopen(npy, "rb");
    float *row = malloc((size_t)info.embedding_dim * sizeof *row);
    assert_int_equal(fseek(written, 128, SEEK_SET), 0);
    for (size_t t = 0; t < frames; t++) {
        assert_int_equal(fread(row, sizeof *row, (size_t)info.embedding_dim, written),
                         info.embedding_dim);
        assert_memory_equal(row, expected + t * (size_t)info.frame_dim + info.embedding_offset,
                            (size_t)info.embedding_dim * sizeof *row);
    }
    assert_int_equal(fgetc(written), EOF);
    fclose(written);
    remove(wav);
    remove(npy);
    free(row);
    free(expected);
    free(sound);
    auricle_stream_destroy(&stream);
    auricle_model_unref(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_named_by_what_they_heard),
        cmocka_unit_test(a_word_still_there_hides_the_next),
        cmocka_unit_test(what_lasts_is_named_from_half_a_window_on),
        cmocka_unit_test(a_burst_is_found_in_its_pauses),
        cmocka_unit_test(fitting_hears_what_a_live_head_hears),
        cmocka_unit_test(embed_writes_what_a_stream_yields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
