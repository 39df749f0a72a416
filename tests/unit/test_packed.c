// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Packed weights under every table this CPU runs: against the plain sums in double, on odd and even
// sizes, and one stream's bits in every batch it can be computed in.
#include "base/random.h"
#include "kernels/variants.h"
#include "nn/packed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define EACH_TABLE(table)                                                                          \
    for (int table##_index = 0; (table = kernels_supported(table##_index)); table##_index++)

enum { BATCH = 19, GUARD = 4 };

static const float UNTOUCHED = 12345.0f;

static float *random_floats(struct random *random, size_t count)
{
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = random_normal(random);
    return values;
}

/** BATCH vectors of width floats, each in an allocation of its own, so that a sanitizer sees a read
 * past its end; outputs have a guard behind them instead. */
struct vectors {
    float *at[BATCH];
    int width;
};

static struct vectors vectors_draw(struct random *random, int width)
{
    struct vectors vectors = {.width = width};
    for (int b = 0; b < BATCH; b++) {
        vectors.at[b] = malloc((size_t)width * sizeof(float));
        assert_non_null(vectors.at[b]);
        for (int i = 0; i < width; i++)
            vectors.at[b][i] = random_normal(random);
    }
    return vectors;
}

static struct vectors vectors_guarded(int width)
{
    struct vectors vectors = {.width = width};
    for (int b = 0; b < BATCH; b++) {
        vectors.at[b] = malloc((size_t)(width + GUARD) * sizeof(float));
        assert_non_null(vectors.at[b]);
        for (int i = 0; i < width + GUARD; i++)
            vectors.at[b][i] = UNTOUCHED;
    }
    return vectors;
}

static struct vectors vectors_copy(const struct vectors *from)
{
    struct vectors vectors = vectors_guarded(from->width);
    for (int b = 0; b < BATCH; b++)
        memcpy(vectors.at[b], from->at[b], (size_t)from->width * sizeof(float));
    return vectors;
}

static void vectors_free(struct vectors *vectors)
{
    for (int b = 0; b < BATCH; b++)
        free(vectors->at[b]);
}

static void assert_guards(const struct vectors *vectors, int batch)
{
    for (int b = 0; b < BATCH; b++)
        for (int i = b < batch ? vectors->width : 0; i < vectors->width + GUARD; i++)
            assert_true(vectors->at[b][i] == UNTOUCHED);
}

static const float *const *inputs(const struct vectors *vectors, int first)
{
    return (const float *const *)vectors->at + first;
}

// ---- matrix

static double row_in_double(int columns, const float *w, const float *x, double start,
                            double *magnitude)
{
    *magnitude = fabs(start);
    for (int k = 0; k < columns; k++) {
        start += (double)w[k] * (double)x[k];
        *magnitude += fabs((double)w[k] * (double)x[k]);
    }
    return start;
}

// A float sum of n products errs by n units in the last place of their magnitudes at the most, and
// by about sqrt(n) in practice.
static void assert_near(float actual, double expected, double magnitude, int n, const char *what)
{
    double allowed = (8.0 + 0.25 * n) * 0x1p-24 * magnitude + 1e-30;
    if (!(fabs((double)actual - expected) <= allowed))
        fail_msg("%s of %d terms: %.9g, in double %.12g, allowed error %.3g", what, n,
                 (double)actual, expected, allowed);
}

static void check_product(const struct kernel_table *table, int rows, int columns,
                          struct random *random)
{
    float *w = random_floats(random, (size_t)rows * columns);
    float *bias = random_below(random, 4) ? random_floats(random, (size_t)rows) : NULL;
    struct packed_matrix *matrix = packed_matrix_create(table, rows, columns, w, bias);
    struct vectors x = vectors_draw(random, columns), y = vectors_guarded(rows);
    assert_non_null(matrix);
    assert_int_equal(packed_matrix_scratch(matrix, BATCH), 0);
    packed_matrix_product(matrix, BATCH, inputs(&x, 0), y.at, NULL);
    assert_guards(&y, BATCH);
    for (int b = 0; b < BATCH; b++)
        for (int r = 0; r < rows; r++) {
            double magnitude, start = bias ? (double)bias[r] : 0;
            double expected =
                row_in_double(columns, w + (ptrdiff_t)r * columns, x.at[b], start, &magnitude);
            assert_near(y.at[b][r], expected, magnitude, columns, table->name);
        }
    for (int batch = 1; batch < BATCH; batch++) {
        struct vectors some = vectors_guarded(rows);
        int first = (int)random_below(random, (uint32_t)(BATCH - batch + 1));
        packed_matrix_product(matrix, batch, inputs(&x, first), some.at, NULL);
        assert_guards(&some, batch);
        for (int b = 0; b < batch; b++)
            assert_memory_equal(some.at[b], y.at[first + b], (size_t)rows * sizeof(float));
        vectors_free(&some);
    }
    vectors_free(&x);
    vectors_free(&y);
    packed_matrix_destroy(&matrix);
    free(w);
    free(bias);
}

static void product_is_the_sums_in_any_batch(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1},   {3, 7},   {8, 16},   {15, 10},  {16, 80},  {17, 33},
                                   {31, 5},  {32, 64}, {33, 2},   {47, 128}, {64, 256}, {65, 31},
                                   {80, 80}, {96, 12}, {112, 17}, {128, 40}, {200, 50}, {256, 320}};
    struct random random = random_seeded(11);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        check_product(table, sizes[s][0], sizes[s][1], &random);
}

// ---- recurrent layers

struct cell {
    struct recurrent_step_weights weights;
    int gates;
    struct packed_recurrent *packed;
    struct vectors x, h, c; // c: LSTM
};

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static struct cell cell_draw(const struct kernel_table *table, int gates, int in, int hidden,
                             struct random *random)
{
    size_t rows = (size_t)gates * hidden;
    struct cell cell = {.gates = gates, .weights = {.in = in, .hidden = hidden}};
    float *ih = random_floats(random, rows * in), *hh = random_floats(random, rows * hidden);
    for (size_t i = 0; i < rows * in; i++) // so that gates stay off their ends
        ih[i] *= 1 / sqrtf((float)in);
    for (size_t i = 0; i < rows * hidden; i++)
        hh[i] *= 1 / sqrtf((float)hidden);
    cell.weights.weight_ih = ih;
    cell.weights.weight_hh = hh;
    cell.weights.bias_ih = random_floats(random, rows);
    cell.weights.bias_hh = random_floats(random, rows);
    cell.packed = packed_recurrent_create(table, gates, &cell.weights);
    assert_non_null(cell.packed);
    assert_int_equal(packed_recurrent_scratch(cell.packed, BATCH), 0);
    cell.x = vectors_draw(random, in);
    cell.h = vectors_draw(random, hidden);
    cell.c = vectors_draw(random, hidden);
    return cell;
}

static void cell_free(struct cell *cell)
{
    packed_recurrent_destroy(&cell->packed);
    vectors_free(&cell->x);
    vectors_free(&cell->h);
    vectors_free(&cell->c);
    free((void *)cell->weights.weight_ih);
    free((void *)cell->weights.weight_hh);
    free((void *)cell->weights.bias_ih);
    free((void *)cell->weights.bias_hh);
}

// Row g of W x + b_ih, or of U h + b_hh.
static double half(const float *w, const float *bias, int columns, const float *x, int row)
{
    double magnitude;
    return row_in_double(columns, w + (ptrdiff_t)row * columns, x, (double)bias[row], &magnitude);
}

static void cell_in_double(const struct cell *cell, int b, int unit, double *h, double *c)
{
    const struct recurrent_step_weights *w = &cell->weights;
    double from_x[4], from_h[4], old = (double)cell->h.at[b][unit];
    for (int g = 0; g < cell->gates; g++) {
        int row = g * w->hidden + unit;
        from_x[g] = half(w->weight_ih, w->bias_ih, w->in, cell->x.at[b], row);
        from_h[g] = half(w->weight_hh, w->bias_hh, w->hidden, cell->h.at[b], row);
    }
    if (cell->gates == 3) {
        double r = sigmoid(from_x[0] + from_h[0]), z = sigmoid(from_x[1] + from_h[1]);
        *h = (1 - z) * tanh(from_x[2] + r * from_h[2]) + z * old;
        *c = 0;
        return;
    }
    double i = sigmoid(from_x[0] + from_h[0]), f = sigmoid(from_x[1] + from_h[1]);
    double g = tanh(from_x[2] + from_h[2]), o = sigmoid(from_x[3] + from_h[3]);
    *c = f * (double)cell->c.at[b][unit] + i * g;
    *h = o * tanh(*c);
}

static void step(const struct cell *cell, int first, int batch, struct vectors *next,
                 struct vectors *c)
{
    if (cell->gates == 3)
        packed_gru_step(cell->packed, batch, inputs(&cell->x, first), inputs(&cell->h, first),
                        next->at, NULL);
    else
        packed_lstm_step(cell->packed, batch, inputs(&cell->x, first), inputs(&cell->h, first),
                         next->at, c->at + first, NULL);
}

static void check_cell(const struct kernel_table *table, int gates, int in, int hidden,
                       struct random *random)
{
    struct cell cell = cell_draw(table, gates, in, hidden, random);
    struct vectors next = vectors_guarded(hidden), c = vectors_copy(&cell.c);
    step(&cell, 0, BATCH, &next, &c);
    assert_guards(&next, BATCH);
    assert_guards(&c, BATCH);
    for (int b = 0; b < BATCH; b++)
        for (int u = 0; u < hidden; u++) {
            double h, cells;
            cell_in_double(&cell, b, u, &h, &cells);
            // gates are sums of order 1 with slopes below 1, cells up to some units
            assert_true(fabs((double)next.at[b][u] - h) < 2e-6);
            assert_true(gates == 3 || fabs((double)c.at[b][u] - cells) < 4e-6);
        }
    for (int batch = 1; batch < BATCH; batch++) {
        struct vectors some = vectors_guarded(hidden), some_c = vectors_copy(&cell.c);
        int first = (int)random_below(random, (uint32_t)(BATCH - batch + 1));
        step(&cell, first, batch, &some, &some_c);
        assert_guards(&some, batch);
        for (int b = 0; b < batch; b++) {
            assert_memory_equal(some.at[b], next.at[first + b], (size_t)hidden * sizeof(float));
            if (gates == 4)
                assert_memory_equal(some_c.at[first + b], c.at[first + b],
                                    (size_t)hidden * sizeof(float));
        }
        vectors_free(&some);
        vectors_free(&some_c);
    }
    vectors_free(&next);
    vectors_free(&c);
    cell_free(&cell);
}

static void cells_are_their_formulas_in_any_batch(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1},  {5, 3},   {80, 8},  {3, 15},  {16, 16},
                                   {7, 17}, {40, 33}, {80, 64}, {64, 100}};
    struct random random = random_seeded(12);
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int gates = 3; gates <= 4; gates++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            check_cell(table, gates, sizes[s][0], sizes[s][1], &random);
}

// An update gate wide open towards the past, nothing coming in: h fades by e^-1 or so a frame.
static void what_fades_becomes_zero(void **state)
{
    (void)state;
    enum { HIDDEN = 9 };
    static const float none[4 * HIDDEN * HIDDEN], open[4 * HIDDEN];
    const struct recurrent_step_weights weights = {none, none, open, open, HIDDEN, HIDDEN};
    const struct kernel_table *table;
    EACH_TABLE(table)
    for (int gates = 3; gates <= 4; gates++) {
        struct packed_recurrent *layer = packed_recurrent_create(table, gates, &weights);
        float zero[HIDDEN] = {0}, h[2][HIDDEN], c[HIDDEN];
        for (int i = 0; i < HIDDEN; i++)
            h[0][i] = c[i] = 1e-18f;
        const float *x = zero;
        float *cells = c;
        for (int t = 0; t < 200; t++) {
            const float *from = h[t % 2];
            float *to = h[(t + 1) % 2];
            if (gates == 3)
                packed_gru_step(layer, 1, &x, &from, &to, NULL);
            else
                packed_lstm_step(layer, 1, &x, &from, &to, &cells, NULL);
            for (int i = 0; i < HIDDEN; i++)
                assert_true(to[i] == 0 || fabsf(to[i]) >= 1e-20f);
        }
        assert_true(h[0][HIDDEN - 1] == 0);
        packed_recurrent_destroy(&layer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_is_the_sums_in_any_batch),
        cmocka_unit_test(cells_are_their_formulas_in_any_batch),
        cmocka_unit_test(what_fades_becomes_zero),
    };
    return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
