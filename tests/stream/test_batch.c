// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Streams stepped together have the bits they have alone, whoever stands beside them. */
#include "fixture.h"

#include "base/random.h"
#include "model/encoder.h"

#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { STREAMS = 13, FRAMES = 25, MOST_INPUT = HOP_SAMPLES };

struct crowd {
    const auricle_model *model;
    struct encoder_state *alone[STREAMS], *together[STREAMS];
    float *frame_alone[STREAMS], *frame_together[STREAMS];
    struct encoder_scratch *one, *many;
};

static void crowd_open(struct crowd *crowd, const auricle_model *model)
{
    const struct encoder_shape *shape = &model->shape;
    size_t dim = (size_t)encoder_shape_frame_dim(shape);
    crowd->model = model;
    crowd->one = encoder_scratch_create(shape, &model->weights, 1);
    crowd->many = encoder_scratch_create(shape, &model->weights, STREAMS);
    for (int s = 0; s < STREAMS; s++) {
        crowd->alone[s] = encoder_state_create(shape);
        crowd->together[s] = encoder_state_create(shape);
        crowd->frame_alone[s] = calloc(dim, sizeof(float));
        crowd->frame_together[s] = calloc(dim, sizeof(float));
    }
}

static void crowd_close(struct crowd *crowd)
{
    encoder_scratch_destroy(&crowd->one);
    encoder_scratch_destroy(&crowd->many);
    for (int s = 0; s < STREAMS; s++) {
        encoder_state_destroy(&crowd->alone[s]);
        encoder_state_destroy(&crowd->together[s]);
        free(crowd->frame_alone[s]);
        free(crowd->frame_together[s]);
    }
}

// Some of the streams, in any order: the first *count of order.
static void draw_company(struct random *random, int order[STREAMS], int *count)
{
    for (int s = 0; s < STREAMS; s++)
        order[s] = s;
    for (int s = STREAMS - 1; s > 0; s--) {
        int other = (int)random_below(random, (uint32_t)s + 1), kept = order[s];
        order[s] = order[other];
        order[other] = kept;
    }
    *count = 1 + (int)random_below(random, STREAMS);
}

static void step_both(struct crowd *crowd, struct random *random)
{
    const struct encoder_shape *shape = &crowd->model->shape;
    const struct encoder_weights *weights = &crowd->model->weights;
    const size_t bytes = (size_t)encoder_shape_frame_dim(shape) * sizeof(float);
    static float input[STREAMS][MOST_INPUT];
    struct encoder_state *states[STREAMS];
    const float *inputs[STREAMS];
    float *frames[STREAMS];
    int order[STREAMS], count;
    draw_company(random, order, &count);
    for (int i = 0; i < count; i++) {
        int s = order[i];
        for (int k = 0; k < MOST_INPUT; k++)
            input[s][k] = shape->front_end == FRONT_END_LOGMEL ? 3 * random_normal(random) - 5
                                                               : 0.2f * random_normal(random);
        states[i] = crowd->together[s];
        inputs[i] = input[s];
        frames[i] = crowd->frame_together[s];
        encoder_step(shape, weights, crowd->alone[s], input[s], crowd->frame_alone[s], crowd->one);
    }
    encoder_step_batch(shape, weights, count, states, inputs, frames, crowd->many);
    for (int s = 0; s < STREAMS; s++) // those who stayed away too
        assert_memory_equal(crowd->frame_alone[s], crowd->frame_together[s], bytes);
}

static void together_as_alone(void **state)
{
    (void)state;
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        struct random random = random_seeded(30 + (uint64_t)kind);
        struct fixture fixture;
        struct crowd crowd;
        fixture_create(&fixture, (enum fixture_kind)kind);
        crowd_open(&crowd, fixture.model);
        for (int t = 0; t < FRAMES; t++)
            step_both(&crowd, &random);
        crowd_close(&crowd);
        fixture_destroy(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(together_as_alone)};
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
