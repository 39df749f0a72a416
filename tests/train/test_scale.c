// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// More workers compute the same gradient, and recordings of hours are never held whole.
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "objective_bench.h"
#include "session.h"

#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

// The L1 of a log-mel frame to come needs no other stream: shared out, it is the same mean.
static void workers_share_one_gradient(void **state)
{
    (void)state;
    const char *const extra[] = {"loop.views=1"};
    struct bench *bench = bench_create("apc", extra, 1);
    const size_t size = bench->parameters.size;
    const struct objective_time time = {0, 10};
    double loss = trainer_run(bench->trainer, &bench->batch, 1, time).total, largest = 0;
    float *alone = malloc(size * sizeof *alone);
    assert_non_null(alone);
    memcpy(alone, bench->parameters.grad, size * sizeof *alone);
    for (size_t i = 0; i < size; i++)
        largest = fmax(largest, fabs((double)alone[i]));
    trainer_destroy(&bench->trainer);
    assert_int_equal(
        trainer_create(&bench->settings, &bench->network, true, 5, STREAMS, &bench->trainer, NULL),
        AURICLE_OK);
    double shared = trainer_run(bench->trainer, &bench->batch, 1, time).total;
    assert_true(fabs(shared - loss) < 1e-6 * loss);
    for (size_t i = 0; i < size; i++)
        assert_true(fabs((double)alone[i] - (double)bench->parameters.grad[i]) < 1e-6 * largest);
    free(alone);
    bench_destroy(bench);
}

// A WAV whose samples are mostly a hole in the file, with a second of noise in every half minute.
static void write_hours(const char *folder, int hours)
{
    enum { RATE_HZ = 16000, EVERY_S = 30 };
    char path[PATH_MAX];
    scratch_audio(folder, "hours.wav", 0, RATE_HZ, RATE_HZ, 1);
    snprintf(path, sizeof path, "%s/hours.wav", folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    static unsigned char second[44 + 2 * RATE_HZ];
    assert_int_equal(fread(second, 1, sizeof second, file), sizeof second);
    const uint32_t bytes = (uint32_t)hours * 3600 * RATE_HZ * 2, all = bytes + 36;
    assert_memory_equal(second + 36, "data", 4);
    assert_int_equal(fseek(file, 4, SEEK_SET), 0); // RIFF size
    assert_int_equal(fwrite(&all, 4, 1, file), 1);
    assert_int_equal(fseek(file, 40, SEEK_SET), 0); // data size
    assert_int_equal(fwrite(&bytes, 4, 1, file), 1);
    for (long s = 0; s < hours * 3600L; s += EVERY_S) {
        assert_int_equal(fseek(file, 44 + s * 2 * RATE_HZ, SEEK_SET), 0);
        assert_int_equal(fwrite(second + 44, 1, 2 * RATE_HZ, file), 2 * RATE_HZ);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, 44 + (off_t)bytes), 0);
}

static long peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void train_on(const char *folder, const char *run)
{
    struct session session;
    session_open(&session, run, "cpc:1,apc:1", 60);
    session.data[0] = folder;
    session.config.loader_threads = 2;
    session_set(&session, "loop.held_out=0");
    expect(&session, AURICLE_OK);
    assert_true(isfinite(session.last_loss));
}

static void hours_are_windowed(void **state)
{
    (void)state;
    enum { HOURS = 3, STRETCH_S = 30, PLAYED = 8, RATE_HZ = 16000 };
    char folder[] = "/tmp/auricle-hours-XXXXXX";
    scratch_create(folder);
    write_hours(folder, HOURS);
    train_on(sounds, "short");
    const long before = peak_mib();
    train_on(folder, "hours");
    const long more = peak_mib() - before;
    scratch_destroy(folder);
    // each stream keeps half a minute of floats, and reads it through a copy
    const long stretches = 2L * PLAYED * STRETCH_S * RATE_HZ * 4 / (1024 * 1024);
    if (more > stretches + 16)
        fail_msg("%d hours in one file took %ld MiB more than seconds did, not %ld", HOURS, more,
                 stretches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_share_one_gradient),
        cmocka_unit_test(hours_are_windowed),
    };
    return cmocka_run_group_tests(tests, make_sounds, remove_sounds);
}
