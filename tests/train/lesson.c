// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"

#include "../unit/scratch_audio.h"
#include "tones.h"

#include "base/file.h"

#include <auricle/model.h>
#include <auricle/train.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static char sounds[64], runs[64];

int lessons_set_up(void **state)
{
    (void)state;
    strcpy(sounds, "/tmp/auricle-tones-XXXXXX");
    strcpy(runs, "/tmp/auricle-runs-XXXXXX");
    scratch_create(sounds);
    scratch_create(runs);
    for (int i = 0; i < 8; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.wav", i);
        tones_write(sounds, name, 4 + i % 3, 0.8 + 0.07 * i, (uint64_t)i);
    }
    return 0;
}

int lessons_tear_down(void **state)
{
    (void)state;
    scratch_destroy(sounds);
    scratch_destroy(runs);
    return 0;
}

static const char *const small[] = {"loop.streams=8",
                                    "loop.frames=64",
                                    "loop.statistics=2",
                                    "loop.evaluation=4",
                                    "loop.held_out=20",
                                    "loop.views=1",
                                    "loop.gap=0",
                                    "shape.conv=32x3",
                                    "shape.mels=32",
                                    "shape.dim=32",
                                    "shape.layers=1",
                                    "shape.residual=0",
                                    "optimiser.warmup=10",
                                    "optimiser.rate=5e-3",
                                    "augment.noise_probability=0",
                                    "augment.reverb_probability=0",
                                    "augment.telephone_probability=0",
                                    "augment.speed_probability=0",
                                    "distort.equaliser_db=1"};

struct session {
    auricle_pretrain_config config;
    const char *data, *settings[COUNT(small) + LESSON_SETTINGS];
    char folder[128];
    char wanted[64]; // a statistic
    double first_loss, held_out_loss, statistic, chance;
};

static void listen_in(const auricle_pretrain_report *report, void *user)
{
    struct session *session = user;
    if (report->event == AURICLE_PRETRAIN_STEP && isnan(session->first_loss))
        session->first_loss = report->loss;
    if (report->event != AURICLE_PRETRAIN_EVALUATION)
        return;
    session->held_out_loss = report->loss;
    for (int i = 0; i < report->number_count; i++) {
        if (!strcmp(report->numbers[i].name, session->wanted))
            session->statistic = report->numbers[i].value;
        if (strstr(report->numbers[i].name, ".chance"))
            session->chance = report->numbers[i].value;
    }
}

static void session_open(struct session *session, const char *run, const struct lesson *lesson,
                         int64_t steps)
{
    *session = (struct session){.data = sounds, .first_loss = (double)NAN};
    snprintf(session->folder, sizeof session->folder, "%s/%s", runs, run);
    auricle_pretrain_config *config = &session->config;
    auricle_pretrain_defaults(config);
    config->data = &session->data;
    config->data_count = 1;
    config->split = "";
    config->objective = lesson->objective;
    config->settings = session->settings;
    memcpy(session->settings, small, sizeof small);
    config->setting_count = (int)COUNT(small);
    for (int i = 0; i < LESSON_SETTINGS && lesson->settings[i]; i++)
        session->settings[config->setting_count++] = lesson->settings[i];
    config->steps = steps;
    config->eval_every = 0;
    config->run_folder = session->folder;
    config->name = "one name";
    config->report = listen_in;
    config->user = session;
}

static void expect(const struct session *session, auricle_status expected)
{
    auricle_error error = {0};
    auricle_status status = auricle_pretrain(&session->config, &error);
    if (status != expected)
        fail_msg("%s, not %s: %s", auricle_status_name(status), auricle_status_name(expected),
                 error.text);
}

void lessons_learn(const struct lesson *lessons, int count)
{
    for (int i = 0; i < count; i++) {
        const struct lesson *lesson = &lessons[i];
        struct session session;
        char run[64];
        snprintf(run, sizeof run, "lesson-%d", i);
        session_open(&session, run, lesson, lesson->steps);
        snprintf(session.wanted, sizeof session.wanted, "%s.%s", lesson->objective,
                 lesson->statistic);
        expect(&session, AURICLE_OK);
        print_message("%s: loss %g -> held out %g, %s %g (chance %g)\n", lesson->objective,
                      session.first_loss, session.held_out_loss, session.wanted, session.statistic,
                      session.chance);
        double least = lesson->least * (lesson->over_chance ? session.chance : 1);
        assert_true(session.held_out_loss < lesson->loss * session.first_loss);
        assert_true(session.statistic > least);
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
        struct session straight, halves;
        char run[64];
        snprintf(run, sizeof run, "straight-%d", i);
        session_open(&straight, run, &lessons[i], 8);
        straight.config.workers = 2;
        expect(&straight, AURICLE_OK);
        snprintf(run, sizeof run, "halves-%d", i);
        session_open(&halves, run, &lessons[i], 8);
        halves.config.workers = 2;
        halves.config.stop_after = 4;
        expect(&halves, AURICLE_INTERRUPTED);
        halves.config.stop_after = 0;
        halves.config.resume = true;
        expect(&halves, AURICLE_OK);
        struct file_map one = model_of(&straight), two = model_of(&halves);
        assert_int_equal(one.count, two.count);
        assert_memory_equal(one.bytes, two.bytes, one.count);
        file_map_close(&one);
        file_map_close(&two);
    }
}
