// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/codebook.h"

#include "kernels/kernels.h"
#include "nn/rows.h"

#include <stdio.h>
#include <string.h>

enum { AT_ONCE = 64 }; // rows whose products with all codes are held

static int declare_part(struct parameters *parameters, const char *name, const char *part, int rank,
                        int codes, int width)
{
    char full[PARAMETER_NAME];
    snprintf(full, sizeof full, "%s.frozen.%s", name, part);
    return parameters_declare(parameters, full, rank, (int[]){codes, width}, false, false);
}

void codebook_declare(struct parameters *parameters, const char *name, int codes, int width,
                      int *own)
{
    own[CODEBOOK_CODES] = declare_part(parameters, name, "codes", 2, codes, width);
    own[CODEBOOK_COUNT] = declare_part(parameters, name, "count", 1, codes, 0);
    own[CODEBOOK_SUM] = declare_part(parameters, name, "sum", 2, codes, width);
}

// Counts of zero: the first batch puts every code on something it heard.
void codebook_init(const struct objective_context *context, const int *own)
{
    parameters_init(context->network.parameters, own[CODEBOOK_CODES], INIT_NORMAL, 1,
                    context->random);
    parameters_init(context->network.parameters, own[CODEBOOK_COUNT], INIT_ZERO, 0,
                    context->random);
    parameters_init(context->network.parameters, own[CODEBOOK_SUM], INIT_ZERO, 0, context->random);
}

// ---- nearest: the greatest of x . e - |e|^2 / 2

size_t codebook_scratch(int codes)
{
    return (size_t)codes * (AT_ONCE + 1);
}

static int best_of(int codes, const float *products, const float *half_squares)
{
    int best = 0;
    float most = products[0] - half_squares[0];
    for (int v = 1; v < codes; v++) {
        const float score = products[v] - half_squares[v];
        if (score > most) {
            most = score;
            best = v;
        }
    }
    return best;
}

void codebook_nearest(const struct tensor *codes, const float *x, int rows, float *scratch,
                      int *chosen)
{
    const int count = codes->t, width = codes->c;
    float *half_squares = scratch, *products = scratch + count;
    for (int v = 0; v < count; v++)
        half_squares[v] = 0.5f * row_sum_squares(width, tensor_row(codes, v), 0);
    for (int from = 0; from < rows; from += AT_ONCE) {
        const int some = rows - from < AT_ONCE ? rows - from : AT_ONCE;
        kernels()->sgemm(false, true, some, count, width, 1, x + (size_t)from * (size_t)width,
                         width, codes->data, width, 0, products, count);
        for (int i = 0; i < some; i++)
            chosen[from + i] = best_of(count, products + (size_t)i * (size_t)count, half_squares);
    }
}

// ---- quantise

struct quantise {
    struct tensor *x, *y, *codes, *count, *sum;
    const int *chosen;
    struct codebook_rows rows;
    uint64_t step;
};

// For each code a row of the whole batch where it could be put: the same in every worker.
static void leave_places(const struct quantise *q)
{
    struct random random = random_for(UINT64_C(0x636F6465), q->step);
    for (int v = 0; v < q->codes->t; v++) {
        const int row = (int)random_below(&random, (uint64_t)q->rows.all) - q->rows.first;
        if (row >= 0 && row < tensor_rows(q->x))
            row_add((size_t)q->x->c, tensor_row(q->x, row), tensor_grad_row(q->codes, v));
    }
}

static void quantise_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct quantise *q = context;
    row_add(tensor_size(q->x), q->y->grad, q->x->grad);
    for (int i = 0; i < tensor_rows(q->x); i++) {
        q->count->grad[q->chosen[i]] += 1;
        row_add((size_t)q->x->c, tensor_row(q->x, i), tensor_grad_row(q->sum, q->chosen[i]));
    }
    leave_places(q);
}

struct tensor *codebook_quantise(const struct objective_context *context, struct tensor *x,
                                 const int *own, struct codebook_rows rows, int *chosen)
{
    struct tape *tape = context->tape;
    struct quantise *q = tape_scratch(tape, sizeof *q);
    *q = (struct quantise){.x = x,
                           .y = tape_result(tape, x->b, x->t, x->c, x->grad),
                           .codes = objective_parameter(context, own[CODEBOOK_CODES]),
                           .count = objective_parameter(context, own[CODEBOOK_COUNT]),
                           .sum = objective_parameter(context, own[CODEBOOK_SUM]),
                           .chosen = chosen,
                           .rows = rows,
                           .step = (uint64_t)context->time.step};
    float *scratch = tape_scratch(tape, codebook_scratch(q->codes->t) * sizeof *scratch);
    codebook_nearest(q->codes, x->data, tensor_rows(x), scratch, chosen);
    for (int i = 0; i < tensor_rows(x); i++)
        memcpy(tensor_row(q->y, i), tensor_row(q->codes, chosen[i]),
               (size_t)x->c * sizeof *x->data);
    if (q->y->grad)
        tape_record(tape, quantise_backward, q);
    return q->y;
}

// ---- settle

// Put anew, on probation: if the next batch has no use for it there it is put elsewhere again.
static void put(const struct tensor *codes, const struct tensor *sum, float *count, int v,
                double least)
{
    const float *place = tensor_grad_row(codes, v);
    *count = (float)least;
    for (int c = 0; c < codes->c; c++) {
        tensor_row(codes, v)[c] = place[c];
        tensor_row(sum, v)[c] = *count * place[c];
    }
}

void codebook_settle(const struct objective_context *context, const int *own, double decay,
                     double restart)
{
    const struct tensor *codes = objective_parameter(context, own[CODEBOOK_CODES]);
    const struct tensor *count = objective_parameter(context, own[CODEBOOK_COUNT]);
    const struct tensor *sum = objective_parameter(context, own[CODEBOOK_SUM]);
    const float keep = (float)decay;
    const double least = restart * (double)row_sum(codes->t, count->grad) / codes->t;
    for (int v = 0; v < codes->t; v++) {
        float *is = &count->data[v], *whole = tensor_row(sum, v);
        *is = keep * *is + (1 - keep) * count->grad[v];
        for (int c = 0; c < codes->c; c++)
            whole[c] = keep * whole[c] + (1 - keep) * tensor_grad_row(sum, v)[c];
        if ((double)*is < least)
            put(codes, sum, is, v, least);
        else
            for (int c = 0; c<codes->c && * is> 0; c++)
                tensor_row(codes, v)[c] = whole[c] / *is;
    }
    memset(codes->grad, 0, tensor_size(codes) * sizeof(float));
    memset(count->grad, 0, tensor_size(count) * sizeof(float));
    memset(sum->grad, 0, tensor_size(sum) * sizeof(float));
}
