// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pretraining from end to end on seconds of made-up speech: it learns, goes on to the same bits,
 * and ends well when something goes wrong. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../unit/scratch_audio.h"
#include "tones.h"

#include "base/file.h"
#include "model/safetensors.h"

#include <auricle/model.h>
#include <auricle/train.h>

#include <math.h>
#include <sys/resource.h>

enum { FILES = 12, MAX_TEXTS = 40 };

static char sounds[64], empty[64], runs[64];

static int make_sounds(void **state)
{
    (void)state;
    strcpy(sounds, "/tmp/auricle-tones-XXXXXX");
    strcpy(empty, "/tmp/auricle-empty-XXXXXX");
    strcpy(runs, "/tmp/auricle-runs-XXXXXX");
    scratch_create(sounds);
    scratch_create(empty);
    scratch_create(runs);
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.wav", i);
        tones_write(sounds, name, 4 + i % 3, 0.8 + 0.05 * i, (uint64_t)i);
    }
    return 0;
}

static int remove_sounds(void **state)
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

struct session {
    auricle_pretrain_config config;
    const char *data[2], *settings[MAX_TEXTS];
    char folder[128];
    auricle_error error;
    volatile sig_atomic_t stop;
    int64_t stop_at;
    // what the reports said
    double first_loss, last_loss, held_out_loss, accuracy, chance, rank, skipped;
    int evaluations;
    char notes[2048];
};

static double number_of(const auricle_pretrain_report *report, const char *name)
{
    for (int i = 0; i < report->number_count; i++)
        if (!strcmp(report->numbers[i].name, name))
            return report->numbers[i].value;
    return (double)NAN;
}

static void listen_in(const auricle_pretrain_report *report, void *user)
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
        if (session->stop_at > 0 && report->step >= session->stop_at)
            session->stop = 1;
    }
    if (report->event == AURICLE_PRETRAIN_EVALUATION) {
        session->evaluations++;
        session->held_out_loss = report->loss;
        session->accuracy = number_of(report, "cpc.accuracy");
        session->chance = number_of(report, "cpc.chance");
        session->rank = number_of(report, "context.rank");
    }
}

static void session_set(struct session *session, const char *setting)
{
    assert_true(session->config.setting_count < MAX_TEXTS);
    session->settings[session->config.setting_count++] = setting;
}

// run names the folder.
static void session_open(struct session *session, const char *run, const char *objective,
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

static auricle_status session_run(struct session *session)
{
    return auricle_pretrain(&session->config, &session->error);
}

static void expect(struct session *session, auricle_status expected)
{
    auricle_status status = session_run(session);
    if (status != expected)
        fail_msg("%s, not %s: %s", auricle_status_name(status), auricle_status_name(expected),
                 session->error.text);
}

static void expect_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" doesn't say \"%s\"", text, part);
}

static struct file_map map_of(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct file_map map;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_map_open(path, &map, NULL), AURICLE_OK);
    return map;
}

static bool same_file(const char *one, const char *two, const char *name)
{
    struct file_map a = map_of(one, name), b = map_of(two, name);
    bool same = a.count == b.count && memcmp(a.bytes, b.bytes, a.count) == 0;
    file_map_close(&a);
    file_map_close(&b);
    return same;
}

// ---- it learns

static void cpc_learns(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "cpc", "cpc", 120);
    expect(&session, AURICLE_OK);
    print_message("loss %g -> %g, held out %g, accuracy %g (chance %g), rank %g\n",
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
    print_message("loss %g -> %g, held out %g\n", session.first_loss, session.last_loss,
                  session.held_out_loss);
    assert_true(session.last_loss < session.first_loss - 2.0);
    assert_true(session.held_out_loss < session.first_loss - 1.5);
}

static void apc_and_masked_learn(void **state)
{
    (void)state;
    const char *const objectives[] = {"apc", "masked"};
    for (int i = 0; i < 2; i++) {
        struct session session;
        session_open(&session, objectives[i], objectives[i], 80);
        expect(&session, AURICLE_OK);
        print_message("%s: loss %g -> %g, held out %g\n", objectives[i], session.first_loss,
                      session.last_loss, session.held_out_loss);
        assert_true(session.last_loss < 0.8 * session.first_loss);
    }
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

// ---- it goes on to the same bits

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 2; workers++) {
        struct session straight, first, second;
        const char *objective = "cpc:1,apc:0.5,masked:0.5,simclr:1";
        char run[32];
        snprintf(run, sizeof run, "straight%d", workers);
        session_open(&straight, run, objective, 14);
        straight.config.name = "bits";
        straight.config.workers = workers;
        straight.config.eval_every = 5;
        session_set(&straight, "loop.gap=0.7");
        expect(&straight, AURICLE_OK);

        snprintf(run, sizeof run, "halves%d", workers);
        session_open(&first, run, objective, 14);
        first.config.name = "bits";
        first.config.workers = workers;
        first.config.eval_every = 5;
        session_set(&first, "loop.gap=0.7");
        first.config.stop_after = 7;
        expect(&first, AURICLE_INTERRUPTED);
        second = first;
        second.config.user = &second;
        second.config.settings = second.settings;
        second.config.data = second.data;
        second.config.run_folder = second.folder;
        second.config.stop = &second.stop;
        second.config.stop_after = 0;
        second.config.resume = true;
        second.config.loader_threads = 0; // decodes elsewhere, computes the same
        expect(&second, AURICLE_OK);
        assert_true(same_file(straight.folder, second.folder, "model.safetensors"));
    }
}

static void another_seed_gives_other_bits(void **state)
{
    (void)state;
    struct session one, two;
    session_open(&one, "seed1", "cpc", 2);
    session_open(&two, "seed2", "cpc", 2);
    two.config.seed = 2;
    expect(&one, AURICLE_OK);
    expect(&two, AURICLE_OK);
    assert_false(same_file(one.folder, two.folder, "model.safetensors"));
}

static void an_interrupt_leaves_a_resumable_checkpoint(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "interrupt", "cpc", 1000000);
    session.stop_at = 20;
    expect(&session, AURICLE_INTERRUPTED);
    expect_text(session.error.text, "step 20 of 1000000");
    expect_text(session.error.text, "--resume");
    session.stop = 0;
    session.stop_at = 0;
    session.config.resume = true;
    session.config.steps = 22;
    expect(&session, AURICLE_OK);
    auricle_model *model;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/model.safetensors", session.folder);
    assert_int_equal(auricle_model_open(path, &model, NULL), AURICLE_OK);
    auricle_model_info info;
    auricle_model_get_info(model, &info);
    assert_int_equal(info.future_steps, 12);
    assert_int_equal(info.feature_shift, 0); // no predictor that nothing trained
    expect_text(auricle_model_card(model), "\"command\":\"auricle pretrain\"");
    expect_text(auricle_model_card(model), "cpc.steps=12");
    auricle_model_unref(&model);
}

// The card of the session's model; free() it.
static char *card_of(const struct session *session)
{
    char path[PATH_MAX];
    auricle_model *model;
    snprintf(path, sizeof path, "%s/model.safetensors", session->folder);
    assert_int_equal(auricle_model_open(path, &model, NULL), AURICLE_OK);
    char *card = strdup(auricle_model_card(model));
    auricle_model_unref(&model);
    return card;
}

static void another_schedule_is_on_the_card(void **state)
{
    (void)state;
    struct session session;
    const int64_t steps[] = {9, 9, 12, 7}; // the second goes on as planned
    session_open(&session, "replanned", "cpc", 9);
    for (int i = 0; i < 4; i++) {
        session.config.steps = steps[i];
        session.config.resume = i > 0;
        session.config.stop_after = i < 3 ? 2 : 0;
        expect(&session, i < 3 ? AURICLE_INTERRUPTED : AURICLE_OK);
    }
    char *card = card_of(&session);
    expect_text(card, "\"replanned\":[{\"step\":4,\"steps\":9},{\"step\":6,\"steps\":12}]");
    free(card);
    session_open(&session, "as planned", "cpc", 2);
    expect(&session, AURICLE_OK);
    card = card_of(&session);
    assert_null(strstr(card, "replanned"));
    free(card);
}

static void an_interrupt_before_the_first_step_promises_nothing(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "early", "cpc", 2);
    session.stop = 1;
    expect(&session, AURICLE_INTERRUPTED);
    expect_text(session.error.text, "no checkpoint yet; begin anew, without --resume");
    session.stop = 0;
    expect(&session, AURICLE_OK);
}

static void folders_above_the_run_are_made(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "not/yet/there", "cpc", 1);
    expect(&session, AURICLE_OK);
    struct file_map map = map_of(session.folder, "model.safetensors");
    file_map_close(&map);
}

static void a_checkpoint_of_something_else_is_refused(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "refuse", "cpc", 1);
    expect(&session, AURICLE_OK);
    static const struct {
        const char *objective, *setting, *expected;
    } cases[] = {
        {"cpc", "cpc.temperature=0.2", "cpc.temperature=0.2"},
        {"cpc", "shape.dim=16", "shape.context_dim"},
        {"cpc", "optimiser.rate=1", "optimiser.rate=1"},
        {"cpc:1,apc:1", NULL, "objective=cpc:1,apc:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        session_open(&session, "refuse", cases[i].objective, 3);
        if (cases[i].setting)
            session_set(&session, cases[i].setting);
        session.config.resume = true;
        expect(&session, AURICLE_MISMATCH);
        expect_text(session.error.text, cases[i].expected);
    }
    session_open(&session, "refuse", "cpc", 3);
    expect(&session, AURICLE_INVALID); // would overwrite a checkpoint
    expect_text(session.error.text, "--resume");
    session_open(&session, "nothing here", "cpc", 3);
    session.config.resume = true;
    expect(&session, AURICLE_NOT_FOUND);
}

// ---- what can go wrong

static void a_full_disk_keeps_the_old_checkpoint(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "full", "cpc", 1000);
    session.config.stop_after = 3;
    expect(&session, AURICLE_INTERRUPTED);
    struct file_map before = map_of(session.folder, "checkpoint.safetensors");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit usual, small_files;
    getrlimit(RLIMIT_FSIZE, &usual);
    small_files = (struct rlimit){.rlim_cur = 50000, .rlim_max = usual.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small_files);
    session.config.resume = true;
    session.config.checkpoint_minutes = 1e-6; // tries after every step, and goes on
    auricle_status status = session_run(&session);
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_int_equal(status, AURICLE_IO);
    expect_text(session.error.text, "checkpoint.safetensors");
    expect_text(session.notes, "checkpoint.safetensors");
    struct file_map after = map_of(session.folder, "checkpoint.safetensors");
    assert_int_equal(before.count, after.count);
    assert_memory_equal(before.bytes, after.bytes, after.count);
    file_map_close(&before);
    file_map_close(&after);
    session.config.steps = 7;
    session.config.stop_after = 0;
    expect(&session, AURICLE_OK);
}

static void a_full_disk_keeps_the_metrics(void **state)
{
    (void)state;
    struct session session;
    session_open(&session, "full metrics", "cpc", 1000);
    session.config.stop_after = 12;
    expect(&session, AURICLE_INTERRUPTED);
    struct file_map before = map_of(session.folder, "metrics.jsonl");
    assert_true(before.count > 100);
    char *kept = malloc(before.count);
    const size_t count = before.count;
    assert_non_null(kept);
    memcpy(kept, before.bytes, count);
    file_map_close(&before);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit usual;
    getrlimit(RLIMIT_FSIZE, &usual);
    const struct rlimit none = {.rlim_cur = 100, .rlim_max = usual.rlim_max};
    session.config.resume = true;
    setrlimit(RLIMIT_FSIZE, &none);
    auricle_status status = session_run(&session);
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_int_equal(status, AURICLE_IO);
    expect_text(session.error.text, "metrics.jsonl");
    struct file_map after = map_of(session.folder, "metrics.jsonl");
    assert_int_equal(after.count, count);
    assert_memory_equal(after.bytes, kept, count);
    file_map_close(&after);
    free(kept);
}

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
    char mixed[64] = "/tmp/auricle-mixed-XXXXXX";
    scratch_create(mixed);
    for (int i = 0; i < 4; i++)
        tones_write(mixed, (const char *[]){"a.wav", "b.wav", "c.wav", "d.wav"}[i], 2, 1,
                    (uint64_t)i);
    scratch_text(mixed, "broken.flac", "fLaC this is no recording at all");
    session_open(&session, "mixed", "cpc", 20);
    session.data[0] = mixed;
    session_set(&session, "loop.held_out=0");
    expect(&session, AURICLE_OK);
    expect_text(session.notes, "broken.flac");
    char card_path[PATH_MAX];
    auricle_model *model;
    snprintf(card_path, sizeof card_path, "%s/model.safetensors", session.folder);
    assert_int_equal(auricle_model_open(card_path, &model, NULL), AURICLE_OK);
    expect_text(auricle_model_card(model), "\"skipped_recordings\":1");
    auricle_model_unref(&model);
    scratch_destroy(mixed);
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
    print_message("%s\n", session.error.text);
    assert_int_equal(status, AURICLE_INVALID);
    expect_text(session.error.text, "optimiser.rate");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpc_learns),
        cmocka_unit_test(joint_objective_learns),
        cmocka_unit_test(apc_and_masked_learn),
        cmocka_unit_test(waveform_front_end_trains),
        cmocka_unit_test(resume_gives_the_same_bits),
        cmocka_unit_test(another_seed_gives_other_bits),
        cmocka_unit_test(an_interrupt_leaves_a_resumable_checkpoint),
        cmocka_unit_test(another_schedule_is_on_the_card),
        cmocka_unit_test(an_interrupt_before_the_first_step_promises_nothing),
        cmocka_unit_test(folders_above_the_run_are_made),
        cmocka_unit_test(a_checkpoint_of_something_else_is_refused),
        cmocka_unit_test(a_full_disk_keeps_the_old_checkpoint),
        cmocka_unit_test(a_full_disk_keeps_the_metrics),
        cmocka_unit_test(rows_left_out_are_told_of_every_folder),
        cmocka_unit_test(the_split_is_respected),
        cmocka_unit_test(an_empty_corpus_is_refused),
        cmocka_unit_test(a_corrupt_recording_is_skipped_and_named),
        cmocka_unit_test(divergence_stops_with_a_reason),
        cmocka_unit_test(every_log_line_is_json),
    };
    return cmocka_run_group_tests_name("pretrain", tests, make_sounds, remove_sounds);
}
