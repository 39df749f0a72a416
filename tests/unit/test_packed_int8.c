// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Layers with weights of 8 bits, under every table this CPU runs: against the formulas in double on
// the very bytes that the inputs become, how far those are from the inputs themselves, and one
// stream's bits in every batch.
#include "base/random.h"
#include "kernels/variants.h"
#include "nn/packed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EACH_TABLE(table) for (int nth = 0; ((table) = kernels_supported(nth)); nth++)

enum { BATCH = 19, WIDEST = 300, MOST_GATES = 4 };

struct matrix {
    int rows, columns;
    int8_t *w;
    float *scale, *bias;
};

static struct matrix matrix_draw(struct random *random, int rows, int columns)
{
    struct matrix m = {rows, columns, malloc((size_t)rows * (size_t)columns),
                       malloc((size_t)rows * sizeof(float)), malloc((size_t)rows * sizeof(float))};
    for (int i = 0; i < rows * columns; i++)
        m.w[i] = (int8_t)((int)random_below(random, 255) - 127);
    for (int r = 0; r < rows; r++) {
        m.scale[r] = random_between(random, 0.5f, 1.5f) / 127 / sqrtf((float)columns);
        m.bias[r] = 0.1f * random_normal(random);
    }
    return m;
}

static void matrix_free(struct matrix *m)
{
    free(m->w);
    free(m->scale);
    free(m->bias);
}

// x as the table's bytes mean it.
static void heard(const struct kernel_table *table, int n, const float *x, bool unit, double *out)
{
    uint8_t bytes[WIDEST];
    float low = 0, high = 0;
    table->int8_range(n, x, &low, &high);
    struct int8_code code = unit ? int8_code_unit() : int8_code_between(low, high);
    table->int8_encode(n, x, code, bytes);
    for (int i = 0; i < n; i++)
        out[i] = (double)code.scale * (bytes[i] - code.zero);
}

static void product_in_double(const struct matrix *m, const double *x, double *y)
{
    for (int r = 0; r < m->rows; r++) {
        double sum = 0;
        for (int k = 0; k < m->columns; k++)
            sum += m->w[r * m->columns + k] * x[k];
        y[r] = sum * (double)m->scale[r] + (double)m->bias[r];
    }
}

struct streams {
    float at[BATCH][WIDEST];
    float *rows[BATCH];
};

static void streams_draw(struct streams *streams, struct random *random, bool unit)
{
    for (int b = 0; b < BATCH; b++) {
        streams->rows[b] = streams->at[b];
        for (int i = 0; i < WIDEST; i++)
            streams->at[b][i] = unit ? random_between(random, -1, 1)
                                     : (float)(b + 1) * (random_normal(random) + 0.5f);
    }
}

static const float *const *inputs(const struct streams *streams, int first)
{
    return (const float *const *)streams->rows + first;
}

static void assert_close(const float *actual, const double *expected, int n, const char *what)
{
    for (int i = 0; i < n; i++)
        if (!(fabs((double)actual[i] - expected[i]) <= 2e-6 * (1 + fabs(expected[i]))))
            fail_msg("%s %d: %.9g, must be %.9g", what, i, (double)actual[i], expected[i]);
}

// ---- matrix

static void check_matrix(const struct kernel_table *table, const struct matrix *m,
                         struct random *random)
{
    static struct streams x, y, alone;
    struct packed_matrix *packed =
        packed_matrix_create_int8(table, m->rows, m->columns, m->w, m->scale, m->bias);
    assert_non_null(packed);
    assert_true(packed->bytes >= (size_t)m->rows * (size_t)m->columns);
    void *scratch = aligned_alloc(64, packed_matrix_scratch(packed, BATCH));
    streams_draw(&x, random, false);
    streams_draw(&y, random, false);
    streams_draw(&alone, random, false);
    packed_matrix_product(packed, BATCH, inputs(&x, 0), y.rows, scratch);
    for (int b = 0; b < BATCH; b++) {
        double rounded[WIDEST], expected[WIDEST];
        heard(table, m->columns, x.at[b], false, rounded);
        product_in_double(m, rounded, expected);
        assert_close(y.at[b], expected, m->rows, table->name);
        packed_matrix_product(packed, 1, inputs(&x, b), alone.rows, scratch);
        assert_memory_equal(alone.at[0], y.at[b], (size_t)m->rows * sizeof(float));
    }
    free(scratch);
    packed_matrix_destroy(&packed);
    assert_null(packed);
}

static void products_are_those_of_the_bytes(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {80, 33}, {128, 256}, {300, 300}, {17, 80}};
    struct random random = random_seeded(1);
    const struct kernel_table *table;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct matrix m = matrix_draw(&random, sizes[s][0], sizes[s][1]);
        EACH_TABLE(table)
        check_matrix(table, &m, &random);
        matrix_free(&m);
    }
}

// ---- recurrent layers

struct layer {
    int gates, in, hidden;
    struct matrix ih, hh;
};

static struct packed_recurrent *layer_pack(const struct kernel_table *table, const struct layer *l)
{
    const struct recurrent_int8_weights weights = {.weight_ih = l->ih.w,
                                                   .weight_hh = l->hh.w,
                                                   .scale_ih = l->ih.scale,
                                                   .scale_hh = l->hh.scale,
                                                   .bias_ih = l->ih.bias,
                                                   .bias_hh = l->hh.bias,
                                                   .in = l->in,
                                                   .hidden = l->hidden};
    struct packed_recurrent *packed = packed_recurrent_create_int8(table, l->gates, &weights);
    assert_non_null(packed);
    return packed;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void gru_in_double(const struct layer *l, const double *xs, const double *hs, const float *h,
                          double *next)
{
    for (int i = 0; i < l->hidden; i++) {
        double r = sigmoid(xs[i] + hs[i]), z = sigmoid(xs[l->hidden + i] + hs[l->hidden + i]);
        double n = tanh(xs[2 * l->hidden + i] + r * hs[2 * l->hidden + i]);
        next[i] = n + z * ((double)h[i] - n);
    }
}

static void lstm_in_double(const struct layer *l, const double *xs, const double *hs, double *c,
                           double *next)
{
    const int H = l->hidden;
    for (int i = 0; i < H; i++) {
        double f = sigmoid(xs[H + i] + hs[H + i]), o = sigmoid(xs[3 * H + i] + hs[3 * H + i]);
        c[i] = f * c[i] + sigmoid(xs[i] + hs[i]) * tanh(xs[2 * H + i] + hs[2 * H + i]);
        next[i] = o * tanh(c[i]);
    }
}

static void step(const struct packed_recurrent *packed, int batch, const float *const *x,
                 const float *const *h, float *const *next, float *const *c, void *scratch)
{
    if (packed->gates == 3)
        packed_gru_step(packed, batch, x, h, next, scratch);
    else
        packed_lstm_step(packed, batch, x, h, next, c, scratch);
}

static void check_layer(const struct kernel_table *table, const struct layer *l,
                        struct random *random)
{
    static struct streams x, h, c, before, next, alone;
    struct packed_recurrent *packed = layer_pack(table, l);
    void *scratch = aligned_alloc(64, packed_recurrent_scratch(packed, BATCH));
    const size_t bytes = (size_t)l->hidden * sizeof(float);
    streams_draw(&x, random, false);
    streams_draw(&h, random, true);
    streams_draw(&before, random, true);
    streams_draw(&next, random, true);
    streams_draw(&alone, random, true);
    memcpy(c.at, before.at, sizeof c.at);
    for (int b = 0; b < BATCH; b++)
        c.rows[b] = c.at[b];
    step(packed, BATCH, inputs(&x, 0), inputs(&h, 0), next.rows, c.rows, scratch);
    for (int b = 0; b < BATCH; b++) {
        double rounded[WIDEST], xs[MOST_GATES * WIDEST], hs[MOST_GATES * WIDEST];
        double expected[WIDEST], cells[WIDEST];
        heard(table, l->in, x.at[b], false, rounded);
        product_in_double(&l->ih, rounded, xs);
        heard(table, l->hidden, h.at[b], true, rounded);
        product_in_double(&l->hh, rounded, hs);
        for (int i = 0; i < l->hidden; i++)
            cells[i] = (double)before.at[b][i];
        if (l->gates == 3)
            gru_in_double(l, xs, hs, h.at[b], expected);
        else
            lstm_in_double(l, xs, hs, cells, expected);
        assert_close(next.at[b], expected, l->hidden, table->name);
        if (l->gates == 4)
            assert_close(c.at[b], cells, l->hidden, table->name);
        step(packed, 1, inputs(&x, b), inputs(&h, b), alone.rows, before.rows + b, scratch);
        assert_memory_equal(alone.at[0], next.at[b], bytes);
        if (l->gates == 4)
            assert_memory_equal(before.at[b], c.at[b], bytes);
    }
    free(scratch);
    packed_recurrent_destroy(&packed);
}

static void cells_are_those_of_the_bytes(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {33, 17}, {80, 256}, {256, 64}};
    struct random random = random_seeded(2);
    const struct kernel_table *table;
    for (int gates = 3; gates <= 4; gates++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct layer l = {.gates = gates, .in = sizes[s][0], .hidden = sizes[s][1]};
            l.ih = matrix_draw(&random, gates * l.hidden, l.in);
            l.hh = matrix_draw(&random, gates * l.hidden, l.hidden);
            EACH_TABLE(table)
            check_layer(table, &l, &random);
            matrix_free(&l.ih);
            matrix_free(&l.hh);
        }
}

// A row of 256: bytes cost about 1 % of it.
static void bytes_cost_one_percent(void **state)
{
    (void)state;
    static struct streams x, y;
    struct random random = random_seeded(3);
    const struct kernel_table *table = kernels();
    struct matrix m = matrix_draw(&random, 256, 256);
    struct packed_matrix *packed =
        packed_matrix_create_int8(table, m.rows, m.columns, m.w, m.scale, NULL);
    void *scratch = aligned_alloc(64, packed_matrix_scratch(packed, BATCH));
    double error = 0, power = 0;
    memset(m.bias, 0, 256 * sizeof *m.bias);
    streams_draw(&x, &random, false);
    streams_draw(&y, &random, false);
    packed_matrix_product(packed, BATCH, inputs(&x, 0), y.rows, scratch);
    for (int b = 0; b < BATCH; b++) {
        double exact[WIDEST], expected[WIDEST];
        for (int i = 0; i < WIDEST; i++)
            exact[i] = (double)x.at[b][i];
        product_in_double(&m, exact, expected);
        for (int r = 0; r < 256; r++) {
            error += pow((double)y.at[b][r] - expected[r], 2);
            power += pow(expected[r], 2);
        }
    }
    print_message("# relative error %.4f\n", sqrt(error / power));
    assert_true(sqrt(error / power) < 0.01);
    free(scratch);
    packed_matrix_destroy(&packed);
    matrix_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_the_bytes),
        cmocka_unit_test(cells_are_those_of_the_bytes),
        cmocka_unit_test(bytes_cost_one_percent),
    };
    return cmocka_run_group_tests_name("packed_int8", tests, NULL, NULL);
}
