// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Products with a matrix packed once, of every table this CPU runs, against the same sums in
// double.
#include "base/random.h"
#include "kernels/variants.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { LD_MORE = 3 }; // every row stride is larger than the row

static float *random_floats(struct random *random, size_t count)
{
    float *values = aligned_alloc(64, (count * sizeof *values + 63) / 64 * 64);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = random_normal(random);
    return values;
}

static float *packed(const struct kernel_table *table, bool transpose, int n, int k, const float *b,
                     int ldb)
{
    size_t bytes = table->panels_floats(n, k) * sizeof(float);
    float *panels = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(panels);
    table->panels_pack(transpose, n, k, b, ldb, panels);
    return panels;
}

static void check_product(const struct kernel_table *table, bool transpose, int m, int n, int k,
                          float beta)
{
    struct random random = random_seeded((uint64_t)(m * 10007 + n * 101 + k));
    int lda = k + LD_MORE, ldc = n + LD_MORE, ldb = (transpose ? k : n) + LD_MORE;
    float *a = random_floats(&random, (size_t)(m * lda));
    float *b = random_floats(&random, (size_t)((transpose ? n : k) * ldb));
    float *c = random_floats(&random, (size_t)(m * ldc));
    float *before = random_floats(&random, (size_t)(m * ldc));
    memcpy(before, c, (size_t)(m * ldc) * sizeof *c);
    if (beta == 0.0f)
        c[0] = NAN; // overwritten, not read
    float *panels = packed(table, transpose, n, k, b, ldb);
    table->panels_product(m, n, k, a, lda, panels, beta, c, ldc);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < ldc; j++) {
            int at = i * ldc + j;
            if (j >= n) {
                assert_true(c[at] == before[at]);
                continue;
            }
            double sum = (double)beta * (double)before[at], magnitude = fabs(sum);
            for (int p = 0; p < k; p++) {
                double one =
                    (double)a[i * lda + p] * (double)(transpose ? b[j * ldb + p] : b[p * ldb + j]);
                sum += one;
                magnitude += fabs(one);
            }
            // k + 1 roundings, each of at most half a unit of what is summed so far
            if (!(fabs((double)c[at] - sum) <= (k + 2) * 0x1p-24 * magnitude))
                fail_msg("%s %d x %d x %d at %d, %d: %.9g, in double %.12g", table->name, m, n, k,
                         i, j, (double)c[at], sum);
        }
    free(a);
    free(b);
    free(c);
    free(before);
    free(panels);
}

static void products_are_the_sums(void **state)
{
    (void)state;
    static const int ROWS[] = {1, 2, 5, 6, 7, 11, 12, 13, 25}, COLUMNS[] = {1, 15, 16, 33, 96},
                     DEPTHS[] = {1, 2, 17, 64};
    const struct kernel_table *table;
    for (int i = 0; (table = kernels_supported(i)); i++)
        for (size_t m = 0; m < sizeof ROWS / sizeof *ROWS; m++)
            for (size_t n = 0; n < sizeof COLUMNS / sizeof *COLUMNS; n++)
                for (size_t k = 0; k < sizeof DEPTHS / sizeof *DEPTHS; k++) {
                    check_product(table, (m + n) % 2 == 0, ROWS[m], COLUMNS[n], DEPTHS[k], 0);
                    check_product(table, (m + n) % 2 == 1, ROWS[m], COLUMNS[n], DEPTHS[k],
                                  k % 2 ? 1.0f : 0.5f);
                }
}

// A stream's bits must not depend on how many streams are computed with it.
static void rows_are_alone(void **state)
{
    (void)state;
    enum { M = 29, N = 70, K = 48 };
    struct random random = random_seeded(5);
    float *a = random_floats(&random, M * K), *b = random_floats(&random, N * K);
    float *all = random_floats(&random, M * N), *one = random_floats(&random, N);
    const struct kernel_table *table;
    for (int i = 0; (table = kernels_supported(i)); i++) {
        float *panels = packed(table, true, N, K, b, K);
        table->panels_product(M, N, K, a, K, panels, 0, all, N);
        for (int row = 0; row < M; row++) {
            table->panels_product(1, N, K, a + row * K, K, panels, 0, one, N);
            assert_memory_equal(one, all + row * N, N * sizeof *one);
        }
        free(panels);
    }
    free(a);
    free(b);
    free(all);
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_the_sums),
        cmocka_unit_test(rows_are_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
