// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The Gumbel product quantiser: its gradients, its draws, and what a collapse costs. */
#include "gradient_check.h"

#include "nn/gumbel.h"

#include <math.h>
#include <string.h>

enum { N = 6, GROUPS = 2, ENTRIES = 4, WIDTH = 3, ALL = GROUPS * ENTRIES };

struct quantise_case {
    bool straight, noisy;
    float temperature;
};

static struct tensor *quantise(struct tape *tape, struct tensor *in, const void *context)
{
    const struct quantise_case *c = context;
    struct random noise = random_seeded(4); // the same each time
    const struct gumbel_options options = {GROUPS, c->temperature, c->straight,
                                           c->noisy ? &noise : NULL};
    return tape_gumbel_quantise(tape, &in[0], &in[1], options, NULL);
}

static struct check quantiser_inputs(uint64_t seed)
{
    struct check check = check_begin(seed);
    check_input(&check, 1, N, ALL);
    check_input(&check, 1, ALL, WIDTH);
    return check;
}

static void soft_gradient(void **state)
{
    (void)state;
    const struct quantise_case cases[] = {{false, false, 1}, {false, true, 0.7f}};
    for (int i = 0; i < 2; i++) {
        struct check check = quantiser_inputs(2);
        check_gradients(&check, quantise, &cases[i]);
        check_end(&check);
    }
}

static struct tensor *diversity(struct tape *tape, struct tensor *in, const void *context)
{
    (void)context;
    return tape_gumbel_diversity(tape, &in[0], GROUPS);
}

static void diversity_gradient(void **state)
{
    (void)state;
    struct check check = check_begin(3);
    check_input(&check, 1, N, ALL);
    check_gradients(&check, diversity, NULL);
    check_end(&check);
}

static struct tensor *run(struct check *check, struct tape *tape, bool straight,
                          const float *weights)
{
    const struct quantise_case c = {straight, true, 0.7f};
    for (int i = 0; i < check->count; i++)
        memset(check->inputs[i].grad, 0, tensor_size(&check->inputs[i]) * sizeof(float));
    struct tensor *result = quantise(tape, check->inputs, &c);
    tape_backward(tape, check_project(tape, result, weights), 1);
    return result;
}

// Of a loss that is linear in what comes out, both have the same gradient by the logits.
static void straight_through_gives_whole_entries_and_the_softmax_gradient(void **state)
{
    (void)state;
    struct check check = quantiser_inputs(5);
    struct tape *tape = tape_create(true);
    float weights[N * GROUPS * WIDTH], soft[N * ALL];
    for (int i = 0; i < N * GROUPS * WIDTH; i++)
        weights[i] = random_normal(&check.random);
    run(&check, tape, false, weights);
    memcpy(soft, check.inputs[0].grad, sizeof soft);
    tape_reset(tape);
    struct tensor *result = run(&check, tape, true, weights);
    check_close("logits", check.inputs[0].grad, soft, N * ALL, 1e-6f);
    float expected[ALL * WIDTH] = {0};
    for (int i = 0; i < N; i++)
        for (int g = 0; g < GROUPS; g++) {
            const float *part = result->data + (i * GROUPS + g) * WIDTH;
            int entry = 0;
            while (entry < ENTRIES &&
                   memcmp(part, check.inputs[1].data + (g * ENTRIES + entry) * WIDTH,
                          sizeof(float) * WIDTH) != 0)
                entry++;
            assert_true(entry < ENTRIES);
            for (int c = 0; c < WIDTH; c++)
                expected[(g * ENTRIES + entry) * WIDTH + c] +=
                    weights[(i * GROUPS + g) * WIDTH + c];
        }
    check_close("codebook", check.inputs[1].grad, expected, ALL * WIDTH, 1e-6f);
    tape_destroy(&tape);
    check_end(&check);
}

// The Gumbel-max trick: an entry is chosen as often as its softmax says.
static void entries_are_drawn_by_their_probability(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    const float odds[ENTRIES] = {0.5f, 0.3f, 0.15f, 0.05f};
    static float logits_of[DRAWS * ENTRIES];
    static int codes[DRAWS];
    float entries[ENTRIES] = {0}, share[ENTRIES] = {0};
    for (int i = 0; i < DRAWS * ENTRIES; i++)
        logits_of[i] = logf(odds[i % ENTRIES]);
    struct tensor logits = {logits_of, NULL, 1, DRAWS, ENTRIES};
    struct tensor codebook = {entries, NULL, 1, ENTRIES, 1};
    struct random random = random_seeded(6);
    struct tape *tape = tape_create(false);
    tape_gumbel_quantise(tape, &logits, &codebook, (struct gumbel_options){1, 2, true, &random},
                         codes);
    for (int i = 0; i < DRAWS; i++)
        share[codes[i]] += 1.0f / DRAWS;
    check_close("shares", share, odds, ENTRIES, 0.01f);
    tape_destroy(&tape);
}

static void a_collapse_is_paid_for(void **state)
{
    (void)state;
    float data[N * ALL] = {0}, all_alike = 0, one_only = 1 - 1.0f / ENTRIES;
    struct tensor logits = {data, NULL, 1, N, ALL};
    struct tape *tape = tape_create(false);
    check_close("alike", tape_gumbel_diversity(tape, &logits, GROUPS)->data, &all_alike, 1, 1e-6f);
    for (int i = 0; i < N * GROUPS; i++)
        data[i * ENTRIES] = 50;
    check_close("one", tape_gumbel_diversity(tape, &logits, GROUPS)->data, &one_only, 1, 1e-6f);
    for (int i = 0; i < N * GROUPS; i++) { // each row sure, together all entries in use
        data[i * ENTRIES] = 0;
        data[i * ENTRIES + i / GROUPS % ENTRIES] = 50;
    }
    assert_true(tape_gumbel_diversity(tape, &logits, GROUPS)->data[0] < 0.1f);
    tape_destroy(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soft_gradient),
        cmocka_unit_test(diversity_gradient),
        cmocka_unit_test(straight_through_gives_whole_entries_and_the_softmax_gradient),
        cmocka_unit_test(entries_are_drawn_by_their_probability),
        cmocka_unit_test(a_collapse_is_paid_for),
    };
    return cmocka_run_group_tests_name("gumbel", tests, NULL, NULL);
}
