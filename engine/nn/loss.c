// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Losses: tensors (1,1,1). Sums over frames are kept in double. */
#include "base/error.h"
#include "nn/layers.h"
#include "nn/rows.h"
#include "nn/softmax.h"

#include <math.h>
#include <string.h>

// ---- distances between prediction and target

struct distance {
    struct tensor *prediction, *target, *loss;
    unsigned char *weight; // [B*T], NULL = all
    float scale;           // 1 / numbers compared
};

typedef double (*row_distance)(int n, const float *x, const float *y);
/** dx[i] += scale * d distance / d x[i]; either gradient may be NULL. */
typedef void (*row_distance_backward)(int n, const float *x, const float *y, float scale, float *dx,
                                      float *dy);

static bool row_counts(const struct distance *d, int i)
{
    return !d->weight || d->weight[i];
}

static void distance_backward(const struct distance *d, row_distance_backward row_backward)
{
    const struct tensor *x = d->prediction, *y = d->target;
    float scale = d->scale * d->loss->grad[0];
    for (int i = 0; i < tensor_rows(x); i++)
        if (row_counts(d, i))
            row_backward(x->c, tensor_row(x, i), tensor_row(y, i), scale,
                         x->grad ? tensor_grad_row(x, i) : NULL,
                         y->grad ? tensor_grad_row(y, i) : NULL);
}

static struct tensor *tape_distance(struct tape *tape, struct tensor *x, struct tensor *y,
                                    const unsigned char *weight, row_distance row,
                                    tape_backward_function backward)
{
    CHECK(x->b == y->b && x->t == y->t && x->c == y->c);
    struct distance *d = tape_scratch(tape, sizeof *d);
    size_t rows = (size_t)tensor_rows(x), counted = 0;
    *d = (struct distance){.prediction = x, .target = y};
    d->loss = tape_tensor(tape, 1, 1, 1, x->grad || y->grad);
    if (weight)
        d->weight = memcpy(tape_scratch(tape, rows), weight, rows);
    double sum = 0;
    for (int i = 0; i < tensor_rows(x); i++) {
        if (!row_counts(d, i))
            continue;
        counted++;
        sum += row(x->c, tensor_row(x, i), tensor_row(y, i));
    }
    if (counted) {
        double numbers = (double)counted * (double)x->c;
        d->scale = (float)(1 / numbers);
        d->loss->data[0] = (float)(sum / numbers);
    }
    if (d->loss->grad)
        tape_record(tape, backward, d);
    return d->loss;
}

static double row_l1(int n, const float *x, const float *y)
{
    return (double)row_sum_distances(n, x, y);
}

static void row_l1_backward(int n, const float *x, const float *y, float scale, float *dx,
                            float *dy)
{
    for (int i = 0; i < n; i++) {
        float sign = (float)((x[i] > y[i]) - (x[i] < y[i])) * scale;
        if (dx)
            dx[i] += sign;
        if (dy)
            dy[i] -= sign;
    }
}

static void l1_backward(struct tape *tape, void *context)
{
    (void)tape;
    distance_backward(context, row_l1_backward);
}

struct tensor *tape_l1(struct tape *tape, struct tensor *prediction, struct tensor *target,
                       const unsigned char *weight)
{
    return tape_distance(tape, prediction, target, weight, row_l1, l1_backward);
}

static double row_mse(int n, const float *x, const float *y)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double difference = (double)x[i] - (double)y[i];
        sum += difference * difference;
    }
    return sum;
}

static void row_mse_backward(int n, const float *x, const float *y, float scale, float *dx,
                             float *dy)
{
    for (int i = 0; i < n; i++) {
        float slope = 2 * (x[i] - y[i]) * scale;
        if (dx)
            dx[i] += slope;
        if (dy)
            dy[i] -= slope;
    }
}

static void mse_backward(struct tape *tape, void *context)
{
    (void)tape;
    distance_backward(context, row_mse_backward);
}

struct tensor *tape_mse(struct tape *tape, struct tensor *prediction, struct tensor *target,
                        const unsigned char *weight)
{
    return tape_distance(tape, prediction, target, weight, row_mse, mse_backward);
}

// ---- cross entropy

struct cross_entropy {
    struct tensor *logits, *loss;
    float *slopes; // [N][classes]: softmax minus the label's one, 0 in ignored rows
    float scale;   // 1 / labelled rows
};

static void cross_entropy_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct cross_entropy *l = context;
    float scale = l->scale * l->loss->grad[0];
    for (size_t i = 0, n = tensor_size(l->logits); i < n; i++)
        l->logits->grad[i] += scale * l->slopes[i];
}

// The first of equal logits is taken as the answer.
static int arg_max(int n, const float *x)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

struct tensor *tape_cross_entropy(struct tape *tape, struct tensor *logits, const int *labels,
                                  float *accuracy)
{
    int rows = tensor_rows(logits), classes = logits->c, labelled = 0, right = 0;
    struct cross_entropy *l = tape_scratch(tape, sizeof *l);
    size_t bytes = tensor_size(logits) * sizeof *l->slopes;
    *l = (struct cross_entropy){.logits = logits, .slopes = tape_scratch(tape, bytes)};
    l->loss = tape_tensor(tape, 1, 1, 1, logits->grad);
    memcpy(l->slopes, logits->data, bytes);
    double sum = 0;
    for (int i = 0; i < rows; i++) {
        float *row = l->slopes + (size_t)i * (size_t)classes;
        if (labels[i] < 0) {
            memset(row, 0, (size_t)classes * sizeof *row);
            continue;
        }
        CHECK(labels[i] < classes);
        float score = row[labels[i]];
        right += arg_max(classes, row) == labels[i];
        labelled++;
        sum += (double)softmax_row(classes, row) - (double)score;
        row[labels[i]] -= 1;
    }
    l->scale = labelled ? 1.0f / (float)labelled : 0;
    l->loss->data[0] = labelled ? (float)(sum / labelled) : 0;
    if (accuracy)
        *accuracy = labelled ? (float)right / (float)labelled : 0;
    if (l->loss->grad)
        tape_record(tape, cross_entropy_backward, l);
    return l->loss;
}

// ---- weighted sum

struct weighted_sum {
    struct tensor **losses, *sum;
    float *weights;
    int count;
};

static void weighted_sum_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct weighted_sum *w = context;
    for (int i = 0; i < w->count; i++)
        if (w->losses[i]->grad)
            w->losses[i]->grad[0] += w->weights[i] * w->sum->grad[0];
}

struct tensor *tape_weighted_sum(struct tape *tape, struct tensor **losses, const float *weights,
                                 int count)
{
    struct weighted_sum *w = tape_scratch(tape, sizeof *w);
    size_t loss_bytes = (size_t)count * sizeof *losses;
    size_t weight_bytes = (size_t)count * sizeof *weights;
    bool learns = false;
    double sum = 0;
    for (int i = 0; i < count; i++) {
        CHECK(tensor_size(losses[i]) == 1);
        learns = learns || losses[i]->grad;
        sum += (double)weights[i] * (double)losses[i]->data[0];
    }
    *w = (struct weighted_sum){
        .losses = memcpy(tape_scratch(tape, loss_bytes), losses, loss_bytes),
        .weights = memcpy(tape_scratch(tape, weight_bytes), weights, weight_bytes),
        .sum = tape_tensor(tape, 1, 1, 1, learns),
        .count = count,
    };
    w->sum->data[0] = (float)sum;
    if (w->sum->grad)
        tape_record(tape, weighted_sum_backward, w);
    return w->sum;
}
