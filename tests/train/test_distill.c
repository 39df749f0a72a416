// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Distillation, and units of a teacher's rows: gradients, what is learned of a teacher that hears
 * 40 ms ahead, the same bits after a resume, what a collapse looks like, what is refused. */
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

#include <auricle/pretrain.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void distill_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("distill", "distill.teacher=5");
    CHECK_OBJECTIVE("distill", "distill.teacher=5", "distill.lambda=3", "shape.lstm=1",
                    "loop.views=1");
}

static void hubert_of_a_teacher_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("hubert", "hubert.teacher=5", "hubert.units=4", "hubert.width=5",
                    "hubert.temperature=0.5", "hubert.unhidden=0.3");
}

static struct tensor *tensor_named(struct bench *bench, const char *name)
{
    return parameters_tensor(&bench->parameters, parameters_find(&bench->parameters, name));
}

static void a_collapse_shows(void **state)
{
    (void)state;
    const char *const settings[] = {"distill.teacher=5"};
    struct bench *bench = bench_create("distill", settings, COUNT(settings));
    struct tensor *weight = tensor_named(bench, "distill.head.weight");
    memset(weight->data, 0, tensor_size(weight) * sizeof(float)); // the same row for all
    struct mixture_report report = bench_report(bench);
    assert_true(statistic(&report, 0, "explained") <= 0);
    assert_true(fabs(statistic(&report, 0, "taught") - 0.75) < 1e-6);
    bench_destroy(bench);
}

// Frames that the teacher says nothing of cost nothing; a window without any is worth 0.
static void what_is_not_taught_does_not_count(void **state)
{
    (void)state;
    const char *const settings[] = {"distill.teacher=5"};
    struct bench *bench = bench_create("distill", settings, COUNT(settings));
    const double before = bench_report(bench).total;
    for (int i = 0; i < STREAMS * FRAMES; i++)
        for (int c = 0; c < TEACHER && !bench->taught[i]; c++)
            bench->teacher[i * TEACHER + c] = 1e9f;
    assert_true(bench_report(bench).total == before);
    memset(bench->taught, 0, sizeof bench->taught);
    assert_true(bench_report(bench).total == 0);
    bench_destroy(bench);
}

// Another unit of the teacher's numbers is the same lesson.
static void rows_are_standardised(void **state)
{
    (void)state;
    const char *const settings[] = {"distill.teacher=5"};
    double totals[2];
    for (int scaled = 0; scaled < 2; scaled++) {
        struct bench *bench = bench_create("distill", settings, COUNT(settings));
        for (int i = 0; scaled && i < STREAMS * FRAMES * TEACHER; i++)
            bench->teacher[i] = 1000 * bench->teacher[i] - 50 * (float)(i % TEACHER);
        const struct objective_batch sample = {.streams = STREAMS,
                                               .frames = FRAMES,
                                               .teacher = bench->teacher,
                                               .taught = bench->taught};
        const struct objective_context context = {.network = bench->network};
        assert_true(mixture_fit(&bench->settings.mixture, context, &sample));
        totals[scaled] = bench_report(bench).total;
        bench_destroy(bench);
    }
    assert_true(fabs(totals[0] - totals[1]) < 1e-4);
}

// ---- a teacher of people speaking

enum { BANDS = 32, WIDTH = 4, PER_ROW = 2, AHEAD = 4 };

// Four bands, 40 ms later than the row's moment, in units of its own, a row each 20 ms.
static void teach(const char *folder, int number)
{
    char path[PATH_MAX], name[16];
    float *samples, mels[BANDS], *rows;
    size_t count;
    snprintf(path, sizeof path, "%s/%02d.wav", folder, number);
    snprintf(name, sizeof name, "%02d.npy", number);
    assert_int_equal(audio_file_load(path, 16000, -1, 0, 0, &samples, &count, NULL), AURICLE_OK);
    const struct logmel_config config = {16000, 160, 400, 512, BANDS, 20, 7600, 1e-6f, 1};
    struct logmel *logmel = logmel_create(&config);
    float *history = calloc(logmel_history_size(logmel), sizeof *history);
    float *scratch = calloc(logmel_scratch_size(logmel), sizeof *scratch);
    const int frames = (int)(count / 160), all = frames / PER_ROW;
    assert_non_null(rows = calloc((size_t)all * WIDTH, sizeof *rows));
    for (int t = 0; t < frames; t++) {
        logmel_step(logmel, history, samples + t * 160, scratch, mels);
        for (int r = (t - AHEAD) / PER_ROW; t >= AHEAD && t == r * PER_ROW + AHEAD; r = all)
            for (int c = 0; c < WIDTH; c++)
                rows[r * WIDTH + c] = 100 + 10 * mels[4 + 6 * c];
    }
    npy_write(folder, name, rows, all, WIDTH);
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
        teach(lessons_sounds(), i);
    return status;
}

static const struct lesson lessons[] = {
    {"distill",
     "explained",
     200,
     0.6,
     0.82,
     {"teacher.delay=4", "augment.warp_low=1", "augment.warp_high=1", "distort.equaliser_db=0"}},
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

static void refused(const char *objective, const char *teacher, const char *setting,
                    const char *reason)
{
    const char *const data[] = {lessons_sounds()};
    char folder[PATH_MAX];
    auricle_pretrain_config config;
    auricle_error error = {0};
    snprintf(folder, sizeof folder, "%s/run", lessons_sounds());
    auricle_pretrain_defaults(&config);
    config.data = data;
    config.data_count = 1;
    config.split = "";
    config.objective = objective;
    config.teacher = teacher;
    config.settings = &setting;
    config.setting_count = setting != NULL;
    config.run_folder = folder;
    assert_int_equal(auricle_pretrain(&config, &error), AURICLE_INVALID);
    if (!strstr(error.text, reason))
        fail_msg("\"%s\" doesn't say \"%s\"", error.text, reason);
}

static void wrong_teachers_are_refused(void **state)
{
    (void)state;
    refused("distill", "/tmp/there-is-nothing-here", NULL, "/tmp/there-is-nothing-here/0");
    refused("cpc", lessons_sounds(), NULL, "no objective here learns from a teacher");
    refused("distill", NULL, "distill.teacher=7", "not so wide");
    refused("hubert", NULL, "hubert.teacher=4", "there is no teacher");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distill_gradient),
        cmocka_unit_test(hubert_of_a_teacher_gradient),
        cmocka_unit_test(a_collapse_shows),
        cmocka_unit_test(what_is_not_taught_does_not_count),
        cmocka_unit_test(rows_are_standardised),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
        cmocka_unit_test(wrong_teachers_are_refused),
    };
    return cmocka_run_group_tests_name("distill", tests, set_up, lessons_tear_down);
}
