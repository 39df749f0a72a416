// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Two stretches of one recording belong together (COLA, Saeed, Grangier & Zeghidour 2021, sec. 2):
 *
 *     frames of one recording  [..|--a--|....|--b--|..]
 *     a --mean, max--> project --> unit --.
 *     b --mean, max--> project --> unit --'-- NT-Xent; negatives: other streams
 *
 * Two stretches share the speaker, the room and the microphone: the slow side of sound, which a
 * contrast between two views of the same words unlearns. So both stretches come from one view, and
 * this loss may work on an earlier layer than the other objectives. */
#include "ssl/parts.h"
#include "ssl/segments.h"

enum { LAYER, SHORTEST, LONGEST, APART, TEMPERATURE, WIDTH };

static const struct setting settings[] = {
    [LAYER] = {"layer",
               "whose frames are compared: 0 = the latents, 1 = the first context layer, ...", 1, 0,
               MAX_CONTEXT_LAYERS, SETTING_WHOLE},
    [SHORTEST] = {"shortest", "frames of a stretch", 30, 1, 10000, SETTING_WHOLE},
    [LONGEST] = {"longest", "frames of a stretch (COLA, sec. 2.1: 960 ms)", 96, 1, 10000,
                 SETTING_WHOLE},
    [APART] = {"apart", "least frames between two of a recording", 0, 0, 10000, SETTING_WHOLE},
    [TEMPERATURE] = {"temperature", "tau (Chen et al. 2020, table 5: 0.1)", 0.1, 1e-3, 100,
                     SETTING_REAL},
    [WIDTH] = {"width", "of the projection (COLA, sec. 2.2: 512)", 128, 1, 4096, SETTING_WHOLE},
};

static int layer_of(const struct encoder_shape *shape, const double *setting)
{
    const int layer = (int)setting[LAYER];
    return layer > shape->context_layers ? shape->context_layers : layer;
}

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int channels =
        layer_of(shape, setting) == 0 ? encoder_shape_latent_dim(shape) : shape->context_dim;
    objective_linear_declare(parameters, "cola.projection", 2 * channels, (int)setting[WIDTH], own);
    return 2;
}

static void init(const struct objective_context *context)
{
    objective_linear_init(context, context->own);
}

struct pairs {
    struct objective_segment *side[2]; // [B] at most
    int count;
};

// The longest run of frames of one recording, near-silence left out.
static struct objective_segment longest_run(const struct objective_batch *batch, int b)
{
    const unsigned char *begins = batch->begins + (ptrdiff_t)b * batch->frames;
    const unsigned char *gap = batch->gap + (ptrdiff_t)b * batch->frames;
    struct objective_segment best = {0, 0}, run = {0, 0};
    for (int t = 0; t < batch->frames; t++) {
        if (begins[t] || gap[t])
            run = (struct objective_segment){t, 0};
        if (gap[t])
            continue;
        if (run.count == 0)
            run.first = t;
        run.count++;
        best = run.count > best.count ? run : best;
    }
    return best;
}

static int between(struct random *random, int low, int high)
{
    return high > low ? low + (int)random_below(random, (uint64_t)(high - low) + 1) : low;
}

// One stretch in each half of the run, apart from the other. Too short a run gives none.
static void add_pair(const struct objective_context *context, struct objective_segment run,
                     int lane, struct pairs *pairs)
{
    const int apart = (int)context->setting[APART], shortest = (int)context->setting[SHORTEST];
    const int half = (run.count - apart) / 2;
    if (half < shortest)
        return;
    const int most = half < (int)context->setting[LONGEST] ? half : (int)context->setting[LONGEST];
    for (int side = 0; side < 2; side++) {
        const int count = between(context->random, shortest < most ? shortest : most, most);
        const int start = side == 0 ? 0 : run.count - half;
        const int first = run.first + start + between(context->random, 0, half - count);
        pairs->side[side][pairs->count] = (struct objective_segment){lane + first, count};
    }
    pairs->count++;
}

// Of streams with one speaker, or one recording of an unknown one, only the first takes part: the
// others would be its negatives.
static bool heard_before(const struct objective_batch *batch, int b)
{
    const int speaker = batch->speaker[b];
    for (int i = 0; i < b; i++)
        if (speaker >= 0 ? batch->speaker[i] == speaker
                         : batch->recording[i] == batch->recording[b])
            return true;
    return false;
}

static struct pairs draw_pairs(const struct objective_context *context,
                               const struct objective_batch *batch)
{
    struct pairs pairs = {.count = 0};
    for (int side = 0; side < 2; side++)
        pairs.side[side] = tape_scratch(context->tape, sizeof(struct objective_segment) *
                                                           (size_t)(batch->streams + 1));
    for (int b = 0; b < batch->streams; b++)
        if (!heard_before(batch, b))
            add_pair(context, longest_run(batch, b), b * batch->frames, &pairs);
    return pairs;
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int layer = layer_of(context->network.shape, context->setting);
    struct tensor *frames = layer == 0 ? encoding->latents : encoding->contexts[layer - 1];
    const struct pairs pairs = draw_pairs(context, batch);
    objective_note(statistics, "pairs", pairs.count);
    if (pairs.count < 2) { // nothing to tell apart, nothing to be proud of
        objective_note(statistics, "accuracy", 0);
        objective_note(statistics, "chance", 1);
        objective_note(statistics, "deviation", 0);
        return tape_tensor(tape, 1, 1, 1, false);
    }
    struct tensor *side[2];
    for (int i = 0; i < 2; i++)
        side[i] = tape_unit(
            tape,
            objective_linear(context, objective_pool(tape, frames, pairs.side[i], pairs.count),
                             context->own));
    const struct info_nce_options options = {.temperature = (float)context->setting[TEMPERATURE]};
    float hits[2];
    struct tensor *losses[] = {tape_info_nce(tape, side[0], side[1], NULL, options, &hits[0]),
                               tape_info_nce(tape, side[1], side[0], NULL, options, &hits[1])};
    objective_note(statistics, "accuracy", ((double)hits[0] + (double)hits[1]) / 2);
    objective_note(statistics, "chance", 1.0 / pairs.count);
    objective_note(statistics, "deviation", objective_unit_deviation(side[0]));
    return tape_weighted_sum(tape, losses, (float[]){0.5f, 0.5f}, 2);
}

const struct objective objective_cola = {
    .name = "cola",
    .summary = "two stretches of one recording belong together",
    .source = "Saeed et al. 2021, arXiv:2010.10915",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .declare = declare,
    .init = init,
    .loss = loss,
};
