// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Jukebox's first half (Dhariwal, Jun, Payne, Kim, Radford & Sutskever 2020, sec. 3.1), small: a
 * hierarchical VQ-VAE of sound, whose encoder is the deployed causal one.
 *
 *     c_t --project--> nearest code, 100 a second --.
 *     c_{4k} .. c_{4k+3} --project--> 25 a second --+--> decoder --> samples
 *
 *     L = spectral distance(samples, what was heard) + commit |project(c) - code|^2
 *
 * Codebooks are running means with random restarts (codebook.h); the decoder (decoder.h) takes both
 * levels at once, as VQ-VAE-2 (Razavi et al. 2019), where Jukebox has one for each. Its file is
 * written beside the model's; a prior over the codes is learned from that (auricle prior), and both
 * make sound (auricle generate). Waveforms are not compared sample by sample unless asked for: what
 * the encoder of log-mel hears has no phase. */
#include "ssl/decoder.h"
#include "ssl/parts.h"
#include "ssl/spectral.h"

#include "nn/rows.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { LEVELS, CODES, WIDTH, STRIDE, CHANNELS, BANDS, COMMIT, WAVEFORM, DECAY, RESTART, STREAMS };

static const struct setting settings[] = {
    [LEVELS] = {"levels",
                "of codes: 1 = one each frame, 2 = and one each stride frames (Dhariwal et al. "
                "2020, sec. 3.1: 3)",
                2, 1, DECODER_LEVELS, SETTING_WHOLE},
    [CODES] = {"codes", "of each level (Dhariwal et al. 2020, table 4: 2048)", 512, 2, 65536,
               SETTING_WHOLE},
    [WIDTH] = {"width", "numbers of a code (Dhariwal et al. 2020, table 4: 64)", 64, 1, 1024,
               SETTING_WHOLE},
    [STRIDE] = {"stride", "frames of a top code (Dhariwal et al. 2020, sec. 3.1: 4)", 4, 1, 4,
                SETTING_WHOLE},
    [CHANNELS] = {"channels", "of the decoder's convolutions", 192, 1, 4096, SETTING_WHOLE},
    [BANDS] = {"bands", "of the decoder's noise (Engel et al. 2020, sec. 3.4: 65)", 64, 2,
               DECODER_WINDOW / 2, SETTING_WHOLE},
    [COMMIT] = {"commit", "weight of the commitment loss (Dhariwal et al. 2020, table 4: 0.02)",
                0.02, 0, 100, SETTING_REAL},
    [WAVEFORM] = {"waveform",
                  "weight of the samples' squared error (Dhariwal et al. 2020, sec. 3.1: 1)", 0, 0,
                  1e4, SETTING_REAL},
    [DECAY] = {"decay", "of the codebooks' running means (Dhariwal et al. 2020, table 4: 0.99)",
               0.99, 0, 0.99999, SETTING_REAL},
    [RESTART] = {"restart",
                 "share of the mean use below which a code is put elsewhere (Dhariwal et al. 2020, "
                 "sec. 3.1: a threshold)",
                 0.1, 0, 1, SETTING_REAL},
    [STREAMS] = {"streams", "share of the streams that is decoded in a step", 0.25, 0.01, 1,
                 SETTING_REAL},
};

static struct decoder_shape shape_of(const struct encoder_shape *shape, const double *setting)
{
    return (struct decoder_shape){.levels = (int)setting[LEVELS],
                                  .codes = (int)setting[CODES],
                                  .width = (int)setting[WIDTH],
                                  .stride = (int)setting[STRIDE],
                                  .context = shape->context_dim,
                                  .channels = (int)setting[CHANNELS],
                                  .bands = (int)setting[BANDS]};
}

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const struct decoder_shape decoder = shape_of(shape, setting);
    decoder_declare(&decoder, parameters, own);
    return DECODER_OWN;
}

static void init(const struct objective_context *context)
{
    const struct decoder_shape decoder = shape_of(context->network.shape, context->setting);
    decoder_init(context, &decoder, context->own);
}

// ---- codes

// One level's codes (B,T/frames,D); notes how many are in use.
static struct tensor *quantise(const struct objective_context *context,
                               const struct decoder_shape *decoder,
                               const struct objective_batch *batch, struct tensor *contexts,
                               int level, struct tensor **commitment,
                               struct objective_statistics *statistics)
{
    static const char *const names[DECODER_LEVELS] = {"codes", "top_codes"};
    struct tape *tape = context->tape;
    struct tensor *x = decoder_project(context, decoder, context->own, contexts, level);
    int *chosen = tape_scratch(tape, sizeof(int) * (size_t)tensor_rows(x));
    int *counts = tape_scratch(tape, sizeof(int) * (size_t)decoder->codes);
    const struct codebook_rows rows = {batch->first * x->t, batch->all * x->t};
    struct tensor *code = codebook_quantise(
        context, x, context->own + DECODER_BOOK + CODEBOOK_OWN * level, rows, chosen);
    *commitment = tape_mse(tape, x, tape_stop(tape, code), NULL);
    memset(counts, 0, sizeof(int) * (size_t)decoder->codes);
    for (int i = 0; i < tensor_rows(x); i++)
        counts[chosen[i]]++;
    objective_note(statistics, names[level], objective_perplexity(counts, decoder->codes));
    return code;
}

// ---- the streams that are decoded

static struct tensor *pick(struct tape *tape, struct tensor *x, const uint32_t *streams, int count,
                           int start, int length)
{
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)(count * length));
    for (int i = 0; i < count; i++)
        for (int t = 0; t < length; t++)
            rows[i * length + t] = (int)streams[i] * x->t + start + t;
    struct tensor *y = tape_gather(tape, x, rows, count * length);
    y->b = count; // a stream's rows stand together: the same numbers in another shape
    y->t = length;
    return y;
}

static uint32_t *draw_streams(const struct objective_context *context, int streams)
{
    uint32_t *order = tape_scratch(context->tape, sizeof *order * (size_t)streams);
    for (int b = 0; b < streams; b++)
        order[b] = (uint32_t)b;
    random_shuffle(context->random, order, (uint32_t)streams);
    return order;
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const double *setting = context->setting;
    const struct decoder_shape decoder = shape_of(context->network.shape, setting);
    struct tensor *contexts = encoding->contexts[context->network.shape->context_layers - 1];
    struct tensor *levels[DECODER_LEVELS], *losses[DECODER_LEVELS + 2];
    float weights[DECODER_LEVELS + 2];
    double commitment = 0, parts[2];
    for (int l = 0; l < decoder.levels; l++) {
        levels[l] = quantise(context, &decoder, batch, contexts, l, &losses[l], statistics);
        weights[l] = (float)setting[COMMIT];
        commitment += (double)losses[l]->data[0];
    }
    const int count = (int)ceil(setting[STREAMS] * batch->streams);
    const uint32_t *streams = draw_streams(context, batch->streams);
    struct tensor *joined = decoder_join(context, &decoder, levels);
    struct tensor *sound = decoder_sound(context, &decoder, context->own,
                                         pick(tape, joined, streams, count, 0, joined->t), NULL);
    // the sound's first hop is the one before the window
    const int length = (joined->t - 1) * HOP_SAMPLES;
    struct tensor *guess = tape_slice(tape, sound, HOP_SAMPLES, length);
    struct tensor *truth = pick(tape, batch->samples, streams, count, 0, length);
    int used = decoder.levels;
    weights[used] = 1;
    losses[used++] = tape_spectral_distance(tape, guess, truth, parts);
    if (setting[WAVEFORM] > 0) {
        weights[used] = (float)setting[WAVEFORM];
        losses[used++] = tape_mse(tape, guess, truth, NULL);
    }
    objective_note(statistics, "convergence", parts[0]);
    objective_note(statistics, "log_distance", parts[1]);
    objective_note(statistics, "commitment", commitment);
    return tape_weighted_sum(tape, losses, weights, used);
}

// ---- beside the loss

static void settle(const struct objective_context *context)
{
    for (int l = 0; l < (int)context->setting[LEVELS]; l++)
        codebook_settle(context, context->own + DECODER_BOOK + CODEBOOK_OWN * l,
                        context->setting[DECAY], context->setting[RESTART]);
}

static auricle_status write(const struct objective_context *context, const char *path,
                            const char *hash, const json_t *card, auricle_error *error)
{
    char beside[PATH_MAX];
    const struct decoder_shape decoder = shape_of(context->network.shape, context->setting);
    auricle_status status = decoder_beside(path, "decoder", beside, sizeof beside, error);
    return status ? status
                  : decoder_write(beside, &decoder, context->network.parameters, context->own, hash,
                                  card, error);
}

const struct objective objective_jukebox = {
    .name = "jukebox",
    .summary = "give the sound back from a hierarchy of codes (VQ-VAE, spectral loss)",
    .source = "Dhariwal, Jun, Payne, Kim, Radford & Sutskever 2020, arXiv:2005.00341, small and "
              "with a causal encoder",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_SAMPLES,
    .declare = declare,
    .init = init,
    .loss = loss,
    .settle = settle,
    .write = write,
};
