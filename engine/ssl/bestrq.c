// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** BEST-RQ (Chiu, Qin, Zhang, Yu & Wu 2022, sec. 3): tell which code of a random quantiser the
 * hidden frames have. Neither its projection P nor its codebook is ever trained.
 *
 *     x_t .. x_{t+stack-1} --P--> direction --nearest of the codebook--> label         (eq. 1)
 *     z z [tok .. tok] z   --contexts from the carried state--> linear --> label of hidden frames
 *
 * Causal: the context has seen only the past, and the stack begins at its frame, so that no label
 * can be read off what is not hidden. The features are normalised, without which few codes would be
 * in use (sec. 3.1). The context layers run a second time for this. */
#include "ssl/hiding.h"
#include "ssl/parts.h"

#include "base/error.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { CODES, DIRECTION, STACK, SPAN, START };

static const struct setting settings[] = {
    [CODES] = {"codes", "of the codebook (Chiu et al. 2022, sec. 4.1: 8192)", 1024, 2, 65536,
               SETTING_WHOLE},
    [DIRECTION] = {"direction", "numbers of a code (Chiu et al. 2022, sec. 4.1: 16)", 16, 1, 1024,
                   SETTING_WHOLE},
    [STACK] = {"stack", "10 ms frames that make a label (Chiu et al. 2022, sec. 4.1: 4)", 4, 1, 4,
               SETTING_WHOLE},
    [SPAN] = {"span",
              "frames hidden at a time (Chiu et al. 2022, sec. 4.1: 400 ms, too long from the "
              "past alone)",
              10, 1, 1000, SETTING_WHOLE},
    [START] = {"start",
               "probability that a span begins at a frame (Chiu et al. 2022, sec. 4.1: 0.01 of "
               "400 ms, a third hidden, as here)",
               0.04, 1e-4, 0.9, SETTING_REAL},
};

enum { PROJECTION, CODEBOOK, TOKEN, CLASSES, OWN = CLASSES + 2 };

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int codes = (int)setting[CODES], direction = (int)setting[DIRECTION];
    const int in = (int)setting[STACK] * encoder_shape_feature_dim(shape);
    // without decay and gradient no step moves them; the checkpoint keeps them
    own[PROJECTION] = parameters_declare(parameters, "bestrq.frozen.projection", 2,
                                         (int[]){direction, in}, false, false);
    own[CODEBOOK] = parameters_declare(parameters, "bestrq.frozen.codebook", 2,
                                       (int[]){codes, direction}, false, false);
    own[TOKEN] = parameters_declare(parameters, "bestrq.token", 1,
                                    (int[]){encoder_shape_latent_dim(shape)}, false, false);
    objective_linear_declare(parameters, "bestrq.classes", shape->context_dim, codes,
                             own + CLASSES);
    return OWN;
}

// Xavier's projection; codes uniform over directions; a token as the paper's noise, 0.1 wide.
static void init(const struct objective_context *context)
{
    const struct tensor *projection = objective_parameter(context, context->own[PROJECTION]);
    const float xavier = sqrtf(6.0f / (float)(projection->t + projection->c));
    parameters_init(context->network.parameters, context->own[PROJECTION], INIT_UNIFORM, xavier,
                    context->random);
    parameters_init(context->network.parameters, context->own[CODEBOOK], INIT_NORMAL, 1,
                    context->random);
    const struct tensor *codebook = objective_parameter(context, context->own[CODEBOOK]);
    for (int i = 0; i < codebook->t; i++) {
        float *code = codebook->data + (size_t)i * (size_t)codebook->c;
        const float length = sqrtf(kernels()->dot(codebook->c, code, code)) + 1e-8f;
        for (int c = 0; c < codebook->c; c++)
            code[c] /= length;
    }
    parameters_init(context->network.parameters, context->own[TOKEN], INIT_NORMAL, 0.1f,
                    context->random);
    objective_linear_init(context, context->own + CLASSES);
}

// Hidden spans (sec. 3.2); to rows the frames among them whose whole stack lies in the window, at
// least one.
static int hide(const struct objective_context *context, int streams, int frames,
                unsigned char *hidden, int *rows)
{
    const int stack = (int)context->setting[STACK];
    int count = 0;
    objective_hide_spans(context, (int)context->setting[SPAN], context->setting[START], streams,
                         frames, hidden);
    for (int i = 0; i < streams * frames; i++)
        if (hidden[i] && frames - i % frames >= stack)
            rows[count++] = i;
    if (count == 0)
        hidden[rows[count++] = 0] = 1;
    return count;
}

// The code nearest in direction (eq. 1): codes have length 1, so it has the greatest product.
static int label_of(const struct tensor *projection, const struct tensor *codebook,
                    const float *stacked, float *direction, float *products)
{
    int best = 0;
    kernels()->gemv(projection->t, projection->c, projection->data, stacked, NULL, direction);
    kernels()->gemv(codebook->t, codebook->c, codebook->data, direction, NULL, products);
    for (int i = 1; i < codebook->t; i++)
        if (products[i] > products[best])
            best = i;
    return best;
}

static int *labels_of(const struct objective_context *context, const struct tensor *view,
                      const int *rows, int count)
{
    struct tape *tape = context->tape;
    const struct tensor *projection = objective_parameter(context, context->own[PROJECTION]);
    const struct tensor *codebook = objective_parameter(context, context->own[CODEBOOK]);
    int *labels = tape_scratch(tape, sizeof(int) * (size_t)count);
    float *direction = tape_scratch(tape, sizeof(float) * (size_t)codebook->c);
    float *products = tape_scratch(tape, sizeof(float) * (size_t)codebook->t);
    for (int i = 0; i < count; i++)
        labels[i] = label_of(projection, codebook, view->data + (size_t)rows[i] * (size_t)view->c,
                             direction, products);
    return labels;
}

static void note_codes(const struct objective_context *context, const int *labels, int count,
                       const struct tensor *logits, struct objective_statistics *statistics)
{
    const int codes = logits->c;
    int *counts = tape_scratch(context->tape, sizeof(int) * (size_t)codes), most = 0;
    memset(counts, 0, sizeof(int) * (size_t)codes);
    for (int i = 0; i < count; i++)
        if (++counts[labels[i]] > most)
            most = counts[labels[i]];
    objective_note(statistics, "chance", (double)most / count); // always the commonest code
    objective_note(statistics, "codes", objective_perplexity(counts, codes));
    objective_count_answers(logits, counts);
    objective_note(statistics, "answers", objective_perplexity(counts, codes)); // 1 = always one
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int frames = batch->streams * batch->frames;
    CHECK(batch->frames >= (int)context->setting[STACK]);
    unsigned char *hidden = tape_scratch(tape, (size_t)frames);
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)frames);
    const int count = hide(context, batch->streams, batch->frames, hidden, rows);
    struct tensor *c = objective_hidden_context(
        context, encoding, objective_parameter(context, context->own[TOKEN]), hidden);
    struct tensor *logits =
        objective_linear(context, tape_gather(tape, c, rows, count), context->own + CLASSES);
    const int *labels = labels_of(context, batch->view[0], rows, count);
    float accuracy;
    struct tensor *result = tape_cross_entropy(tape, logits, labels, &accuracy);
    objective_note(statistics, "accuracy", (double)accuracy);
    note_codes(context, labels, count, logits, statistics);
    return result;
}

const struct objective objective_bestrq = {
    .name = "bestrq",
    .summary = "tell the random quantiser's codes of hidden frames",
    .source = "Chiu, Qin, Zhang, Yu & Wu 2022, arXiv:2202.01855, made causal",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .declare = declare,
    .init = init,
    .loss = loss,
};
