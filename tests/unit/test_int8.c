// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// The int8 kernels of every table against sums of integers, and against each other bit for bit.
#include "base/random.h"
#include "kernels/variants.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EACH_TABLE(table) for (int nth = 0; ((table) = kernels_supported(nth)); nth++)

enum { MOST_ROWS = 333, MOST_COLUMNS = 700, MOST_COUNT = 37, GUARD = 7 };

struct product {
    int rows, columns, count;
    int8_t *w;              // [rows][columns]
    float scale[MOST_ROWS]; // powers of two: then the float result is exact
    uint8_t *bytes;         // [count][columns]
    struct int8_code codes[MOST_COUNT];
    float *y; // [count][rows + GUARD]
};

static struct product product_draw(struct random *random, int rows, int columns, int count)
{
    struct product p = {.rows = rows, .columns = columns, .count = count};
    p.w = malloc((size_t)rows * (size_t)columns);
    p.bytes = malloc((size_t)count * (size_t)columns);
    p.y = malloc((size_t)count * (size_t)(rows + GUARD) * sizeof *p.y);
    for (int i = 0; i < rows * columns; i++) // the ends of the range often: nothing may saturate
        p.w[i] = (int8_t)(random_below(random, 3)   ? (int)random_below(random, 256) - 128
                          : random_below(random, 2) ? 127
                                                    : -128);
    for (int i = 0; i < count * columns; i++)
        p.bytes[i] = (uint8_t)(random_below(random, 3) ? random_below(random, 256) : 255);
    for (int r = 0; r < rows; r++)
        p.scale[r] = ldexpf(1, -(int)random_below(random, 8));
    for (int i = 0; i < count; i++)
        p.codes[i] = (struct int8_code){.scale = ldexpf(1, -(int)random_below(random, 8)),
                                        .zero = (int32_t)random_below(random, 256)};
    return p;
}

static void product_free(struct product *p)
{
    free(p->w);
    free(p->bytes);
    free(p->y);
}

// Bytes between the vectors hold what must not count.
static void product_run(const struct kernel_table *table, struct product *p, const float *bias)
{
    struct int8_matrix matrix;
    assert_true(
        int8_matrix_pack(&matrix, p->rows, p->columns, table->int8_depth, p->w, p->scale, bias));
    assert_true(matrix.column_bytes >= p->columns && matrix.column_bytes % table->int8_depth == 0);
    size_t step = (size_t)matrix.column_bytes + 3;
    uint8_t *bytes = malloc(step * (size_t)p->count + 64);
    float *y[MOST_COUNT];
    memset(bytes, 0xa5, step * (size_t)p->count + 64);
    for (int i = 0; i < p->count; i++) {
        memcpy(bytes + (size_t)i * step, p->bytes + (size_t)i * (size_t)p->columns,
               (size_t)p->columns);
        y[i] = p->y + (size_t)i * (size_t)(p->rows + GUARD);
        for (int r = 0; r < GUARD; r++)
            y[i][p->rows + r] = 12345;
    }
    const struct int8_vectors x = {p->count, bytes, (ptrdiff_t)step, p->codes};
    table->int8_product(&matrix, &x, y);
    free(bytes);
    int8_matrix_free(&matrix);
}

static void product_check(const struct product *p, const float *bias, const char *name)
{
    for (int i = 0; i < p->count; i++) {
        const float *y = p->y + (size_t)i * (size_t)(p->rows + GUARD);
        for (int r = 0; r < p->rows; r++) {
            int64_t sum = 0;
            for (int k = 0; k < p->columns; k++)
                sum += p->w[(size_t)r * (size_t)p->columns + (size_t)k] *
                       (p->bytes[(size_t)i * (size_t)p->columns + (size_t)k] - p->codes[i].zero);
            double scale = (double)p->scale[r] * (double)p->codes[i].scale;
            float expected = (float)((double)(float)sum * scale) + (bias ? bias[r] : 0);
            // with a power of two for a scale, only a bias added in one step may round otherwise
            if (fabsf(y[r] - expected) > (bias ? 1e-6f * fabsf(expected) + 1e-6f : 0))
                fail_msg("%s: %d x %d, vector %d of %d, row %d: %.9g, must be %.9g", name, p->rows,
                         p->columns, i, p->count, r, (double)y[r], (double)expected);
        }
        for (int r = 0; r < GUARD; r++)
            assert_true(y[p->rows + r] == 12345);
    }
}

static const int SHAPES[][3] = {{1, 1, 1},      {5, 3, 2},      {16, 4, 1},    {17, 64, 3},
                                {80, 80, 5},    {64, 63, 4},    {129, 65, 16}, {333, 700, 6},
                                {256, 128, 37}, {144, 260, 33}, {65, 10, 17}};

static void products_are_the_sums(void **state)
{
    (void)state;
    struct random random = random_seeded(1);
    const struct kernel_table *table;
    for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++) {
        struct product p = product_draw(&random, SHAPES[s][0], SHAPES[s][1], SHAPES[s][2]);
        float bias[MOST_ROWS];
        for (int r = 0; r < p.rows; r++)
            bias[r] = random_normal(&random);
        EACH_TABLE(table)
        {
            product_run(table, &p, NULL);
            product_check(&p, NULL, table->name);
            product_run(table, &p, bias);
            product_check(&p, bias, table->name);
        }
        product_free(&p);
    }
}

// Of a vector computed with others and alone, in every table the same bits.
static void company_changes_no_bit(void **state)
{
    (void)state;
    struct random random = random_seeded(2);
    const struct kernel_table *table;
    struct product all = product_draw(&random, 100, 130, MOST_COUNT);
    float bias[MOST_ROWS];
    for (int r = 0; r < all.rows; r++) {
        bias[r] = random_normal(&random);
        all.scale[r] = random_between(&random, 1e-3f, 2e-3f);
    }
    for (int i = 0; i < all.count; i++)
        all.codes[i].scale = random_between(&random, 1e-3f, 2e-3f);
    EACH_TABLE(table)
    {
        product_run(table, &all, bias);
        for (int i = 0; i < all.count; i++) {
            float y[MOST_ROWS + GUARD];
            struct product alone = all;
            alone.count = 1;
            alone.bytes += (size_t)i * (size_t)all.columns;
            alone.codes[0] = all.codes[i];
            alone.y = y;
            product_run(table, &alone, bias);
            assert_memory_equal(y, all.y + (size_t)i * (size_t)(all.rows + GUARD),
                                (size_t)all.rows * sizeof *y);
        }
    }
    product_free(&all);
}

// 65536 columns of the largest products in one direction: a sum of 31 bits is enough.
static void the_longest_sum_fits(void **state)
{
    (void)state;
    const struct kernel_table *table;
    struct random random = random_seeded(3);
    struct product p = product_draw(&random, 2, INT8_MAX_COLUMNS, 1);
    memset(p.w, 0x80, (size_t)p.columns);             // -128
    memset(p.w + p.columns, 0x7f, (size_t)p.columns); // 127
    memset(p.bytes, 255, (size_t)p.columns);
    p.scale[0] = p.scale[1] = 1;
    p.codes[0] = (struct int8_code){.scale = 1, .zero = 0};
    EACH_TABLE(table)
    {
        product_run(table, &p, NULL);
        product_check(&p, NULL, table->name);
    }
    product_free(&p);
}

static void last_sum_is_off(const struct int8_matrix *w, const struct int8_vectors *x,
                            float *const *y)
{
    kernels_portable.int8_product(w, x, y);
    y[x->count - 1][w->rows - 1] += 1;
}

static void last_vector_is_left_out(const struct int8_matrix *w, const struct int8_vectors *x,
                                    float *const *y)
{
    struct int8_vectors fewer = *x;
    fewer.count--;
    kernels_portable.int8_product(w, &fewer, y);
}

static void vectors_are_exchanged(const struct int8_matrix *w, const struct int8_vectors *x,
                                  float *const *y)
{
    float *exchanged[MOST_COUNT];
    memcpy(exchanged, y, (size_t)x->count * sizeof *y);
    exchanged[0] = y[1];
    exchanged[1] = y[0];
    kernels_portable.int8_product(w, x, exchanged);
}

static void negative_weights_lose_their_sign(const struct int8_matrix *w,
                                             const struct int8_vectors *x, float *const *y)
{
    struct int8_matrix positive = *w;
    size_t bytes =
        (size_t)(w->rows + INT8_BLOCK - 1) / INT8_BLOCK * INT8_BLOCK * (size_t)w->column_bytes;
    positive.packed = malloc(bytes);
    assert_non_null(positive.packed);
    for (size_t i = 0; i < bytes; i++)
        positive.packed[i] = w->packed[i] & 0x7f;
    kernels_portable.int8_product(&positive, x, y);
    free(positive.packed);
}

// What AMX tiles have to pass before anybody gets them.
static void the_trial_knows_a_wrong_product(void **state)
{
    (void)state;
    const struct kernel_table *table;
    EACH_TABLE(table)
    assert_true(kernels_int8_agree(table, &kernels_portable));
    void (*const wrong[])(const struct int8_matrix *, const struct int8_vectors *,
                          float *const *) = {last_sum_is_off, last_vector_is_left_out,
                                             vectors_are_exchanged,
                                             negative_weights_lose_their_sign};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct kernel_table broken = kernels_portable;
        broken.int8_product = wrong[i];
        assert_false(kernels_int8_agree(&broken, &kernels_portable));
        assert_false(kernels_int8_agree(&kernels_portable, &broken));
    }
    struct kernel_table lazy = kernels_portable;
    lazy.int8_product = last_vector_is_left_out;
    assert_false(kernels_int8_agree(&lazy, &lazy)); // both write the same, and both too little
}

static double decoded(struct int8_code code, uint8_t byte)
{
    return (double)code.scale * (byte - code.zero);
}

static void bytes_are_within_half_a_step(void **state)
{
    (void)state;
    struct random random = random_seeded(4);
    const struct kernel_table *table;
    float x[333];
    uint8_t bytes[333 + GUARD];
    EACH_TABLE(table)
    for (int n = 1; n <= 333; n += n < 40 ? 1 : 31) {
        float center = 3 * random_normal(&random), low = 0, high = 0;
        for (int i = 0; i < n; i++)
            x[i] = center + random_normal(&random);
        table->int8_range(n, x, &low, &high);
        for (int i = 0; i < n; i++)
            assert_true(x[i] >= low && x[i] <= high);
        struct int8_code code = int8_code_between(low, high);
        assert_true(code.zero >= 0 && code.zero <= 255);
        assert_float_equal(code.scale * code.inverse, 1, 1e-6);
        memset(bytes, 77, sizeof bytes);
        table->int8_encode(n, x, code, bytes);
        for (int i = 0; i < n; i++) // the zero point is rounded too: at the ends up to a whole step
            assert_true(fabs(decoded(code, bytes[i]) - (double)x[i]) <= 1.001 * (double)code.scale);
        for (int i = n; i < n + GUARD; i++)
            assert_int_equal(bytes[i], 77);
        code = int8_code_unit();
        for (int i = 0; i < n; i++)
            x[i] = random_between(&random, -1, 1);
        table->int8_encode(n, x, code, bytes);
        for (int i = 0; i < n; i++)
            assert_true(fabs(decoded(code, bytes[i]) - (double)x[i]) <= 0.501 / 127);
    }
}

static void range_widens_what_was(void **state)
{
    (void)state;
    const struct kernel_table *table;
    float x[100] = {0};
    EACH_TABLE(table)
    for (int at = 0; at < 100; at++) {
        float low = -1, high = 2;
        x[at] = 7;
        x[(at + 50) % 100] = -3;
        table->int8_range(100, x, &low, &high);
        assert_true(low == -3 && high == 7);
        low = -5;
        high = 9;
        table->int8_range(100, x, &low, &high);
        assert_true(low == -5 && high == 9);
        x[at] = x[(at + 50) % 100] = 0;
    }
}

static void zero_is_exact_and_nothing_overflows(void **state)
{
    (void)state;
    const struct kernel_table *table;
    enum { COUNT = 12 };
    const float x[COUNT] = {0,      -0.0f,  NAN, INFINITY, -INFINITY, 1e38f,
                            -1e38f, 1e-38f, 1,   -1,       1.5f,      -1.5f};
    uint8_t bytes[COUNT];
    EACH_TABLE(table)
    {
        struct int8_code codes[] = {int8_code_unit(),
                                    int8_code_between(-0.3f, 1.7f),
                                    int8_code_between(0, 0),
                                    int8_code_between(0.2f, 5),
                                    int8_code_between(-1e38f, 1e38f),
                                    int8_code_between(-INFINITY, 3),
                                    int8_code_between(0, 1e-40f)};
        for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
            assert_true(isfinite(codes[c].scale) && isfinite(codes[c].inverse));
            table->int8_encode(COUNT, x, codes[c], bytes);
            assert_int_equal(bytes[0], codes[c].zero);
            assert_int_equal(bytes[1], codes[c].zero);
        }
        table->int8_encode(COUNT, x, int8_code_unit(), bytes);
        assert_int_equal(bytes[3], 255);
        assert_int_equal(bytes[4], 0);
        assert_int_equal(bytes[8], 255);
        assert_int_equal(bytes[9], 1);
        assert_int_equal(bytes[10], 255);
        assert_int_equal(bytes[11], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_the_sums),
        cmocka_unit_test(company_changes_no_bit),
        cmocka_unit_test(the_longest_sum_fits),
        cmocka_unit_test(the_trial_knows_a_wrong_product),
        cmocka_unit_test(bytes_are_within_half_a_step),
        cmocka_unit_test(range_widens_what_was),
        cmocka_unit_test(zero_is_exact_and_nothing_overflows),
    };
    return cmocka_run_group_tests_name("int8", tests, NULL, NULL);
}
