// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A small pretraining on made-up speech, and what it reported. Include after cmocka.h. */
#ifndef AURICLE_TESTS_SESSION_H
#define AURICLE_TESTS_SESSION_H

#include "../unit/scratch_audio.h"
#include "tones.h"

#include <auricle/pretrain.h>

#include "pretrain/run.h"

#include <math.h>
#include <signal.h>

enum { FILES = 12, MAX_TEXTS = 40 };

static char sounds[64], empty[64], runs[64];

static inline void make_folders(void)
{
    strcpy(sounds, "/tmp/auricle-sounds-XXXXXX");
    strcpy(empty, "/tmp/auricle-empty-XXXXXX");
    strcpy(runs, "/tmp/auricle-runs-XXXXXX");
    scratch_create(sounds);
    scratch_create(empty);
    scratch_create(runs);
}

// Recordings of 4 to 6 s, each voice a step above the one before.
static inline int make_sounds(void **state)
{
    (void)state;
    make_folders();
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.wav", i);
        tones_write(sounds, name, 4 + i % 3, 0.8 + 0.05 * i, (uint64_t)i);
    }
    return 0;
}

static inline int remove_sounds(void **state)
{
    (void)state;
    scratch_destroy(sounds);
    scratch_destroy(empty);
    scratch_destroy(runs);
    return 0;
}

// ---- a small training

static const char *const small[] = {"loop.streams=8",
                                    "loop.frames=64",
                                    "loop.statistics=2",
                                    "loop.evaluation=2",
                                    "loop.held_out=20",
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
                                    "distort.equaliser_db=1",
                                    "loop.gap=0"};
enum { SMALL = sizeof small / sizeof *small };

/** Time as a test wants it: it passes with each reading, and when the test says so. */
struct slow_clock {
    double wall_s, cpu_s; // now
    double tick_s;        // of wall time, from one reading to the next; 0 = the machine's own time
    int threads;          // seconds of CPU time in a second of wall time
};

struct session {
    auricle_pretrain_config config;
    struct slow_clock clock;
    double evaluation_s; // what each evaluation takes
    const char *data[2], *settings[MAX_TEXTS];
    char folder[128];
    auricle_error error;
    volatile sig_atomic_t stop;
    int64_t stop_at;
    // what the reports said
    double first_loss, last_loss, held_out_loss, least_loss, worst_after, accuracy, chance, rank,
        skipped, rate, seconds;
    int64_t steps; // made
    int evaluations;
    char notes[2048];
};

static inline double number_of(const auricle_pretrain_report *report, const char *name)
{
    for (int i = 0; i < report->number_count; i++)
        if (!strcmp(report->numbers[i].name, name))
            return report->numbers[i].value;
    return (double)NAN;
}

static inline void let_pass(struct slow_clock *clock, double seconds)
{
    clock->wall_s += seconds;
    clock->cpu_s += seconds * clock->threads;
}

static inline double slow_wall_s(void *user)
{
    struct slow_clock *clock = user;
    let_pass(clock, clock->tick_s);
    return clock->wall_s;
}

static inline double slow_cpu_s(void *user)
{
    struct slow_clock *clock = user;
    let_pass(clock, clock->tick_s);
    return clock->cpu_s;
}

static inline void listen_in(const auricle_pretrain_report *report, void *user)
{
    struct session *session = user;
    if (report->event == AURICLE_PRETRAIN_NOTE) {
        size_t used = strlen(session->notes);
        snprintf(session->notes + used, sizeof session->notes - used, "%s\n", report->message);
    }
    if (report->event == AURICLE_PRETRAIN_STEP) {
        if (isnan(session->first_loss))
            session->first_loss = report->loss;
        session->last_loss = report->loss;
        session->skipped = number_of(report, "skipped_steps");
        session->rate = number_of(report, "rate"); // a mean over the last steps
        session->seconds = report->seconds;
        session->steps = report->step;
        if (session->stop_at > 0 && report->step >= session->stop_at)
            session->stop = 1;
    }
    if (report->event == AURICLE_PRETRAIN_EVALUATION) {
        session->evaluations++;
        let_pass(&session->clock, session->evaluation_s);
        session->held_out_loss = report->loss;
        if (session->evaluations == 1 || report->loss < session->least_loss)
            session->least_loss = session->worst_after = report->loss;
        session->worst_after = fmax(session->worst_after, report->loss); // since the least
        session->accuracy = number_of(report, "cpc.accuracy");
        session->chance = number_of(report, "cpc.chance");
        session->rank = number_of(report, "context.rank");
    }
}

static inline void session_set(struct session *session, const char *setting)
{
    assert_true(session->config.setting_count < MAX_TEXTS);
    session->settings[session->config.setting_count++] = setting;
}

// run names the folder.
static inline void session_open(struct session *session, const char *run, const char *objective,
                                int64_t steps)
{
    memset(session, 0, sizeof *session);
    auricle_pretrain_config *config = &session->config;
    auricle_pretrain_defaults(config);
    snprintf(session->folder, sizeof session->folder, "%s/%s", runs, run);
    session->first_loss = session->rank = (double)NAN;
    session->data[0] = sounds;
    memcpy(session->settings, small, sizeof small);
    config->data = session->data;
    config->data_count = 1;
    config->split = "";
    config->objective = objective;
    config->settings = session->settings;
    config->setting_count = SMALL;
    config->steps = steps;
    config->eval_every = 0;
    config->run_folder = session->folder;
    config->command = "auricle pretrain";
    config->report = listen_in;
    config->user = session;
    config->stop = &session->stop;
}

static inline auricle_status session_run(struct session *session)
{
    const struct clock slow = {slow_wall_s, slow_cpu_s, &session->clock};
    return pretraining_run(&session->config, session->clock.tick_s > 0 ? &slow : &machine_clock,
                           &session->error);
}

static inline void expect(struct session *session, auricle_status expected)
{
    auricle_status status = session_run(session);
    if (status != expected)
        fail_msg("%s, not %s: %s", auricle_status_name(status), auricle_status_name(expected),
                 session->error.text);
}

static inline void expect_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" doesn't say \"%s\"", text, part);
}

#endif
