// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Every way this CPU multiplies bfloat16, against sums in double of numbers that bfloat16 holds;
// and how other numbers are rounded.
#include "base/random.h"
#include "kernels/variants.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { LD_MORE = 3, DEEPER_THAN_A_BLOCK = 2100, WIDER_THAN_A_BLOCK = 800 };

struct way {
    struct kernel_table table;
    const char *name;
};

static int list_ways(struct way ways[2])
{
    int count = 0;
    for (; count < 2; count++) {
        ways[count].table = *kernels();
        if (!(ways[count].name = kernels_bf16(count, &ways[count].table)))
            break;
    }
    if (count == 0)
        print_message("this CPU has no bfloat16\n");
    return count;
}

// To nearest, ties to even: the upper 16 bits.
static float rounded(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float *bf16_floats(struct random *random, size_t count)
{
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = rounded(random_normal(random));
    return values;
}

struct product {
    bool transpose_a, transpose_b, panels;
    int m, n, k;
    float alpha, beta;
};

static void check_entry(const char *name, const struct product *p, double is, double sum,
                        double magnitude)
{
    // products are exact; k sums, then alpha and beta
    if (!(fabs(is - sum) <= (p->k + 4) * 0x1p-24 * magnitude))
        fail_msg("%s %d x %d x %d (%d%d%d): %.9g, in double %.12g", name, p->m, p->n, p->k,
                 p->transpose_a, p->transpose_b, p->panels, is, sum);
}

static void run(const struct way *way, const struct product *p, const float *a, int lda,
                const float *b, int ldb, float *c, int ldc)
{
    if (!p->panels) {
        way->table.sgemm(p->transpose_a, p->transpose_b, p->m, p->n, p->k, p->alpha, a, lda, b, ldb,
                         p->beta, c, ldc);
        return;
    }
    size_t bytes = way->table.panels_floats(p->n, p->k) * sizeof(float);
    float *panels = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(panels);
    way->table.panels_pack(p->transpose_b, p->n, p->k, b, ldb, panels);
    way->table.panels_product(p->m, p->n, p->k, a, lda, panels, p->beta, c, ldc);
    free(panels);
}

static void check_product(const struct way *way, struct product p)
{
    struct random random = random_seeded((uint64_t)(p.m * 10007 + p.n * 101 + p.k));
    int lda = (p.transpose_a ? p.m : p.k) + LD_MORE, ldb = (p.transpose_b ? p.k : p.n) + LD_MORE;
    int ldc = p.n + LD_MORE;
    float *a = bf16_floats(&random, (size_t)((p.transpose_a ? p.k : p.m) * lda));
    float *b = bf16_floats(&random, (size_t)((p.transpose_b ? p.n : p.k) * ldb));
    float *c = bf16_floats(&random, (size_t)(p.m * ldc));
    float *before = malloc((size_t)(p.m * ldc) * sizeof *c);
    assert_non_null(before);
    memcpy(before, c, (size_t)(p.m * ldc) * sizeof *c);
    if (p.beta == 0.0f)
        c[0] = NAN;
    run(way, &p, a, lda, b, ldb, c, ldc);
    for (int i = 0; i < p.m; i++)
        for (int j = 0; j < ldc; j++) {
            double sum = 0, magnitude = 0;
            for (int k = 0; k < p.k && j < p.n; k++) {
                double one = (double)(p.transpose_a ? a[k * lda + i] : a[i * lda + k]) *
                             (double)(p.transpose_b ? b[j * ldb + k] : b[k * ldb + j]);
                sum += one;
                magnitude += fabs(one);
            }
            double old = (double)before[i * ldc + j];
            if (j >= p.n)
                assert_true((double)c[i * ldc + j] == old);
            else
                check_entry(way->name, &p, (double)c[i * ldc + j],
                            (double)p.alpha * sum + (double)p.beta * old,
                            fabs((double)p.alpha) * magnitude + fabs((double)p.beta * old));
        }
    free(a);
    free(b);
    free(c);
    free(before);
}

static void products_are_the_sums(void **state)
{
    (void)state;
    static const int SIZES[][3] = {{1, 1, 1},    {7, 31, 2},   {12, 32, 32},  {13, 33, 33},
                                   {16, 16, 64}, {17, 40, 47}, {31, 65, 80},  {32, 32, 3},
                                   {48, 96, 31}, {3, 200, 96}, {200, 5, 100}, {65, 48, 17}};
    struct way ways[2];
    int count = list_ways(ways);
    for (int w = 0; w < count; w++)
        for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
            for (int kind = 0; kind < 6; kind++) {
                struct product p = {.transpose_a = kind & 1,
                                    .transpose_b = kind & 2,
                                    .m = SIZES[s][0],
                                    .n = SIZES[s][1],
                                    .k = SIZES[s][2],
                                    .alpha = 0.5f,
                                    .beta = s % 3 ? 1 : 0};
                if (kind >= 4) {
                    p = (struct product){.panels = true,
                                         .transpose_b = kind & 1,
                                         .m = p.m,
                                         .n = p.n,
                                         .k = p.k,
                                         .alpha = 1,
                                         .beta = p.beta};
                }
                check_product(&ways[w], p);
            }
}

static void large_products_are_cut_into_blocks(void **state)
{
    (void)state;
    struct way ways[2];
    int count = list_ways(ways);
    for (int w = 0; w < count; w++) {
        check_product(&ways[w],
                      (struct product){true, false, false, 70, 40, DEEPER_THAN_A_BLOCK, 1, 1});
        check_product(&ways[w],
                      (struct product){false, true, false, 200, WIDER_THAN_A_BLOCK, 530, 1, 0});
        check_product(&ways[w],
                      (struct product){false, true, true, 230, 96, DEEPER_THAN_A_BLOCK, 1, 1});
    }
}

static void others_are_rounded_to_nearest_even(void **state)
{
    (void)state;
    struct way ways[2];
    int count = list_ways(ways);
    const float x[] = {1 + 0x1p-8f, 1 + 0x3p-8f, 1 + 0x1.1p-8f, -1 - 0x1p-8f, 1e-3f, 3.14159f};
    enum { N = sizeof x / sizeof *x };
    const float one = 1;
    for (int w = 0; w < count; w++)
        for (int transposed = 0; transposed < 2; transposed++) {
            float y[N];
            ways[w].table.sgemm(transposed, false, N, 1, 1, 1, x, transposed ? N : 1, &one, 1, 0, y,
                                1);
            for (int i = 0; i < N; i++)
                assert_true(y[i] == rounded(x[i]));
            ways[w].table.sgemm(false, transposed, 1, N, 1, 1, &one, 1, x, transposed ? 1 : N, 0, y,
                                N);
            for (int i = 0; i < N; i++)
                assert_true(y[i] == rounded(x[i]));
        }
}

static void one_sum_is_off(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                           const float *a, int lda, const float *b, int ldb, float beta, float *c,
                           int ldc)
{
    kernels_portable.sgemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    c[(m - 1) * ldc + n - 1] += 1;
}

static void one_panel_sum_is_off(int m, int n, int k, const float *a, int lda, const float *panels,
                                 float beta, float *c, int ldc)
{
    kernels_portable.panels_product(m, n, k, a, lda, panels, beta, c, ldc);
    c[(m - 1) * ldc + n - 1] += 1;
}

// What AMX tiles have to pass before training gets them; float's sums are the same.
static void the_trial_knows_a_wrong_product(void **state)
{
    (void)state;
    struct way ways[2];
    int count = list_ways(ways);
    for (int w = 0; w < count; w++)
        assert_true(kernels_bf16_agree(&ways[w].table, &kernels_portable));
    assert_true(kernels_bf16_agree(&kernels_portable, &kernels_portable));
    struct kernel_table broken = kernels_portable;
    broken.sgemm = one_sum_is_off;
    assert_false(kernels_bf16_agree(&broken, &kernels_portable));
    broken = kernels_portable;
    broken.panels_product = one_panel_sum_is_off;
    assert_false(kernels_bf16_agree(&broken, &kernels_portable));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_the_sums),
        cmocka_unit_test(large_products_are_cut_into_blocks),
        cmocka_unit_test(others_are_rounded_to_nearest_even),
        cmocka_unit_test(the_trial_knows_a_wrong_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
