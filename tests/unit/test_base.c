// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/grow.h"
#include "base/random.h"
#include "base/text.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void arena_gives_aligned_zeroed_separate_memory(void **state)
{
    (void)state;
    struct arena *arena = arena_create(4096);
    struct random random = random_seeded(1);
    for (int round = 0; round < 3; round++) {
        unsigned char *taken[200];
        size_t sizes[200];
        for (int i = 0; i < 200; i++) {
            sizes[i] = random_below(&random, i % 50 == 0 ? 20000 : 300);
            taken[i] = arena_take(arena, sizes[i]);
            assert_int_equal((uintptr_t)taken[i] % 64, 0);
            for (size_t j = 0; j < sizes[i]; j++)
                assert_int_equal(taken[i][j], 0);
            memset(taken[i], i + 1, sizes[i]);
        }
        for (int i = 0; i < 200; i++) // nobody wrote into another's
            for (size_t j = 0; j < sizes[i]; j++)
                assert_int_equal(taken[i][j], (unsigned char)(i + 1));
        arena_reset(arena);
    }
    arena_destroy(&arena);
    assert_null(arena);
    arena_destroy(&arena);
}

static void arena_settles(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1024);
    size_t held = 0;
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 100; i++)
            arena_take_raw(arena, 500);
        if (round == 1)
            held = arena_bytes(arena);
        arena_reset(arena);
    }
    arena_take_raw(arena, 1);
    assert_int_equal(arena_bytes(arena), held); // one block by now holds what the work needs
    for (int i = 0; i < 99; i++)
        arena_take_raw(arena, 500);
    assert_int_equal(arena_bytes(arena), held);
    arena_destroy(&arena);
}

// ---- arrays that grow

static void an_array_grows_and_keeps_its_items(void **state)
{
    (void)state;
    int *list = NULL;
    size_t room = 0, resized = 0;
    for (size_t i = 0; i < 10000; i++) {
        const size_t before = room;
        assert_true(GROW(list, i + 1, room));
        resized += room != before;
        list[i] = (int)i;
    }
    for (int i = 0; i < 10000; i++)
        assert_int_equal(list[i], i);
    assert_true(room >= 10000 && room < 20000);
    assert_true(resized < 20);
    free(list);
}

static void arrays_that_grow_together_have_one_room(void **state)
{
    (void)state;
    float *x = NULL;
    char *label = NULL;
    size_t room = 0;
    assert_true(GROW_ALL(1000, room, {&x, 3 * sizeof *x}, {&label, sizeof *label}));
    assert_true(room >= 1000);
    for (size_t i = 0; i < room; i++) {
        x[3 * i + 2] = (float)i;
        label[i] = (char)i;
    }
    free(x);
    free(label);
}

static void an_array_too_large_stays_as_it_was(void **state)
{
    (void)state;
    double *list = NULL;
    size_t room = 0;
    assert_true(GROW(list, 4, room));
    const double *before = list;
    const size_t room_before = room;
    list[3] = 3;
    assert_false(GROW(list, SIZE_MAX / 2, room));
    assert_ptr_equal(list, before);
    assert_int_equal(room, room_before);
    assert_true(list[3] == 3);
    free(list);
}

// ---- text

static void text_hash_is_fnv_1a(void **state)
{
    (void)state;
    assert_true(text_hash("") == UINT64_C(0xcbf29ce484222325)); // the test vectors of its authors
    assert_true(text_hash("a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(text_hash("foobar") == UINT64_C(0x85944171f73967e8));
}

static void a_file_name_is_what_follows_the_last_slash(void **state)
{
    (void)state;
    assert_string_equal(text_file_name("/a/b.wav"), "b.wav");
    assert_string_equal(text_file_name("b.wav"), "b.wav");
    assert_string_equal(text_file_name("a/"), "");
}

// ---- random

// The first outputs from state {1, 2, 3, 4}, as the authors' C code gives them.
static void random_is_xoshiro256starstar(void **state)
{
    (void)state;
    static const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    struct random random = {{1, 2, 3, 4}};
    for (int i = 0; i < 10; i++)
        assert_true(random_bits(&random) == expected[i]);
}

// splitmix64 from 1234567, as published with Vigna's code.
static void random_is_seeded_through_splitmix(void **state)
{
    (void)state;
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431)};
    struct random random = random_seeded(1234567);
    assert_memory_equal(random.state, expected, sizeof expected);
}

static void random_repeats_and_purposes_differ(void **state)
{
    (void)state;
    struct random a = random_for(7, 1), b = random_for(7, 1), other = random_for(7, 2);
    struct random next_seed = random_for(8, 1);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t bits = random_bits(&a);
        assert_true(bits == random_bits(&b));
        same += (bits == random_bits(&other)) + (bits == random_bits(&next_seed));
    }
    assert_int_equal(same, 0);
}

static void random_numbers_are_distributed_as_named(void **state)
{
    (void)state;
    enum { DRAWS = 200000, BINS = 10 };
    struct random random = random_seeded(3);
    int counts[BINS] = {0}, below[7] = {0};
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < DRAWS; i++) {
        float uniform = random_uniform(&random);
        assert_true(uniform >= 0.0f && uniform < 1.0f);
        counts[(int)(uniform * BINS)]++;
        below[random_below(&random, 7)]++;
        double normal = (double)random_normal(&random);
        sum += normal;
        squares += normal * normal;
        fourth += normal * normal * normal * normal;
    }
    // five standard deviations of a binomial count and of the moments
    for (int i = 0; i < BINS; i++)
        assert_true(fabs(counts[i] - DRAWS / 10.0) < 5 * sqrt(DRAWS * 0.1 * 0.9));
    for (int i = 0; i < 7; i++)
        assert_true(fabs(below[i] - DRAWS / 7.0) < 5 * sqrt(DRAWS / 7.0));
    assert_true(fabs(sum / DRAWS) < 5 / sqrt(DRAWS));
    assert_true(fabs(squares / DRAWS - 1) < 5 * sqrt(2.0 / DRAWS));
    assert_true(fabs(fourth / DRAWS - 3) < 5 * sqrt(96.0 / DRAWS));
}

static void shuffle_gives_every_order_alike(void **state)
{
    (void)state;
    enum { ROUNDS = 24000 };
    struct random random = random_seeded(4);
    int counts[4][4] = {{0}};
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t order[4] = {0, 1, 2, 3}, seen = 0;
        random_shuffle(&random, order, 4);
        for (int i = 0; i < 4; i++) {
            seen |= 1u << order[i];
            counts[i][order[i]]++;
        }
        assert_int_equal(seen, 15);
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            assert_true(fabs(counts[i][j] - ROUNDS / 4.0) < 5 * sqrt(ROUNDS * 0.25 * 0.75));
}

static void error_says_what_and_where(void **state)
{
    (void)state;
    auricle_error error;
    assert_int_equal(error_set(&error, AURICLE_FORMAT, "width %d", 7), AURICLE_FORMAT);
    assert_int_equal(error_prefix(&error, AURICLE_IO, "file %s", "a.wav"), AURICLE_IO);
    assert_string_equal(error.text, "file a.wav: width 7");
    assert_int_equal(error.status, AURICLE_IO);
    assert_int_equal(error_set(NULL, AURICLE_INVALID, "unheard"), AURICLE_INVALID);
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    error_set(&error, AURICLE_INVALID, "%s", long_text);
    error_prefix(&error, AURICLE_INVALID, "%s", long_text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

/** A folder of its own for each file test, with one path in it. */
struct place {
    char folder[64];
    char path[96];
};

static int place_make(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->folder, "auricle-test-XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    snprintf(place->path, sizeof place->path, "%s/kept", place->folder);
    *state = place;
    return 0;
}

static int place_remove(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    int result = rmdir(place->folder); // fails when something was left behind
    free(place);
    return result;
}

static int entries_of(const char *folder)
{
    DIR *open_folder = opendir(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open_folder));)
        count += entry->d_name[0] != '.';
    closedir(open_folder);
    return count;
}

static void assert_file_is(const char *path, const void *bytes, size_t count)
{
    struct file_map map;
    auricle_error error;
    if (file_map_open(path, &map, &error) != AURICLE_OK)
        fail_msg("%s", error.text);
    assert_int_equal(map.count, count);
    if (count > 0)
        assert_memory_equal(map.bytes, bytes, count);
    file_map_close(&map);
    assert_null(map.bytes);
}

static void file_replace_writes_all_parts(void **state)
{
    struct place *place = *state;
    const struct file_part first[] = {{"one", 3}};
    const struct file_part second[] = {{"two ", 4}, {NULL, 0}, {"three", 5}};
    assert_int_equal(file_replace(place->path, first, 1, NULL), AURICLE_OK);
    assert_file_is(place->path, "one", 3);
    assert_int_equal(file_replace(place->path, second, 3, NULL), AURICLE_OK);
    assert_file_is(place->path, "two three", 9);
    assert_int_equal(file_replace(place->path, NULL, 0, NULL), AURICLE_OK);
    assert_file_is(place->path, NULL, 0);
    assert_int_equal(entries_of(place->folder), 1);
}

// A child that may write 64 KiB per file stands for a full disk: the write stops half-way.
static void file_replace_on_a_full_disk_keeps_the_old(void **state)
{
    struct place *place = *state;
    const struct file_part old = {"old and whole", 13};
    assert_int_equal(file_replace(place->path, &old, 1, NULL), AURICLE_OK);
    int said[2], status;
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){65536, 65536});
        static char bytes[200000];
        const struct file_part parts[] = {{"head", 4}, {bytes, sizeof bytes}};
        auricle_error error = {0};
        auricle_status result = file_replace(place->path, parts, 2, &error);
        ssize_t wrote = write(said[1], error.text, strlen(error.text));
        _exit(result == AURICLE_IO && wrote > 0 ? 0 : 1);
    }
    char text[600] = "";
    close(said[1]);
    assert_true(read(said[0], text, sizeof text - 1) > 0);
    close(said[0]);
    assert_true(waitpid(child, &status, 0) == child && status == 0);
    assert_non_null(strstr(text, place->path));
    assert_non_null(strstr(text, "File too large"));
    assert_file_is(place->path, old.bytes, old.count);
    assert_int_equal(entries_of(place->folder), 1);
}

static void file_replace_names_a_missing_folder(void **state)
{
    struct place *place = *state;
    char path[160];
    snprintf(path, sizeof path, "%s/absent/file", place->folder);
    auricle_error error;
    const struct file_part part = {"x", 1};
    assert_int_equal(file_replace(path, &part, 1, &error), AURICLE_IO);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, "No such file"));
}

static void file_map_tells_absent_from_unreadable(void **state)
{
    struct place *place = *state;
    struct file_map map;
    auricle_error error;
    assert_int_equal(file_map_open(place->path, &map, &error), AURICLE_NOT_FOUND);
    assert_non_null(strstr(error.text, place->path));
    assert_int_equal(file_map_open(place->folder, &map, &error), AURICLE_IO);
    assert_null(map.bytes);
}

static void file_map_does_not_wait_for_a_pipe(void **state)
{
    struct place *place = *state;
    struct file_map map;
    auricle_error error;
    assert_int_equal(mkfifo(place->path, 0600), 0);
    alarm(5); // where it waits, the test ends here
    assert_int_equal(file_map_open(place->path, &map, &error), AURICLE_IO);
    alarm(0);
    assert_non_null(strstr(error.text, "is not a file"));
}

static void file_check_place_tells_where_no_file_can_be(void **state)
{
    struct place *place = *state;
    char path[160];
    auricle_error error;
    assert_int_equal(file_check_place(place->path, &error), AURICLE_OK);
    assert_int_equal(entries_of(place->folder), 0);
    assert_int_equal(file_check_place(place->folder, &error), AURICLE_IO);
    snprintf(path, sizeof path, "%s/absent/file", place->folder);
    assert_int_equal(file_check_place(path, &error), AURICLE_IO);
    assert_non_null(strstr(error.text, "absent: No such file"));
}

static void file_make_folders_makes_those_above(void **state)
{
    struct place *place = *state;
    char path[160];
    auricle_error error;
    struct stat status;
    snprintf(path, sizeof path, "%s/a/b/", place->folder);
    for (int i = 0; i < 2; i++) // the second time they are there
        assert_int_equal(file_make_folders(path, &error), AURICLE_OK);
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    assert_int_equal(rmdir(path), 0);
    *strrchr(path, 'b') = '\0';
    assert_int_equal(rmdir(path), 0);
    const struct file_part part = {"x", 1};
    assert_int_equal(file_replace(place->path, &part, 1, NULL), AURICLE_OK);
    snprintf(path, sizeof path, "%s/below/a/file", place->path);
    assert_int_equal(file_make_folders(path, &error), AURICLE_IO);
    assert_non_null(strstr(error.text, path));
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_aligned_zeroed_separate_memory),
        cmocka_unit_test(arena_settles),
        cmocka_unit_test(an_array_grows_and_keeps_its_items),
        cmocka_unit_test(arrays_that_grow_together_have_one_room),
        cmocka_unit_test(an_array_too_large_stays_as_it_was),
        cmocka_unit_test(text_hash_is_fnv_1a),
        cmocka_unit_test(a_file_name_is_what_follows_the_last_slash),
        cmocka_unit_test(random_is_xoshiro256starstar),
        cmocka_unit_test(random_is_seeded_through_splitmix),
        cmocka_unit_test(random_repeats_and_purposes_differ),
        cmocka_unit_test(random_numbers_are_distributed_as_named),
        cmocka_unit_test(shuffle_gives_every_order_alike),
        cmocka_unit_test(error_says_what_and_where),
        FILE_TEST(file_replace_writes_all_parts),
        FILE_TEST(file_replace_on_a_full_disk_keeps_the_old),
        FILE_TEST(file_replace_names_a_missing_folder),
        FILE_TEST(file_map_tells_absent_from_unreadable),
        FILE_TEST(file_map_does_not_wait_for_a_pipe),
        FILE_TEST(file_check_place_tells_where_no_file_can_be),
        FILE_TEST(file_make_folders_makes_those_above),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
