// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Which way is it turned? (Gidaris, Singh & Komodakis 2018, sec. 2), on spectrogram patches:
 *
 *     patch [N][M] --turned by 0, 90, 180, 270 degrees--> encoder --> context at its end --> which
 *
 * A patch is as many frames as there are bands, so that turning it only moves numbers and leaves no
 * trace of its own to go by (sec. 2.2). All copies of a patch are in the same step, which the paper
 * found to be better (sec. 3.1). They are heard from the state in which their stream began the
 * window, as any sound is that comes in the midst of a stream; this costs a second encoder pass, so
 * only a share of the streams takes part. */
#include "ssl/parts.h"

#include <math.h>

enum { FRAMES, STREAMS, FLIPS };
enum { TURNS = 4, MOST_WAYS = 2 * TURNS };

static const struct setting settings[] = {
    [FRAMES] = {"frames",
                "of a patch; 0 = as many as bands. Another number is stretched to fit when turned",
                0, 0, 1000, SETTING_WHOLE},
    [STREAMS] = {"streams", "share of the streams that takes part in a step", 0.5, 0.01, 1,
                 SETTING_REAL},
    [FLIPS] = {"flips",
               "1 = each turn also with time reversed: 8 ways instead of 4 (Gidaris et al. 2018, "
               "table 2 compares sets of turns)",
               0, 0, 1, SETTING_WHOLE},
};

static int ways_of(const double *setting)
{
    return setting[FLIPS] != 0 ? MOST_WAYS : TURNS;
}

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    objective_linear_declare(parameters, "rotation.ways", shape->context_dim, ways_of(setting),
                             own);
    return 2;
}

static void init(const struct objective_context *context)
{
    objective_linear_init(context, context->own);
}

// Patch [frames][bands], turned: way = quarter turns + TURNS if time is reversed first. Each number
// comes from where its place in the unit square came from.
static void turn(const float *patch, int frames, int bands, int way, float *turned)
{
    for (int t = 0; t < frames; t++)
        for (int m = 0; m < bands; m++) {
            double u = (t + 0.5) / frames, v = (m + 0.5) / bands;
            for (int quarter = 0; quarter < way % TURNS; quarter++) {
                double before = u;
                u = v;
                v = 1 - before;
            }
            if (way >= TURNS)
                u = 1 - u;
            turned[t * bands + m] = patch[(int)(u * frames) * bands + (int)(v * bands)];
        }
}

// A patch of each picked stream, in all ways: (picked * ways, frames, bands).
static struct tensor *turned_patches(const struct objective_context *context,
                                     const struct tensor *view, const int *picked, int count,
                                     int frames)
{
    const int ways = ways_of(context->setting);
    const size_t window = (size_t)view->t * (size_t)view->c, size = (size_t)(frames * view->c);
    struct tensor *patches = tape_result(context->tape, count * ways, frames, view->c, false);
    for (int i = 0; i < count; i++) {
        size_t at = (size_t)random_below(context->random, (uint64_t)(view->t - frames) + 1);
        const float *patch = view->data + (size_t)picked[i] * window + at * (size_t)view->c;
        for (int way = 0; way < ways; way++)
            turn(patch, frames, view->c, way, patches->data + (size_t)(i * ways + way) * size);
    }
    return patches;
}

// The last layer's context at the end of each patch: (1,N,H).
static struct tensor *heard(const struct objective_context *context, struct tensor *patches,
                            struct encoder_carry *carry)
{
    struct tape *tape = context->tape;
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    struct tensor *z = encoder_latents(tape, &context->network, patches, carry);
    encoder_contexts(tape, &context->network, z, carry, contexts);
    int *ends = tape_scratch(tape, sizeof(int) * (size_t)patches->b);
    for (int i = 0; i < patches->b; i++)
        ends[i] = (i + 1) * patches->t - 1;
    return tape_gather(tape, contexts[context->network.shape->context_layers - 1], ends,
                       patches->b);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const struct tensor *view = batch->view[0];
    const int ways = ways_of(context->setting);
    const int wanted = context->setting[FRAMES] > 0 ? (int)context->setting[FRAMES] : view->c;
    const int frames = wanted < view->t ? wanted : view->t;
    const int count = (int)ceil(context->setting[STREAMS] * batch->streams);
    int *picked = objective_draw_streams(context, batch->streams, count);
    struct tensor *patches = turned_patches(context, view, picked, count, frames);
    int *stream = tape_scratch(tape, sizeof(int) * (size_t)patches->b);
    int *labels = tape_scratch(tape, sizeof(int) * (size_t)patches->b);
    for (int i = 0; i < patches->b; i++) {
        stream[i] = picked[i / ways];
        labels[i] = i % ways;
    }
    struct encoder_carry carry = objective_start(context, encoding->start, stream, patches->b);
    struct tensor *logits =
        objective_linear(context, heard(context, patches, &carry), context->own);
    float accuracy;
    int answers[MOST_WAYS];
    struct tensor *result = tape_cross_entropy(tape, logits, labels, &accuracy);
    objective_count_answers(logits, answers);
    objective_note(statistics, "accuracy", (double)accuracy);
    objective_note(statistics, "chance", 1.0 / ways);
    objective_note(statistics, "answers", objective_perplexity(answers, ways)); // 1 = always one
    return result;
}

const struct objective objective_rotation = {
    .name = "rotation",
    .summary = "tell which way a patch of the spectrogram is turned",
    .source = "Gidaris, Singh & Komodakis 2018, arXiv:1803.07728, for audio",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .declare = declare,
    .init = init,
    .loss = loss,
};
