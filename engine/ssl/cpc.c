// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Contrastive predictive coding (van den Oord, Li & Vinyals 2018, sec. 2).
 *
 *     c_t --W_k--> p  .  z'_{t+k}    the latent k frames ahead, of the other view   (wins)
 *                     .  z'_j        latents from anywhere in the batch             (loses)
 *
 * Anchors t and negatives j are drawn per stream; negatives are shared by all anchors and all k, so
 * that InfoNCE is one GEMM a step. Two views (Kharitonov et al. 2021): what is predicted was
 * recorded through another microphone, room and voice, so that only the content helps.
 *
 * A transformer layer may lie between the contexts and the W_k (Riviere et al. 2020, sec. 3.1).
 * It and its W_k are scaffolding then, since a live predictor reads c_t alone: the deployed, linear
 * predictors learn beside it, from contexts and latents that they do not change. */
#include "ssl/parts.h"
#include "ssl/transformer.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>

enum {
    STEPS,
    ANCHORS,
    NEGATIVES,
    NEGATIVES_FROM,
    TEMPERATURE,
    COSINE,
    STOP_TARGETS,
    BOTH_WAYS,
    TRANSFORMER,
    TRANSFORMER_FRAMES
};
enum { FROM_BATCH, FROM_SPEAKER, FROM_SEQUENCE }; // NEGATIVES_FROM

static const struct setting settings[] = {
    [STEPS] = {"steps", "frames ahead that are predicted, K (van den Oord et al. 2018, sec. 3.1)",
               12, 1, MAX_FUTURE_STEPS, SETTING_WHOLE},
    [ANCHORS] = {"anchors", "contexts per stream and window that predict", 16, 1, 4096,
                 SETTING_WHOLE},
    [NEGATIVES] = {"negatives", "latents per stream and window that all anchors must not pick", 16,
                   1, 4096, SETTING_WHOLE},
    [NEGATIVES_FROM] = {"negatives_from",
                        "0 = the whole batch; 1 = streams of the anchor's speaker, its own where "
                        "that is not known; 2 = its own stream, so that the speaker doesn't help "
                        "(van den Oord et al. 2018, table 2)",
                        FROM_BATCH, FROM_BATCH, FROM_SEQUENCE, SETTING_WHOLE},
    [TEMPERATURE] = {"temperature",
                     "of the softmax; 1 with dot products (the paper), about 0.1 with "
                     "cosines (Chen et al. 2020, sec. 5.1)",
                     0.1, 1e-3, 100, SETTING_REAL},
    [COSINE] = {"cosine",
                "1 = compare directions (Chen et al. 2020), 0 = dot product as in the paper", 1, 0,
                1, SETTING_WHOLE},
    [STOP_TARGETS] = {"stop_targets", "1 = no gradient into the latents that are predicted", 0, 0,
                      1, SETTING_WHOLE},
    [BOTH_WAYS] = {"both_ways",
                   "1 = also predict the first view from the second, where that is "
                   "encoded for another objective anyway",
                   1, 0, 1, SETTING_WHOLE},
    [TRANSFORMER] = {"transformer",
                     "heads of a causal transformer layer before the predictors (Riviere et al. "
                     "2020, sec. 3.1: 8); 0 = none, linear predictors (van den Oord et al. 2018)",
                     0, 0, 64, SETTING_WHOLE},
    [TRANSFORMER_FRAMES] = {"transformer_frames", "of 10 ms that it looks back, at most", 64, 0,
                            100000, SETTING_WHOLE},
};

enum { HEADS = TRANSFORMER_OWN, OWN }; // HEADS: the first W_k behind the transformer

/** Where one direction's rows are, as flat frames b * T + t. */
struct cpc_draw {
    int anchor_count, negative_count;
    int *anchors, *negatives;           // frames
    int *anchor_group, *negative_group; // equal: this negative is one of that anchor's
    int *positives, *exclude;           // room for one k
};

static void configure(const double *setting, struct encoder_shape *shape)
{
    shape->future_steps = (int)setting[STEPS];
}

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int heads = (int)setting[TRANSFORMER], steps = (int)setting[STEPS];
    if (heads == 0)
        return 0;
    objective_transformer_declare(parameters, "cpc.transformer", shape->context_dim, heads, own);
    for (int k = 0; k < steps; k++) {
        char name[PARAMETER_NAME];
        snprintf(name, sizeof name, "cpc.step.%d.weight", k);
        const int dims[] = {encoder_shape_latent_dim(shape), shape->context_dim};
        const int index = parameters_declare(parameters, name, 2, dims, true, false);
        if (k == 0)
            own[HEADS] = index; // the others follow it
    }
    return OWN;
}

static void init(const struct objective_context *context)
{
    if (context->setting[TRANSFORMER] == 0)
        return;
    const float scale = 1 / sqrtf((float)context->network.shape->context_dim);
    objective_transformer_init(context, context->own);
    for (int k = 0; k < (int)context->setting[STEPS]; k++)
        parameters_init(context->network.parameters, context->own[HEADS] + k, INIT_UNIFORM, scale,
                        context->random);
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

static int group_of(const struct objective_context *context, const struct objective_batch *batch,
                    int b)
{
    const int from = (int)context->setting[NEGATIVES_FROM], speaker = batch->speaker[b];
    if (from == FROM_BATCH)
        return 0;
    return from == FROM_SPEAKER && speaker >= 0 ? speaker : -1 - b; // -1 - b: nobody's number
}

static struct cpc_draw draw(const struct objective_context *context,
                            const struct objective_batch *batch)
{
    const int streams = batch->streams, frames = batch->frames;
    const int range = frames - (int)context->setting[STEPS];
    CHECK(range > 0);
    int anchors = at_most(context->setting[ANCHORS], range);
    int negatives = at_most(context->setting[NEGATIVES], frames);
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
            draw.anchor_group[b * anchors + i] = group_of(context, batch, b);
        for (int i = 0; i < negatives; i++)
            draw.negative_group[b * negatives + i] = group_of(context, batch, b);
    }
    return draw;
}

// What guessing gets right.
static double chance(const struct cpc_draw *draw)
{
    double sum = 0;
    for (int i = 0; i < draw->anchor_count; i++) {
        int candidates = 1;
        for (int j = 0; j < draw->negative_count; j++)
            candidates += draw->negative_group[j] == draw->anchor_group[i];
        sum += 1.0 / candidates;
    }
    return sum / draw->anchor_count;
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
    return context->setting[COSINE] != 0 ? tape_unit(context->tape, x) : x;
}

/** What one direction came to: means over k. */
struct outcome {
    struct tensor *loss;
    double accuracy, linear_accuracy; // of the deployed predictors, where they aren't the first
};

// Contexts (B,T,H) predict targets (B,T,Z) by W_k, parameters heads[k].
static struct tensor *predict(const struct objective_context *context, struct cpc_draw *rows,
                              struct tensor *contexts, struct tensor *targets, const int *heads,
                              double *accuracy)
{
    struct tape *tape = context->tape;
    const int steps = (int)context->setting[STEPS];
    struct tensor *anchors = tape_gather(tape, contexts, rows->anchors, rows->anchor_count);
    struct tensor *negatives = tape_gather(tape, targets, rows->negatives, rows->negative_count);
    const struct info_nce_options options = {.temperature = (float)context->setting[TEMPERATURE],
                                             .exclude = rows->exclude,
                                             .target_group = rows->anchor_group,
                                             .negative_group = rows->negative_group};
    struct tensor *losses[MAX_FUTURE_STEPS];
    float weights[MAX_FUTURE_STEPS], hits;
    *accuracy = 0;
    for (int k = 0; k < steps; k++) {
        aim(rows, k);
        struct tensor *w = objective_parameter(context, heads[k]);
        struct tensor *guess = compared(context, tape_linear(tape, anchors, w, NULL));
        struct tensor *truth = tape_gather(tape, targets, rows->positives, rows->anchor_count);
        losses[k] = tape_info_nce(tape, guess, truth, negatives, options, &hits);
        weights[k] = 1.0f / (float)steps;
        *accuracy += (double)hits / steps;
    }
    return tape_weighted_sum(tape, losses, weights, steps);
}

static struct outcome one_way(const struct objective_context *context, struct cpc_draw *rows,
                              struct tensor *contexts, struct tensor *targets)
{
    struct tape *tape = context->tape;
    const int *deployed = context->network.layout->future,
              heads = (int)context->setting[TRANSFORMER];
    struct outcome outcome;
    if (context->setting[STOP_TARGETS] != 0)
        targets = tape_stop(tape, targets);
    targets = compared(context, targets);
    if (heads == 0) {
        outcome.loss = predict(context, rows, contexts, targets, deployed, &outcome.accuracy);
        outcome.linear_accuracy = outcome.accuracy;
        return outcome;
    }
    int scaffold[MAX_FUTURE_STEPS];
    for (int k = 0; k < (int)context->setting[STEPS]; k++)
        scaffold[k] = context->own[HEADS] + k;
    struct tensor *seen = objective_transformer(
        context, contexts, heads, (int)context->setting[TRANSFORMER_FRAMES], context->own);
    struct tensor *losses[] = {predict(context, rows, seen, targets, scaffold, &outcome.accuracy),
                               predict(context, rows, tape_stop(tape, contexts),
                                       tape_stop(tape, targets), deployed,
                                       &outcome.linear_accuracy)};
    outcome.loss = tape_weighted_sum(tape, losses, (float[]){1, 1}, 2);
    return outcome;
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    const int last = context->network.shape->context_layers - 1;
    bool both = context->setting[BOTH_WAYS] != 0 && encoding->target_contexts[last] &&
                batch->view[1] != batch->view[0];
    struct cpc_draw rows = draw(context, batch);
    struct outcome result =
        one_way(context, &rows, encoding->contexts[last], encoding->target_latents);
    if (both) {
        rows = draw(context, batch);
        struct outcome back =
            one_way(context, &rows, encoding->target_contexts[last], encoding->latents);
        struct tensor *losses[] = {result.loss, back.loss};
        result.loss = tape_weighted_sum(context->tape, losses, (float[]){0.5f, 0.5f}, 2);
        result.accuracy = (result.accuracy + back.accuracy) / 2;
        result.linear_accuracy = (result.linear_accuracy + back.linear_accuracy) / 2;
    }
    objective_note(statistics, "accuracy", result.accuracy);
    objective_note(statistics, "chance", chance(&rows));
    if (context->setting[TRANSFORMER] != 0)
        objective_note(statistics, "linear_accuracy", result.linear_accuracy);
    return result.loss;
}

const struct objective objective_cpc = {
    .name = "cpc",
    .summary = "tell the latents that come from others (InfoNCE on the context)",
    .source = "van den Oord, Li & Vinyals 2018, arXiv:1807.03748",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .configure = configure,
    .declare = declare,
    .init = init,
    .loss = loss,
};
