// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** y = x W^T + b of every frame: one GEMM over all streams and frames. */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"

struct linear {
    struct tensor *x, *w, *bias, *y;
};

static void linear_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct linear *l = context;
    const struct tensor *x = l->x, *w = l->w, *y = l->y;
    int rows = tensor_rows(y), in = x->c, out = y->c;
    if (x->grad)
        kernels()->sgemm(false, false, rows, in, out, 1, y->grad, out, w->data, in, 1, x->grad, in);
    if (w->grad)
        kernels()->sgemm(true, false, out, in, rows, 1, y->grad, out, x->data, in, 1, w->grad, in);
    if (l->bias && l->bias->grad)
        rows_sum_columns(rows, out, y->grad, l->bias->grad);
}

struct tensor *tape_linear(struct tape *tape, struct tensor *x, struct tensor *w,
                           struct tensor *bias)
{
    CHECK(w->c == x->c && (!bias || bias->c == w->t));
    int rows = tensor_rows(x), in = x->c, out = w->t;
    bool learns = x->grad || w->grad || (bias && bias->grad);
    struct tensor *y = tape_result(tape, x->b, x->t, out, learns);
    if (bias)
        rows_fill(rows, out, bias->data, y->data);
    kernels()->sgemm(false, true, rows, out, in, 1, x->data, in, w->data, in, bias ? 1 : 0, y->data,
                     out);
    if (y->grad) {
        struct linear *l = tape_scratch(tape, sizeof *l);
        *l = (struct linear){x, w, bias, y};
        tape_record(tape, linear_backward, l);
    }
    return y;
}

void linear_step(const float *w, const float *bias, int in, int out, const float *x, float *y)
{
    kernels()->gemv(out, in, w, x, bias, y);
}
