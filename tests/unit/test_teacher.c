// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A teacher's rows: read from .npy or refused with a reason, and delivered in time with the
 * frames, whatever their rate, the speed at which the sound is played, and the delay. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "npy_write.h"
#include "scratch_audio.h"

#include "data/loader.h"
#include "data/npy_read.h"

#include <math.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/auricle-teacher-XXXXXX");
    scratch_create(folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    scratch_destroy(folder);
    return 0;
}

static auricle_status open_named(const char *name, struct npy_file *npy, auricle_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return npy_open(path, npy, error);
}

// ---- the file

static void rows_are_read(void **state)
{
    (void)state;
    const float values[6] = {1, 2, 3, 4, 5, 6};
    const struct {
        const char *header;
        size_t rows, columns;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }          \n", 3, 2},
        {"{'shape': (2,3), 'fortran_order': False, 'descr': '<f4'}", 2, 3},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n", 1, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct npy_file npy;
        float row[6];
        npy_write_raw(folder, "good.npy", cases[i].header, values, sizeof values);
        assert_int_equal(open_named("good.npy", &npy, NULL), AURICLE_OK);
        assert_true(npy.rows == cases[i].rows && npy.columns == cases[i].columns);
        npy_read_row(&npy, npy.rows - 1, row);
        assert_memory_equal(row, values + 6 - npy.columns, npy.columns * sizeof *row);
        npy_close(&npy);
    }
}

static void bad_files_are_refused_with_a_reason(void **state)
{
    (void)state;
    const float values[6] = {1, 2, 3, 4, 5, 6};
    const struct {
        const char *header, *reason;
    } cases[] = {
        {"", "no dictionary"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 1), }", "float32"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2), }", "float32"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }", "float32"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", "columns"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2), }", "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 2), }", "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'x': 1}", "unknown"},
        {"{'descr': '<f4', 'descr': '<f4', 'shape': (3, 2), }", "repeated"},
        {"{'descr': '<f4', 'shape': (3, 2), }", "lacks"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), } and more", "goes on"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)", "unknown"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }", "shorter or longer"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "shorter or longer"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }", "empty"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0), }", "empty"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 9000), }", "8192"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387907, 2), }",
         "shorter or longer"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 2), }",
         "dimensions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct npy_file npy;
        auricle_error error = {0};
        npy_write_raw(folder, "bad.npy", cases[i].header, values, sizeof values);
        assert_int_equal(open_named("bad.npy", &npy, &error), AURICLE_FORMAT);
        if (!strstr(error.text, cases[i].reason) || !strstr(error.text, "bad.npy"))
            fail_msg("%s: \"%s\" doesn't say \"%s\"", cases[i].header, error.text, cases[i].reason);
    }
    struct npy_file npy;
    scratch_text(folder, "text.npy", "not an array at all");
    scratch_text(folder, "nothing.npy", "");
    assert_int_equal(open_named("text.npy", &npy, NULL), AURICLE_FORMAT);
    assert_int_equal(open_named("nothing.npy", &npy, NULL), AURICLE_FORMAT);
    assert_int_equal(open_named("absent.npy", &npy, NULL), AURICLE_NOT_FOUND);
}

// Any byte of a good file changed, or its end missing: it is read within its bounds, or refused.
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n";
    const float values[6] = {1, 2, 3, 4, 5, 6};
    unsigned char whole[128];
    struct random random = random_seeded(1);
    npy_write_raw(folder, "good.npy", header, values, sizeof values);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/good.npy", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(whole, 1, sizeof whole, file);
    fclose(file);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
        unsigned char damaged[128];
        memcpy(damaged, whole, size);
        for (int k = 0; k <= i % 3; k++)
            damaged[random_below(&random, size)] = (unsigned char)random_below(&random, 256);
        const size_t kept = i % 5 ? size : (size_t)random_below(&random, size);
        file = fopen(path, "wb");
        assert_true(file && fwrite(damaged, 1, kept, file) == kept && fclose(file) == 0);
        struct npy_file npy;
        float row[NPY_MAX_COLUMNS];
        if (npy_open(path, &npy, NULL)) {
            refused++;
            continue;
        }
        for (size_t r = 0; r < npy.rows; r++)
            npy_read_row(&npy, r, row);
        npy_close(&npy);
    }
    assert_true(refused > 1500 && refused < 3000);
}

// ---- in time

enum { WIDTH = 2, FRAMES = 50 };

// The rows of FILE say the moment they stand for, and its negative.
static void write_clock(const char *name, int rows, double hop_s, double first_s)
{
    float values[512 * WIDTH];
    assert_true(rows <= 512);
    for (int i = 0; i < rows; i++) {
        values[2 * i] = (float)(first_s + i * hop_s);
        values[2 * i + 1] = -values[2 * i];
    }
    npy_write(folder, name, values, rows, WIDTH);
}

static struct corpus corpus;
static const char *data[] = {folder};

static struct loader *open_loader(const char *teacher, double hop_s, double first_s, int delay,
                                  float speed, float gap_s, float most_s)
{
    struct loader *loader;
    struct loader_config config = {
        .corpus = &corpus,
        .streams = 1,
        .frames = FRAMES,
        .views = 1,
        .logmel = {16000, 160, 400, 512, 20, 20, 7600, 1e-6f, 1},
        .want_samples = true,
        .seed = 1,
        .max_recording_s = most_s,
        .gap_probability = gap_s > 0,
        .gap_low_s = gap_s,
        .gap_high_s = gap_s,
        .teacher = {WIDTH, teacher, data, hop_s, first_s, delay},
    };
    config.augment[0].speed_low = config.augment[0].speed_high = speed;
    config.augment[0].speed_probability = 1;
    auricle_error error = {0};
    if (loader_create(&config, &loader, &error))
        fail_msg("%s", error.text);
    return loader;
}

static void add_clip(const char *name, double seconds)
{
    scratch_audio(folder, name, 0, 16000, (int)(seconds * 16000), 1);
    corpus_free(&corpus);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(corpus_add(&corpus, path, &(struct corpus_filter){0}, NULL), AURICLE_OK);
}

// Whatever rate the teacher has, a frame gets the moment it is asked about.
static void rows_follow_the_sound(void **state)
{
    (void)state;
    const struct {
        int rows;
        double hop_s, first_s; // as written
        double hop_said, first_said;
        int delay;
        float speed, gap_s;
    } cases[] = {
        {100, 0.02, 0.01, 0, -1, 0, 1, 0},        // spread over the 2 s of the clip
        {100, 0.02, 0.01, 0.02, -1, 0, 1, 0.15f}, // after a gap
        {25, 0.08, 0.08, 0.08, 0.08, 0, 1.25f, 0},
        {50, 0.04, 0.02, 0, -1, 7, 0.8f, 0.1f}, // late and slow
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        add_clip("clock.wav", 2);
        write_clock("clock.npy", cases[i].rows, cases[i].hop_s, cases[i].first_s);
        struct loader *loader = open_loader(NULL, cases[i].hop_said, cases[i].first_said,
                                            cases[i].delay, cases[i].speed, cases[i].gap_s, 0);
        const struct loader_batch *batch;
        assert_int_equal(loader_next(loader, &batch, NULL), AURICLE_OK);
        const int gap = (int)((double)cases[i].gap_s / 0.01 + 1e-6);
        int checked = 0;
        for (int t = 0; t < FRAMES; t++) {
            const int heard = t - gap - cases[i].delay;
            const double moment = (heard + 0.5) * 0.01 * (double)cases[i].speed;
            assert_int_equal(batch->taught[t],
                             heard >= 0 && moment > cases[i].first_s - cases[i].hop_s);
            if (!batch->taught[t] || moment < cases[i].first_s)
                continue;
            checked++;
            assert_true(fabs((double)batch->teacher[2 * t] - moment) < 1e-3);
            assert_true(batch->teacher[2 * t + 1] == -batch->teacher[2 * t]);
        }
        assert_true(checked > 20);
        loader_destroy(&loader);
    }
}

// Of a long recording one stretch is played: its rows are those of the stretch. A seek into it
// gives the same again.
static void a_stretch_has_its_own_rows(void **state)
{
    (void)state;
    add_clip("long.wav", 20);
    write_clock("long.npy", 500, 0.04, 0.02);
    struct loader *loader = open_loader(NULL, 0, -1, 0, 1, 0, 3);
    const struct loader_batch *batch;
    int64_t position[2];
    float first[2 * FRAMES];
    assert_int_equal(loader_next(loader, &batch, NULL), AURICLE_OK);
    const double start = (double)batch->teacher[0] - 0.005;
    assert_true(start > 0.5); // drawn: not the beginning, with this seed
    loader_position(loader, position);
    assert_int_equal(loader_next(loader, &batch, NULL), AURICLE_OK);
    memcpy(first, batch->teacher, sizeof first);
    for (int t = 0; t < FRAMES; t++)
        assert_true(batch->taught[t] &&
                    fabs((double)first[2 * t] - start - (FRAMES + t + 0.5) * 0.01) < 1e-3);
    loader_destroy(&loader);
    loader = open_loader(NULL, 0, -1, 0, 1, 0, 3);
    assert_int_equal(loader_seek(loader, position, NULL), AURICLE_OK);
    assert_int_equal(loader_next(loader, &batch, NULL), AURICLE_OK);
    assert_memory_equal(batch->teacher, first, sizeof first);
    loader_destroy(&loader);
}

// A row for the whole clip holds from its beginning to its end.
static void one_row_is_of_the_whole_clip(void **state)
{
    (void)state;
    add_clip("clip.wav", 0.7);
    npy_write(folder, "clip.npy", (float[]){3, 4}, 1, WIDTH);
    struct loader *loader = open_loader(NULL, 0, -1, 0, 1, 0, 0);
    const struct loader_batch *batch;
    assert_int_equal(loader_next(loader, &batch, NULL), AURICLE_OK);
    for (int t = 0; t < FRAMES; t++)
        assert_true(batch->taught[t] && batch->teacher[2 * t] == 3 &&
                    batch->teacher[2 * t + 1] == 4);
    loader_destroy(&loader);
}

static void rows_that_are_no_numbers_are_passed_over(void **state)
{
    (void)state;
    struct teacher_rows rows = {0};
    auricle_error error = {0};
    const struct teacher_config config = {.width = WIDTH, .data = data, .first_s = -1};
    add_clip("nan.wav", 0.5);
    npy_write(folder, "nan.npy", (float[]){1, 2, 3, NAN}, 2, WIDTH);
    assert_int_equal(teacher_read(&config, corpus.rows, 0.5, 0, 0.5, &rows, &error),
                     AURICLE_FORMAT);
    assert_non_null(strstr(error.text, "row 1"));
    npy_write(folder, "nan.npy", (float[]){1, 2, 3}, 1, 3);
    assert_int_equal(teacher_read(&config, corpus.rows, 0.5, 0, 0.5, &rows, &error),
                     AURICLE_MISMATCH);
    teacher_rows_free(&rows);
}

// Of a long recording the stretches without the bad row are heard, whoever met it first.
static void a_bad_row_costs_its_stretch_alone(void **state)
{
    (void)state;
    enum { ROWS = 500 };
    float values[ROWS * WIDTH] = {0};
    values[WIDTH * ROWS / 2] = NAN;
    add_clip("worn.wav", 20);
    npy_write(folder, "worn.npy", values, ROWS, WIDTH);
    struct loader *loader = open_loader(NULL, 0, -1, 0, 1, 0, 3);
    for (int i = 0; i < 200; i++) { // some 33 stretches of six windows
        const struct loader_batch *batch;
        assert_int_equal(loader_next(loader, &batch, NULL), AURICLE_OK);
    }
    assert_int_equal(loader_skipped(loader), 1);
    loader_destroy(&loader);
}

// Class numbers are not averaged, and a recording without rows can be heard all the same.
static void numbers_of_classes_are_taken_as_they_are(void **state)
{
    (void)state;
    const float values[] = {7, 0, -1};
    const struct teacher_rows rows = {(float *)values, 3, 3, 0.005, 0.01};
    struct teacher_config config = {.width = 1, .nearest = true};
    float value;
    assert_true(teacher_at(&config, &rows, 0.009, &value) && value == 7);
    assert_true(teacher_at(&config, &rows, 0.011, &value) && value == 0);
    assert_true(teacher_at(&config, &rows, 0.021, &value) && value == -1);
    config.nearest = false;
    assert_true(teacher_at(&config, &rows, 0.009, &value) && value < 7 && value > 0);
    assert_false(teacher_at(&config, &rows, 0.04, &value));

    struct teacher_rows read = {0};
    config = (struct teacher_config){.width = WIDTH, .data = data, .first_s = -1};
    add_clip("unlabelled.wav", 0.5);
    assert_int_equal(teacher_read(&config, corpus.rows, 0.5, 0, 0.5, &read, NULL),
                     AURICLE_NOT_FOUND);
    config.may_lack = true;
    assert_int_equal(teacher_read(&config, corpus.rows, 0.5, 0, 0.5, &read, NULL), AURICLE_OK);
    config.width = 1;
    assert_false(teacher_at(&config, &read, 0.1, &value));
    teacher_rows_free(&read);
}

static void rows_are_found_beside_or_in_a_mirrored_folder(void **state)
{
    (void)state;
    const char *const folders[] = {"/data/one", "/data/two.d", "/data/three.flac"};
    const struct {
        const char *path;
        int folder;
        const char *beside, *mirrored;
    } cases[] = {
        {"/data/one/a.flac", 0, "/data/one/a.npy", "/rows/a.npy"},
        {"/data/one/x.y/b.c.wav", 0, "/data/one/x.y/b.c.npy", "/rows/x.y/b.c.npy"},
        {"/data/two.d/noend", 1, "/data/two.d/noend.npy", "/rows/noend.npy"},
        {"/data/three.flac", 2, "/data/three.npy", "/rows/three.npy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct corpus_row row = {.path = cases[i].path, .folder = cases[i].folder};
        struct teacher_config config = {.width = 1, .data = folders};
        char path[PATH_MAX];
        assert_int_equal(teacher_path(&config, &row, path, sizeof path, NULL), AURICLE_OK);
        assert_string_equal(path, cases[i].beside);
        config.folder = "/rows";
        assert_int_equal(teacher_path(&config, &row, path, sizeof path, NULL), AURICLE_OK);
        assert_string_equal(path, cases[i].mirrored);
        assert_int_equal(teacher_path(&config, &row, path, 5, NULL), AURICLE_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(bad_files_are_refused_with_a_reason),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(rows_follow_the_sound),
        cmocka_unit_test(a_stretch_has_its_own_rows),
        cmocka_unit_test(one_row_is_of_the_whole_clip),
        cmocka_unit_test(rows_that_are_no_numbers_are_passed_over),
        cmocka_unit_test(a_bad_row_costs_its_stretch_alone),
        cmocka_unit_test(numbers_of_classes_are_taken_as_they_are),
        cmocka_unit_test(rows_are_found_beside_or_in_a_mirrored_folder),
    };
    int failed = cmocka_run_group_tests_name("teacher", tests, make_folder, remove_folder);
    corpus_free(&corpus);
    return failed;
}
