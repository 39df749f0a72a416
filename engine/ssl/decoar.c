// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Deep contextualised acoustic representations (Ling, Liu, Salazar & Kirchhoff 2020, sec. 2): a
 * slice of log-mel frames is predicted from the frames before it and the frames after it.
 *
 *     x x x x [ x_{t+1} ... x_{t+K} ] x x x x
 *     ------> c_t                 b_{t+K+1} <-------
 *     x^_{t+i} = FFN_i(c_t, b_{t+K+1}),   L = sum over slices and i of |x_{t+i} - x^_{t+i}|
 *
 * FFN_i has a hidden layer of its own for each place i of the slice. c is the deployed causal
 * context; b is a recurrent layer from the window's end over the features (the latents of later
 * frames have seen the slice), and scaffolding. Unlike in the paper, the frames of c and b
 * are not part of the slice. A slice never reaches into another recording. */
#include "ssl/backwards.h"
#include "ssl/parts.h"

#include "nn/rows.h"

#include <math.h>

enum { SLICE, EVERY, HIDDEN };
enum { LONGEST = 64 };

static const struct setting settings[] = {
    [SLICE] = {"slice", "frames told at once, K (Ling et al. 2020, sec. 3.1: 18)", 18, 1, LONGEST,
               SETTING_WHOLE},
    [EVERY] = {"every", "frames from slice to slice (Ling et al. 2020, eq. 3: 1, all of them)", 4,
               1, 1000, SETTING_WHOLE},
    [HIDDEN] = {"hidden", "units of each place's feed-forward network", 64, 1, 4096, SETTING_WHOLE},
};

enum { BACKWARD, FORWARD_IN = BACKWARD + BACKWARDS_OWN, BACKWARD_IN, BIAS, OUT, OUT_BIAS, OWN };

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int slice = (int)setting[SLICE], hidden = (int)setting[HIDDEN];
    const int context = shape->context_dim, mels = encoder_shape_feature_dim(shape);
    backwards_declare(parameters, "decoar.backward", mels, context, own + BACKWARD);
    own[FORWARD_IN] = parameters_declare(parameters, "decoar.hidden.forward", 2,
                                         (int[]){slice * hidden, context}, true, false);
    own[BACKWARD_IN] = parameters_declare(parameters, "decoar.hidden.backward", 2,
                                          (int[]){slice * hidden, context}, true, false);
    own[BIAS] = parameters_declare(parameters, "decoar.hidden.bias", 1, (int[]){slice * hidden},
                                   false, false);
    own[OUT] = parameters_declare(parameters, "decoar.output.weight", 2,
                                  (int[]){slice * mels, hidden}, true, false);
    own[OUT_BIAS] = parameters_declare(parameters, "decoar.output.bias", 1, (int[]){slice * mels},
                                       false, false);
    return OWN;
}

static void init(const struct objective_context *context)
{
    const float in = 1 / sqrtf(2 * (float)context->network.shape->context_dim);
    const float out = 1 / sqrtf((float)context->setting[HIDDEN]);
    backwards_init(context, context->own + BACKWARD);
    for (int i = FORWARD_IN; i < OWN; i++)
        parameters_init(context->network.parameters, context->own[i], INIT_UNIFORM,
                        i < OUT ? in : out, context->random);
}

// Whether a recording begins within frames (t, t + reach] of a stream.
static bool is_cut(const unsigned char *begins, int t, int reach)
{
    for (int i = 1; i <= reach; i++)
        if (begins[t + i])
            return true;
    return false;
}

// The places of the slices: flat frames b * T + t of c. At least one.
static int place_slices(const struct objective_context *context,
                        const struct objective_batch *batch, int slice, int *anchors)
{
    const int every = (int)context->setting[EVERY], last = batch->frames - slice - 2;
    int count = 0;
    for (int b = 0; b < batch->streams; b++) {
        int t = (int)random_below(context->random, (uint64_t)(every < last + 1 ? every : last + 1));
        for (; t <= last; t += every)
            if (!is_cut(batch->begins + b * batch->frames, t, slice + 1))
                anchors[count++] = b * batch->frames + t;
    }
    if (count == 0)
        anchors[count++] = 0;
    return count;
}

// The frames `offset` after the anchors.
static struct tensor *frames_after(struct tape *tape, struct tensor *x, const int *anchors,
                                   int count, int offset)
{
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)count);
    for (int i = 0; i < count; i++)
        rows[i] = anchors[i] + offset;
    return tape_gather(tape, x, rows, count);
}

// Place i of every slice: its part of the hidden layer (1,N*places,hidden) -> (1,N,mels).
static struct tensor *read_place(const struct objective_context *context, struct tensor *hidden,
                                 int i, int mels)
{
    struct tape *tape = context->tape;
    const int places = (int)context->setting[SLICE], count = hidden->t / places;
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)count);
    for (int n = 0; n < count; n++)
        rows[n] = n * places + i;
    const size_t first = (size_t)i * (size_t)mels;
    const struct tensor *weight = objective_parameter(context, context->own[OUT]);
    const struct tensor *bias = objective_parameter(context, context->own[OUT_BIAS]);
    return tape_linear(tape, tape_gather(tape, hidden, rows, count),
                       tape_part(tape, weight, first * (size_t)hidden->c, 1, mels, hidden->c),
                       tape_part(tape, bias, first, 1, 1, mels));
}

// The hidden layers of all places at once, one after another: (1,N*places,hidden).
static struct tensor *hidden_layers(const struct objective_context *context, struct tensor *before,
                                    struct tensor *after, struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    struct tensor *from_before =
        tape_linear(tape, before, objective_parameter(context, context->own[FORWARD_IN]),
                    objective_parameter(context, context->own[BIAS]));
    struct tensor *from_after =
        tape_linear(tape, after, objective_parameter(context, context->own[BACKWARD_IN]), NULL);
    const double forward = backwards_deviation(from_before);
    const double backward = backwards_deviation(from_after);
    // share of the logits' spread that comes from the deployed half; 0 = it is ignored
    objective_note(statistics, "forward",
                   forward + backward > 0 ? forward / (forward + backward) : 0);
    struct tensor *hidden = tape_relu(tape, tape_add(tape, from_before, from_after));
    hidden->t *= (int)context->setting[SLICE];
    hidden->c = (int)context->setting[HIDDEN];
    return hidden;
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    struct tensor *features = batch->view[0];
    const int wanted = (int)context->setting[SLICE], most = batch->frames - 2;
    const int slice = wanted < most ? wanted : most;
    int *anchors = tape_scratch(tape, sizeof(int) * (size_t)(batch->streams * batch->frames));
    const int count = place_slices(context, batch, slice, anchors);
    struct tensor *back = backwards(context, features, context->own + BACKWARD);
    struct tensor *contexts = encoding->contexts[context->network.shape->context_layers - 1];
    struct tensor *hidden =
        hidden_layers(context, tape_gather(tape, contexts, anchors, count),
                      frames_after(tape, back, anchors, count, slice + 1), statistics);
    struct tensor *losses[LONGEST];
    float weights[LONGEST];
    double explained = 0, nearest = 0;
    for (int i = 0; i < slice; i++) {
        struct tensor *guess = read_place(context, hidden, i, features->c);
        struct tensor *truth = frames_after(tape, features, anchors, count, i + 1);
        const double share = objective_explained(guess, truth);
        explained += share / slice;
        nearest = i == 0 ? share : nearest;
        losses[i] = tape_l1(tape, guess, truth, NULL);
        weights[i] = 1 / (float)slice;
    }
    objective_note(statistics, "explained", explained);
    objective_note(statistics, "explained_first", nearest); // stands next to the deployed half
    return tape_weighted_sum(tape, losses, weights, slice);
}

const struct objective objective_decoar = {
    .name = "decoar",
    .summary = "tell slices of frames from what stands before and after them (L1)",
    .source = "Ling, Liu, Salazar & Kirchhoff 2020, arXiv:1912.01679; its forward half is deployed",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .declare = declare,
    .init = init,
    .loss = loss,
};
