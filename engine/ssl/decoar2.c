// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** DeCoAR 2.0 (Ling & Liu 2020): hidden frames are reconstructed from quantised contexts.
 *
 *     z z [tok .. tok] z z --contexts from the carried state--> c_t --.
 *     x x [bla .. bla] x x <--recurrent layer from the end----- b_t --+-> logits
 *     logits --Gumbel softmax: G groups of V entries--> v_t --FFN--> x^_t,  of the hidden frames
 *     loss = mean |x_t - x^_t| + alpha diversity
 *
 * The paper's encoder is a Transformer that sees both sides; here c is the deployed causal context
 * and b, which replaces the other side, is scaffolding: both read the same masked sound, and one
 * quantiser takes both. So a slice is predicted from before and after it, as in DeCoAR. */
#include "ssl/backwards.h"
#include "ssl/hiding.h"
#include "ssl/parts.h"
#include "ssl/quantiser.h"

enum { GROUPS, ENTRIES, WIDTH, HIDDEN, SPAN, START, DIVERSITY, FIRST, LAST, DECAY, STRAIGHT };

static const struct setting settings[] = {
    QUANTISER_SIZES(GROUPS, 8, ENTRIES),
    [WIDTH] = {"width", "numbers of an entry", 128, 1, 4096, SETTING_WHOLE},
    [HIDDEN] = {"hidden", "units of the feed-forward network that gives a frame back", 256, 1, 4096,
                SETTING_WHOLE},
    [SPAN] = {"span", "frames hidden at a time (Ling & Liu 2020, sec. 2.1: spans, as wav2vec 2.0)",
              10, 1, 1000, SETTING_WHOLE},
    [START] = {"start",
               "probability that a span begins at a frame (Baevski et al. 2020, sec. 4.2: 0.065, "
               "half the frames hidden)",
               0.065, 1e-4, 0.9, SETTING_REAL},
    [DIVERSITY] = {"diversity",
                   "weight of the diversity loss, alpha (Ling & Liu 2020, sec. 2.3; Baevski et al. "
                   "2020, sec. 4.2: 0.1)",
                   0.1, 0, 100, SETTING_REAL},
    QUANTISER_ANNEALING(FIRST, LAST, DECAY, STRAIGHT),
};

enum {
    BACKWARD,
    TOKEN = BACKWARD + BACKWARDS_OWN,
    BLANK,
    FORWARD_LOGITS,
    BACKWARD_LOGITS = FORWARD_LOGITS + 2,
    CODEBOOK,
    INNER,
    OUT = INNER + 2,
    OWN = OUT + 2
};

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int groups = (int)setting[GROUPS], all = groups * (int)setting[ENTRIES];
    const int width = (int)setting[WIDTH], hidden = (int)setting[HIDDEN],
              context = shape->context_dim;
    const int mels = encoder_shape_feature_dim(shape), latent = encoder_shape_latent_dim(shape);
    backwards_declare(parameters, "decoar2.backward", mels, context, own + BACKWARD);
    own[TOKEN] = parameters_declare(parameters, "decoar2.token", 1, (int[]){latent}, false, false);
    own[BLANK] = parameters_declare(parameters, "decoar2.blank", 1, (int[]){mels}, false, false);
    objective_linear_declare(parameters, "decoar2.logits.forward", context, all,
                             own + FORWARD_LOGITS);
    own[BACKWARD_LOGITS] = parameters_declare(parameters, "decoar2.logits.backward", 2,
                                              (int[]){all, context}, true, false);
    own[CODEBOOK] =
        quantiser_declare(parameters, "decoar2.codebook", groups, (int)setting[ENTRIES], width);
    objective_linear_declare(parameters, "decoar2.inner", groups * width, hidden, own + INNER);
    objective_linear_declare(parameters, "decoar2.output", hidden, mels, own + OUT);
    return OWN;
}

// The first logits differ by more than the noise; otherwise the codes would be random.
static void init(const struct objective_context *context)
{
    const int *own = context->own;
    const struct parameters *parameters = context->network.parameters;
    backwards_init(context, own + BACKWARD);
    parameters_init(parameters, own[TOKEN], INIT_NORMAL, 0.1f, context->random);
    parameters_init(parameters, own[BLANK], INIT_NORMAL, 0.1f, context->random);
    parameters_init(parameters, own[FORWARD_LOGITS], INIT_NORMAL, 1, context->random);
    parameters_init(parameters, own[FORWARD_LOGITS + 1], INIT_ZERO, 0, context->random);
    parameters_init(parameters, own[BACKWARD_LOGITS], INIT_NORMAL, 1, context->random);
    parameters_init(parameters, own[CODEBOOK], INIT_NORMAL, 1, context->random);
    objective_linear_init(context, own + INNER);
    objective_linear_init(context, own + OUT);
}

static struct quantiser quantiser_of(const struct objective_context *context)
{
    const double *setting = context->setting;
    return (struct quantiser){.groups = (int)setting[GROUPS],
                              .entries = (int)setting[ENTRIES],
                              .first = setting[FIRST],
                              .last = setting[LAST],
                              .decay = setting[DECAY],
                              .straight = setting[STRAIGHT] > 0,
                              .codebook = context->own[CODEBOOK]};
}

// Logits (1,count,G*V) of the hidden frames, from both sides.
static struct tensor *both_sides(const struct objective_context *context,
                                 const struct objective_batch *batch,
                                 const struct objective_encoding *encoding,
                                 const unsigned char *hidden, const int *rows, int count,
                                 struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int *own = context->own;
    struct tensor *before = objective_hidden_context(
        context, encoding, objective_parameter(context, own[TOKEN]), hidden);
    struct tensor *masked =
        tape_mask(tape, batch->view[0], objective_parameter(context, own[BLANK]), hidden);
    struct tensor *after = backwards(context, masked, own + BACKWARD);
    struct tensor *forward =
        objective_linear(context, tape_gather(tape, before, rows, count), own + FORWARD_LOGITS);
    struct tensor *backward = tape_linear(tape, tape_gather(tape, after, rows, count),
                                          objective_parameter(context, own[BACKWARD_LOGITS]), NULL);
    const double f = backwards_deviation(forward), b = backwards_deviation(backward);
    objective_note(statistics, "forward", f + b > 0 ? f / (f + b) : 0); // 0 = it is ignored
    return tape_add(tape, forward, backward);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const double *setting = context->setting;
    const struct quantiser quantiser = quantiser_of(context);
    const int frames = batch->streams * batch->frames;
    unsigned char *hidden = tape_scratch(tape, (size_t)frames);
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)frames);
    const int count = objective_hide_spans(context, (int)setting[SPAN], setting[START],
                                           batch->streams, batch->frames, hidden);
    objective_frames_where(hidden, 1, frames, rows);
    struct tensor *logits = both_sides(context, batch, encoding, hidden, rows, count, statistics);
    int *entries;
    struct tensor *v = quantiser_apply(context, &quantiser, logits, &entries);
    struct tensor *inner = tape_relu(tape, objective_linear(context, v, context->own + INNER));
    struct tensor *guess = objective_linear(context, inner, context->own + OUT);
    struct tensor *truth = tape_gather(tape, batch->view[0], rows, count);
    struct tensor *losses[] = {tape_l1(tape, guess, truth, NULL),
                               tape_gumbel_diversity(tape, logits, quantiser.groups)};
    objective_note(statistics, "explained", objective_explained(guess, truth));
    objective_note(statistics, "codes", quantiser_perplexity(context, &quantiser, entries, count));
    objective_note(statistics, "diversity", (double)losses[1]->data[0]);
    return tape_weighted_sum(tape, losses, (float[]){1, (float)setting[DIVERSITY]}, 2);
}

const struct objective objective_decoar2 = {
    .name = "decoar2",
    .summary = "give hidden frames back from quantised contexts of both sides (L1)",
    .source = "Ling & Liu 2020, arXiv:2012.06659; its forward half is deployed",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .declare = declare,
    .init = init,
    .loss = loss,
};
