// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/backwards.h"

#include "nn/rows.h"

#include <math.h>
#include <stdio.h>

enum { GATES = 3 };

void backwards_declare(struct parameters *parameters, const char *name, int in, int hidden,
                       int *own)
{
    const char *const parts[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
    const int columns[] = {in, hidden, 0, 0};
    char full[PARAMETER_NAME];
    for (int i = 0; i < BACKWARDS_OWN; i++) {
        snprintf(full, sizeof full, "%s.%s", name, parts[i]);
        own[i] = parameters_declare(parameters, full, columns[i] ? 2 : 1,
                                    (int[]){GATES * hidden, columns[i]}, columns[i] > 0, false);
    }
}

void backwards_init(const struct objective_context *context, const int *own)
{
    const float scale = 1 / sqrtf((float)objective_parameter(context, own[1])->c);
    for (int i = 0; i < BACKWARDS_OWN; i++)
        parameters_init(context->network.parameters, own[i], INIT_UNIFORM, scale, context->random);
}

// Every stream's frames, last first.
static struct tensor *turned(struct tape *tape, struct tensor *x)
{
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)tensor_rows(x));
    for (int b = 0; b < x->b; b++)
        for (int t = 0; t < x->t; t++)
            rows[b * x->t + t] = b * x->t + x->t - 1 - t;
    struct tensor *y = tape_gather(tape, x, rows, tensor_rows(x));
    y->b = x->b; // a stream's rows stand together: the same numbers in another shape
    y->t = x->t;
    return y;
}

struct tensor *backwards(const struct objective_context *context, struct tensor *x, const int *own)
{
    const struct recurrent_weights weights = {.weight_ih = objective_parameter(context, own[0]),
                                              .weight_hh = objective_parameter(context, own[1]),
                                              .bias_ih = objective_parameter(context, own[2]),
                                              .bias_hh = objective_parameter(context, own[3])};
    struct tape *tape = context->tape;
    return turned(tape, tape_gru(tape, turned(tape, x), weights, NULL));
}

double backwards_deviation(const struct tensor *x)
{
    const int rows = tensor_rows(x);
    double sum = 0;
    for (int c = 0; c < x->c; c++) {
        double mean = 0;
        for (int i = 0; i < rows; i++)
            mean += (double)tensor_row(x, i)[c] / rows;
        for (int i = 0; i < rows; i++)
            sum += pow((double)tensor_row(x, i)[c] - mean, 2) / rows;
    }
    return sqrt(sum / x->c);
}
