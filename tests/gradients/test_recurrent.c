// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// GRU and LSTM: gradients, carried state, and the live step against the tape.
#include "gradient_check.h"
#include "nn/packed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STATE = 64 };

struct cell {
    const char *name;
    struct tensor *(*forward)(struct tape *, struct tensor *, struct recurrent_weights, float *);
    int gates, states; // per hidden unit
};

static const struct cell GRU = {"gru", tape_gru, 3, 1}, LSTM = {"lstm", tape_lstm, 4, 2};

// x, then the four weights
static void make_inputs(struct check *check, const struct cell *cell, int b, int t, int in,
                        int hidden)
{
    check_input(check, b, t, in);
    check_input(check, 1, cell->gates * hidden, in);
    check_input(check, 1, cell->gates * hidden, hidden);
    check_input(check, 1, 1, cell->gates * hidden);
    check_input(check, 1, 1, cell->gates * hidden);
    for (int i = 1; i < 5; i++) // PyTorch's range: the gates work, and don't saturate
        for (size_t k = 0; k < tensor_size(&check->inputs[i]); k++)
            check->inputs[i].data[k] *= 0.6f / sqrtf((float)hidden);
}

static struct recurrent_weights weights_of(struct tensor *in)
{
    return (struct recurrent_weights){&in[1], &in[2], &in[3], &in[4]};
}

struct start {
    const struct cell *cell;
    const float *state; // NULL: none
};

static struct tensor *recurrent(struct tape *tape, struct tensor *in, const void *context)
{
    const struct start *start = context;
    float state[MOST_STATE];
    if (start->state)
        memcpy(state, start->state, sizeof state);
    return start->cell->forward(tape, &in[0], weights_of(in), start->state ? state : NULL);
}

static void check_cell(const struct cell *cell, int streams, bool with_state)
{
    struct check check = check_begin(11);
    float state[MOST_STATE];
    make_inputs(&check, cell, streams, 5, 3, 4);
    for (int i = 0; i < MOST_STATE; i++)
        state[i] = random_between(&check.random, -0.9f, 0.9f);
    struct start start = {cell, with_state ? state : NULL};
    check_gradients(&check, recurrent, &start);
    check_end(&check);
}

static void gradient(void **state)
{
    const struct cell *cell = *state;
    check_cell(cell, 3, true);
    check_cell(cell, 3, false);
    check_cell(cell, 1, true); // one stream needs no reordering in time: another path
}

// Two windows with carried state are one long window.
static void windows_join(void **state)
{
    const struct cell *cell = *state;
    enum { B = 2, T = 6, H = 4, IN = 3 };
    struct check check = check_begin(12);
    make_inputs(&check, cell, B, 2 * T, IN, H);
    float carried[MOST_STATE] = {0}, whole[MOST_STATE] = {0};
    struct tape *tape = tape_create(false);
    struct tensor *x = &check.inputs[0];
    struct recurrent_weights weights = weights_of(check.inputs);
    struct tensor *all = cell->forward(tape, x, weights, whole);
    struct tensor *first = cell->forward(tape, tape_slice(tape, x, 0, T), weights, carried);
    struct tensor *second = cell->forward(tape, tape_slice(tape, x, T, T), weights, carried);
    check_close("first window", first->data, tape_slice(tape, all, 0, T)->data, B * T * H, 1e-6f);
    check_close("second window", second->data, tape_slice(tape, all, T, T)->data, B * T * H, 1e-6f);
    check_close("state", carried, whole, (size_t)(B * H * cell->states), 1e-6f);
    tape_destroy(&tape);
    check_end(&check);
}

static void no_gradient_through_carried_state(void **state)
{
    const struct cell *cell = *state;
    enum { B = 2, T = 4, H = 4, IN = 3 };
    struct check check = check_begin(13);
    make_inputs(&check, cell, B, T, IN, H);
    struct tensor *x = &check.inputs[0];
    float carried[MOST_STATE] = {0}, ones[B * T * H], next_data[B * T * IN], next_grad[B * T * IN];
    for (int i = 0; i < B * T * H; i++)
        ones[i] = 1;
    memcpy(next_data, x->data, sizeof next_data);
    memset(next_grad, 0, sizeof next_grad);
    struct tensor next = {next_data, next_grad, B, T, IN};
    struct tape *tape = tape_create(true);
    cell->forward(tape, x, weights_of(check.inputs), carried);
    struct tensor *y = cell->forward(tape, &next, weights_of(check.inputs), carried);
    tape_backward(tape, check_project(tape, y, ones), 1);
    for (size_t i = 0; i < tensor_size(x); i++) {
        assert_true(x->grad[i] == 0);
        assert_true(next_grad[i] != 0);
    }
    tape_destroy(&tape);
    check_end(&check);
}

static void streams_do_not_meet(void **state)
{
    const struct cell *cell = *state;
    enum { B = 3, T = 7, H = 5, IN = 4 };
    struct check check = check_begin(14);
    make_inputs(&check, cell, B, T, IN, H);
    struct tape *tape = tape_create(false);
    struct tensor *x = &check.inputs[0];
    struct tensor *together = cell->forward(tape, x, weights_of(check.inputs), NULL);
    for (int b = 0; b < B; b++) {
        struct tensor *one = tape_constant(tape, x->data + b * T * IN, 1, T, IN);
        struct tensor *alone = cell->forward(tape, one, weights_of(check.inputs), NULL);
        check_close("alone", alone->data, together->data + b * T * H, T * H, 1e-6f);
    }
    tape_destroy(&tape);
    check_end(&check);
}

// state: h, then c; next as long.
static void step(const struct packed_recurrent *layer, const float *x, float *state, float *next)
{
    const float *h = state;
    float *c = next + layer->hidden;
    if (layer->gates == 4) {
        memcpy(c, state + layer->hidden, (size_t)layer->hidden * sizeof *c);
        packed_lstm_step(layer, 1, &x, &h, &next, &c, NULL);
    } else {
        packed_gru_step(layer, 1, &x, &h, &next, NULL);
    }
}

static void steps_are_the_tape(void **state)
{
    const struct cell *cell = *state;
    enum { T = 1500, H = 48, IN = 20 };
    struct check check = check_begin(15);
    make_inputs(&check, cell, 1, T, IN, H);
    const struct tensor *in = check.inputs;
    struct recurrent_step_weights weights = {in[1].data, in[2].data, in[3].data, in[4].data, IN, H};
    struct packed_recurrent *layer =
        packed_recurrent_create(kernels(), cell == &GRU ? 3 : 4, &weights);
    float tape_state[2 * H] = {0}, step_states[2][2 * H] = {0};
    struct tape *tape = tape_create(false);
    struct tensor *y = cell->forward(tape, &check.inputs[0], weights_of(check.inputs), tape_state);
    float worst = 0;
    for (int t = 0; t < T; t++) {
        float *state_now = step_states[(t + 1) % 2];
        step(layer, in[0].data + t * IN, step_states[t % 2], state_now);
        for (int i = 0; i < H; i++)
            worst = fmaxf(worst, fabsf(state_now[i] - y->data[t * H + i]));
    }
    if (worst > 1e-5f)
        fail_msg("%s: step and tape differ by %.3g", cell->name, (double)worst);
    check_close("state", step_states[T % 2], tape_state, (size_t)(H * cell->states), 1e-5f);
    packed_recurrent_destroy(&layer);
    tape_destroy(&tape);
    check_end(&check);
}

#define FOR_CELL(test, cell)                                                                       \
    {                                                                                              \
#test " of " #cell, test, NULL, NULL, (void *)(uintptr_t) & (cell)                         \
    }
#define FOR_CELLS(test) FOR_CELL(test, GRU), FOR_CELL(test, LSTM)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOR_CELLS(gradient),
        FOR_CELLS(windows_join),
        FOR_CELLS(no_gradient_through_carried_state),
        FOR_CELLS(streams_do_not_meet),
        FOR_CELLS(steps_are_the_tape),
    };
    return cmocka_run_group_tests_name("recurrent", tests, NULL, NULL);
}
