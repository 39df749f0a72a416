// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** k-means and cepstra, which the units of hubert are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ssl/cepstra.h"
#include "learn/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 5, EACH = 300, WIDTH = 6, ROWS = GROUPS * EACH };

// Groups about far corners, one row after another of each in turn.
static float *make_rows(float *corners)
{
    struct random random = random_seeded(1);
    float *rows = malloc(sizeof *rows * ROWS * WIDTH);
    assert_non_null(rows);
    for (int i = 0; i < GROUPS * WIDTH; i++)
        corners[i] = 10 * random_normal(&random);
    for (int i = 0; i < ROWS * WIDTH; i++)
        rows[i] = corners[i / WIDTH % GROUPS * WIDTH + i % WIDTH] + random_normal(&random);
    return rows;
}

static float squares(const float *x, const float *y)
{
    float sum = 0;
    for (int c = 0; c < WIDTH; c++)
        sum += (x[c] - y[c]) * (x[c] - y[c]);
    return sum;
}

static void groups_are_found(void **state)
{
    (void)state;
    float corners[GROUPS * WIDTH], centroids[GROUPS * WIDTH];
    float *rows = make_rows(corners), *scratch = malloc(sizeof *scratch * kmeans_scratch(GROUPS));
    int *nearest = malloc(sizeof *nearest * ROWS), name[GROUPS], count[GROUPS] = {0};
    assert_true(scratch && nearest);
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct random random = random_seeded(seed);
        assert_true(kmeans_fit(rows, ROWS, WIDTH, GROUPS, 100, &random, centroids));
        kmeans_nearest(centroids, GROUPS, rows, ROWS, WIDTH, scratch, nearest);
        memset(count, 0, sizeof count);
        for (int i = 0; i < ROWS; i++) {
            name[i % GROUPS] = i < GROUPS ? nearest[i] : name[i % GROUPS];
            assert_int_equal(nearest[i], name[i % GROUPS]);
            count[nearest[i]]++;
            for (int j = 0; j < GROUPS; j++) // the definition of nearest
                assert_true(squares(rows + i * WIDTH, centroids + nearest[i] * WIDTH) <=
                            squares(rows + i * WIDTH, centroids + j * WIDTH) + 1e-3f);
        }
        for (int j = 0; j < GROUPS; j++) {
            assert_int_equal(count[j], EACH);
            assert_true(squares(centroids + name[j] * WIDTH, corners + j * WIDTH) < 0.1f);
        }
    }
    free(rows);
    free(scratch);
    free(nearest);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
    (void)state;
    float corners[GROUPS * WIDTH], one[20 * WIDTH], two[20 * WIDTH], other[20 * WIDTH];
    float *rows = make_rows(corners);
    struct random first = random_seeded(3), again = first, different = random_seeded(4);
    assert_true(kmeans_fit(rows, ROWS, WIDTH, 20, 3, &first, one));
    assert_true(kmeans_fit(rows, ROWS, WIDTH, 20, 3, &again, two));
    assert_true(kmeans_fit(rows, ROWS, WIDTH, 20, 3, &different, other));
    assert_memory_equal(one, two, sizeof one);
    assert_memory_not_equal(one, other, sizeof one);
    free(rows);
}

// Fewer different rows than groups: all stay finite, all rows find their own.
static void more_groups_than_rows(void **state)
{
    (void)state;
    float rows[4 * WIDTH], centroids[GROUPS * WIDTH], *scratch;
    int nearest[4];
    struct random random = random_seeded(1);
    for (int i = 0; i < 4 * WIDTH; i++)
        rows[i] = (float)(i / WIDTH / 2); // two and two alike
    assert_non_null(scratch = malloc(sizeof *scratch * kmeans_scratch(GROUPS)));
    assert_true(kmeans_fit(rows, 4, WIDTH, GROUPS, 10, &random, centroids));
    kmeans_nearest(centroids, GROUPS, rows, 4, WIDTH, scratch, nearest);
    for (int i = 0; i < 4; i++)
        assert_true(squares(rows + i * WIDTH, centroids + nearest[i] * WIDTH) == 0);
    assert_true(nearest[0] == nearest[1] && nearest[2] == nearest[3] && nearest[0] != nearest[2]);
    free(scratch);
}

// ---- cepstra

enum { FRAMES = 9, BANDS = 20 };

// A cosine over the bands is one cepstrum; what rises evenly has an even slope.
static void a_cosine_is_one_cepstrum(void **state)
{
    (void)state;
    float bands[2 * FRAMES * BANDS], rows[2 * FRAMES * CEPSTRA_WIDTH];
    struct tensor view = {bands, NULL, 2, FRAMES, BANDS};
    for (int i = 0; i < 2 * FRAMES * BANDS; i++)
        bands[i] = (i < FRAMES * BANDS ? 1.0f : -2.0f) * (float)(i / BANDS % FRAMES) *
                   cosf(3.14159265f * 3 * ((float)(i % BANDS) + 0.5f) / BANDS);
    cepstra_of(&view, rows);
    const float unit = (float)(sqrt(BANDS / 2.0) * (1 + 11 * sin(3.14159265358979 * 3 / 22)));
    for (int i = 0; i < 2 * FRAMES; i++) {
        const float slope = i < FRAMES ? unit : -2 * unit, *row = rows + i * CEPSTRA_WIDTH;
        const int t = i % FRAMES;
        for (int k = 0; k < CEPSTRA; k++) {
            assert_true(fabsf(row[k] - (k == 3 ? slope * (float)t : 0)) < 1e-3f);
            if (t >= 2 && t < FRAMES - 2)
                assert_true(fabsf(row[CEPSTRA + k] - (k == 3 ? slope : 0)) < 1e-3f);
            if (t >= 4 && t < FRAMES - 4)
                assert_true(fabsf(row[2 * CEPSTRA + k]) < 1e-3f);
        }
    }
    assert_true(fabsf(rows[CEPSTRA + 3] - 0.5f * unit) <
                1e-3f); // (0 + 1 + 2 (0 + 2)) / 10 at the edge
}

static void few_bands_leave_zeros(void **state)
{
    (void)state;
    float bands[3 * 4] = {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}, rows[3 * CEPSTRA_WIDTH];
    struct tensor view = {bands, NULL, 1, 3, 4};
    cepstra_of(&view, rows);
    assert_true(fabsf(rows[0] - 5) < 1e-5f && rows[3] != 0);
    for (int k = 4; k < CEPSTRA_WIDTH; k++)
        assert_true(rows[k] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_found),
        cmocka_unit_test(the_same_seed_gives_the_same_bits),
        cmocka_unit_test(more_groups_than_rows),
        cmocka_unit_test(a_cosine_is_one_cepstrum),
        cmocka_unit_test(few_bands_leave_zeros),
    };
    return cmocka_run_group_tests_name("kmeans", tests, NULL, NULL);
}
