// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What GRU and LSTM share: inside, time comes first, so that one step of all streams is one
 * contiguous block and every GEMM over all steps is a plain one.
 *
 *     x (B,T,in) -> [T][B][in] --W_ih, one GEMM--> gates [T][B][G*H] --steps--> h [T+1][B][H] -> y
 */
#ifndef AURICLE_NN_RECURRENT_H
#define AURICLE_NN_RECURRENT_H

#include "nn/layers.h"

struct recurrent {
    struct tensor *x, *y;
    struct recurrent_weights weights;
    int streams, frames, in, hidden;
    int gates;             // G*H
    const float *in_steps; // [T][B][in]
    float *gate_steps;     // [T][B][G*H]: W_ih x without bias, then the gates, then their gradients
    float *h_steps;        // [T+1][B][H]: the start, then every step
};

/** Fills all but h_steps' content: gate_steps = W_ih x for every step. */
struct recurrent *recurrent_create(struct tape *tape, struct tensor *x,
                                   struct recurrent_weights weights, int gate_count);
bool recurrent_learns(const struct recurrent *r);
/** weight_hh ready for every step: forward h (B,H) -> (B,G*H), else its transpose for the
 * gradients' way back. Lives on the tape. */
float *recurrent_panels(struct tape *tape, const struct recurrent *r, bool forward);
/** h_steps without the start -> y (B,T,H). */
void recurrent_output(const struct recurrent *r);
/** gate_steps and recurrent_steps [T][B][G*H] are the gradients of W_ih x + b_ih and W_hh h + b_hh:
 * gradients of weights, biases and x from them. */
void recurrent_backward(struct tape *tape, const struct recurrent *r, const float *recurrent_steps);

static inline size_t recurrent_at(const struct recurrent *r, int t, int stream)
{
    return (size_t)t * (size_t)r->streams + (size_t)stream;
}

#endif
