// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"

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
    make_voices(8, 0.07);
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
    double statistic, chance;
};

static void take_notes(const auricle_pretrain_report *report, void *user)
{
    struct pupil *pupil = user;
    listen_in(report, &pupil->session);
    if (report->event != AURICLE_PRETRAIN_EVALUATION)
        return;
    pupil->statistic = number_of(report, pupil->wanted);
    for (int i = 0; i < report->number_count; i++)
        if (strstr(report->numbers[i].name, ".chance"))
            pupil->chance = report->numbers[i].value;
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
    pupil->statistic = pupil->chance = (double)NAN;
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
        const double first = pupil.session.first_loss, held_out = pupil.session.held_out_loss;
        print_message("%s: loss %g -> held out %g, %s %g (chance %g)\n", lesson->objective, first,
                      held_out, pupil.wanted, pupil.statistic, pupil.chance);
        assert_true(held_out < lesson->loss * first);
        assert_true(pupil.statistic > lesson->least * (lesson->over_chance ? pupil.chance : 1));
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
