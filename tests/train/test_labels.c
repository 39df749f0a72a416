// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Several label sets at once: gradients, what is one item of each set, what is learned, the same
 * bits after a resume. */
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

#include <string.h>

// The bench's rows are noise: a third of the numbers are labels.
static void gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("labels", "labels.teacher=5", "labels.classes1=4", "labels.shortest=1");
    CHECK_OBJECTIVE("labels", "labels.teacher=5", "labels.classes1=4", "labels.classes2=3",
                    "labels.classes3=2", "labels.layer3=1", "labels.weight2=0.3",
                    "labels.shortest=1");
}

// One label for all frames of a set, or none.
static void label_all(struct bench *bench, int set, float label)
{
    memset(bench->taught, 1, sizeof bench->taught);
    memset(bench->begins, 0, sizeof bench->begins);
    for (int i = 0; i < STREAMS * FRAMES; i++)
        bench->teacher[i * TEACHER + set] = label;
}

static double total(struct bench *bench)
{
    return bench_report(bench).total;
}

static void frames_without_a_label_are_left_out(void **state)
{
    (void)state;
    const char *const settings[] = {"labels.teacher=5", "labels.classes1=4", "labels.classes2=3"};
    struct bench *bench = bench_create("labels", settings, COUNT(settings));
    label_all(bench, 0, -1);
    label_all(bench, 1, -1);
    assert_true(total(bench) == 0);
    label_all(bench, 0, 4); // there is no such class
    assert_true(total(bench) == 0);
    label_all(bench, 0, 3);
    const double phones = total(bench);
    assert_true(phones > 0);
    label_all(bench, 1, 2);
    assert_true(total(bench) > phones);
    memset(bench->taught, 0, sizeof bench->taught);
    assert_true(total(bench) == 0);
    bench_destroy(bench);
}

static void a_changed_voice_has_no_speaker(void **state)
{
    (void)state;
    const char *const settings[] = {"labels.teacher=5", "labels.classes1=4", "labels.classes3=3",
                                    "labels.unchanged3=1", "labels.shortest=1"};
    struct bench *bench = bench_create("labels", settings, COUNT(settings));
    label_all(bench, 0, 3);
    label_all(bench, 2, -1);
    const double phones = total(bench);
    label_all(bench, 2, 1);
    assert_true(total(bench) > phones);
    memset(bench->voice_changed, 1, sizeof bench->voice_changed);
    assert_true(total(bench) == phones);
    bench_destroy(bench);
}

// Set 2 pools: stretches too short are no items, and a new label is a new stretch.
static void a_stretch_has_one_label(void **state)
{
    (void)state;
    const char *const settings[] = {"labels.teacher=5", "labels.classes2=3", "labels.shortest=12"};
    struct bench *bench = bench_create("labels", settings, COUNT(settings));
    label_all(bench, 1, 1);
    assert_true(total(bench) > 0);
    for (int b = 0; b < STREAMS; b++)
        bench->begins[b * FRAMES + 10] = 1; // two stretches of ten frames
    assert_true(total(bench) == 0);
    label_all(bench, 1, 1);
    for (int b = 0; b < STREAMS; b++)
        for (int t = 10; t < FRAMES; t++)
            bench->teacher[(b * FRAMES + t) * TEACHER + 1] = 2;
    assert_true(total(bench) == 0);
    bench_destroy(bench);
}

// Who speaks: the two people of people.h by turns, a number for each recording.
static int set_up(void **state)
{
    int status = lessons_set_up(state);
    for (int i = 0; i < PEOPLE; i++) {
        char name[16];
        snprintf(name, sizeof name, "%02d.npy", i);
        npy_write(lessons_sounds(), name, (float[]){-1, (float)(i % 4)}, 1, 2);
    }
    return status;
}

static const struct lesson lessons[] = {
    {"labels", "accuracy2", 60, 1.2, 0.5, {"labels.classes2=4", "teacher.nearest=1"}},
};

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    lessons_resume(lessons, COUNT(lessons));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient),
        cmocka_unit_test(frames_without_a_label_are_left_out),
        cmocka_unit_test(a_changed_voice_has_no_speaker),
        cmocka_unit_test(a_stretch_has_one_label),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("labels", tests, set_up, lessons_tear_down);
}
