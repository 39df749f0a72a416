// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** wav2vec (Schneider, Baevski, Collobert & Auli 2019, sec. 3.2): for each step k, is this latent
 * the one that comes, or a distractor from the same sequence?
 *
 *     h = W_k c_t
 *     loss_k = - log sigmoid(z_{t+k} . h) - lambda E[log sigmoid(-z~ . h)]
 *
 * Here the mean over anchors t and steps k; W_k has no bias, since it is deployed as the future
 * predictor. With two views the candidates are the second view's; loop.views=1 is the paper's
 * objective. */
#include "ssl/objective.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/rows.h"

#include <math.h>

enum { STEPS, ANCHORS, DISTRACTORS, LAMBDA };

static const struct setting settings[] = {
    [STEPS] = {"steps", "frames ahead that are told, K (Schneider et al. 2019, sec. 4.3: 12)", 12,
               1, MAX_FUTURE_STEPS, SETTING_WHOLE},
    [ANCHORS] = {"anchors", "contexts per stream, window and step that tell (the paper: all)", 16,
                 1, 4096, SETTING_WHOLE},
    [DISTRACTORS] = {"distractors", "per anchor (Schneider et al. 2019, sec. 4.3: 10)", 10, 1, 1000,
                     SETTING_WHOLE},
    [LAMBDA] = {"lambda",
                "weight of the distractors (Schneider et al. 2019, sec. 3.2: their number)", 10,
                1e-3, 1000, SETTING_REAL},
};

// CPC trains the same predictors. Together with CPC their number is that of the objective named
// last, or more; if there are fewer than steps, only those are trained.
static void configure(const double *setting, struct encoder_shape *shape)
{
    if (shape->future_steps < (int)setting[STEPS])
        shape->future_steps = (int)setting[STEPS];
}

// ---- the binary loss

struct contrast {
    struct tensor *guess, *latents, *loss; // (1,N,Z), (B,T,Z), (1,1,1)
    const int *candidates;                 // [N][1+M] frames b * T + t, the true one first
    float *slopes;                         // [N][1+M] d loss / d score
    int distractors;
};

/** Numbers from the scores: sums over rows. */
struct verdicts {
    double right, truths, others; // true one highest; mean sigmoid of the true one and the others
};

static void contrast_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct contrast *l = context;
    const int columns = 1 + l->distractors, channels = l->guess->c;
    for (int i = 0; i < l->guess->t * columns; i++) {
        const float slope = l->loss->grad[0] * l->slopes[i];
        const int row = i / columns, frame = l->candidates[i];
        if (l->guess->grad)
            kernels()->axpy(channels, slope, tensor_row(l->latents, frame),
                            tensor_grad_row(l->guess, row));
        if (l->latents->grad)
            kernels()->axpy(channels, slope, tensor_row(l->guess, row),
                            tensor_grad_row(l->latents, frame));
    }
}

// -log sigmoid(x), whatever the size of x.
static double minus_log_sigmoid(double x)
{
    return log1p(exp(-fabs(x))) + fmax(-x, 0);
}

// Leaves row i's slopes; returns its loss.
static double contrast_row(const struct contrast *l, int i, double lambda,
                           struct verdicts *verdicts)
{
    const int columns = 1 + l->distractors, rows = l->guess->t;
    double loss = 0, best_other = -INFINITY, truth = 0;
    for (int j = 0; j < columns; j++) {
        const float *z = tensor_row(l->latents, l->candidates[i * columns + j]);
        const double score = (double)kernels()->dot(l->guess->c, tensor_row(l->guess, i), z);
        const double weight = j ? lambda / l->distractors : 1, likely = 1 / (1 + exp(-score));
        loss += weight * minus_log_sigmoid(j ? -score : score);
        l->slopes[i * columns + j] = (float)(weight * (j ? likely : likely - 1) / rows);
        if (j == 0) {
            truth = score;
            verdicts->truths += likely / rows;
        } else {
            best_other = fmax(best_other, score);
            verdicts->others += likely / l->distractors / rows;
        }
    }
    verdicts->right += (double)(truth > best_other) / rows;
    return loss;
}

static struct tensor *contrast(struct tape *tape, struct tensor *guess, struct tensor *latents,
                               const int *candidates, int distractors, double lambda,
                               struct verdicts *verdicts)
{
    struct contrast *l = tape_scratch(tape, sizeof *l);
    const size_t scores = (size_t)guess->t * (size_t)(1 + distractors);
    *l = (struct contrast){.guess = guess,
                           .latents = latents,
                           .loss = tape_tensor(tape, 1, 1, 1, guess->grad || latents->grad),
                           .candidates = candidates,
                           .slopes = tape_scratch(tape, scores * sizeof(float)),
                           .distractors = distractors};
    double sum = 0;
    for (int i = 0; i < guess->t; i++)
        sum += contrast_row(l, i, lambda, verdicts);
    l->loss->data[0] = (float)(sum / guess->t);
    if (l->loss->grad)
        tape_record(tape, contrast_backward, l);
    return l->loss;
}

// ---- anchors, positives and distractors

// Anchors with a frame k + 1 ahead, and for each that frame and distractors from its stream.
static void draw(const struct objective_context *context, int streams, int frames, int k,
                 int *anchors, int *candidates)
{
    const int each = (int)context->setting[ANCHORS], others = (int)context->setting[DISTRACTORS];
    CHECK(frames > k + 1);
    for (int i = 0; i < streams * each; i++) {
        const int first = i / each * frames;
        const int t = (int)random_below(context->random, (uint64_t)(frames - k - 1));
        const int truth = t + k + 1;
        anchors[i] = first + t;
        *candidates++ = first + truth;
        for (int j = 0; j < others; j++) {
            int other = (int)random_below(context->random, (uint64_t)frames - 1);
            *candidates++ = first + other + (other >= truth);
        }
    }
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    struct tensor *contexts = encoding->contexts[context->network.shape->context_layers - 1];
    const int steps = (int)fmin(context->setting[STEPS], context->network.shape->future_steps);
    const int others = (int)context->setting[DISTRACTORS];
    const int rows = batch->streams * (int)context->setting[ANCHORS];
    int *anchors = tape_scratch(tape, sizeof(int) * (size_t)rows);
    struct tensor *losses[MAX_FUTURE_STEPS];
    float weights[MAX_FUTURE_STEPS];
    struct verdicts sum = {0};
    for (int k = 0; k < steps; k++) {
        int *candidates = tape_scratch(tape, sizeof(int) * (size_t)(rows * (1 + others)));
        draw(context, batch->streams, batch->frames, k, anchors, candidates);
        struct tensor *guess =
            tape_linear(tape, tape_gather(tape, contexts, anchors, rows),
                        objective_parameter(context, context->network.layout->future[k]), NULL);
        losses[k] = contrast(tape, guess, encoding->target_latents, candidates, others,
                             context->setting[LAMBDA], &sum);
        weights[k] = 1.0f / (float)steps;
    }
    objective_note(statistics, "accuracy", sum.right / steps);
    objective_note(statistics, "chance", 1.0 / (1 + others));
    objective_note(statistics, "truths", sum.truths / steps);
    objective_note(statistics, "distractors", sum.others / steps); // as truths: latents collapsed
    return tape_weighted_sum(tape, losses, weights, steps);
}

const struct objective objective_wav2vec = {
    .name = "wav2vec",
    .summary = "is this the latent that comes? (binary contrast within the sequence)",
    .source = "Schneider, Baevski, Collobert & Auli 2019, arXiv:1904.05862",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .configure = configure,
    .loss = loss,
};
