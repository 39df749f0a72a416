// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The variational autoencoder (Kingma & Welling 2013), causal and frame by frame.
 *
 *     c_t --linear--> mean, log variance --> z = mean + exp(log variance / 2) e,  e ~ N(0, 1)
 *     z --linear, GELU, linear--> x^_t       (a Gaussian MLP decoder, appendix C.2)
 *
 *     loss = -log N(x_t; x^_t, deviation^2) + beta * sum_d max(free, KL_d)          (eq. 10)
 *     KL_d = mean over t of (mean^2 + exp(log variance) - 1 - log variance) / 2      (appendix B)
 *
 * in nats per number of the frame, without the constant. Free bits (Kingma et al. 2016, appendix
 * C.8) keep the posterior from collapsing onto the prior: a dimension's first nats cost nothing.
 * So does the warm-up of beta (Bowman et al. 2016, sec. 3.1). What collapsed all the same shows in
 * active_units. */
#include "ssl/parts.h"

#include "nn/rows.h"

#include <math.h>

enum { WIDTH, HIDDEN, DEVIATION, BETA, WARMUP, FREE };

static const struct setting settings[] = {
    [WIDTH] = {"width", "of the latent variable z", 32, 1, 1024, SETTING_WHOLE},
    [HIDDEN] = {"hidden", "units of the decoder (Kingma & Welling 2013, sec. 5: 500)", 128, 1, 4096,
                SETTING_WHOLE},
    [DEVIATION] = {"deviation",
                   "of the decoder's Gaussian, fixed; the features' own is about 1 (Kingma & "
                   "Welling 2013, appendix C.2)",
                   0.5, 0.01, 10, SETTING_REAL},
    [BETA] = {"beta", "weight of the divergence (Higgins et al. 2017, eq. 4); 1 = the paper", 1, 0,
              1000, SETTING_REAL},
    [WARMUP] =
        {"warmup",
         "steps over which the divergence's weight rises from 0 to beta, so that the code is "
         "used before it is paid for (Bowman et al. 2016, sec. 3.1); 0 = none",
         500, 0, 1e9, SETTING_WHOLE},
    [FREE] = {"free", "nats of each dimension that cost nothing (Kingma et al. 2016, appendix C.8)",
              0.125, 0, 10, SETTING_REAL},
};

enum { MEAN, LOG_VARIANCE = MEAN + 2, FIRST = LOG_VARIANCE + 2, LAST = FIRST + 2, OWN = LAST + 2 };

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int width = (int)setting[WIDTH], hidden = (int)setting[HIDDEN],
              context = shape->context_dim;
    objective_linear_declare(parameters, "vae.mean", context, width, own + MEAN);
    objective_linear_declare(parameters, "vae.log_variance", context, width, own + LOG_VARIANCE);
    objective_linear_declare(parameters, "vae.decoder.0", width, hidden, own + FIRST);
    objective_linear_declare(parameters, "vae.decoder.1", hidden, encoder_shape_feature_dim(shape),
                             own + LAST);
    return OWN;
}

static void init(const struct objective_context *context)
{
    for (int i = 0; i < OWN; i += 2)
        objective_linear_init(context, context->own + i);
}

// ---- z = mean + exp(log variance / 2) e, and e's share in the gradient is z - mean

struct vae_draw {
    struct tensor *mean, *log_variance, *z;
};

static void sample_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct vae_draw *s = context;
    for (size_t i = 0, n = tensor_size(s->z); i < n; i++) {
        s->mean->grad[i] += s->z->grad[i];
        s->log_variance->grad[i] += 0.5f * (s->z->data[i] - s->mean->data[i]) * s->z->grad[i];
    }
}

static struct tensor *sample(struct tape *tape, struct tensor *mean, struct tensor *log_variance,
                             struct random *random)
{
    struct vae_draw *s = tape_scratch(tape, sizeof *s);
    *s = (struct vae_draw){mean, log_variance,
                           tape_result(tape, mean->b, mean->t, mean->c, mean->grad)};
    for (size_t i = 0, n = tensor_size(mean); i < n; i++)
        s->z->data[i] = mean->data[i] + expf(0.5f * log_variance->data[i]) * random_normal(random);
    if (s->z->grad)
        tape_record(tape, sample_backward, s);
    return s->z;
}

// ---- sum over d of max(free, KL_d)

struct divergence {
    struct tensor *mean, *log_variance, *sum;
    double *kl; // [D] nats, mean over the frames
    double free;
};

static void divergence_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct divergence *d = context;
    const int width = d->mean->c;
    const float scale = d->sum->grad[0] / (float)tensor_rows(d->mean);
    for (size_t i = 0, n = tensor_size(d->mean); i < n; i++) {
        if (d->kl[i % (size_t)width] <= d->free)
            continue;
        d->mean->grad[i] += scale * d->mean->data[i];
        d->log_variance->grad[i] += 0.5f * scale * (expf(d->log_variance->data[i]) - 1);
    }
}

static struct divergence *divergence(struct tape *tape, struct tensor *mean,
                                     struct tensor *log_variance, double free)
{
    const int width = mean->c;
    struct divergence *d = tape_scratch(tape, sizeof *d);
    *d = (struct divergence){mean, log_variance, tape_tensor(tape, 1, 1, 1, mean->grad),
                             tape_scratch(tape, sizeof(double) * (size_t)width), free};
    double sum = 0;
    for (int c = 0; c < width; c++) {
        d->kl[c] = 0;
        for (int i = 0; i < tensor_rows(mean); i++) {
            double m = (double)tensor_row(mean, i)[c], v = (double)tensor_row(log_variance, i)[c];
            d->kl[c] += (m * m + exp(v) - 1 - v) / (2 * tensor_rows(mean));
        }
        sum += fmax(free, d->kl[c]);
    }
    d->sum->data[0] = (float)sum;
    if (d->sum->grad)
        tape_record(tape, divergence_backward, d);
    return d;
}

// ----

// Dimensions whose mean says something of the input: variance over 0.01 (Burda et al. 2016, sec.
// 5.2). None = the posterior collapsed.
static int active_units(const struct tensor *mean)
{
    const int rows = tensor_rows(mean);
    int active = 0;
    for (int c = 0; c < mean->c; c++) {
        double average = 0, variance = 0;
        for (int i = 0; i < rows; i++)
            average += (double)tensor_row(mean, i)[c] / rows;
        for (int i = 0; i < rows; i++)
            variance += pow((double)tensor_row(mean, i)[c] - average, 2) / rows;
        active += variance > 0.01;
    }
    return active;
}

static double beta_now(const struct objective_context *context)
{
    const double warmup = context->setting[WARMUP], step = (double)context->time.step;
    return context->setting[BETA] * (step < warmup ? step / warmup : 1);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    struct tensor *heard = encoding->contexts[context->network.shape->context_layers - 1];
    struct tensor *truth = batch->view[0];
    struct tensor *mean = objective_linear(context, heard, context->own + MEAN);
    struct tensor *log_variance = objective_linear(context, heard, context->own + LOG_VARIANCE);
    struct tensor *z = sample(tape, mean, log_variance, context->random);
    struct tensor *hidden = tape_gelu(tape, objective_linear(context, z, context->own + FIRST));
    struct tensor *guess = objective_linear(context, hidden, context->own + LAST);
    const struct divergence *d = divergence(tape, mean, log_variance, context->setting[FREE]);
    double kl = 0;
    for (int c = 0; c < mean->c; c++)
        kl += d->kl[c];
    objective_note(statistics, "explained", objective_explained(guess, truth));
    objective_note(statistics, "kl", kl);
    objective_note(statistics, "kl_per_dimension", kl / mean->c);
    objective_note(statistics, "active_units", active_units(mean));
    objective_note(statistics, "beta", beta_now(context));
    const double variance = context->setting[DEVIATION] * context->setting[DEVIATION];
    struct tensor *losses[] = {tape_mse(tape, guess, truth, NULL), d->sum};
    float weights[] = {(float)(1 / (2 * variance)), (float)(beta_now(context) / truth->c)};
    return tape_weighted_sum(tape, losses, weights, 2);
}

const struct objective objective_vae = {
    .name = "vae",
    .summary = "give the input frame back through a noisy code (evidence lower bound)",
    .source = "Kingma & Welling 2013, arXiv:1312.6114; free bits: Kingma et al. 2016, "
              "arXiv:1606.04934",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .declare = declare,
    .init = init,
    .loss = loss,
};
