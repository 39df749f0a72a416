// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The classic autoencoder (Hinton & Salakhutdinov 2006), causal: the context at t goes through a
 * narrow code and has to give the input frame at t back.
 *
 *     c_t --linear--> code (width) --linear--> x^_t  ~  x_t     log-mel bands, or the hop's samples
 *
 * The code is the bottleneck and, with the decoder, scaffolding: what is deployed is the context.
 */
#include "ssl/parts.h"

enum { WIDTH, L1 };

static const struct setting settings[] = {
    [WIDTH] = {"width", "of the code (Hinton & Salakhutdinov 2006: narrower than the input)", 64, 1,
               4096, SETTING_WHOLE},
    [L1] = {"l1", "1 = absolute instead of squared error", 0, 0, 1, SETTING_WHOLE},
};

enum { CODE, DECODER = CODE + 2, OWN = DECODER + 2 };

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int width = (int)setting[WIDTH];
    const int features = encoder_shape_feature_dim(shape);
    objective_linear_declare(parameters, "autoencoder.code", shape->context_dim, width, own + CODE);
    objective_linear_declare(parameters, "autoencoder.decoder", width,
                             features ? features : HOP_SAMPLES, own + DECODER);
    return OWN;
}

static void init(const struct objective_context *context)
{
    objective_linear_init(context, context->own + CODE);
    objective_linear_init(context, context->own + DECODER);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tensor *code =
        objective_linear(context, encoding->contexts[context->network.shape->context_layers - 1],
                         context->own + CODE);
    struct tensor *guess = objective_linear(context, code, context->own + DECODER);
    struct tensor *truth = objective_frames(context, batch);
    objective_note(statistics, "explained", objective_explained(guess, truth));
    objective_note(statistics, "deviation", objective_deviation(code));
    return context->setting[L1] != 0 ? tape_l1(context->tape, guess, truth, NULL)
                                     : tape_mse(context->tape, guess, truth, NULL);
}

const struct objective objective_autoencoder = {
    .name = "autoencoder",
    .summary = "give the input frame back through a narrow code (MSE)",
    .source = "Hinton & Salakhutdinov 2006, doi:10.1126/science.1127647, made causal",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .declare = declare,
    .init = init,
    .loss = loss,
};
