// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Training in bfloat16: the loss falls as it does in float, the same bits every time, and a CPU
// that can't says so.
#define _XOPEN_SOURCE 700
#include "kernels/kernels.h"

#include "base/file.h"

#include <limits.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "session.h"

enum { STEPS = 40 };

static bool cpu_can(void)
{
    struct kernel_table table = *kernels();
    return kernels_bf16(0, &table) != NULL;
}

static void train(struct session *session, const char *run, const char *setting)
{
    session_open(session, run, "cpc:1,apc:1,masked:0.25", STEPS);
    session->config.workers = 2;
    session->config.name = "bits";
    session_set(session, setting);
    expect(session, AURICLE_OK);
}

static struct file_map model_of(const struct session *session)
{
    char path[PATH_MAX];
    struct file_map map;
    snprintf(path, sizeof path, "%s/model.safetensors", session->folder);
    assert_int_equal(file_map_open(path, &map, NULL), AURICLE_OK);
    return map;
}

static void the_loss_falls_as_in_float(void **state)
{
    (void)state;
    if (!cpu_can())
        return;
    struct session in_float, in_bf16, after;
    train(&in_float, "float", "loop.bf16=0");
    train(&in_bf16, "bf16", "loop.bf16=1");
    train(&after, "after", "loop.bf16=0"); // what one training chose is not left to the next
    double fallen = in_float.first_loss - in_float.last_loss;
    assert_true(fallen > 0.1 * in_float.first_loss);
    assert_true(in_bf16.last_loss != in_float.last_loss); // it does compute otherwise
    assert_true(fabs(in_bf16.last_loss - in_float.last_loss) < 0.1 * fallen);
    assert_true(after.last_loss == in_float.last_loss);
}

static void the_same_bits_every_time(void **state)
{
    (void)state;
    if (!cpu_can())
        return;
    struct session one, two;
    train(&one, "one", "loop.bf16=1");
    train(&two, "two", "loop.bf16=1");
    struct file_map a = model_of(&one), b = model_of(&two);
    bool same = a.count == b.count && memcmp(a.bytes, b.bytes, a.count) == 0;
    file_map_close(&a);
    file_map_close(&b);
    assert_true(same);
}

static void a_cpu_that_cannot_says_so(void **state)
{
    (void)state;
    if (cpu_can())
        return;
    struct session session;
    session_open(&session, "cannot", "cpc", STEPS);
    session_set(&session, "loop.bf16=1");
    expect(&session, AURICLE_INVALID);
    expect_text(session.error.text, "AVX512-BF16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_falls_as_in_float),
        cmocka_unit_test(the_same_bits_every_time),
        cmocka_unit_test(a_cpu_that_cannot_says_so),
    };
    return cmocka_run_group_tests(tests, make_sounds, remove_sounds);
}
