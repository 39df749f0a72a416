// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"

#include "people.h"
#include "session.h"

#include "base/file.h"

#include <auricle/model.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int lessons_set_up(void **state)
{
    (void)state;
    make_folders();
    people_write(sounds);
    return 0;
}

const char *lessons_sounds(void)
{
    return sounds;
}

int lessons_tear_down(void **state)
{
    return remove_sounds(state);
}

/** A session that also listens for what its lesson asks. */
struct pupil {
    struct session session;
    char wanted[64]; // a statistic
    double statistic;
};

static void take_notes(const auricle_pretrain_report *report, void *user)
{
    struct pupil *pupil = user;
    listen_in(report, &pupil->session);
    if (report->event != AURICLE_PRETRAIN_EVALUATION)
        return;
    pupil->statistic = number_of(report, pupil->wanted);
}

static void pupil_open(struct pupil *pupil, const char *run, const struct lesson *lesson,
                       int64_t steps)
{
    struct session *session = &pupil->session;
    session_open(session, run, lesson->objective, steps);
    session_set(session, "loop.views=1");
    session_set(session, "loop.evaluation=4");
    for (int i = 0; i < LESSON_SETTINGS && lesson->settings[i]; i++)
        session_set(session, lesson->settings[i]);
    session->config.name = "one name";
    session->config.report = take_notes;
    session->config.user = pupil;
    snprintf(pupil->wanted, sizeof pupil->wanted, "%s.%s", lesson->objective, lesson->statistic);
    pupil->statistic = (double)NAN;
}

// Held-out sound after a quarter of the steps, in none of which anything was learned.
static double untaught_loss(const struct lesson *lesson, const char *run)
{
    struct pupil pupil;
    char folder[96];
    snprintf(folder, sizeof folder, "%s-untaught", run);
    pupil_open(&pupil, folder, lesson, lesson->steps / 4);
    session_set(&pupil.session, "optimiser.rate=0");
    expect(&pupil.session, AURICLE_OK);
    return pupil.session.held_out_loss;
}

void lessons_learn(const struct lesson *lessons, int count)
{
    for (int i = 0; i < count; i++) {
        const struct lesson *lesson = &lessons[i];
        struct pupil pupil;
        char run[64];
        snprintf(run, sizeof run, "lesson-%d", i);
        pupil_open(&pupil, run, lesson, lesson->steps);
        expect(&pupil.session, AURICLE_OK);
        const double learned = pupil.session.held_out_loss, untaught = untaught_loss(lesson, run);
        print_message("# %s: loss %g, at rate 0 %g (bound %g); %s %g (at least %g)\n",
                      lesson->objective, learned, untaught, lesson->loss, pupil.wanted,
                      pupil.statistic, lesson->least);
        assert_true(learned < lesson->loss);
        assert_true(pupil.statistic >= lesson->least);
        assert_true(untaught > lesson->loss);
    }
}

static struct file_map model_of(const struct session *session)
{
    char path[PATH_MAX];
    struct file_map map;
    auricle_model *model;
    snprintf(path, sizeof path, "%s/model.safetensors", session->folder);
    assert_int_equal(auricle_model_open(path, &model, NULL), AURICLE_OK); // it can be deployed
    auricle_model_unref(&model);
    assert_int_equal(file_map_open(path, &map, NULL), AURICLE_OK);
    return map;
}

void lessons_resume(const struct lesson *lessons, int count)
{
    for (int i = 0; i < count; i++) {
        struct pupil straight, halves;
        auricle_pretrain_config *config = &halves.session.config;
        char run[64];
        snprintf(run, sizeof run, "straight-%d", i);
        pupil_open(&straight, run, &lessons[i], 8);
        straight.session.config.workers = 2;
        expect(&straight.session, AURICLE_OK);
        snprintf(run, sizeof run, "halves-%d", i);
        pupil_open(&halves, run, &lessons[i], 8);
        config->workers = 2;
        config->stop_after = 4;
        expect(&halves.session, AURICLE_INTERRUPTED);
        config->stop_after = 0;
        config->resume = true;
        expect(&halves.session, AURICLE_OK);
        struct file_map one = model_of(&straight.session), two = model_of(&halves.session);
        assert_int_equal(one.count, two.count);
        assert_memory_equal(one.bytes, two.bytes, one.count);
        file_map_close(&one);
        file_map_close(&two);
    }
}
