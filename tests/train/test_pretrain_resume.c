// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The run folder: an interrupted pretraining goes on to the same bits, a checkpoint of something
 * else is refused, and a full disk loses nothing. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "session.h"

#include "base/file.h"

#include <auricle/model.h>

#include <sys/resource.h>

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

// ---- it goes on to the same bits

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 4; workers += workers == 2 ? 2 : 1) {
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

// The best evaluation is one of the first session's.
static void the_best_is_kept_over_a_resume(void **state)
{
    (void)state;
    for (int stopped = 0; stopped < 2; stopped++) {
        struct session session;
        session_open(&session, stopped ? "best-halves" : "best-straight", "apc", 60);
        session.config.name = "bits";
        session_set(&session, "optimiser.rate=0.3"); // soon worse than it was
        session_set(&session, "optimiser.warmup=30");
        session_set(&session, "optimiser.final=1");
        session.config.eval_every = 5;
        session.config.keep_best = true;
        session.config.stop_after = stopped ? 52 : 0;
        expect(&session, stopped ? AURICLE_INTERRUPTED : AURICLE_OK);
        session.config.stop_after = 0;
        session.config.resume = true;
        const double least = session.least_loss;
        if (stopped)
            expect(&session, AURICLE_OK);
        assert_true(session.worst_after > 1.05 * least);
    }
    char straight[128], halves[128];
    snprintf(straight, sizeof straight, "%s/best-straight", runs);
    snprintf(halves, sizeof halves, "%s/best-halves", runs);
    assert_true(same_file(straight, halves, "model.safetensors"));
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

// ---- a full disk

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resume_gives_the_same_bits),
        cmocka_unit_test(the_best_is_kept_over_a_resume),
        cmocka_unit_test(another_seed_gives_other_bits),
        cmocka_unit_test(an_interrupt_leaves_a_resumable_checkpoint),
        cmocka_unit_test(another_schedule_is_on_the_card),
        cmocka_unit_test(an_interrupt_before_the_first_step_promises_nothing),
        cmocka_unit_test(folders_above_the_run_are_made),
        cmocka_unit_test(a_checkpoint_of_something_else_is_refused),
        cmocka_unit_test(a_full_disk_keeps_the_old_checkpoint),
        cmocka_unit_test(a_full_disk_keeps_the_metrics),
    };
    return cmocka_run_group_tests_name("pretrain_resume", tests, make_sounds, remove_sounds);
}
