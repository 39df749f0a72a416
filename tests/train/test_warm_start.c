// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A pretraining that begins with another encoder's weights: by name, where shapes agree. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "session.h"

#include "model/model.h"

static char first_model[256];

static void open_session(struct session *session, const char *run, const char *from)
{
    session_open(session, run, "apc:1", 6);
    session_set(session, "optimiser.rate=0");
    session->config.from = from;
}

static int train_first(void **state)
{
    struct session session;
    make_sounds(state);
    session_open(&session, "first", "apc:1", 12);
    expect(&session, AURICLE_OK);
    snprintf(first_model, sizeof first_model, "%s/model.safetensors", session.folder);
    return 0;
}

static auricle_model *model_of(const char *folder)
{
    char path[256];
    auricle_model *model;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    assert_int_equal(auricle_model_open(path, &model, NULL), AURICLE_OK);
    return model;
}

static bool same_tensor(const auricle_model *a, const auricle_model *b, const char *name, int rank,
                        const int *dims, size_t count)
{
    const float *x, *y;
    assert_int_equal(safetensors_float(&a->file, name, rank, dims, &x, NULL), AURICLE_OK);
    assert_int_equal(safetensors_float(&b->file, name, rank, dims, &y, NULL), AURICLE_OK);
    return memcmp(x, y, count * sizeof *x) == 0;
}

// At a rate of 0 what was begun with is what is written.
static void the_weights_are_those_of_the_file(void **state)
{
    (void)state;
    struct session session;
    open_session(&session, "same", first_model);
    expect(&session, AURICLE_OK);
    expect_text(session.notes, "and the feature statistics");
    auricle_model *now = model_of(session.folder), *before;
    assert_int_equal(auricle_model_open(first_model, &before, NULL), AURICLE_OK);
    assert_string_equal(now->hash, before->hash);
    expect_text(now->card, before->hash); // the card says from what
    auricle_model_unref(&now);
    auricle_model_unref(&before);
}

// Another width of the context: the convolution fits, the rest is fresh.
static void what_does_not_fit_is_fresh(void **state)
{
    (void)state;
    struct session session;
    open_session(&session, "wider", first_model);
    session_set(&session, "shape.dim=48");
    session_set(&session, "shape.floor=1e-5");
    expect(&session, AURICLE_OK);
    assert_null(strstr(session.notes, "and the feature statistics")); // measured anew
    auricle_model *now = model_of(session.folder), *before;
    assert_int_equal(auricle_model_open(first_model, &before, NULL), AURICLE_OK);
    assert_true(same_tensor(now, before, "latent.0.weight", 3, (int[]){32, 3, 32}, 32 * 3 * 32));
    assert_false(same_tensor(now, before, "features.mean", 1, (int[]){32}, 32));
    auricle_model_unref(&now);
    auricle_model_unref(&before);
}

static void what_cannot_be_begun_with_is_refused(void **state)
{
    (void)state;
    struct session session;
    open_session(&session, "nothing", "/nowhere/model.safetensors");
    expect(&session, AURICLE_NOT_FOUND);
    open_session(&session, "misfit", first_model);
    session_set(&session, "shape.mels=40");
    session_set(&session, "shape.conv=24x3");
    session_set(&session, "shape.dim=48");
    expect(&session, AURICLE_INVALID);
    expect_text(session.error.text, "none of its tensors");
}

// Stopped and resumed, the file to begin with being gone: the same bits.
static void it_resumes(void **state)
{
    (void)state;
    struct session straight, first, second;
    session_open(&straight, "go", "apc:1", 8);
    straight.config.from = first_model;
    expect(&straight, AURICLE_OK);
    session_open(&first, "halves", "apc:1", 8);
    first.config.from = first_model;
    first.config.stop_after = 3;
    expect(&first, AURICLE_INTERRUPTED);
    session_open(&second, "halves", "apc:1", 8);
    second.config.from = "/nowhere/model.safetensors";
    second.config.resume = true;
    expect(&second, AURICLE_OK);
    auricle_model *a = model_of(straight.folder), *b = model_of(second.folder);
    assert_string_equal(a->hash, b->hash);
    assert_string_equal(a->card, b->card);
    auricle_model_unref(&a);
    auricle_model_unref(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_are_those_of_the_file),
        cmocka_unit_test(what_does_not_fit_is_fresh),
        cmocka_unit_test(what_cannot_be_begun_with_is_refused),
        cmocka_unit_test(it_resumes),
    };
    return cmocka_run_group_tests_name("warm start", tests, train_first, remove_sounds);
}
