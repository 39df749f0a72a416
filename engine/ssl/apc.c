// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Autoregressive predictive coding (Chung, Hsu, Tang & Glass 2019, eq. 1): from the context at t,
 * the normalised log-mel frame at t + shift, by L1. */
#include "ssl/parts.h"

#include "base/error.h"

enum { SHIFT };

static const struct setting settings[] = {
    [SHIFT] = {"shift", "frames ahead, n (Chung et al. 2019, sec. 3.2: 3 to 5 carry most)", 3, 1,
               MAX_FUTURE_STEPS, SETTING_WHOLE},
};

static void configure(const double *setting, struct encoder_shape *shape)
{
    shape->feature_shift = (int)setting[SHIFT];
}

// *explained: 0 = no more than the bands' means say.
static struct tensor *one_way(const struct objective_context *context, struct tensor *contexts,
                              struct tensor *features, double *explained)
{
    struct tape *tape = context->tape;
    const int shift = (int)context->setting[SHIFT], count = features->t - shift;
    CHECK(count > 0);
    struct tensor *guess =
        tape_linear(tape, tape_slice(tape, contexts, 0, count),
                    objective_parameter(context, context->network.layout->feature_weight),
                    objective_parameter(context, context->network.layout->feature_bias));
    struct tensor *truth = tape_slice(tape, features, shift, count);
    *explained = objective_explained(guess, truth);
    return tape_l1(tape, guess, truth, NULL);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    const int last = context->network.shape->context_layers - 1;
    const bool both = encoding->target_contexts[last] && batch->view[1] != batch->view[0];
    double explained[2];
    struct tensor *result =
        one_way(context, encoding->contexts[last], batch->view[0], &explained[0]);
    if (both) {
        struct tensor *losses[] = {result, one_way(context, encoding->target_contexts[last],
                                                   batch->view[1], &explained[1])};
        result = tape_weighted_sum(context->tape, losses, (float[]){0.5f, 0.5f}, 2);
    }
    objective_note(statistics, "explained",
                   both ? (explained[0] + explained[1]) / 2 : explained[0]);
    return result;
}

const struct objective objective_apc = {
    .name = "apc",
    .summary = "predict the log-mel frame that comes (L1)",
    .source = "Chung, Hsu, Tang & Glass 2019, arXiv:1904.03240",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .configure = configure,
    .loss = loss,
};
