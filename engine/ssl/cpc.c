// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Contrastive predictive coding (van den Oord, Li & Vinyals 2018, sec. 2).
 *
 *     c_t --W_k--> p  .  z'_{t+k}    the latent k frames ahead, of the other view   (wins)
 *                     .  z'_j        latents from anywhere in the batch             (loses)
 *
 * Anchors t and negatives j are drawn per stream; negatives are shared by all anchors and all k, so
 * that InfoNCE is one GEMM a step. Two views (Kharitonov et al. 2021): what is predicted was
 * recorded through another microphone, room and voice, so that only what was said helps. */
#include "ssl/objective.h"

#include "base/error.h"

enum { STEPS, ANCHORS, NEGATIVES, TEMPERATURE, COSINE, SAME_SEQUENCE, STOP_TARGETS, BOTH_WAYS };

static const struct hyper hypers[] = {
    [STEPS] = {"steps", "frames ahead that are predicted, K (van den Oord et al. 2018, sec. 3.1)",
               12, 1, MAX_FUTURE_STEPS, true},
    [ANCHORS] = {"anchors", "contexts per stream and window that predict", 16, 1, 4096, true},
    [NEGATIVES] = {"negatives", "latents per stream and window that all anchors must not pick", 16,
                   1, 4096, true},
    [TEMPERATURE] = {"temperature",
                     "of the softmax; 1 with dot products (the paper), about 0.1 with "
                     "cosines (Chen et al. 2020, sec. 5.1)",
                     0.1, 1e-3, 100, false},
    [COSINE] = {"cosine",
                "1 = compare directions (Chen et al. 2020), 0 = dot product as in the paper", 1, 0,
                1, true},
    [SAME_SEQUENCE] = {"same_sequence",
                       "1 = negatives only from the anchor's own stream, so that the "
                       "speaker doesn't help (van den Oord et al. 2018, table 2)",
                       0, 0, 1, true},
    [STOP_TARGETS] = {"stop_targets", "1 = no gradient into the latents that are predicted", 0, 0,
                      1, true},
    [BOTH_WAYS] = {"both_ways",
                   "1 = also predict the first view from the second, where that is "
                   "encoded for another objective anyway",
                   1, 0, 1, true},
};

/** Where one direction's rows are, as flat frames b * T + t. */
struct cpc_draw {
    int anchor_count, negative_count;
    int *anchors, *negatives;           // frames
    int *anchor_group, *negative_group; // the stream
    int *positives, *exclude;           // room for one k
};

static void configure(const double *hyper, struct encoder_shape *shape)
{
    shape->future_steps = (int)hyper[STEPS];
}

static int at_most(double wanted, int available)
{
    return wanted < available ? (int)wanted : available;
}

// Distinct frames of [0, range), ascending, count of them (Knuth's selection sampling).
static void draw_frames(struct random *random, int range, int count, int first, int *frames)
{
    for (int t = 0; t < range && count > 0; t++)
        if (random_below(random, (uint64_t)(range - t)) < (uint64_t)count) {
            *frames++ = first + t;
            count--;
        }
}

static struct cpc_draw draw(const struct objective_context *context, int streams, int frames)
{
    int range = frames - (int)context->hyper[STEPS];
    CHECK(range > 0);
    int anchors = at_most(context->hyper[ANCHORS], range);
    int negatives = at_most(context->hyper[NEGATIVES], frames);
    struct cpc_draw draw = {.anchor_count = streams * anchors,
                            .negative_count = streams * negatives};
    int **lists[] = {&draw.anchors, &draw.anchor_group, &draw.positives,
                     &draw.exclude, &draw.negatives,    &draw.negative_group};
    for (int i = 0; i < 6; i++) {
        int count = i < 4 ? draw.anchor_count : draw.negative_count;
        *lists[i] = tape_scratch(context->tape, (size_t)count * sizeof(int));
    }
    for (int b = 0; b < streams; b++) {
        draw_frames(context->random, range, anchors, b * frames, draw.anchors + b * anchors);
        draw_frames(context->random, frames, negatives, b * frames, draw.negatives + b * negatives);
        for (int i = 0; i < anchors; i++)
            draw.anchor_group[b * anchors + i] = b;
        for (int i = 0; i < negatives; i++)
            draw.negative_group[b * negatives + i] = b;
    }
    return draw;
}

// The frames k + 1 ahead, and which negative happens to be that very frame. Both lists ascend.
static void aim(struct cpc_draw *draw, int k)
{
    for (int i = 0, j = 0; i < draw->anchor_count; i++) {
        int frame = draw->anchors[i] + k + 1;
        draw->positives[i] = frame;
        while (j < draw->negative_count && draw->negatives[j] < frame)
            j++;
        while (j > 0 && draw->negatives[j - 1] >= frame)
            j--;
        draw->exclude[i] = j < draw->negative_count && draw->negatives[j] == frame ? j : -1;
    }
}

static struct tensor *compared(const struct objective_context *context, struct tensor *x)
{
    return context->hyper[COSINE] != 0 ? tape_unit(context->tape, x) : x;
}

// The loss of contexts (B,T,H) predicting targets (B,T,Z): mean over k.
static struct tensor *one_way(const struct objective_context *context, struct tensor *contexts,
                              struct tensor *targets, double *accuracy, int *candidates)
{
    struct tape *tape = context->tape;
    const int steps = (int)context->hyper[STEPS];
    struct cpc_draw rows = draw(context, contexts->b, contexts->t);
    struct tensor *anchors = tape_gather(tape, contexts, rows.anchors, rows.anchor_count);
    targets =
        compared(context, context->hyper[STOP_TARGETS] != 0 ? tape_stop(tape, targets) : targets);
    struct tensor *negatives = tape_gather(tape, targets, rows.negatives, rows.negative_count);
    struct info_nce_options options = {.temperature = (float)context->hyper[TEMPERATURE],
                                       .exclude = rows.exclude};
    if (context->hyper[SAME_SEQUENCE] != 0) {
        options.target_group = rows.anchor_group;
        options.negative_group = rows.negative_group;
    }
    struct tensor *losses[MAX_FUTURE_STEPS];
    float weights[MAX_FUTURE_STEPS], hits;
    *accuracy = 0;
    for (int k = 0; k < steps; k++) {
        aim(&rows, k);
        struct tensor *w = objective_parameter(context, context->encoder->future[k]);
        struct tensor *guess = compared(context, tape_linear(tape, anchors, w, NULL));
        struct tensor *truth = tape_gather(tape, targets, rows.positives, rows.anchor_count);
        losses[k] = tape_info_nce(tape, guess, truth, negatives, options, &hits);
        weights[k] = 1.0f / (float)steps;
        *accuracy += (double)hits / steps;
    }
    bool own_stream = context->hyper[SAME_SEQUENCE] != 0;
    *candidates = 1 + rows.negative_count / (own_stream ? contexts->b : 1);
    return tape_weighted_sum(tape, losses, weights, steps);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    const int last = context->shape->context_layers - 1;
    double accuracy, backwards = 0;
    int candidates;
    struct tensor *losses[2];
    losses[0] = one_way(context, encoding->contexts[last], encoding->target_latents, &accuracy,
                        &candidates);
    bool both = context->hyper[BOTH_WAYS] != 0 && encoding->target_contexts[last] &&
                batch->view[1] != batch->view[0];
    if (both) {
        losses[1] = one_way(context, encoding->target_contexts[last], encoding->latents, &backwards,
                            &candidates);
        accuracy = (accuracy + backwards) / 2;
    }
    objective_note(statistics, "accuracy", accuracy);
    objective_note(statistics, "chance", 1.0 / candidates);
    return both ? tape_weighted_sum(context->tape, losses, (float[]){0.5f, 0.5f}, 2) : losses[0];
}

const struct objective objective_cpc = {
    .name = "cpc",
    .summary = "tell the latents that come from others (InfoNCE on the context)",
    .source = "van den Oord, Li & Vinyals 2018, arXiv:1807.03748",
    .hypers = hypers,
    .hyper_count = sizeof hypers / sizeof *hypers,
    .configure = configure,
    .loss = loss,
};
