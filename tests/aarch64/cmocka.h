// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** As much of cmocka's interface as the kernels' tests use: there is no cmocka for a foreign
 * processor to be had without making the machine a mixed one. The first failure ends the program.
 */
#ifndef AURICLE_TESTS_AARCH64_CMOCKA_H
#define AURICLE_TESTS_AARCH64_CMOCKA_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
    void *state;
};

// clang-format off
#define cmocka_unit_test(function) {#function, function, NULL}
// clang-format on

#define print_message(...) printf(__VA_ARGS__)
#define fail_msg(...)                                                                              \
    do {                                                                                           \
        printf("# %s:%d: ", __FILE__, __LINE__);                                                   \
        printf(__VA_ARGS__);                                                                       \
        printf("\n");                                                                              \
        exit(1);                                                                                   \
    } while (0)
#define assert_true(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s", #condition);                                                            \
    } while (0)
#define assert_false(condition) assert_true(!(condition))
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_int_equal(a, b) assert_true((a) == (b))
#define assert_float_equal(a, b, error)                                                            \
    assert_true(fabs((double)(a) - (double)(b)) <= (double)(error))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, size) assert_true(memcmp(a, b, size) == 0)

#define cmocka_run_group_tests_name(group, tests, setup, teardown)                                 \
    run_tests(tests, sizeof(tests) / sizeof *(tests))

static inline int run_tests(const struct CMUnitTest *tests, size_t count)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (size_t i = 0; i < count; i++) {
        void *state = tests[i].state;
        tests[i].run(&state);
        printf("# passed: %s\n", tests[i].name);
    }
    return 0;
}

#endif
