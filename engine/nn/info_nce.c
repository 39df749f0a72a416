// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** InfoNCE (van den Oord, Li & Vinyals 2018, eq. 4) with negatives shared by all rows:
 *
 *     logits [N][1+M] = [ p_i . t_i | p_i . n_1 ... p_i . n_M ] / temperature    (unused: -inf)
 *     loss = mean over i of  log(sum_j exp logits[i][j]) - logits[i][0]
 *
 * Without negatives the other targets serve: n = t, and row i leaves out n_i. */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"
#include "nn/softmax.h"

#include <math.h>

struct info_nce {
    struct tensor *predictions, *targets, *negatives, *loss;
    float *slopes; // [N][1+M]: logits, then their softmax minus the positive's one
    float inverse_temperature;
};

static int columns_of(const struct info_nce *l)
{
    return 1 + tensor_rows(l->negatives);
}

static float *slope_row(const struct info_nce *l, int i)
{
    return l->slopes + (size_t)i * (size_t)columns_of(l);
}

static void logits_forward(const struct info_nce *l)
{
    const struct tensor *p = l->predictions;
    int rows = tensor_rows(p), negatives = tensor_rows(l->negatives);
    kernels()->sgemm(false, true, rows, negatives, p->c, l->inverse_temperature, p->data, p->c,
                     l->negatives->data, p->c, 0, l->slopes + 1, columns_of(l));
    for (int i = 0; i < rows; i++)
        slope_row(l, i)[0] = l->inverse_temperature *
                             kernels()->dot(p->c, tensor_row(p, i), tensor_row(l->targets, i));
}

// The negatives that row i must not see: of another group, of its own code, its own positive.
static void hide_negatives(const struct info_nce *l, const struct info_nce_options *options, int i)
{
    float *negative = slope_row(l, i) + 1;
    int count = tensor_rows(l->negatives);
    if (options->target_group && options->negative_group) {
        int group = options->target_group[i];
        for (int j = 0; j < count; j++)
            negative[j] = options->negative_group[j] == group ? negative[j] : -INFINITY;
    }
    if (options->target_code && options->negative_code) {
        int code = options->target_code[i];
        for (int j = 0; j < count; j++)
            negative[j] = options->negative_code[j] == code ? -INFINITY : negative[j];
    }
    if (options->exclude && options->exclude[i] >= 0) {
        CHECK(options->exclude[i] < count);
        negative[options->exclude[i]] = -INFINITY;
    }
    if (l->negatives == l->targets)
        negative[i] = -INFINITY;
}

static void info_nce_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct info_nce *l = context;
    struct tensor *p = l->predictions, *targets = l->targets, *negatives = l->negatives;
    int rows = tensor_rows(p), count = tensor_rows(negatives), channels = p->c;
    int columns = columns_of(l);
    float scale = l->loss->grad[0] * l->inverse_temperature / (float)rows;
    if (p->grad)
        kernels()->sgemm(false, false, rows, channels, count, scale, l->slopes + 1, columns,
                         negatives->data, channels, 1, p->grad, channels);
    if (negatives->grad)
        kernels()->sgemm(true, false, count, channels, rows, scale, l->slopes + 1, columns, p->data,
                         channels, 1, negatives->grad, channels);
    for (int i = 0; i < rows; i++) {
        float slope = scale * slope_row(l, i)[0];
        if (p->grad)
            kernels()->axpy(channels, slope, tensor_row(targets, i), tensor_grad_row(p, i));
        if (targets->grad)
            kernels()->axpy(channels, slope, tensor_row(p, i), tensor_grad_row(targets, i));
    }
}

// Leaves slopes; returns the loss. right: rows whose positive beats every negative it sees.
static double rows_forward(const struct info_nce *l, const struct info_nce_options *options,
                           int *right)
{
    int rows = tensor_rows(l->predictions), columns = columns_of(l);
    double sum = 0;
    for (int i = 0; i < rows; i++) {
        float *row = slope_row(l, i);
        hide_negatives(l, options, i);
        float positive = row[0];
        *right += positive > row_max(columns - 1, row + 1);
        sum += (double)softmax_row(columns, row) - (double)positive;
        row[0] -= 1;
    }
    return sum / rows;
}

struct tensor *tape_info_nce(struct tape *tape, struct tensor *predictions, struct tensor *targets,
                             struct tensor *negatives, struct info_nce_options options,
                             float *accuracy)
{
    int rows = tensor_rows(predictions), right = 0;
    CHECK(tensor_rows(targets) == rows && targets->c == predictions->c);
    CHECK(options.temperature > 0);
    if (!negatives) {
        negatives = targets;
        if (!options.negative_group)
            options.negative_group = options.target_group;
        if (!options.negative_code)
            options.negative_code = options.target_code;
    }
    CHECK(negatives->c == predictions->c);
    struct info_nce *l = tape_scratch(tape, sizeof *l);
    *l = (struct info_nce){predictions, targets, negatives, NULL, NULL, 1 / options.temperature};
    l->slopes = tape_scratch(tape, (size_t)rows * (size_t)columns_of(l) * sizeof *l->slopes);
    l->loss = tape_tensor(tape, 1, 1, 1, predictions->grad || targets->grad || negatives->grad);
    logits_forward(l);
    l->loss->data[0] = (float)rows_forward(l, &options, &right);
    if (accuracy)
        *accuracy = (float)right / (float)rows;
    if (l->loss->grad)
        tape_record(tape, info_nce_backward, l);
    return l->loss;
}
