// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Losses: gradients, values against their formula in double, weights, groups, extremes.
#include "gradient_check.h"

#include <math.h>
#include <string.h>

static const unsigned char WEIGHTS[6] = {1, 0, 2, 1, 0, 1}, NONE[6] = {0};

static struct tensor *l1(struct tape *tape, struct tensor *in, const void *weight)
{
    return tape_l1(tape, &in[0], &in[1], weight);
}

static struct tensor *mse(struct tape *tape, struct tensor *in, const void *weight)
{
    return tape_mse(tape, &in[0], &in[1], weight);
}

// Numbers of the pair at least 0.2 apart: no step of the difference crosses the kink.
static void part(struct tensor *x, const struct tensor *y)
{
    for (size_t i = 0; i < tensor_size(x); i++)
        if (fabsf(x->data[i] - y->data[i]) < 0.2f)
            x->data[i] += 0.5f;
}

static void check_distance(check_function loss, const unsigned char *weight)
{
    struct check check = check_begin(1);
    struct tensor *x = check_input(&check, 2, 3, 4);
    part(x, check_input(&check, 2, 3, 4));
    check_gradients(&check, loss, weight);
    check_end(&check);
}

static void distance_gradients(void **state)
{
    (void)state;
    check_distance(l1, NULL);
    check_distance(l1, WEIGHTS);
    check_distance(mse, NULL);
    check_distance(mse, WEIGHTS);
}

static void distances_are_means_over_weighted_frames(void **state)
{
    (void)state;
    struct check check = check_begin(2);
    const struct tensor *x = check_input(&check, 2, 3, 21), *y = check_input(&check, 2, 3, 21);
    double absolute = 0, square = 0;
    for (int i = 0; i < 6 * 21; i++) {
        double difference = (double)x->data[i] - (double)y->data[i];
        absolute += WEIGHTS[i / 21] ? fabs(difference) : 0;
        square += WEIGHTS[i / 21] ? difference * difference : 0;
    }
    struct tape *tape = tape_create(true);
    float expected[2] = {(float)(absolute / (4 * 21)), (float)(square / (4 * 21))};
    check_close("l1", l1(tape, check.inputs, WEIGHTS)->data, &expected[0], 1, 1e-6f);
    check_close("mse", mse(tape, check.inputs, WEIGHTS)->data, &expected[1], 1, 1e-6f);
    tape_destroy(&tape);
    check_end(&check);
}

static void distance_over_no_frame_is_zero(void **state)
{
    (void)state;
    struct check check = check_begin(3);
    check_input(&check, 2, 3, 4);
    check_input(&check, 2, 3, 4);
    struct tape *tape = tape_create(true);
    struct tensor *loss = mse(tape, check.inputs, NONE);
    tape_backward(tape, loss, 1);
    assert_true(loss->data[0] == 0);
    for (int i = 0; i < 24; i++)
        assert_true(check.inputs[0].grad[i] == 0 && check.inputs[1].grad[i] == 0);
    tape_destroy(&tape);
    check_end(&check);
}

// ---- cross entropy

static const int LABELS[6] = {2, 0, -1, 4, 2, -1};

static struct tensor *cross_entropy(struct tape *tape, struct tensor *in, const void *labels)
{
    return tape_cross_entropy(tape, &in[0], labels, NULL);
}

static void cross_entropy_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(4);
    check_input(&check, 1, 6, 5);
    check_gradients(&check, cross_entropy, LABELS);
    check_end(&check);
}

static void cross_entropy_value_and_accuracy(void **state)
{
    (void)state;
    enum { N = 4, CLASSES = 19 };
    float logits[N][CLASSES];
    const int labels[N] = {0, 18, 18, -1};
    struct random random = random_seeded(5);
    double sum = 0;
    for (int i = 0; i < N; i++) {
        double total = 0;
        for (int c = 0; c < CLASSES; c++) {
            logits[i][c] = 3 * random_normal(&random);
            total += exp((double)logits[i][c]);
        }
        sum += labels[i] < 0 ? 0 : log(total) - (double)logits[i][labels[i]];
    }
    float expected = (float)(sum / 3), accuracy;
    struct tape *tape = tape_create(true);
    struct tensor *x = tape_constant(tape, logits[0], 1, N, CLASSES);
    check_close("loss", tape_cross_entropy(tape, x, labels, &accuracy)->data, &expected, 1, 1e-6f);
    memset(logits, 0, sizeof logits);
    logits[0][0] = logits[1][18] = 1;
    logits[2][6] = 1;
    expected = (float)(log(18 + exp(1.0)) - 2.0 / 3);
    check_close("loss", tape_cross_entropy(tape, x, labels, &accuracy)->data, &expected, 1, 1e-6f);
    assert_true(fabsf(accuracy - 2.0f / 3) < 1e-6f);
    memset(logits, 0, sizeof logits); // all equal: the first counts as the answer
    tape_cross_entropy(tape, x, labels, &accuracy);
    assert_true(fabsf(accuracy - 1.0f / 3) < 1e-6f);
    tape_destroy(&tape);
}

static void cross_entropy_of_extremes(void **state)
{
    (void)state;
    float data[2][3] = {{1e4f, -1e4f, 0}, {-3e38f, 3e38f, 0}}, grad[6] = {0};
    const int labels[2] = {1, 1}, ignored[2] = {-1, -1};
    struct tensor logits = {data[0], grad, 1, 2, 3};
    struct tape *tape = tape_create(true);
    float accuracy;
    struct tensor *loss = tape_cross_entropy(tape, &logits, labels, &accuracy);
    tape_backward(tape, loss, 1);
    assert_true(fabsf(loss->data[0] - 1e4f) < 1e-2f && fabsf(accuracy - 0.5f) < 1e-6f);
    const float expected[6] = {0.5f, -0.5f, 0, 0, 0, 0};
    check_close("grad", grad, expected, 6, 1e-6f);
    assert_true(tape_cross_entropy(tape, &logits, ignored, &accuracy)->data[0] == 0);
    assert_true(accuracy == 0);
    tape_destroy(&tape);
}

// ---- InfoNCE

enum { N = 7, M = 5, C = 6 };
static const int TARGET_GROUP[N] = {0, 1, 0, 2, 1, 1, 9}; // row 6: no negative at all
static const int NEGATIVE_GROUP[M] = {1, 0, 2, 1, 0};
static const int EXCLUDE[N] = {1, -1, -1, -1, 0, 3, -1};
static const int EXCLUDE_TARGET[N] = {2, -1, -1, -1, -1, 4, -1};
static const int TARGET_CODE[N] = {3, 1, 3, 3, 2, 1, 3};
static const int NEGATIVE_CODE[M] = {3, 3, 5, 1, 3};

struct nce_case {
    struct info_nce_options options;
    bool negatives;
};
static const struct nce_case NCE_CASES[] = {
    {{0.5f, NULL, NULL, NULL, NULL, NULL}, true},
    {{0.5f, TARGET_GROUP, NEGATIVE_GROUP, EXCLUDE, NULL, NULL}, true},
    {{1.0f, NULL, NULL, NULL, NULL, NULL}, false},
    {{2.0f, TARGET_GROUP, NULL, EXCLUDE_TARGET, NULL, NULL}, false},
    {{0.7f, NULL, NULL, NULL, TARGET_CODE, NEGATIVE_CODE}, true},
    {{0.7f, NULL, NULL, NULL, TARGET_CODE, NULL}, false},
};
enum { NCE_CASE_COUNT = sizeof NCE_CASES / sizeof *NCE_CASES };

static struct tensor *info_nce(struct tape *tape, struct tensor *in, const void *context)
{
    const struct nce_case *c = context;
    return tape_info_nce(tape, &in[0], &in[1], c->negatives ? &in[2] : NULL, c->options, NULL);
}

static struct check nce_inputs(const struct nce_case *c, uint64_t seed)
{
    struct check check = check_begin(seed);
    check_input(&check, 1, N, C);
    check_input(&check, 1, N, C);
    if (c->negatives)
        check_input(&check, 1, M, C);
    return check;
}

static void info_nce_gradient(void **state)
{
    (void)state;
    for (int i = 0; i < NCE_CASE_COUNT; i++) {
        struct check check = nce_inputs(&NCE_CASES[i], 6);
        check_gradients(&check, info_nce, &NCE_CASES[i]);
        check_end(&check);
    }
}

static double product(const struct tensor *x, int i, const struct tensor *y, int j)
{
    double sum = 0;
    for (int c = 0; c < C; c++)
        sum += (double)x->data[i * C + c] * (double)y->data[j * C + c];
    return sum;
}

// Equation 4 of the paper for row i, word for word.
static double row_loss(const struct nce_case *c, const struct tensor *in, int i, bool *wins)
{
    const struct info_nce_options *o = &c->options;
    const struct tensor *negatives = c->negatives ? &in[2] : &in[1];
    const int *groups = c->negatives ? o->negative_group : o->target_group;
    const int *codes = c->negatives ? o->negative_code : o->target_code;
    double positive = product(&in[0], i, &in[1], i) / (double)o->temperature, sum = exp(positive);
    *wins = true;
    for (int j = 0; j < negatives->t; j++) {
        bool hidden = (o->target_group && o->target_group[i] != groups[j]) ||
                      (o->target_code && o->target_code[i] == codes[j]) ||
                      (o->exclude && o->exclude[i] == j) || (!c->negatives && i == j);
        double logit = product(&in[0], i, negatives, j) / (double)o->temperature;
        sum += hidden ? 0 : exp(logit);
        *wins = *wins && (hidden || positive > logit);
    }
    return log(sum) - positive;
}

static void info_nce_value_and_accuracy(void **state)
{
    (void)state;
    struct tape *tape = tape_create(true);
    for (int i = 0; i < NCE_CASE_COUNT; i++) {
        struct check check = nce_inputs(&NCE_CASES[i], 7);
        double sum = 0;
        int right = 0;
        for (int row = 0; row < N; row++) {
            bool wins;
            sum += row_loss(&NCE_CASES[i], check.inputs, row, &wins);
            right += wins;
        }
        assert_true(right > 0 && right < N); // else the accuracy below shows nothing
        float expected = (float)(sum / N), accuracy;
        struct tensor *loss = tape_info_nce(tape, &check.inputs[0], &check.inputs[1],
                                            NCE_CASES[i].negatives ? &check.inputs[2] : NULL,
                                            NCE_CASES[i].options, &accuracy);
        check_close("loss", loss->data, &expected, 1, 1e-6f);
        assert_true(fabsf(accuracy - (float)right / N) < 1e-6f);
        check_end(&check);
    }
    tape_destroy(&tape);
}

// Logits of +-1e6: the sums of exponentials over- and underflow unless the largest is taken off.
static void info_nce_is_stable(void **state)
{
    (void)state;
    struct check check = nce_inputs(&NCE_CASES[0], 8);
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < tensor_size(&check.inputs[i]); k++)
            check.inputs[i].data[k] *= 1000;
    struct tape *tape = tape_create(true);
    struct tensor *loss = info_nce(tape, check.inputs, &NCE_CASES[0]);
    tape_backward(tape, loss, 1);
    assert_true(isfinite(loss->data[0]) && loss->data[0] > 0);
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < tensor_size(&check.inputs[i]); k++)
            assert_true(isfinite(check.inputs[i].grad[k]));
    tape_destroy(&tape);
    check_end(&check);
}

static void unseen_negatives_get_no_gradient_at_all(void **state)
{
    (void)state;
    static const int targets[N] = {0}, negatives[M] = {1, 1, 2, 3, 1};
    struct nce_case c = {{1.0f, targets, negatives, NULL, NULL, NULL}, true};
    struct check check = nce_inputs(&c, 11);
    struct tape *tape = tape_create(true);
    float accuracy = 0;
    struct tensor *loss = tape_info_nce(tape, &check.inputs[0], &check.inputs[1], &check.inputs[2],
                                        c.options, &accuracy);
    tape_backward(tape, loss, 1e30f);
    assert_true(loss->data[0] == 0 && accuracy == 1);
    for (size_t k = 0; k < tensor_size(&check.inputs[2]); k++)
        assert_true(check.inputs[2].grad[k] == 0);
    tape_destroy(&tape);
    check_end(&check);
}

static void collapsed_embeddings_win_nothing(void **state)
{
    (void)state;
    struct check check = nce_inputs(&NCE_CASES[0], 9);
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < tensor_size(&check.inputs[i]); k++)
            check.inputs[i].data[k] = 1;
    struct tape *tape = tape_create(true);
    float accuracy = 1, expected = logf(1 + M);
    struct tensor *loss = tape_info_nce(tape, &check.inputs[0], &check.inputs[1], &check.inputs[2],
                                        NCE_CASES[0].options, &accuracy);
    check_close("loss at chance", loss->data, &expected, 1, 1e-6f);
    assert_true(accuracy == 0);
    tape_destroy(&tape);
    check_end(&check);
}

// ---- weighted sum

static struct tensor *weighted_sum(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    struct tensor *losses[3] = {tape_mse(tape, &in[0], &in[1], NULL),
                                tape_mse(tape, &in[0], &in[1], WEIGHTS),
                                tape_cross_entropy(tape, &in[2], LABELS, NULL)};
    const float weights[3] = {0.5f, 0, -2};
    return tape_weighted_sum(tape, losses, weights, 3);
}

static void weighted_sum_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(10);
    check_input(&check, 2, 3, 4);
    check_input(&check, 2, 3, 4);
    check_input(&check, 1, 6, 5);
    check_gradients(&check, weighted_sum, NULL);
    check_end(&check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_gradients),
        cmocka_unit_test(distances_are_means_over_weighted_frames),
        cmocka_unit_test(distance_over_no_frame_is_zero),
        cmocka_unit_test(cross_entropy_gradient),
        cmocka_unit_test(cross_entropy_value_and_accuracy),
        cmocka_unit_test(cross_entropy_of_extremes),
        cmocka_unit_test(info_nce_gradient),
        cmocka_unit_test(info_nce_value_and_accuracy),
        cmocka_unit_test(info_nce_is_stable),
        cmocka_unit_test(unseen_negatives_get_no_gradient_at_all),
        cmocka_unit_test(collapsed_embeddings_win_nothing),
        cmocka_unit_test(weighted_sum_gradient),
    };
    return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
