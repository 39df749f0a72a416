// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pretraining from end to end on seconds of made-up speech: it learns, and ends well when the data
 * or the settings are wrong. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "session.h"

#include "pretrain/settings.h"

#include <auricle/model.h>

#include <jansson.h>
#include <unistd.h>

// ---- it learns

static void cpc_learns(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "cpc", "cpc", 120);
    expect(&session, AURICLE_OK);
    print_message("# loss %g -> %g, held out %g, accuracy %g (chance %g), rank %g\n",
                  session.first_loss, session.last_loss, session.held_out_loss, session.accuracy,
                  session.chance, session.rank);
    // ln(193) = 5.26 is what guessing gives
    assert_true(session.last_loss < 4.0);
    assert_true(session.held_out_loss < 4.2);
    assert_true(session.accuracy > 10 * session.chance);
    assert_true(session.rank > 3);
    assert_true(session.skipped == 0);
}

static void joint_objective_learns(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "joint", "cpc:1,apc:0.5,masked:0.5,simclr:1", 100);
    session.config.workers = 2;
    expect(&session, AURICLE_OK);
    print_message("# loss %g -> %g, held out %g\n", session.first_loss, session.last_loss,
                  session.held_out_loss);
    assert_true(session.last_loss < session.first_loss - 2.0);
    assert_true(session.held_out_loss < session.first_loss - 1.5);
}

static void waveform_front_end_trains(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "waveform", "cpc", 3);
    session_set(&session, "shape.front_end=waveform");
    session_set(&session, "shape.conv=8x10/5,8x8/4,8x4/2,8x4/2,8x4/2");
    expect(&session, AURICLE_OK);
    assert_true(isfinite(session.held_out_loss));
}

// ---- what can go wrong

static void rows_left_out_are_told_of_every_folder(void **state)
{
    (void)state;
    struct session session;
    char folders[2][64];
    session_open(&session, "left out", "cpc", 1);
    for (int i = 0; i < 2; i++) {
        strcpy(folders[i], "/tmp/auricle-rows-XXXXXX");
        scratch_create(folders[i]);
        tones_write(folders[i], "a.wav", 2, 1, 1);
        scratch_text(folders[i], "metadata.csv", "file_name\na.wav\nabsent.wav\n");
        session.data[i] = folders[i];
    }
    session_set(&session, "loop.held_out=0");
    session.config.data_count = 2;
    session.config.noise = session.data;
    session.config.noise_count = 1;
    expect(&session, AURICLE_OK);
    expect_text(session.notes, folders[1]);
    const char *first = strstr(session.notes, folders[0]);
    assert_non_null(first);
    expect_text(first + 1, folders[0]); // and of the noise folder
    scratch_destroy(folders[0]);
    scratch_destroy(folders[1]);
}

// A front end is a shape of its own; what is said of the shape besides holds, in whatever order.
static void settings_hold_in_any_order(void **state)
{
    (void)state;
    const char *const orders[2][2] = {{"shape.dim=32", "shape.front_end=waveform"},
                                      {"shape.front_end=waveform", "shape.dim=32"}};
    for (int i = 0; i < 2; i++) {
        struct settings settings;
        assert_int_equal(settings_parse("autoencoder", orders[i], 2, &settings, NULL), AURICLE_OK);
        assert_int_equal(settings.shape.front_end, FRONT_END_WAVEFORM);
        assert_int_equal(settings.shape.context_dim, 32);
    }
}

// Before the first step, not after the last.
static void a_place_that_cannot_be_written_is_refused_at_once(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "no-place", "apc", 2);
    session.config.out = "/nowhere/model.safetensors";
    expect(&session, AURICLE_IO);
    expect_text(session.error.text, "/nowhere");
    assert_int_equal(session.steps, 0);
}

// A plain folder states no split: it is heard whichever is asked for; another split is not.
static void the_split_is_respected(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "plain", "cpc", 1);
    session.config.split = "train";
    expect(&session, AURICLE_OK);
    char other[64] = "/tmp/auricle-split-XXXXXX";
    scratch_create(other);
    tones_write(other, "a.wav", 2, 1, 1);
    scratch_text(other, "metadata.csv", "file_name,split\na.wav,test\n");
    session_open(&session, "other", "cpc", 1);
    session.config.split = "train";
    session.data[0] = other;
    expect(&session, AURICLE_INVALID);
    expect_text(session.error.text, "\"train\"");
    scratch_destroy(other);
}

static void an_empty_corpus_is_refused(void **state)
{
    (void)state;
    struct session session;
    const struct {
        const char *folder, *expected;
        auricle_status status;
    } cases[] = {{empty, empty, AURICLE_INVALID},
                 {NULL, "--data", AURICLE_INVALID},
                 {"/nowhere/at/all", "/nowhere/at/all", AURICLE_NOT_FOUND}};
    for (int i = 0; i < 3; i++) {
        session_open(&session, "empty", "cpc", 1);
        session.data[0] = cases[i].folder;
        session.config.data_count = cases[i].folder ? 1 : 0;
        expect(&session, cases[i].status);
        expect_text(session.error.text, cases[i].expected);
    }
}

static void a_corrupt_recording_is_skipped_and_named(void **state)
{
    (void)state;
    struct session session;
    char mixed[64] = "/tmp/auricle-mixed-XXXXXX", cut[PATH_MAX];
    scratch_create(mixed);
    for (int i = 0; i < 4; i++)
        tones_write(mixed, (const char *[]){"a.wav", "b.wav", "c.wav", "d.wav"}[i], 2, 1,
                    (uint64_t)i);
    scratch_text(mixed, "broken.flac", "fLaC this is no recording at all");
    scratch_audio(mixed, "cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 32000, 1);
    snprintf(cut, sizeof cut, "%s/cut.flac", mixed);
    assert_int_equal(truncate(cut, 20000), 0); // of some 60 kB
    session_open(&session, "mixed", "cpc", 20);
    session.data[0] = mixed;
    session_set(&session, "loop.held_out=0");
    expect(&session, AURICLE_OK);
    expect_text(session.notes, "broken.flac");
    expect_text(session.notes, "cut.flac: it ends at");
    char card_path[PATH_MAX];
    auricle_model *model;
    snprintf(card_path, sizeof card_path, "%s/model.safetensors", session.folder);
    assert_int_equal(auricle_model_open(card_path, &model, NULL), AURICLE_OK);
    expect_text(auricle_model_card(model), "\"skipped_recordings\":2");
    auricle_model_unref(&model);
    scratch_destroy(mixed);
}

// One of six is held out, by its name: whichever it is, in one of six trainings it is no sound.
static void held_out_recordings_that_cannot_be_played_lose_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"bell", "door", "horn", "hum", "rain", "voice"};
    int held_out = 0;
    for (int broken = 0; broken < 6; broken++) {
        struct session session;
        char mixed[64] = "/tmp/auricle-held-XXXXXX", name[32];
        scratch_create(mixed);
        for (int i = 0; i < 6; i++) {
            snprintf(name, sizeof name, "%s.wav", names[i]);
            if (i == broken)
                scratch_text(mixed, name, "this is no recording");
            else
                tones_write(mixed, name, 2, 1, (uint64_t)i);
        }
        snprintf(name, sizeof name, "held-out%d", broken);
        session_open(&session, name, "apc", 3);
        session.data[0] = mixed;
        session_set(&session, "loop.held_out=50");
        session.config.eval_every = 1;
        session.config.keep_best = true;
        expect(&session, AURICLE_OK);
        if (strstr(session.notes, "held-out recordings cannot be played")) {
            assert_int_equal(session.evaluations, 0);
            held_out++;
        }
        scratch_destroy(mixed);
    }
    assert_int_equal(held_out, 1);
}

static void divergence_stops_with_a_reason(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "diverge", "cpc", 100);
    session_set(&session, "loop.non_finite=3");
    session_set(&session, "optimiser.rate=10");
    session_set(&session, "optimiser.decay=10"); // each step takes a hundred times a weight off it
    session_set(&session, "cpc.cosine=0");
    auricle_status status = session_run(&session);
    print_message("# %s\n", session.error.text);
    assert_int_equal(status, AURICLE_INVALID);
    expect_text(session.error.text, "optimiser.rate");
}

static void a_training_that_learns_nothing_says_so(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "nothing", "cola", 20);
    expect(&session, AURICLE_OK);
    assert_null(strstr(session.notes, "the gradient is zero"));
    session_open(&session, "nothing-fits", "cola", 20);
    session_set(&session, "cola.shortest=1000");
    expect(&session, AURICLE_OK);
    const char *told = strstr(session.notes, "the gradient is zero");
    assert_non_null(told);
    assert_null(strstr(told + 1, "the gradient is zero")); // once
}

static void every_log_line_is_json(void **state)
{
    (void)state;
    char path[PATH_MAX], line[4096];
    struct session session;
    session_open(&session, "log", "cpc:1,apc:1", 24);
    session.config.eval_every = 10;
    expect(&session, AURICLE_OK);
    assert_int_equal(session.evaluations, 3);
    snprintf(path, sizeof path, "%s/metrics.jsonl", session.folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int lines = 0;
    while (fgets(line, sizeof line, file)) {
        json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        assert_true(json_is_number(json_object_get(json, "apc.loss")));
        json_decref(json);
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 6); // steps 10, 20, 24 and evaluations 10, 20, 24
}

// The clock decides: as many steps as fit, and the rate is at its end when the time is.
static void a_budget_of_minutes_is_kept(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "minutes", "apc", 0);
    session_set(&session, "optimiser.final=0");
    session.clock = (struct slow_clock){.tick_s = 1, .threads = 1};
    session.config.minutes = 3;
    session.config.eval_every = 0;
    expect(&session, AURICLE_OK);
    print_message("# %lld steps, %g s, rate %g\n", (long long)session.steps, session.seconds,
                  session.rate);
    assert_true(session.seconds >= 180 && session.seconds < 190); // whole steps, of a few readings
    assert_true(session.steps > 20 && session.steps <= 180);
    assert_true(session.rate < 2e-3); // of 5e-3, a mean over the last steps
    assert_int_equal(session.evaluations, 1);
}

// An evaluation's time is not training's; the time between two reports is, however often an
// evaluation comes between.
static void evaluations_hide_no_training_time(void **state)
{
    (void)state;
    enum { STEPS = 20 };
    struct session session;
    session_open(&session, "evaluated", "apc", STEPS);
    session.clock = (struct slow_clock){.tick_s = 1, .threads = 1};
    session.evaluation_s = 1000;
    session.config.eval_every = 1;
    session.config.checkpoint_minutes = 0;
    expect(&session, AURICLE_OK);
    print_message("# %g s\n", session.seconds);
    assert_int_equal(session.evaluations, STEPS);
    assert_true(session.seconds >= STEPS && session.seconds < 1000);
}

// The most there can be of everything that has weights.
static void the_largest_shape_has_room(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "largest", "cpc:1,apc:1,masked:1,jukebox:1,decoar2:1", 1);
    session_set(&session, "shape.conv=8x1,8x1,8x1,8x1,8x1,8x1,8x1,8x1");
    session_set(&session, "shape.layers=4");
    session_set(&session, "cpc.steps=32");
    session_set(&session, "cpc.transformer=8");
    expect(&session, AURICLE_OK);
}

// With two workers each second of the wall clock is two of CPU time.
static void a_budget_of_cpu_time_is_kept(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "cpu-minutes", "apc", 0);
    session.clock = (struct slow_clock){.tick_s = 1, .threads = 2};
    session.config.cpu_minutes = 3;
    session.config.workers = 2;
    expect(&session, AURICLE_OK);
    print_message("# %lld steps, %g s\n", (long long)session.steps, session.seconds);
    assert_true(session.seconds >= 90 - 10 && session.seconds < 90 + 10);
    assert_true(session.steps > 10 && session.steps <= 90);
}

// Begun with a budget of wall time, continued with one of CPU time, which counts from the start.
static void a_budget_of_cpu_time_counts_earlier_sessions(void **state)
{
    (void)state;
    struct session first, second;
    session_open(&first, "clocks", "apc", 0);
    first.clock = (struct slow_clock){.tick_s = 1, .threads = 2};
    first.config.minutes = 10;
    first.config.stop_after = 30;
    expect(&first, AURICLE_INTERRUPTED);
    session_open(&second, "clocks", "apc", 0);
    second.clock = (struct slow_clock){.tick_s = 1, .threads = 2};
    second.config.cpu_minutes = (2 * first.seconds + 60) / 60;
    second.config.resume = true;
    expect(&second, AURICLE_OK);
    const double more = second.seconds - first.seconds;
    print_message("# %g s of the wall clock, then %g\n", first.seconds, more);
    assert_true(more >= 30 - 10 && more < 30 + 10);
}

static void the_best_evaluation_can_be_kept(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "best", "apc", 60);
    session_set(&session, "optimiser.rate=0.3"); // soon worse than it was
    session_set(&session, "optimiser.warmup=30");
    session_set(&session, "optimiser.final=1");
    session.config.eval_every = 5;
    session.config.keep_best = true;
    expect(&session, AURICLE_OK);
    print_message("# least %g, of the model %g\n", session.least_loss, session.held_out_loss);
    assert_int_equal(session.evaluations, 60 / 5 + 1); // and the kept one's once more
    assert_true(fabs(session.held_out_loss - session.least_loss) < 1e-6 * session.least_loss);
    assert_true(session.worst_after > 1.05 * session.least_loss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpc_learns),
        cmocka_unit_test(joint_objective_learns),
        cmocka_unit_test(waveform_front_end_trains),
        cmocka_unit_test(rows_left_out_are_told_of_every_folder),
        cmocka_unit_test(settings_hold_in_any_order),
        cmocka_unit_test(a_place_that_cannot_be_written_is_refused_at_once),
        cmocka_unit_test(the_split_is_respected),
        cmocka_unit_test(an_empty_corpus_is_refused),
        cmocka_unit_test(a_corrupt_recording_is_skipped_and_named),
        cmocka_unit_test(held_out_recordings_that_cannot_be_played_lose_nothing),
        cmocka_unit_test(divergence_stops_with_a_reason),
        cmocka_unit_test(a_training_that_learns_nothing_says_so),
        cmocka_unit_test(every_log_line_is_json),
        cmocka_unit_test(a_budget_of_minutes_is_kept),
        cmocka_unit_test(evaluations_hide_no_training_time),
        cmocka_unit_test(the_largest_shape_has_room),
        cmocka_unit_test(a_budget_of_cpu_time_is_kept),
        cmocka_unit_test(a_budget_of_cpu_time_counts_earlier_sessions),
        cmocka_unit_test(the_best_evaluation_can_be_kept),
    };
    return cmocka_run_group_tests_name("pretrain", tests, make_sounds, remove_sounds);
}
