// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** wav2vec 2.0 (Baevski, Zhou, Mohamed & Auli 2020): from the context of a hidden frame, pick its
 * own quantised latent among those of the other hidden frames of the same stream.
 *
 *     z z [tok .. tok] z  --contexts from the carried state--> c_t --linear--> guess
 *     z_t --linear--> logits --Gumbel softmax: G groups of V entries--> q_t --linear--> truth
 *     s_t' = cos(guess_t, truth_t') / kappa;  contrast = log(sum over t' of exp(s_t')) - s_t
 *     loss = contrast + alpha diversity                                         (sec. 3.2, eq. 2-4)
 *
 * Causal: the context has seen only what came before the hidden span. All the other hidden frames
 * of the stream's window are distractors, except those with the same entries (the paper draws 100
 * of an utterance). With two views the targets are the second view's latents; loop.views=1 is the
 * paper's objective. */
#include "ssl/hiding.h"
#include "ssl/parts.h"
#include "ssl/quantiser.h"

#include "base/error.h"

#include <math.h>

enum {
    GROUPS,
    ENTRIES,
    WIDTH,
    SPAN,
    START,
    KAPPA,
    DIVERSITY,
    FIRST,
    LAST,
    DECAY,
    STRAIGHT,
};

static const struct setting settings[] = {
    QUANTISER_SIZES(GROUPS, 3, ENTRIES),
    [WIDTH] = {"width",
               "numbers compared, and of a quantised latent, shared out among the groups (Baevski "
               "et al. 2020, sec. 4.2: 256)",
               256, 3, 4096, SETTING_WHOLE},
    [SPAN] = {"span", "frames hidden at a time (Baevski et al. 2020, sec. 4.2: 10 of 20 ms)", 10, 1,
              1000, SETTING_WHOLE},
    [START] = {"start",
               "probability that a span begins at a frame (Baevski et al. 2020, sec. 4.2: 0.065, "
               "half the frames hidden)",
               0.065, 1e-4, 0.9, SETTING_REAL},
    [KAPPA] = {"temperature", "of the contrast, kappa (Baevski et al. 2020, sec. 4.2: 0.1)", 0.1,
               0.01, 10, SETTING_REAL},
    [DIVERSITY] = {"diversity",
                   "weight of the diversity loss, alpha (Baevski et al. 2020, sec. 4.2: 0.1)", 0.1,
                   0, 100, SETTING_REAL},
    QUANTISER_ANNEALING(FIRST, LAST, DECAY, STRAIGHT),
};

enum { TOKEN, CODEBOOK, LOGITS, GUESS = LOGITS + 2, TRUTH = GUESS + 2, OWN = TRUTH + 2 };

static int entry_width(const double *setting)
{
    return (int)setting[WIDTH] / (int)setting[GROUPS];
}

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int groups = (int)setting[GROUPS], all = groups * (int)setting[ENTRIES];
    const int latent = encoder_shape_latent_dim(shape), width = (int)setting[WIDTH];
    own[TOKEN] = parameters_declare(parameters, "wav2vec2.token", 1, (int[]){latent}, false, false);
    own[CODEBOOK] = quantiser_declare(parameters, "wav2vec2.codebook", groups,
                                      (int)setting[ENTRIES], entry_width(setting));
    objective_linear_declare(parameters, "wav2vec2.logits", latent, all, own + LOGITS);
    objective_linear_declare(parameters, "wav2vec2.guess", shape->context_dim, width, own + GUESS);
    objective_linear_declare(parameters, "wav2vec2.truth", groups * entry_width(setting), width,
                             own + TRUTH);
    return OWN;
}

// The first logits differ by more than the noise; otherwise the codes would be random.
static void init(const struct objective_context *context)
{
    const int *own = context->own;
    parameters_init(context->network.parameters, own[TOKEN], INIT_NORMAL, 0.1f, context->random);
    parameters_init(context->network.parameters, own[CODEBOOK], INIT_NORMAL, 1, context->random);
    parameters_init(context->network.parameters, own[LOGITS], INIT_NORMAL, 1, context->random);
    parameters_init(context->network.parameters, own[LOGITS + 1], INIT_ZERO, 0, context->random);
    objective_linear_init(context, own + GUESS);
    objective_linear_init(context, own + TRUTH);
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

// One number for the entries [N][G] of each frame.
static void number_codes(const struct quantiser *quantiser, const int *entries, int count,
                         int *codes)
{
    for (int i = 0; i < count; i++) {
        codes[i] = 0;
        for (int g = 0; g < quantiser->groups; g++)
            codes[i] = codes[i] * quantiser->entries + entries[i * quantiser->groups + g];
    }
}

// Sum over frames of the chance that a blind guess is right: among the frame and those of count
// with another code. *alone: the number of frames without a distractor.
static double chance_of(const int *codes, int count, int *alone)
{
    double sum = 0;
    *alone = 0;
    for (int i = 0; i < count; i++) {
        int others = 0;
        for (int j = 0; j < count; j++)
            others += codes[j] != codes[i];
        sum += others ? 1.0 / (1 + others) : 0;
        *alone += others == 0;
    }
    return sum;
}

/** Guesses and truths (1,N,D) of N hidden frames, and what the truths are made of. */
struct hidden_frames {
    struct tensor *guess, *truth;
    const int *rows, *codes; // [N] frames b * T + t, in order; what was quantised alike is equal
    int count;               // N
};

// Stream by stream, each weighing as many frames as it hides.
static struct tensor *contrast(const struct objective_context *context,
                               const struct objective_batch *batch, const struct hidden_frames *all,
                               struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    struct tensor **losses = tape_scratch(tape, sizeof *losses * (size_t)batch->streams);
    float *weights = tape_scratch(tape, sizeof *weights * (size_t)batch->streams);
    int *own = tape_scratch(tape, sizeof *own * (size_t)batch->frames), parts = 0;
    double right = 0, chance = 0;
    for (int from = 0, to = 0; from < all->count; from = to) {
        const int stream = all->rows[from] / batch->frames;
        for (; to < all->count && all->rows[to] / batch->frames == stream; to++)
            own[to - from] = to;
        const struct info_nce_options options = {.temperature = (float)context->setting[KAPPA],
                                                 .target_code = all->codes + from};
        float hits;
        losses[parts] =
            tape_info_nce(tape, tape_gather(tape, all->guess, own, to - from),
                          tape_gather(tape, all->truth, own, to - from), NULL, options, &hits);
        weights[parts++] = (float)(to - from) / (float)all->count;
        int alone;
        chance += chance_of(all->codes + from, to - from, &alone) / all->count;
        right += ((double)hits * (to - from) - alone) / all->count;
    }
    objective_note(statistics, "accuracy", right);
    objective_note(statistics, "chance", chance);
    return tape_weighted_sum(tape, losses, weights, parts);
}

static struct tensor *project(const struct objective_context *context, struct tensor *x,
                              const int *own)
{
    return tape_unit(context->tape, objective_linear(context, x, own));
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
    struct tensor *c = objective_hidden_context(
        context, encoding, objective_parameter(context, context->own[TOKEN]), hidden);

    struct tensor *logits = objective_linear(
        context, tape_gather(tape, encoding->target_latents, rows, count), context->own + LOGITS);
    int *entries, *codes = tape_scratch(tape, sizeof(int) * (size_t)count);
    struct tensor *q = quantiser_apply(context, &quantiser, logits, &entries);
    number_codes(&quantiser, entries, count, codes);
    for (int i = 0; !quantiser.straight && i < count; i++)
        codes[i] = i; // no two means are the same
    const struct hidden_frames all = {
        .guess = project(context, tape_gather(tape, c, rows, count), context->own + GUESS),
        .truth = project(context, q, context->own + TRUTH),
        .rows = rows,
        .codes = codes,
        .count = count};
    struct tensor *losses[] = {contrast(context, batch, &all, statistics),
                               tape_gumbel_diversity(tape, logits, quantiser.groups)};
    objective_note(statistics, "codes", quantiser_perplexity(context, &quantiser, entries, count));
    objective_note(statistics, "diversity", (double)losses[1]->data[0]);
    objective_note(statistics, "temperature",
                   (double)quantiser_temperature(&quantiser, context->time));
    return tape_weighted_sum(tape, losses, (float[]){1, (float)setting[DIVERSITY]}, 2);
}

const struct objective objective_wav2vec2 = {
    .name = "wav2vec2",
    .summary = "tell the quantised latent of hidden frames from others of the stream",
    .source = "Baevski, Zhou, Mohamed & Auli 2020, arXiv:2006.11477, made causal",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .declare = declare,
    .init = init,
    .loss = loss,
};
