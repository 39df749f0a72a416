// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "base/random.h"
#include "learn/discriminant.h"
#include "learn/logistic.h"
#include "learn/principal.h"
#include "heads/learn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { COUNT = 300, DIMS = 7, CLASSES = 3 };

static float x[COUNT * DIMS];
static int y[COUNT];

// Three overlapping clouds.
static void make_clouds(float spread)
{
    struct random random = random_seeded(5);
    for (int i = 0; i < COUNT; i++) {
        y[i] = i % CLASSES;
        for (int d = 0; d < DIMS; d++)
            x[i * DIMS + d] = spread * random_normal(&random) + (d == y[i] ? 2.0f : 0.0f);
    }
}

// The definition, in double, apart from the implementation.
static double loss_of(const struct logistic *model, double l2)
{
    double total = 0, squares = 0;
    for (int i = 0; i < COUNT; i++) {
        double sum = 0, own = 0;
        for (int k = 0; k < CLASSES; k++) {
            double logit = (double)model->bias[k];
            for (int d = 0; d < DIMS; d++)
                logit += (double)model->weight[k * DIMS + d] * (double)x[i * DIMS + d];
            sum += exp(logit);
            own = k == y[i] ? logit : own;
        }
        total += log(sum) - own;
    }
    for (int i = 0; i < CLASSES * DIMS; i++)
        squares += (double)model->weight[i] * (double)model->weight[i];
    return total / COUNT + l2 / 2 * squares;
}

static void logistic_ends_at_a_minimum(void **state)
{
    (void)state;
    make_clouds(1.5f);
    struct logistic_data data = {.x = x, .y = y, .count = COUNT, .dims = DIMS, .classes = CLASSES};
    struct logistic model;
    const double l2 = 0.01;
    assert_true(logistic_fit(&data, l2, 0, &model));
    double at_minimum = loss_of(&model, l2);
    for (int i = 0; i < CLASSES * (DIMS + 1); i++) // weight and bias are one array
        for (int side = -1; side <= 1; side += 2) {
            float kept = model.weight[i];
            model.weight[i] = kept + 0.02f * (float)side;
            if (loss_of(&model, l2) <= at_minimum)
                fail_msg("moving parameter %d lowers the loss", i);
            model.weight[i] = kept;
        }
    float posteriors[CLASSES], sum = 0;
    logistic_posteriors(&model, x, posteriors);
    for (int k = 0; k < CLASSES; k++)
        sum += posteriors[k];
    assert_true(fabsf(sum - 1) < 1e-5f);
    logistic_free(&model);
}

static void logistic_weights_are_repetitions(void **state)
{
    (void)state;
    make_clouds(1.5f);
    static float twice_x[2 * COUNT * DIMS];
    static int twice_y[2 * COUNT];
    static float weight[COUNT];
    int n = 0;
    for (int i = 0; i < COUNT; i++)
        for (int r = 0; r < 1 + i % 2; r++, n++) {
            twice_y[n] = y[i];
            for (int d = 0; d < DIMS; d++)
                twice_x[n * DIMS + d] = x[i * DIMS + d];
        }
    for (int i = 0; i < COUNT; i++)
        weight[i] = (float)(1 + i % 2) * COUNT / (float)n;
    struct logistic_data once = {
        .x = x, .y = y, .count = COUNT, .dims = DIMS, .classes = CLASSES, .weight = weight};
    struct logistic_data twice = {
        .x = twice_x, .y = twice_y, .count = n, .dims = DIMS, .classes = CLASSES};
    struct logistic a, b;
    assert_true(logistic_fit(&once, 0.01, 0, &a));
    assert_true(logistic_fit(&twice, 0.01, 0, &b));
    for (int i = 0; i < CLASSES * DIMS; i++)
        if (fabsf(a.weight[i] - b.weight[i]) > 2e-3f)
            fail_msg("weight %d: %g against %g", i, (double)a.weight[i], (double)b.weight[i]);
    logistic_free(&a);
    logistic_free(&b);
}

// Unequal classes: a strong penalty leaves only the bias, which always says the commonest class.
static void l2_is_chosen_across_groups(void **state)
{
    (void)state;
    make_clouds(0.7f);
    static int groups[COUNT];
    for (int i = 0; i < COUNT; i++) {
        groups[i] = i / 30;
        if (y[i] != 0 && i % 7 != 0) { // most of classes 1 and 2 become class 0
            x[i * DIMS] += 2;
            x[i * DIMS + y[i]] -= 2;
            y[i] = 0;
        }
    }
    struct logistic_data data = {.x = x, .y = y, .count = COUNT, .dims = DIMS, .classes = CLASSES};
    const double grid[] = {1e3, 1e-3};
    assert_true(logistic_choose_l2(&data, groups, 5, grid, 2) == 1e-3);
    assert_true(logistic_choose_l2(&data, NULL, 5, grid, 2) == 1e-3);
}

static void l2_ties_go_to_the_larger(void **state)
{
    (void)state;
    make_clouds(0.01f);
    struct logistic_data data = {.x = x, .y = y, .count = COUNT, .dims = DIMS, .classes = CLASSES};
    const double grid[] = {1e-3, 1e-2, 1e-4};
    assert_true(logistic_choose_l2(&data, NULL, 5, grid, 3) == 1e-2);
}

// Class means differ in a direction of small variance; the large one is noise.
static void discriminant_finds_the_quiet_direction(void **state)
{
    (void)state;
    struct random random = random_seeded(9);
    for (int i = 0; i < COUNT; i++) {
        y[i] = i % CLASSES;
        for (int d = 0; d < DIMS; d++)
            x[i * DIMS + d] = random_normal(&random) * (d == 0 ? 20.0f : 0.1f);
        x[i * DIMS + 3] += (float)y[i];
    }
    struct discriminant model;
    assert_true(discriminant_fit(x, y, COUNT, DIMS, CLASSES, 0, 0.0, &model));
    assert_true(model.kept >= 1 && model.kept <= CLASSES - 1);
    float out[CLASSES], low[CLASSES] = {INFINITY, INFINITY, INFINITY},
                        high[CLASSES] = {-INFINITY, -INFINITY, -INFINITY};
    for (int i = 0; i < COUNT; i++) {
        discriminant_project(&model, x + i * DIMS, out);
        low[y[i]] = fminf(low[y[i]], out[0]);
        high[y[i]] = fmaxf(high[y[i]], out[0]);
    }
    bool rising = low[1] > high[0] && low[2] > high[1];
    bool falling = low[0] > high[1] && low[1] > high[2];
    assert_true(rising || falling);
    discriminant_free(&model);
    assert_false(discriminant_fit(x, y, COUNT, DIMS, 1, 0, 0.0, &model));
}

static bool stop_at_third(int done, int total, void *user)
{
    assert_true(done < total);
    return ++*(int *)user < 3;
}

static void an_interrupt_ends_the_regression(void **state)
{
    (void)state;
    static const char *const labels[CLASSES] = {"a", "b", "c"};
    int asked = 0;
    const auricle_fit_config config = {.seed = 1, .progress = stop_at_third, .user = &asked};
    const bool background[CLASSES] = {false};
    struct fit_examples examples;
    struct fit_learned learned;
    auricle_error error;
    make_clouds(1.5f);
    assert_true(fit_examples_create(DIMS, CLASSES, background, COUNT, 1, &examples));
    for (int i = 0; i < COUNT; i++)
        assert_true(fit_examples_add(&examples, x + i * DIMS, y[i], i));
    assert_int_equal(fit_learn(&examples, 0, labels, &config, &learned, &error),
                     AURICLE_INTERRUPTED);
    assert_int_equal(asked, 3);
    assert_null(learned.memory);
    fit_examples_free(&examples);
}

static void standardise_centres_and_scales(void **state)
{
    (void)state;
    float rows[] = {1, 5, 3, 5}, mean[2], deviation[2];
    standardise_measure(rows, 2, 2, mean, deviation);
    standardise_apply(rows, 2, 2, mean, deviation);
    float expected[] = {-1, 0, 1, 0};
    for (int i = 0; i < 4; i++)
        assert_true(fabsf(rows[i] - expected[i]) < 1e-6f);
}

// A long and a short direction, neither along a number, and a little of the rest.
static void principal_plane_is_where_the_variance_is(void **state)
{
    (void)state;
    struct random random = random_seeded(8);
    float items[COUNT * 3], places[COUNT * 2];
    double share[2], mean[3] = {0}, total = 0;
    for (int i = 0; i < COUNT; i++) {
        float a = 5 * random_normal(&random), b = 2 * random_normal(&random);
        float c = 0.3f * random_normal(&random);
        float item[] = {(a + b) / sqrtf(2), (a - b) / sqrtf(2), c};
        for (int d = 0; d < 3; d++) {
            items[i * 3 + d] = item[d];
            mean[d] += (double)item[d] / COUNT;
        }
    }
    for (int i = 0; i < COUNT * 3; i++) {
        items[i] -= (float)mean[i % 3];
        total += (double)items[i] * (double)items[i];
    }
    assert_true(principal_plane(items, COUNT, 3, places, share));
    double squares[2] = {0}, along = 0, farthest = 0;
    for (int i = 0; i < COUNT; i++) {
        double length = (double)(items[i * 3] + items[i * 3 + 1]) / sqrt(2);
        along += length * (double)places[2 * i];
        farthest = fmax(farthest, -(double)places[2 * i]);
        for (int axis = 0; axis < 2; axis++)
            squares[axis] += pow((double)places[2 * i + axis], 2);
    }
    for (int axis = 0; axis < 2; axis++)
        assert_true(fabs(squares[axis] / total - share[axis]) < 1e-4);
    assert_true(fabs(along) > 0.99 * squares[0]); // the drawn direction, up to its sign
    assert_true(share[0] > 0.8 && share[1] > 0.1 && share[0] + share[1] > 0.99);
    for (int i = 0; i < COUNT; i++)
        if ((double)places[2 * i] >= farthest)
            return; // the farthest item lies on the positive side
    fail_msg("the axis points away from its farthest item");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logistic_ends_at_a_minimum),
        cmocka_unit_test(logistic_weights_are_repetitions),
        cmocka_unit_test(l2_is_chosen_across_groups),
        cmocka_unit_test(l2_ties_go_to_the_larger),
        cmocka_unit_test(discriminant_finds_the_quiet_direction),
        cmocka_unit_test(an_interrupt_ends_the_regression),
        cmocka_unit_test(standardise_centres_and_scales),
        cmocka_unit_test(principal_plane_is_where_the_variance_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
