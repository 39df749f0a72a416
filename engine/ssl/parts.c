// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/parts.h"

#include "base/error.h"
#include "nn/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void objective_note(struct objective_statistics *statistics, const char *name, double value)
{
    CHECK(statistics->count < OBJECTIVE_STATISTICS);
    statistics->list[statistics->count].name = name;
    statistics->list[statistics->count++].value = value;
}

struct tensor *objective_parameter(const struct objective_context *context, int index)
{
    return parameters_tensor(context->network.parameters, index);
}

enum { AT_ONCE = 16 }; // floats of a cache line

void objective_linear_declare(struct parameters *parameters, const char *name, int in, int out,
                              int *own)
{
    char full[PARAMETER_NAME];
    snprintf(full, sizeof full, "%s.weight", name);
    own[0] = parameters_declare(parameters, full, 2, (int[]){out, in}, true, false);
    snprintf(full, sizeof full, "%s.bias", name);
    own[1] = parameters_declare(parameters, full, 1, (int[]){out}, false, false);
}

void objective_linear_init(const struct objective_context *context, const int *own)
{
    float scale = 1 / sqrtf((float)objective_parameter(context, own[0])->c);
    for (int i = 0; i < 2; i++)
        parameters_init(context->network.parameters, own[i], INIT_UNIFORM, scale, context->random);
}

struct tensor *objective_linear(const struct objective_context *context, struct tensor *x,
                                const int *own)
{
    return tape_linear(context->tape, x, objective_parameter(context, own[0]),
                       objective_parameter(context, own[1]));
}

// ---- a second pass

static float *copy_rows(struct tape *tape, const float *from, size_t width, const int *picked,
                        int count)
{
    float *rows = tape_scratch(tape, ((size_t)count * width + 1) * sizeof *rows);
    for (int i = 0; i < count; i++)
        memcpy(rows + (size_t)i * width, from + (size_t)(picked ? picked[i] : i) * width,
               width * sizeof *rows);
    return rows;
}

struct encoder_carry objective_start(const struct objective_context *context,
                                     const struct encoder_carry *start, const int *picked,
                                     int count)
{
    const struct encoder_shape *shape = context->network.shape;
    const struct carry_widths widths = encoder_carry_widths(shape);
    struct encoder_carry carry = {.streams = count};
    for (int i = 0; i < shape->conv_layers; i++)
        carry.history[i] =
            copy_rows(context->tape, start->history[i], widths.history[i], picked, count);
    for (int i = 0; i < shape->context_layers; i++)
        carry.context[i] =
            copy_rows(context->tape, start->context[i], widths.context[i], picked, count);
    return carry;
}

int *objective_draw_streams(const struct objective_context *context, int streams, int count)
{
    uint32_t *order = tape_scratch(context->tape, sizeof *order * (size_t)streams);
    int *picked = tape_scratch(context->tape, sizeof *picked * (size_t)count);
    for (int b = 0; b < streams; b++)
        order[b] = (uint32_t)b;
    random_shuffle(context->random, order, (uint32_t)streams);
    for (int i = 0; i < count; i++)
        picked[i] = (int)order[i];
    return picked;
}

struct tensor *objective_frames(const struct objective_context *context,
                                const struct objective_batch *batch)
{
    struct tensor *view = batch->view[0];
    if (view->t == batch->frames)
        return view;
    CHECK(view->t % batch->frames == 0);
    return tape_constant(context->tape, view->data, view->b, batch->frames,
                         view->c * (view->t / batch->frames));
}

// ---- numbers

// Sums over the rows of the channels from..from+some: a cache line of each row at a time.
static void explain(const struct tensor *guess, const struct tensor *truth, int from, int some,
                    double *error, double *spread)
{
    const int rows = tensor_rows(truth);
    double mean[AT_ONCE] = {0}, errors[AT_ONCE] = {0}, spreads[AT_ONCE] = {0};
    for (int i = 0; i < rows; i++)
        for (int c = 0; c < some; c++)
            mean[c] += (double)tensor_row(truth, i)[from + c];
    for (int i = 0; i < rows; i++)
        for (int c = 0; c < some; c++) {
            const double is = (double)tensor_row(truth, i)[from + c];
            const double off = is - (double)tensor_row(guess, i)[from + c];
            const double from_mean = is - mean[c] / rows;
            errors[c] += off * off;
            spreads[c] += from_mean * from_mean;
        }
    for (int c = 0; c < some; c++) {
        *error += errors[c];
        *spread += spreads[c];
    }
}

double objective_explained(const struct tensor *guess, const struct tensor *truth)
{
    double error = 0, spread = 0;
    for (int c = 0; c < truth->c; c += AT_ONCE)
        explain(guess, truth, c, truth->c - c < AT_ONCE ? truth->c - c : AT_ONCE, &error, &spread);
    return spread > 0 ? 1 - error / spread : 0;
}

double objective_deviation(const struct tensor *x)
{
    const int rows = tensor_rows(x);
    double sum = 0;
    for (int c = 0; c < x->c; c++) {
        double mean = 0, square = 0;
        for (int i = 0; i < rows; i++)
            mean += (double)tensor_row(x, i)[c] / rows;
        for (int i = 0; i < rows; i++)
            square += pow((double)tensor_row(x, i)[c] - mean, 2) / rows;
        sum += sqrt(square);
    }
    return sum / x->c;
}

double objective_unit_deviation(const struct tensor *x)
{
    return objective_deviation(x) * sqrt((double)x->c);
}

double objective_perplexity(const int *counts, int n)
{
    double sum = 0, entropy = 0;
    for (int i = 0; i < n; i++)
        sum += counts[i];
    for (int i = 0; i < n; i++)
        if (counts[i] > 0)
            entropy -= counts[i] / sum * log(counts[i] / sum);
    return exp(entropy);
}

void objective_count_answers(const struct tensor *logits, int *counts)
{
    memset(counts, 0, sizeof(int) * (size_t)logits->c);
    for (int i = 0; i < tensor_rows(logits); i++) {
        const float *row = tensor_row(logits, i);
        int best = 0;
        for (int c = 1; c < logits->c; c++)
            if (row[c] > row[best])
                best = c;
        counts[best]++;
    }
}

double objective_answers(const struct objective_context *context, const struct tensor *logits)
{
    int *counts = tape_scratch(context->tape, sizeof *counts * (size_t)logits->c);
    objective_count_answers(logits, counts);
    return objective_perplexity(counts, logits->c);
}
