// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Masked-chunk prediction (Liu et al. 2020, Mockingjay, sec. 2.2), made causal: whole chunks of
 * latents are replaced by a learned token, and the context, which has seen only the past, fills the
 * hidden frames' log-mel in by L1. Live, the same read-out fills the current chunk from its past.
 *
 *     z z z z [tok tok ... tok] z z      -> contexts from the carried state -> linear -> log-mel
 *
 * The context layers run a second time for this, so only a share of the streams takes part. */
#include "ssl/hiding.h"
#include "ssl/parts.h"

#include "base/error.h"
#include "nn/rows.h"

#include <math.h>
#include <string.h>

enum { CHUNK, SHARE, STREAMS };

static const struct hyper hypers[] = {
    [CHUNK] = {"frames",
               "frames of a hidden chunk (wav2vec 2.0, Baevski et al. 2020, sec. 4.2: 10 of "
               "20 ms)",
               8, 1, 100, true},
    [SHARE] = {"share", "of the frames that is hidden (Liu et al. 2020, sec. 2.2: 0.15)", 0.3, 0.01,
               0.9, false},
    [STREAMS] = {"streams", "share of the streams that takes part in a step", 0.5, 0.01, 1, false},
};

static void configure(const double *hyper, struct encoder_shape *shape)
{
    shape->mask_frames = (int)hyper[CHUNK];
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

// The picked streams' recurrent state before this window, as a carry whose end nobody keeps.
static struct encoder_carry start_of(const struct objective_context *context,
                                     const struct encoder_carry *start, const int *picked,
                                     int count)
{
    const struct encoder_shape *shape = context->shape;
    size_t width = (size_t)shape->context_dim * (shape->cell == CELL_LSTM ? 2 : 1);
    struct encoder_carry carry = {.streams = count};
    for (int layer = 0; layer < shape->context_layers; layer++) {
        carry.context[layer] = tape_scratch(context->tape, sizeof(float) * width * (size_t)count);
        for (int i = 0; i < count; i++)
            memcpy(carry.context[layer] + (size_t)i * width,
                   start->context[layer] + (size_t)picked[i] * width, width * sizeof(float));
    }
    return carry;
}

// Chunks on a grid with a random phase, each hidden with probability share; at least one in all.
static int hide_chunks(const struct objective_context *context, int streams, int frames,
                       unsigned char *hidden)
{
    const int chunk = (int)context->hyper[CHUNK] < frames ? (int)context->hyper[CHUNK] : frames;
    int count = 0;
    memset(hidden, 0, (size_t)(streams * frames));
    for (int b = 0; b < streams; b++) {
        int phase = (int)random_below(context->random, (uint64_t)chunk);
        for (int t = phase; t + chunk <= frames; t += chunk)
            if ((double)random_uniform(context->random) < context->hyper[SHARE]) {
                memset(hidden + b * frames + t, 1, (size_t)chunk);
                count += chunk;
            }
    }
    if (count == 0)
        memset(hidden + frames - chunk, 1, (size_t)chunk);
    return count ? count : chunk;
}

// Of the hidden frames alone: what is heard is no guess.
static double explained(struct tape *tape, struct tensor *guess, struct tensor *truth,
                        const unsigned char *hidden)
{
    int *rows = tape_scratch(tape, sizeof *rows * (size_t)tensor_rows(truth));
    const int count = objective_frames_where(hidden, 1, tensor_rows(truth), rows);
    return objective_explained(tape_gather(tape, tape_stop(tape, guess), rows, count),
                               tape_gather(tape, tape_stop(tape, truth), rows, count));
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int frames = batch->frames;
    int count = (int)ceil(context->hyper[STREAMS] * batch->streams);
    uint32_t *order = tape_scratch(tape, sizeof(uint32_t) * (size_t)batch->streams);
    int *picked = tape_scratch(tape, sizeof(int) * (size_t)count);
    for (int b = 0; b < batch->streams; b++)
        order[b] = (uint32_t)b;
    random_shuffle(context->random, order, (uint32_t)batch->streams);
    for (int i = 0; i < count; i++)
        picked[i] = (int)order[i];

    unsigned char *hidden = tape_scratch(tape, (size_t)(count * frames));
    int hidden_count = hide_chunks(context, count, frames, hidden);
    struct tensor *z =
        tape_mask(tape, pick_streams(tape, encoding->latents, picked, count),
                  objective_parameter(context, context->encoder->mask_token), hidden);
    struct encoder_carry carry = start_of(context, encoding->start, picked, count);
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    encoder_contexts(tape, context->shape, context->parameters, context->encoder, z, &carry,
                     contexts);

    struct tensor *guess = tape_linear(tape, contexts[context->shape->context_layers - 1],
                                       objective_parameter(context, context->encoder->mask_weight),
                                       objective_parameter(context, context->encoder->mask_bias));
    struct tensor *truth = pick_streams(tape, batch->view[0], picked, count);
    objective_note(statistics, "hidden", (double)hidden_count / (count * frames));
    objective_note(statistics, "explained", explained(tape, guess, truth, hidden));
    return tape_l1(tape, guess, truth, hidden);
}

const struct objective objective_masked = {
    .name = "masked",
    .summary = "fill in hidden chunks from their past (L1)",
    .source = "Liu et al. 2020 (Mockingjay), arXiv:1910.12638, made causal",
    .hypers = hypers,
    .hyper_count = sizeof hypers / sizeof *hypers,
    .needs_features = true,
    .configure = configure,
    .loss = loss,
};
