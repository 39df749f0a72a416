// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Distillation (Chang, Yang & Lee 2022, DistilHuBERT, sec. 3), made streamable: from the causal
 * context, predict the rows of a teacher, which may have heard the future.
 *
 *     c_t --linear--> h^    h: the teacher's row of the moment delay frames ago, standardised
 *     loss = mean |h^ - h| - lambda log sigmoid(cos(h^, h))                          (eq. 1)
 *
 * Rows are standardised, number by number, by what a sample of the corpus shows before the first
 * step, so that one learning rate fits every teacher. Any rows will do: a large model's frames,
 * each 20 ms, or one row for a whole clip. How late the student may be is teacher.delay. */
#include "ssl/hiding.h"
#include "ssl/parts.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAMBDA, TEACHER };

static const struct setting settings[] = {
    [LAMBDA] = {"lambda", "weight of the cosine loss (Chang et al. 2022, sec. 4.1: 1)", 1, 0, 1000,
                SETTING_REAL},
    [TEACHER] = {"teacher", "numbers of a teacher's row, set by its files", 0, 0, 8192,
                 SETTING_WHOLE},
};

enum { MEAN, DEVIATION, HEAD, OWN = HEAD + 2 };

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int width = (int)setting[TEACHER];
    CHECK(width > 0);
    // without decay and gradient no step moves them; the checkpoint keeps them
    own[MEAN] =
        parameters_declare(parameters, "distill.frozen.mean", 1, (int[]){width}, false, false);
    own[DEVIATION] =
        parameters_declare(parameters, "distill.frozen.deviation", 1, (int[]){width}, false, false);
    objective_linear_declare(parameters, "distill.head", shape->context_dim, width, own + HEAD);
    return OWN;
}

static void init(const struct objective_context *context)
{
    parameters_init(context->network.parameters, context->own[MEAN], INIT_ZERO, 0, context->random);
    parameters_init(context->network.parameters, context->own[DEVIATION], INIT_ONE, 0,
                    context->random);
    objective_linear_init(context, context->own + HEAD);
}

static bool fit(const struct objective_context *context, const struct objective_batch *batch)
{
    struct tensor *mean = objective_parameter(context, context->own[MEAN]);
    struct tensor *deviation = objective_parameter(context, context->own[DEVIATION]);
    const int width = mean->c;
    for (int c = 0; c < width; c++) {
        double sum = 0, squares = 0, count = 0;
        for (int i = 0; i < batch->streams * batch->frames; i++)
            if (batch->taught[i]) {
                const double x = (double)batch->teacher[(size_t)i * (size_t)width + (size_t)c];
                sum += x;
                squares += x * x;
                count++;
            }
        const double middle = count > 0 ? sum / count : 0;
        const double spread = count > 0 ? sqrt(fmax(squares / count - middle * middle, 0)) : 0;
        mean->data[c] = (float)middle;
        deviation->data[c] = spread > 1e-6 ? (float)spread : 1; // a number that never changes
    }
    return true;
}

// ---- - mean log sigmoid(cos(x_i, y_i)); y is constant

struct agreement {
    struct tensor *x, *loss;
    const struct tensor *y;
    float *cosines, *lengths; // [N]; of x
};

static float length_of(int n, const float *x)
{
    return sqrtf(kernels()->dot(n, x, x)) + 1e-8f;
}

// d cos / d x = (y / |y| - cos x / |x|) / |x|
static void agreement_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct agreement *a = context;
    const int rows = tensor_rows(a->x), width = a->x->c;
    for (int i = 0; i < rows; i++) {
        const float *x = tensor_row(a->x, i), *y = tensor_row(a->y, i);
        const float slope = -a->loss->grad[0] / (float)rows / (1 + expf(a->cosines[i]));
        const float length = a->lengths[i];
        kernels()->axpy(width, slope / (length * length_of(width, y)), y, tensor_grad_row(a->x, i));
        kernels()->axpy(width, -slope * a->cosines[i] / (length * length), x,
                        tensor_grad_row(a->x, i));
    }
}

// *cosine: their mean.
static struct tensor *agreement(struct tape *tape, struct tensor *x, const struct tensor *y,
                                double *cosine)
{
    const size_t rows = (size_t)tensor_rows(x);
    struct agreement *a = tape_scratch(tape, sizeof *a);
    *a = (struct agreement){.x = x,
                            .y = y,
                            .loss = tape_tensor(tape, 1, 1, 1, x->grad != NULL),
                            .cosines = tape_scratch(tape, rows * sizeof(float)),
                            .lengths = tape_scratch(tape, rows * sizeof(float))};
    double sum = 0;
    *cosine = 0;
    for (int i = 0; i < tensor_rows(x); i++) {
        const float *guess = tensor_row(x, i), *truth = tensor_row(y, i);
        a->lengths[i] = length_of(x->c, guess);
        a->cosines[i] =
            kernels()->dot(x->c, guess, truth) / (a->lengths[i] * length_of(x->c, truth));
        sum += log1p(exp(-(double)a->cosines[i]));
        *cosine += (double)a->cosines[i] / (double)rows;
    }
    a->loss->data[0] = (float)(sum / (double)rows);
    if (a->loss->grad)
        tape_record(tape, agreement_backward, a);
    return a->loss;
}

// ---- student and teacher

// The teacher's rows of the listed frames, standardised: a constant (1,N,width).
static struct tensor *truth_of(const struct objective_context *context,
                               const struct objective_batch *batch, const int *rows, int count)
{
    const struct tensor *mean = objective_parameter(context, context->own[MEAN]);
    const struct tensor *deviation = objective_parameter(context, context->own[DEVIATION]);
    struct tensor *truth = tape_result(context->tape, 1, count, mean->c, false);
    for (int i = 0; i < count; i++) {
        const float *said = batch->teacher + (size_t)rows[i] * (size_t)mean->c;
        for (int c = 0; c < mean->c; c++)
            tensor_row(truth, i)[c] = (said[c] - mean->data[c]) / deviation->data[c];
    }
    return truth;
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    struct tensor *contexts = encoding->contexts[context->network.shape->context_layers - 1];
    const int frames = batch->streams * batch->frames;
    int *rows = tape_scratch(tape, sizeof *rows * (size_t)frames);
    const int count = objective_frames_where(batch->taught, 1, frames, rows);
    double cosine = 0, explained = 0;
    struct tensor *result = tape_tensor(tape, 1, 1, 1, true); // no frame taught: nothing to learn
    if (count > 0) {
        struct tensor *guess = objective_linear(context, tape_gather(tape, contexts, rows, count),
                                                context->own + HEAD);
        struct tensor *truth = truth_of(context, batch, rows, count);
        struct tensor *losses[] = {tape_l1(tape, guess, truth, NULL),
                                   agreement(tape, guess, truth, &cosine)};
        result = tape_weighted_sum(tape, losses, (float[]){1, (float)context->setting[LAMBDA]}, 2);
        explained = objective_explained(guess, truth);
    }
    objective_note(statistics, "explained", explained); // 0 = collapsed to the mean
    objective_note(statistics, "cosine", cosine);
    objective_note(statistics, "taught", (double)count / frames);
    return result;
}

const struct objective objective_distill = {
    .name = "distill",
    .summary = "say, causally, what a teacher said of the sound (its rows as .npy)",
    .source = "Chang, Yang & Lee 2022 (DistilHuBERT), arXiv:2110.01900, made streamable",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_TEACHER,
    .declare = declare,
    .init = init,
    .fit = fit,
    .loss = loss,
};
