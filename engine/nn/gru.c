// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Gated recurrent unit (Cho et al. 2014), in PyTorch's form: the reset gate acts on W_hn h + b_hn.
 *
 *     r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
 *     z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
 *     m = W_hn h + b_hn
 *     n = tanh(W_in x + b_in + r * m)
 *     h' = (1 - z) * n + z * h */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/recurrent.h"

#include <string.h>

enum { GATES = 3 };

struct gru {
    struct recurrent *r;
    float *recurrent_steps; // [T][B][3H]: W_hh h; its last third becomes m; then the gradients
};

static void gru_backward(struct tape *tape, void *context)
{
    const struct gru *gru = context;
    const struct recurrent *r = gru->r;
    int hidden = r->hidden, streams = r->streams;
    size_t h_size = (size_t)hidden, gate_size = (size_t)r->gates;
    float *dh = tape_scratch(tape, (size_t)streams * h_size * sizeof *dh);
    memset(dh, 0, (size_t)streams * h_size * sizeof *dh);
    const float *panels = recurrent_panels(tape, r, false);
    for (int t = r->frames - 1; t >= 0; t--) {
        float *recurrent = gru->recurrent_steps + recurrent_at(r, t, 0) * gate_size;
        for (int b = 0; b < streams; b++)
            kernels()->gru_row_backward(
                hidden, r->gate_steps + recurrent_at(r, t, b) * gate_size,
                recurrent + (size_t)b * gate_size, r->h_steps + recurrent_at(r, t, b) * h_size,
                r->y->grad + ((size_t)b * (size_t)r->frames + (size_t)t) * h_size,
                dh + (size_t)b * h_size);
        if (t > 0)
            kernels()->panels_product(streams, hidden, r->gates, recurrent, r->gates, panels, 1, dh,
                                      hidden);
    }
    recurrent_backward(tape, r, gru->recurrent_steps);
}

static void gru_forward(struct tape *tape, const struct gru *gru)
{
    const struct recurrent *r = gru->r;
    const struct recurrent_weights *w = &r->weights;
    size_t h_size = (size_t)r->hidden, gate_size = (size_t)r->gates;
    const float *panels = recurrent_panels(tape, r, true);
    for (int t = 0; t < r->frames; t++) {
        float *recurrent = gru->recurrent_steps + recurrent_at(r, t, 0) * gate_size;
        const float *h = r->h_steps + recurrent_at(r, t, 0) * h_size;
        kernels()->panels_product(r->streams, r->gates, r->hidden, h, r->hidden, panels, 0,
                                  recurrent, r->gates);
        for (int b = 0; b < r->streams; b++)
            kernels()->gru_row(r->hidden, r->gate_steps + recurrent_at(r, t, b) * gate_size,
                               recurrent + (size_t)b * gate_size, w->bias_ih->data,
                               w->bias_hh->data, h + (size_t)b * h_size,
                               r->h_steps + recurrent_at(r, t + 1, b) * h_size);
    }
}

struct tensor *tape_gru(struct tape *tape, struct tensor *x, struct recurrent_weights weights,
                        float *state)
{
    struct gru *gru = tape_scratch(tape, sizeof *gru);
    struct recurrent *r = gru->r = recurrent_create(tape, x, weights, GATES);
    size_t state_bytes = (size_t)r->streams * (size_t)r->hidden * sizeof *state;
    gru->recurrent_steps = tape_scratch(tape, (size_t)r->frames * GATES * state_bytes);
    if (state)
        memcpy(r->h_steps, state, state_bytes);
    else
        memset(r->h_steps, 0, state_bytes);
    gru_forward(tape, gru);
    recurrent_output(r);
    if (state)
        memcpy(state, r->h_steps + recurrent_at(r, r->frames, 0) * (size_t)r->hidden, state_bytes);
    if (r->y->grad)
        tape_record(tape, gru_backward, gru);
    return r->y;
}
