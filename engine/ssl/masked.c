// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Masked-frame prediction, made causal, in time (Liu et al. 2020, Mockingjay, sec. 2.2) and in
 * frequency (Liu, Li & Lee 2021, TERA). Whole chunks of latents are replaced by a
 * learned token, and the context, which has seen only the past, fills the hidden frames' log-mel in
 * by L1. Live, the same read-out fills the current chunk from its past. A block of bands is blanked
 * out in all of the window's frames, and filled in from the other bands and the past.
 *
 *     bands   x x x x x x x x  -> z z z z [tok tok ... tok] z z  -> contexts from the carried state
 *             0 0 0 0 0 0 0 0                                       -> linear -> log-mel
 *             x x x x x x x x
 *
 * The encoder runs a second time for this, so only a share of the streams takes part. */
#include "ssl/hiding.h"
#include "ssl/parts.h"

#include "base/error.h"
#include "nn/rows.h"

#include <math.h>
#include <string.h>

enum { CHUNK, SHARE, STREAMS, BANDS };

static const struct setting settings[] = {
    [CHUNK] = {"frames",
               "frames of a hidden chunk (wav2vec 2.0, Baevski et al. 2020, sec. 4.2: 10 of "
               "20 ms)",
               8, 1, 100, SETTING_WHOLE},
    [SHARE] = {"share", "of the frames that is hidden (Liu et al. 2020, sec. 2.2: 0.15)", 0.3, 0.01,
               0.9, SETTING_REAL},
    [STREAMS] = {"streams", "share of the streams that takes part in a step", 0.5, 0.01, 1,
                 SETTING_REAL},
    [BANDS] =
        {"bands",
         "widest block of log-mel bands hidden in a window (channel alteration, Liu, Li & Lee "
         "2021, TERA); 0 = none",
         16, 0, 127, SETTING_WHOLE},
};

static void configure(const double *setting, struct encoder_shape *shape)
{
    shape->mask_frames = (int)setting[CHUNK];
}

// Streams 'picked' of x, as a (count,T,C) tensor.
static struct tensor *pick_streams(struct tape *tape, struct tensor *x, const int *picked,
                                   int count)
{
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)(count * x->t));
    for (int i = 0; i < count; i++)
        for (int t = 0; t < x->t; t++)
            rows[i * x->t + t] = picked[i] * x->t + t;
    struct tensor *flat = tape_gather(tape, x, rows, count * x->t);
    flat->b = count; // the rows of one stream stand together: the same numbers in another shape
    flat->t = x->t;
    return flat;
}

// Chunks on a grid with a random phase, each hidden with probability share; at least one in all.
static int hide_chunks(const struct objective_context *context, int streams, int frames,
                       unsigned char *hidden)
{
    const int chunk = (int)context->setting[CHUNK] < frames ? (int)context->setting[CHUNK] : frames;
    int count = 0;
    memset(hidden, 0, (size_t)(streams * frames));
    for (int b = 0; b < streams; b++) {
        int phase = (int)random_below(context->random, (uint64_t)chunk);
        for (int t = phase; t + chunk <= frames; t += chunk)
            if ((double)random_uniform(context->random) < context->setting[SHARE]) {
                memset(hidden + b * frames + t, 1, (size_t)chunk);
                count += chunk;
            }
    }
    if (count == 0)
        memset(hidden + frames - chunk, 1, (size_t)chunk);
    return count ? count : chunk;
}

// Bands [low, low + width), never all of them; width 0: none.
struct bands {
    int low, width;
};

static struct bands hide_bands(const struct objective_context *context)
{
    const int mels = context->network.shape->logmel.mels, wish = (int)context->setting[BANDS];
    const int most = wish < mels ? wish : mels - 1;
    struct bands bands = {0};
    if (most > 0) {
        bands.width = 1 + (int)random_below(context->random, (uint64_t)most);
        bands.low = (int)random_below(context->random, (uint64_t)(mels - bands.width + 1));
    }
    return bands;
}

// The frames without those bands: 0 is their mean.
static struct tensor *blank(struct tape *tape, const struct tensor *x, struct bands bands)
{
    const int rows = tensor_rows(x);
    float *data = tape_scratch(tape, sizeof(float) * (size_t)(rows * x->c));
    memcpy(data, x->data, sizeof(float) * (size_t)(rows * x->c));
    for (int i = 0; i < rows; i++)
        memset(data + i * x->c + bands.low, 0, sizeof(float) * (size_t)bands.width);
    return tape_constant(tape, data, x->b, x->t, x->c);
}

// Those bands of every frame.
static struct tensor *only(struct tape *tape, const struct tensor *x, struct bands bands)
{
    const int rows = tensor_rows(x);
    float *data = tape_scratch(tape, sizeof(float) * (size_t)(rows * bands.width));
    for (int i = 0; i < rows; i++)
        memcpy(data + i * bands.width, x->data + i * x->c + bands.low,
               sizeof(float) * (size_t)bands.width);
    return tape_constant(tape, data, x->b, x->t, bands.width);
}

// The read-out's rows for those bands alone.
static struct tensor *guess_bands(const struct objective_context *context, struct tensor *h,
                                  struct bands bands)
{
    struct tensor *weight = objective_parameter(context, context->network.layout->mask_weight);
    struct tensor *bias = objective_parameter(context, context->network.layout->mask_bias);
    return tape_linear(
        context->tape, h,
        tape_part(context->tape, weight, (size_t)(bands.low * h->c), 1, bands.width, h->c),
        tape_part(context->tape, bias, (size_t)bands.low, 1, 1, bands.width));
}

// Only of the frames with this mark: the others are not guesses.
static double explained(struct tape *tape, struct tensor *guess, struct tensor *truth,
                        const unsigned char *hidden, unsigned char wanted)
{
    int *rows = tape_scratch(tape, sizeof *rows * (size_t)tensor_rows(truth));
    const int count = objective_frames_where(hidden, wanted, tensor_rows(truth), rows);
    return objective_explained(tape_gather(tape, tape_stop(tape, guess), rows, count),
                               tape_gather(tape, tape_stop(tape, truth), rows, count));
}

// The mean over all hidden numbers: whole frames, and the blanked bands of the others.
static struct tensor *both(const struct objective_context *context, struct tensor *in_time,
                           int hidden_count, struct tensor *h, const struct tensor *truth,
                           struct bands bands, const unsigned char *hidden,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int rows = tensor_rows(truth), heard_count = rows - hidden_count;
    if (bands.width == 0 || heard_count == 0)
        return in_time;
    unsigned char *heard = tape_scratch(tape, (size_t)rows);
    for (int i = 0; i < rows; i++)
        heard[i] = !hidden[i];
    struct tensor *guess = guess_bands(context, h, bands), *part = only(tape, truth, bands);
    objective_note(statistics, "bands_explained", explained(tape, guess, part, hidden, 0));
    const float whole = (float)hidden_count * (float)truth->c;
    const float blanked = (float)heard_count * (float)bands.width;
    return tape_weighted_sum(
        tape, (struct tensor *[]){in_time, tape_l1(tape, guess, part, heard)},
        (const float[]){whole / (whole + blanked), blanked / (whole + blanked)}, 2);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int frames = batch->frames;
    const int count = (int)ceil(context->setting[STREAMS] * batch->streams);
    const int *picked = objective_draw_streams(context, batch->streams, count);
    unsigned char *hidden = tape_scratch(tape, (size_t)(count * frames));
    const int hidden_count = hide_chunks(context, count, frames, hidden);
    const struct bands bands = hide_bands(context);
    struct tensor *truth = pick_streams(tape, batch->view[0], picked, count);
    struct encoder_carry carry = objective_start(context, encoding->start, picked, count);
    struct tensor *z = bands.width > 0 ? encoder_latents(tape, &context->network,
                                                         blank(tape, truth, bands), &carry)
                                       : pick_streams(tape, encoding->latents, picked, count);
    z = tape_mask(tape, z, objective_parameter(context, context->network.layout->mask_token),
                  hidden);
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    encoder_contexts(tape, &context->network, z, &carry, contexts);

    struct tensor *h = contexts[context->network.shape->context_layers - 1];
    struct tensor *guess =
        tape_linear(tape, h, objective_parameter(context, context->network.layout->mask_weight),
                    objective_parameter(context, context->network.layout->mask_bias));
    objective_note(statistics, "hidden", (double)hidden_count / (count * frames));
    objective_note(statistics, "explained", explained(tape, guess, truth, hidden, 1));
    return both(context, tape_l1(tape, guess, truth, hidden), hidden_count, h, truth, bands, hidden,
                statistics);
}

const struct objective objective_masked = {
    .name = "masked",
    .summary = "fill in hidden chunks from their past, and hidden bands (L1)",
    .source = "Liu et al. 2020 (Mockingjay), arXiv:1910.12638; Liu, Li & Lee 2021 (TERA), "
              "arXiv:2007.06028; made causal",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .configure = configure,
    .loss = loss,
};
