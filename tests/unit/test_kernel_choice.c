// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// The choice among the tables. kernels() is called in child processes only, but by the last test:
// it decides once per process.
#define _POSIX_C_SOURCE 200809L
#include "kernels/variants.h"

#include <auricle/machine.h>
#include <auricle/status.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define EACH_TABLE(table)                                                                          \
    for (int table##_index = 0; (table = kernels_supported(table##_index)); table##_index++)

/** What a fresh process with AURICLE_KERNELS=wish chooses, and what it says. */
struct choice {
    char name[32];
    char said[512];
    int warnings;
};

static void *choose_in_thread(void *start)
{
    pthread_barrier_wait(start);
    return (void *)(uintptr_t)kernels();
}

// Eight threads ask at once; all must get the same table.
static const char *name_all_agree_on(void)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, choose_in_thread, &start))
            return "no thread";
    const struct kernel_table *table = NULL;
    for (int i = 0; i < THREADS; i++) {
        void *got;
        pthread_join(threads[i], &got);
        if (table && got != table)
            return "disagreement";
        table = got;
    }
    return table->name;
}

static void read_all(int descriptor, char *text, size_t room)
{
    size_t length = 0;
    ssize_t got;
    while (length + 1 < room && (got = read(descriptor, text + length, room - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(descriptor);
}

static struct choice choice_of(const char *wish)
{
    struct choice choice = {0};
    int name[2], said[2], status;
    assert_int_equal(pipe(name), 0);
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(said[1], STDERR_FILENO);
        wish ? setenv("AURICLE_KERNELS", wish, 1) : unsetenv("AURICLE_KERNELS");
        const char *chosen = name_all_agree_on();
        _exit(write(name[1], chosen, strlen(chosen)) < 0);
    }
    close(name[1]);
    close(said[1]);
    read_all(name[0], choice.name, sizeof choice.name);
    read_all(said[0], choice.said, sizeof choice.said);
    assert_true(waitpid(child, &status, 0) == child && status == 0);
    for (const char *at = choice.said; (at = strchr(at, '\n')); at++)
        choice.warnings++;
    return choice;
}

static void the_best_table_is_chosen(void **state)
{
    (void)state;
    struct choice choice = choice_of(NULL);
    assert_string_equal(choice.name, kernels_supported(0)->name);
    assert_string_equal(choice.said, "");
}

static void the_environment_forces_a_table(void **state)
{
    (void)state;
    const struct kernel_table *table;
    EACH_TABLE(table)
    {
        struct choice choice = choice_of(table->name);
        assert_string_equal(choice.name, table->name);
        assert_string_equal(choice.said, "");
    }
}

static void an_unknown_wish_is_answered_once(void **state)
{
    (void)state;
    struct choice choice = choice_of("v5");
    assert_string_equal(choice.name, kernels_supported(0)->name);
    assert_int_equal(choice.warnings, 1);
    assert_non_null(strstr(choice.said, "AURICLE_KERNELS=v5"));
    const struct kernel_table *table;
    EACH_TABLE(table)
    assert_non_null(strstr(choice.said, table->name));
}

static void amx_is_a_choice_or_refused_with_a_reason(void **state)
{
    (void)state;
    const char *refusal = auricle_kernels_amx_refusal();
    const struct kernel_table *amx = kernels_named("v4-amx");
    assert_int_equal(refusal == NULL, amx != NULL);
    assert_true(!amx || kernels_int8_agree(amx, &kernels_portable));
    assert_true(!refusal || strlen(refusal) > 10);
    assert_ptr_equal(refusal, auricle_kernels_amx_refusal());
}

static void blas_takes_over_sgemm_alone(void **state)
{
    (void)state;
    const struct kernel_table before = *kernels();
    kernels_use_blas(1);
    const struct kernel_table *after = kernels();
    assert_true(after->sgemm != before.sgemm && after->gemv == before.gemv);
    assert_string_equal(after->name, before.name);
    float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 0, 2, 0, 1, -1}, c[4];
    after->sgemm(false, true, 2, 2, 3, 2.0f, a, 3, b, 3, 0.0f, c, 2);
    const float expected[4] = {14, -2, 32, -2};
    assert_memory_equal(c, expected, sizeof c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_table_is_chosen),
        cmocka_unit_test(the_environment_forces_a_table),
        cmocka_unit_test(an_unknown_wish_is_answered_once),
        cmocka_unit_test(amx_is_a_choice_or_refused_with_a_reason),
        cmocka_unit_test(blas_takes_over_sgemm_alone),
    };
    return cmocka_run_group_tests_name("kernel_choice", tests, NULL, NULL);
}
