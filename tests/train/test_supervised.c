// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Labels as a teacher's rows: gradients, what is one item, what is learned, the same bits after a
 * resume. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../unit/npy_write.h"
#include "lesson.h"
#include "objective_bench.h"
#include "people.h"

#include "data/audio_file.h"
#include "signal/logmel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("supervised", "supervised.teacher=5", "supervised.shortest=3");
    CHECK_OBJECTIVE("supervised", "supervised.teacher=5", "supervised.pool=0");
}

static double items(struct bench *bench)
{
    struct mixture_report report = bench_report(bench);
    return statistic(&report, 0, "items");
}

// All frames but those told; a recording begins at the frames listed.
static void mark(struct bench *bench, const int *begins, int count)
{
    memset(bench->taught, 1, sizeof bench->taught);
    memset(bench->begins, 0, sizeof bench->begins);
    for (int i = 0; i < count; i++)
        bench->begins[begins[i]] = 1;
}

static void an_item_is_what_the_window_holds_of_a_recording(void **state)
{
    (void)state;
    const char *const settings[] = {"supervised.teacher=5", "supervised.shortest=3"};
    struct bench *bench = bench_create("supervised", settings, COUNT(settings));
    mark(bench, NULL, 0);
    assert_true(items(bench) == STREAMS);
    mark(bench, (const int[]){7, 18, FRAMES}, 3); // 18: two frames are left, too few
    assert_true(items(bench) == STREAMS + 1);
    memset(bench->taught + FRAMES, 0, FRAMES); // a stream without labels
    assert_true(items(bench) == STREAMS);
    memset(bench->taught + FRAMES + 9, 1, 4); // but in its midst
    assert_true(items(bench) == STREAMS + 1);
    memset(bench->taught, 0, sizeof bench->taught);
    assert_true(items(bench) == 0 && bench_report(bench).total == 0);
    bench_destroy(bench);
}

static void each_frame_is_an_item_without_pooling(void **state)
{
    (void)state;
    const char *const settings[] = {"supervised.teacher=5", "supervised.pool=0"};
    struct bench *bench = bench_create("supervised", settings, COUNT(settings));
    int taught = 0;
    for (int i = 0; i < STREAMS * FRAMES; i++)
        taught += bench->taught[i];
    assert_true(items(bench) == taught);
    bench_destroy(bench);
}

// ---- which of three bands is loudest against its mean over the recording

enum { BANDS = 32, CLASSES = 3 };

static void label(const char *folder, int number)
{
    char path[PATH_MAX], name[16];
    float *samples, mels[BANDS], mean[CLASSES] = {0}, *rows;
    size_t count;
    snprintf(path, sizeof path, "%s/%02d.wav", folder, number);
    snprintf(name, sizeof name, "%02d.npy", number);
    assert_int_equal(audio_file_load(path, 16000, -1, 0, 0, &samples, &count, NULL), AURICLE_OK);
    const struct logmel_config config = {16000, 160, 400, 512, BANDS, 20, 7600, 1e-6f, 1};
    struct logmel *logmel = logmel_create(&config);
    float *history = calloc(logmel_history_size(logmel), sizeof *history);
    float *scratch = calloc(logmel_scratch_size(logmel), sizeof *scratch);
    const int frames = (int)(count / 160);
    assert_non_null(rows = calloc((size_t)(frames * CLASSES), sizeof *rows));
    for (int t = 0; t < frames; t++) {
        logmel_step(logmel, history, samples + t * 160, scratch, mels);
        for (int c = 0; c < CLASSES; c++)
            mean[c] += (rows[t * CLASSES + c] = mels[6 + 8 * c]) / (float)frames;
    }
    for (int i = 0; i < frames * CLASSES; i++)
        rows[i] -= mean[i % CLASSES];
    npy_write(folder, name, rows, frames, CLASSES);
    logmel_destroy(&logmel);
    free(history);
    free(scratch);
    free(samples);
    free(rows);
}

static int set_up(void **state)
{
    int status = lessons_set_up(state);
    for (int i = 0; i < PEOPLE; i++)
        label(lessons_sounds(), i);
    return status;
}

static const struct lesson lessons[] = {
    {"supervised",
     "accuracy",
     200,
     0.62,
     0.72,
     {"supervised.pool=0", "augment.warp_low=1", "augment.warp_high=1"}},
};

static void held_out_sound_shows_what_was_learned(void **state)
{
    (void)state;
    lessons_learn(lessons, COUNT(lessons));
}

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    lessons_resume(lessons, COUNT(lessons));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient),
        cmocka_unit_test(an_item_is_what_the_window_holds_of_a_recording),
        cmocka_unit_test(each_frame_is_an_item_without_pooling),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("supervised", tests, set_up, lessons_tear_down);
}
