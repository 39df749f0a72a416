// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Every table this CPU runs against the same sums in double, on odd and even sizes.
#include "base/random.h"
#include "kernels/variants.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define EACH_TABLE(table)                                                                          \
    for (int table##_index = 0; (table = kernels_supported(table##_index)); table##_index++)

static float *random_floats(struct random *random, size_t count)
{
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = random_normal(random);
    return values;
}

// A float sum of n products errs by at most about n units in the last place of the sum of their
// magnitudes; 8 + n / 4 is what partial sums over registers stay well under.
static void assert_sum(float actual, double expected, double magnitude, int n, const char *what)
{
    double allowed = (8.0 + 0.25 * n) * 0x1p-24 * magnitude + 1e-30;
    if (!(fabs((double)actual - expected) <= allowed))
        fail_msg("%s of %d terms: %.9g, in double %.12g, allowed error %.3g", what, n,
                 (double)actual, expected, allowed);
}

static const int SIZES[] = {1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 80, 127, 256, 333, 1024};
enum { SIZE_COUNT = sizeof SIZES / sizeof *SIZES };

static void dot_is_the_sum(void **state)
{
    (void)state;
    struct random random = random_seeded(1);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int s = 0; s < SIZE_COUNT; s++) {
        int n = SIZES[s];
        float *a = random_floats(&random, (size_t)n), *b = random_floats(&random, (size_t)n);
        double sum = 0, magnitude = 0;
        for (int i = 0; i < n; i++) {
            sum += (double)a[i] * (double)b[i];
            magnitude += fabs((double)a[i] * (double)b[i]);
        }
        assert_sum(table->dot(n, a, b), sum, magnitude, n, table->name);
        free(a);
        free(b);
    }
}

static void dot_of_nothing_is_zero(void **state)
{
    (void)state;
    const struct kernel_table *table;
    float one = 1.0f;
    EACH_TABLE(table)
    assert_true(table->dot(0, &one, &one) == 0.0f);
}

// Bits must not depend on where in memory the operands start: mapped weights lie anywhere.
static void dot_and_gemv_ignore_alignment(void **state)
{
    (void)state;
    enum { N = 333, ROWS = 11 };
    struct random random = random_seeded(2);
    float *w = random_floats(&random, ROWS * N), *x = random_floats(&random, N);
    float *moved_w = malloc((ROWS * N + 16) * sizeof *w), *moved_x = malloc((N + 16) * sizeof *x);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int shift = 0; shift < 16; shift++) {
        memcpy(moved_w + shift, w, ROWS * N * sizeof *w);
        memcpy(moved_x + 15 - shift, x, N * sizeof *x);
        float still[ROWS], moved[ROWS];
        table->gemv(ROWS, N, w, x, NULL, still);
        table->gemv(ROWS, N, moved_w + shift, moved_x + 15 - shift, NULL, moved);
        assert_memory_equal(still, moved, sizeof still);
        float a = table->dot(N, w, x);
        float b = table->dot(N, moved_w + shift, moved_x + 15 - shift);
        assert_memory_equal(&a, &b, sizeof a);
    }
    free(w);
    free(x);
    free(moved_w);
    free(moved_x);
}

static void check_gemv(const struct kernel_table *table, int rows, int columns,
                       struct random *random)
{
    float *w = random_floats(random, (size_t)rows * columns);
    float *x = random_floats(random, (size_t)columns);
    float *bias = random_floats(random, (size_t)rows), *y = random_floats(random, (size_t)rows);
    bool with_bias = random_below(random, 2);
    y[rows] = 12345.0f; // one past the end stays
    table->gemv(rows, columns, w, x, with_bias ? bias : NULL, y);
    assert_true(y[rows] == 12345.0f);
    for (int r = 0; r < rows; r++) {
        double sum = with_bias ? (double)bias[r] : 0.0, magnitude = fabs(sum);
        for (int i = 0; i < columns; i++) {
            double product = (double)w[(size_t)r * columns + i] * (double)x[i];
            sum += product;
            magnitude += fabs(product);
        }
        assert_sum(y[r], sum, magnitude, columns, table->name);
        float alone;
        table->gemv(1, columns, w + (size_t)r * columns, x, with_bias ? bias + r : NULL, &alone);
        assert_memory_equal(&alone, &y[r], sizeof alone);
    }
    free(w);
    free(x);
    free(bias);
    free(y);
}

static void gemv_is_the_sums_row_by_row(void **state)
{
    (void)state;
    struct random random = random_seeded(3);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int s = 0; s < SIZE_COUNT; s++)
        for (int rows = 1; rows < 20; rows++)
            check_gemv(table, rows, SIZES[s], &random);
}

static void axpy_adds_in_place(void **state)
{
    (void)state;
    struct random random = random_seeded(4);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int s = 0; s < SIZE_COUNT; s++) {
        size_t n = (size_t)SIZES[s];
        float *x = random_floats(&random, n), *y = random_floats(&random, n);
        float *before = malloc(n * sizeof *before), a = random_normal(&random);
        memcpy(before, y, n * sizeof *y);
        y[n] = 12345.0f;
        table->axpy((int)n, a, x, y);
        assert_true(y[n] == 12345.0f);
        for (size_t i = 0; i < n; i++) {
            double product = (double)a * (double)x[i];
            assert_sum(y[i], (double)before[i] + product, fabs(product) + fabs((double)before[i]),
                       1, table->name);
        }
        free(x);
        free(y);
        free(before);
    }
}

struct product {
    int m, n, k;
    bool transpose_a, transpose_b;
    int lda, ldb, ldc;
    float alpha, beta;
    float *a, *b, *c;
};

static struct product product_draw(struct random *random)
{
    static const float scales[] = {0.0f, 1.0f, -0.5f, 1.75f};
    struct product p = {.m = 1 + (int)random_below(random, 120),
                        .n = 1 + (int)random_below(random, 220),
                        .k = (int)random_below(random, 300),
                        .transpose_a = random_below(random, 2),
                        .transpose_b = random_below(random, 2),
                        .alpha = scales[random_below(random, 4)],
                        .beta = scales[random_below(random, 4)]};
    p.lda = (p.transpose_a ? p.m : p.k) + (int)random_below(random, 5);
    p.ldb = (p.transpose_b ? p.k : p.n) + (int)random_below(random, 5);
    p.ldc = p.n + (int)random_below(random, 5);
    p.a = random_floats(random, (size_t)(p.transpose_a ? p.k : p.m) * p.lda);
    p.b = random_floats(random, (size_t)(p.transpose_b ? p.n : p.k) * p.ldb);
    p.c = random_floats(random, (size_t)p.m * p.ldc);
    return p;
}

static void product_check(const struct product *p, const float *before, const char *name)
{
    for (int i = 0; i < p->m; i++)
        for (int j = 0; j < p->ldc; j++) {
            size_t at = (size_t)i * p->ldc + j;
            if (j >= p->n) { // between the rows nothing is touched
                assert_memory_equal(&p->c[at], &before[at], sizeof(float));
                continue;
            }
            double sum = 0.0, magnitude = 0.0;
            for (int q = 0; q < p->k; q++) {
                double a = (double)p->a[p->transpose_a ? q * p->lda + i : i * p->lda + q];
                double b = (double)p->b[p->transpose_b ? j * p->ldb + q : q * p->ldb + j];
                sum += a * b;
                magnitude += fabs(a * b);
            }
            double kept = p->beta == 0.0f ? 0.0 : (double)p->beta * (double)before[at];
            double alpha = (double)p->alpha;
            assert_sum(p->c[at], alpha * sum + kept, fabs(alpha) * magnitude + fabs(kept), p->k,
                       name);
        }
}

static void sgemm_is_the_product(void **state)
{
    (void)state;
    struct random random = random_seeded(5);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int round = 0; round < 40; round++) {
        struct product p = product_draw(&random);
        size_t bytes = (size_t)p.m * p.ldc * sizeof(float);
        float *before = malloc(bytes);
        memcpy(before, p.c, bytes);
        if (p.beta == 0.0f)
            p.c[0] = NAN; // overwritten, not scaled
        table->sgemm(p.transpose_a, p.transpose_b, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb,
                     p.beta, p.c, p.ldc);
        product_check(&p, before, table->name);
        free(before);
        free(p.a);
        free(p.b);
        free(p.c);
    }
}

typedef void squash(int n, const float *x, float *y);

static void check_squash(squash *function, double (*exact)(double), const char *name)
{
    // Every 4001st float there is, both signs, and the infinities at the ends.
    double worst = 0.0;
    for (uint64_t bits = 0; bits <= 0xFF800000u; bits += bits < 0xFF800000u - 4001 ? 4001 : 1) {
        uint32_t pattern = (uint32_t)bits;
        float x, y;
        memcpy(&x, &pattern, sizeof x);
        if (isnan(x))
            continue;
        function(1, &x, &y);
        double error = fabs((double)y - exact((double)x));
        if (!(error < 2e-7))
            fail_msg("%s(%.9g) = %.9g, error %.3g", name, (double)x, (double)y, error);
        worst = error > worst ? error : worst;
    }
    print_message("# %s: largest error %.3g\n", name, worst);
}

static double exact_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void squashes_are_exact_to_2e_7(void **state)
{
    (void)state;
    const struct kernel_table *table;
    EACH_TABLE(table)
    {
        check_squash(table->sigmoid, exact_sigmoid, "sigmoid");
        check_squash(table->tanh, tanh, "tanh");
    }
}

static void squashes_saturate_and_keep_nan(void **state)
{
    (void)state;
    const float x[] = {INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, 0.0f, -0.0f};
    const struct kernel_table *table;
    EACH_TABLE(table)
    {
        float y[6], of_nan = 0.0f;
        table->tanh(6, x, y);
        for (int i = 0; i < 4; i++)
            assert_true(y[i] == (i % 2 ? -1.0f : 1.0f));
        assert_true(y[4] == 0.0f && y[5] == 0.0f && signbit(y[5]));
        table->sigmoid(6, x, y);
        assert_true(y[0] == 1.0f && y[2] == 1.0f && y[4] == 0.5f && y[5] == 0.5f);
        assert_true(y[1] >= 0.0f && y[1] < FLT_MIN * 2 && y[3] >= 0.0f && y[3] < FLT_MIN * 2);
        table->sigmoid(1, &(float){NAN}, &of_nan);
        assert_true(isnan(of_nan));
        of_nan = 0.0f;
        table->tanh(1, &(float){-NAN}, &of_nan);
        assert_true(isnan(of_nan));
    }
}

// In place, in any company and at any place in the array: the same bits.
static void squashes_do_not_depend_on_place(void **state)
{
    (void)state;
    enum { N = 53 };
    struct random random = random_seeded(6);
    float *x = random_floats(&random, N);
    const struct kernel_table *table;
    EACH_TABLE(table)
    {
        squash *functions[] = {table->sigmoid, table->tanh};
        for (int f = 0; f < 2; f++) {
            float all[N], alone;
            memcpy(all, x, sizeof all);
            functions[f](N, all, all);
            for (int i = 0; i < N; i++) {
                functions[f](1, &x[i], &alone);
                assert_memory_equal(&alone, &all[i], sizeof alone);
            }
        }
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot_is_the_sum),
        cmocka_unit_test(dot_of_nothing_is_zero),
        cmocka_unit_test(dot_and_gemv_ignore_alignment),
        cmocka_unit_test(gemv_is_the_sums_row_by_row),
        cmocka_unit_test(axpy_adds_in_place),
        cmocka_unit_test(sgemm_is_the_product),
        cmocka_unit_test(squashes_are_exact_to_2e_7),
        cmocka_unit_test(squashes_saturate_and_keep_nan),
        cmocka_unit_test(squashes_do_not_depend_on_place),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
