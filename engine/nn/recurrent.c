// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/recurrent.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/rows.h"

#include <string.h>

static float *floats(struct tape *tape, int steps, int streams, int channels)
{
    return tape_scratch(tape, (size_t)steps * (size_t)streams * (size_t)channels * sizeof(float));
}

bool recurrent_learns(const struct recurrent *r)
{
    const struct recurrent_weights *w = &r->weights;
    return r->x->grad || w->weight_ih->grad || w->weight_hh->grad || w->bias_ih->grad ||
           w->bias_hh->grad;
}

static void check_shapes(const struct recurrent *r)
{
    const struct recurrent_weights *w = &r->weights;
    CHECK(w->weight_ih->t == r->gates && w->weight_ih->c == r->in);
    CHECK(w->weight_hh->t == r->gates);
    CHECK(w->bias_ih->c == r->gates && w->bias_hh->c == r->gates);
}

// One stream's frames are in order already.
static const float *time_first(struct tape *tape, const struct tensor *x)
{
    if (x->b == 1)
        return x->data;
    float *steps = floats(tape, x->t, x->b, x->c);
    rows_swap(x->b, x->t, x->c, x->data, steps);
    return steps;
}

struct recurrent *recurrent_create(struct tape *tape, struct tensor *x,
                                   struct recurrent_weights weights, int gate_count)
{
    struct recurrent *r = tape_scratch(tape, sizeof *r);
    *r = (struct recurrent){.x = x,
                            .weights = weights,
                            .streams = x->b,
                            .frames = x->t,
                            .in = x->c,
                            .hidden = weights.weight_hh->c,
                            .gates = gate_count * weights.weight_hh->c};
    check_shapes(r);
    r->y = tape_result(tape, x->b, x->t, r->hidden, recurrent_learns(r));
    r->in_steps = time_first(tape, x);
    r->gate_steps = floats(tape, x->t, x->b, r->gates);
    r->h_steps = floats(tape, x->t + 1, x->b, r->hidden);
    kernels()->sgemm(false, true, tensor_rows(x), r->gates, r->in, 1, r->in_steps, r->in,
                     weights.weight_ih->data, r->in, 0, r->gate_steps, r->gates);
    return r;
}

float *recurrent_panels(struct tape *tape, const struct recurrent *r, bool forward)
{
    int n = forward ? r->gates : r->hidden, k = forward ? r->hidden : r->gates;
    float *panels = tape_scratch(tape, kernels()->panels_floats(n, k) * sizeof *panels);
    kernels()->panels_pack(forward, n, k, r->weights.weight_hh->data, r->hidden, panels);
    return panels;
}

void recurrent_output(const struct recurrent *r)
{
    rows_swap(r->frames, r->streams, r->hidden,
              r->h_steps + recurrent_at(r, 1, 0) * (size_t)r->hidden, r->y->data);
}

static void input_backward(struct tape *tape, const struct recurrent *r)
{
    const struct tensor *x = r->x, *w = r->weights.weight_ih;
    float *steps = x->b == 1 ? x->grad : floats(tape, x->t, x->b, x->c);
    kernels()->sgemm(false, false, tensor_rows(x), r->in, r->gates, 1, r->gate_steps, r->gates,
                     w->data, r->in, x->b == 1 ? 1 : 0, steps, r->in);
    if (x->b > 1)
        rows_swap_add(x->t, x->b, x->c, steps, x->grad);
}

void recurrent_backward(struct tape *tape, const struct recurrent *r, const float *recurrent_steps)
{
    const struct recurrent_weights *w = &r->weights;
    int rows = tensor_rows(r->y), gates = r->gates;
    if (w->weight_hh->grad)
        kernels()->sgemm(true, false, gates, r->hidden, rows, 1, recurrent_steps, gates, r->h_steps,
                         r->hidden, 1, w->weight_hh->grad, r->hidden);
    if (w->weight_ih->grad)
        kernels()->sgemm(true, false, gates, r->in, rows, 1, r->gate_steps, gates, r->in_steps,
                         r->in, 1, w->weight_ih->grad, r->in);
    if (w->bias_ih->grad)
        rows_sum_columns(rows, gates, r->gate_steps, w->bias_ih->grad);
    if (w->bias_hh->grad)
        rows_sum_columns(rows, gates, recurrent_steps, w->bias_hh->grad);
    if (r->x->grad)
        input_backward(tape, r);
}
