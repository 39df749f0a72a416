// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).
 *
 *     a = W_ih x + b_ih + W_hh h + b_hh,  split in four
 *     i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
 *     c' = f * c + i * g
 *     h' = o * tanh(c') */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/recurrent.h"

#include <string.h>

enum { GATES = 4 };

struct lstm {
    struct recurrent *r;
    float *c_steps;  // [T+1][B][H]
    float *squashed; // [T][B][H]: tanh(c')
};

// One frame of one stream. gates: W_ih x + W_hh h in, i|f|g|o out. c and c_next may be the same.
static void lstm_gates(int hidden, float *restrict gates, const float *restrict bias_ih,
                       const float *restrict bias_hh, const float *c, float *c_next,
                       float *restrict squashed, float *restrict h_next)
{
    const float *i = gates, *f = gates + hidden, *o = gates + 3 * hidden;
    float *g = gates + 2 * hidden;
    for (int k = 0; k < GATES * hidden; k++)
        gates[k] += bias_ih[k] + bias_hh[k];
    kernels()->sigmoid(2 * hidden, gates, gates);
    kernels()->tanh(hidden, g, g);
    kernels()->sigmoid(hidden, o, gates + 3 * hidden);
    for (int k = 0; k < hidden; k++)
        c_next[k] = f[k] * c[k] + i[k] * g[k];
    kernels()->tanh(hidden, c_next, squashed);
    for (int k = 0; k < hidden; k++)
        h_next[k] = o[k] * squashed[k];
}

// Its gradient. gates: i|f|g|o in, their gradients before squashing out. dh: from the next frame.
// dc: from the next frame in, for the previous one out.
static void lstm_gates_backward(int hidden, float *restrict gates, const float *restrict c,
                                const float *restrict squashed, const float *restrict dy,
                                const float *restrict dh, float *restrict dc)
{
    float *i = gates, *f = gates + hidden;
    float *g = gates + 2 * hidden, *o = gates + 3 * hidden;
    for (int k = 0; k < hidden; k++) {
        float in = i[k], forget = f[k], candidate = g[k], out = o[k];
        float d = dh[k] + dy[k];
        float cell = dc[k] + d * out * (1 - squashed[k] * squashed[k]);
        o[k] = d * squashed[k] * out * (1 - out);
        i[k] = cell * candidate * in * (1 - in);
        g[k] = cell * in * (1 - candidate * candidate);
        f[k] = cell * c[k] * forget * (1 - forget);
        dc[k] = cell * forget;
    }
}

static void lstm_backward(struct tape *tape, void *context)
{
    const struct lstm *lstm = context;
    const struct recurrent *r = lstm->r;
    int hidden = r->hidden, streams = r->streams;
    size_t h_size = (size_t)hidden, gate_size = (size_t)r->gates;
    size_t block = (size_t)streams * h_size;
    float *dh = tape_scratch(tape, 2 * block * sizeof *dh), *dc = dh + block;
    memset(dh, 0, 2 * block * sizeof *dh);
    const float *panels = recurrent_panels(tape, r, false);
    for (int t = r->frames - 1; t >= 0; t--) {
        float *gates = r->gate_steps + recurrent_at(r, t, 0) * gate_size;
        for (int b = 0; b < streams; b++) {
            size_t at = recurrent_at(r, t, b) * h_size;
            lstm_gates_backward(hidden, gates + (size_t)b * gate_size, lstm->c_steps + at,
                                lstm->squashed + at,
                                r->y->grad + ((size_t)b * (size_t)r->frames + (size_t)t) * h_size,
                                dh + (size_t)b * h_size, dc + (size_t)b * h_size);
        }
        if (t > 0)
            kernels()->panels_product(streams, hidden, r->gates, gates, r->gates, panels, 0, dh,
                                      hidden);
    }
    recurrent_backward(tape, r, r->gate_steps);
}

static void lstm_forward(struct tape *tape, const struct lstm *lstm)
{
    const struct recurrent *r = lstm->r;
    const struct recurrent_weights *w = &r->weights;
    size_t h_size = (size_t)r->hidden, gate_size = (size_t)r->gates;
    const float *panels = recurrent_panels(tape, r, true);
    for (int t = 0; t < r->frames; t++) {
        float *gates = r->gate_steps + recurrent_at(r, t, 0) * gate_size;
        kernels()->panels_product(r->streams, r->gates, r->hidden,
                                  r->h_steps + recurrent_at(r, t, 0) * h_size, r->hidden, panels, 1,
                                  gates, r->gates);
        for (int b = 0; b < r->streams; b++) {
            size_t at = recurrent_at(r, t, b) * h_size, next = recurrent_at(r, t + 1, b) * h_size;
            lstm_gates(r->hidden, gates + (size_t)b * gate_size, w->bias_ih->data, w->bias_hh->data,
                       lstm->c_steps + at, lstm->c_steps + next, lstm->squashed + at,
                       r->h_steps + next);
        }
    }
}

// state [B][2H] <-> step t of h_steps and c_steps
static void state_load(const struct lstm *lstm, const float *state)
{
    size_t hidden = (size_t)lstm->r->hidden;
    for (size_t b = 0; b < (size_t)lstm->r->streams; b++) {
        memcpy(lstm->r->h_steps + b * hidden, state + 2 * b * hidden, hidden * sizeof *state);
        memcpy(lstm->c_steps + b * hidden, state + (2 * b + 1) * hidden, hidden * sizeof *state);
    }
}

static void state_store(const struct lstm *lstm, float *state)
{
    const struct recurrent *r = lstm->r;
    size_t hidden = (size_t)r->hidden;
    for (int b = 0; b < r->streams; b++, state += 2 * hidden) {
        size_t at = recurrent_at(r, r->frames, b) * hidden;
        memcpy(state, r->h_steps + at, hidden * sizeof *state);
        memcpy(state + hidden, lstm->c_steps + at, hidden * sizeof *state);
    }
}

struct tensor *tape_lstm(struct tape *tape, struct tensor *x, struct recurrent_weights weights,
                         float *state)
{
    struct lstm *lstm = tape_scratch(tape, sizeof *lstm);
    struct recurrent *r = lstm->r = recurrent_create(tape, x, weights, GATES);
    size_t block = (size_t)r->streams * (size_t)r->hidden;
    lstm->c_steps = tape_scratch(tape, (size_t)(r->frames + 1) * block * sizeof(float));
    lstm->squashed = tape_scratch(tape, (size_t)r->frames * block * sizeof(float));
    if (state) {
        state_load(lstm, state);
    } else {
        memset(r->h_steps, 0, block * sizeof(float));
        memset(lstm->c_steps, 0, block * sizeof(float));
    }
    lstm_forward(tape, lstm);
    recurrent_output(r);
    if (state)
        state_store(lstm, state);
    if (r->y->grad)
        tape_record(tape, lstm_backward, lstm);
    return r->y;
}
