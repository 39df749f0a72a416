// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** HuBERT (Hsu, Bolte, Tsai, Lakhotia, Salakhutdinov & Mohamed 2021): tell the acoustic unit of
 * hidden frames. Units are groups of a k-means over cepstra (sec. 2.1), or over a teacher's rows:
 * what `auricle embed` writes with an encoder trained this way before (sec. 2.4). It is fitted to a
 * sample of the corpus before the first step and kept with the run.
 *
 *     target view --cepstra--> or row of the teacher --> nearest centroid = unit u_t
 *     z z [tok .. tok] z  --contexts from the carried state--> c_t
 *     logits = cos(A c_t, e_u) / tau;  loss = CE(hidden) + w CE(not hidden)         (eq. 1-3)
 *
 * Causal: the context has seen only what came before the hidden span. */
#include "ssl/cepstra.h"
#include "ssl/hiding.h"
#include "learn/kmeans.h"
#include "ssl/parts.h"

#include "base/error.h"
#include "nn/rows.h"

#include <stdlib.h>
#include <string.h>

enum { UNITS, ROUNDS, WIDTH, SPAN, START, TAU, SEEN, TEACHER };

static const struct setting settings[] = {
    [UNITS] = {"units", "groups of the k-means (Hsu et al. 2021, sec. 3.2: 100, then 500)", 100, 2,
               4096, SETTING_WHOLE},
    [ROUNDS] = {"rounds", "of the k-means at most, over loop.statistics batches", 50, 1, 1000,
                SETTING_WHOLE},
    [WIDTH] = {"width", "numbers compared, of A c and e (Hsu et al. 2021, table 1: 256)", 256, 1,
               4096, SETTING_WHOLE},
    [SPAN] = {"span", "frames hidden at a time (Hsu et al. 2021, sec. 3.3: 10 of 20 ms)", 10, 1,
              1000, SETTING_WHOLE},
    [START] = {"start",
               "probability that a span begins at a frame (Hsu et al. 2021, sec. 3.3: 0.08)", 0.08,
               1e-4, 0.9, SETTING_REAL},
    [TAU] = {"temperature", "of the cosines, tau (Hsu et al. 2021, sec. 2.3: 0.1)", 0.1, 0.01, 10,
             SETTING_REAL},
    [SEEN] = {"unhidden",
              "weight of the frames that are not hidden (Hsu et al. 2021, sec. 2.2, 1 - alpha over "
              "alpha: 0)",
              0, 0, 100, SETTING_REAL},
    [TEACHER] = {"teacher",
                 "numbers of a teacher's row that units are made of, set by its files; 0 = units "
                 "of cepstra (Hsu et al. 2021, sec. 3.2: an earlier HuBERT's layer, from the "
                 "second time on)",
                 0, 0, 8192, SETTING_WHOLE},
};

enum { CENTROIDS, TOKEN, UNIT, PROJECTION, OWN = PROJECTION + 2 };

// Of what units are made of.
static int row_width(const double *setting)
{
    return setting[TEACHER] > 0 ? (int)setting[TEACHER] : CEPSTRA_WIDTH;
}

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    const int units = (int)setting[UNITS], width = (int)setting[WIDTH];
    // without decay and gradient no step moves them; the checkpoint keeps them
    own[CENTROIDS] = parameters_declare(parameters, "hubert.frozen.centroids", 2,
                                        (int[]){units, row_width(setting)}, false, false);
    own[TOKEN] = parameters_declare(parameters, "hubert.token", 1,
                                    (int[]){encoder_shape_latent_dim(shape)}, false, false);
    own[UNIT] =
        parameters_declare(parameters, "hubert.unit", 2, (int[]){units, width}, false, false);
    objective_linear_declare(parameters, "hubert.projection", shape->context_dim, width,
                             own + PROJECTION);
    return OWN;
}

// The centroids are any until fit() has seen the corpus.
static void init(const struct objective_context *context)
{
    const int *own = context->own;
    parameters_init(context->network.parameters, own[CENTROIDS], INIT_NORMAL, 1, context->random);
    parameters_init(context->network.parameters, own[TOKEN], INIT_NORMAL, 0.1f, context->random);
    parameters_init(context->network.parameters, own[UNIT], INIT_NORMAL, 1, context->random);
    objective_linear_init(context, own + PROJECTION);
}

// The rows [frames][row_width] of a batch that units are made of, where there is a teacher those
// that it gave; returns how many.
static int gather_rows(const struct objective_context *context, const struct objective_batch *batch,
                       float *rows)
{
    const int frames = batch->streams * batch->frames;
    int count = 0;
    const size_t width = (size_t)row_width(context->setting);
    if (context->setting[TEACHER] == 0) {
        cepstra_of(batch->view[1], rows);
        return frames;
    }
    for (int i = 0; i < frames; i++)
        if (batch->taught[i])
            memcpy(rows + (size_t)count++ * width, batch->teacher + (size_t)i * width,
                   width * sizeof *rows);
    return count;
}

static bool fit(const struct objective_context *context, const struct objective_batch *batch)
{
    struct tensor *centroids = objective_parameter(context, context->own[CENTROIDS]);
    const int frames = batch->streams * batch->frames;
    float *rows = malloc((size_t)frames * (size_t)centroids->c * sizeof *rows);
    const int count = rows ? gather_rows(context, batch, rows) : 0;
    const bool done = rows && (count == 0 || kmeans_fit(rows, count, centroids->c, centroids->t,
                                                        (int)context->setting[ROUNDS],
                                                        context->random, centroids->data));
    free(rows);
    return done;
}

// Of every frame; -1 where the teacher says nothing.
static int *units_of(const struct objective_context *context, const struct objective_batch *batch)
{
    struct tape *tape = context->tape;
    const struct tensor *centroids = objective_parameter(context, context->own[CENTROIDS]);
    const int frames = batch->streams * batch->frames;
    float *rows = tape_scratch(tape, sizeof *rows * (size_t)centroids->c * (size_t)frames);
    float *scratch = tape_scratch(tape, sizeof *scratch * (size_t)kmeans_scratch(centroids->t));
    int *nearest = tape_scratch(tape, sizeof *nearest * (size_t)frames);
    int *units = tape_scratch(tape, sizeof *units * (size_t)frames), next = 0;
    const int count = gather_rows(context, batch, rows);
    kmeans_nearest(centroids->data, centroids->t, rows, count, centroids->c, scratch, nearest);
    for (int i = 0; i < frames; i++)
        units[i] = context->setting[TEACHER] == 0 || batch->taught[i] ? nearest[next++] : -1;
    return units;
}

/** Frames of one kind: those hidden or those heard. */
struct asked {
    struct tensor *logits; // (1,N,units)
    const int *labels;     // [N]
    int count;
};

// The frames of contexts c with hidden == kind, compared with the units' directions.
static struct asked ask(const struct objective_context *context, struct tensor *c,
                        const unsigned char *hidden, unsigned char kind, const int *units)
{
    struct tape *tape = context->tape;
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)tensor_rows(c));
    int *labels = tape_scratch(tape, sizeof(int) * (size_t)tensor_rows(c));
    struct asked asked = {.labels = labels};
    asked.count = objective_frames_where(hidden, kind, tensor_rows(c), rows);
    for (int i = 0; i < asked.count; i++)
        labels[i] = units[rows[i]];
    struct tensor *x =
        tape_unit(tape, objective_linear(context, tape_gather(tape, c, rows, asked.count),
                                         context->own + PROJECTION));
    struct tensor *e = tape_unit(tape, objective_parameter(context, context->own[UNIT]));
    asked.logits =
        tape_scale(tape, tape_linear(tape, x, e, NULL), (float)(1 / context->setting[TAU]));
    return asked;
}

static void note_units(const struct objective_context *context, const struct asked *asked,
                       struct objective_statistics *statistics)
{
    const int units = asked->logits->c;
    int *counts = tape_scratch(context->tape, sizeof(int) * (size_t)units), most = 0, known = 0;
    memset(counts, 0, sizeof(int) * (size_t)units);
    for (int i = 0; i < asked->count; i++)
        if (asked->labels[i] >= 0) {
            known++;
            if (++counts[asked->labels[i]] > most)
                most = counts[asked->labels[i]];
        }
    objective_note(statistics, "chance", known ? (double)most / known : 0); // always the commonest
    objective_note(statistics, "units", objective_perplexity(counts, units));
    objective_count_answers(asked->logits, counts);
    objective_note(statistics, "answers", objective_perplexity(counts, units)); // 1 = always one
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const double *setting = context->setting;
    const int frames = batch->streams * batch->frames;
    unsigned char *hidden = tape_scratch(tape, (size_t)frames);
    const int count = objective_hide_spans(context, (int)setting[SPAN], setting[START],
                                           batch->streams, batch->frames, hidden);
    struct tensor *c = objective_hidden_context(
        context, encoding, objective_parameter(context, context->own[TOKEN]), hidden);
    const int *units = units_of(context, batch);
    const struct asked blind = ask(context, c, hidden, 1, units);
    float accuracy;
    struct tensor *losses[2] = {tape_cross_entropy(tape, blind.logits, blind.labels, &accuracy)};
    objective_note(statistics, "accuracy", (double)accuracy);
    note_units(context, &blind, statistics);
    if (setting[SEEN] == 0)
        return losses[0];
    if (count == frames) {
        objective_note(statistics, "accuracy_unhidden", 0);
        return losses[0];
    }
    const struct asked seen = ask(context, c, hidden, 0, units);
    losses[1] = tape_cross_entropy(tape, seen.logits, seen.labels, &accuracy);
    objective_note(statistics, "accuracy_unhidden", (double)accuracy);
    return tape_weighted_sum(tape, losses, (float[]){1, (float)setting[SEEN]}, 2);
}

const struct objective objective_hubert = {
    .name = "hubert",
    .summary = "tell the acoustic unit (k-means) of hidden frames",
    .source = "Hsu, Bolte, Tsai, Lakhotia, Salakhutdinov & Mohamed 2021, arXiv:2106.07447, made "
              "causal",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_FEATURES,
    .declare = declare,
    .init = init,
    .fit = fit,
    .loss = loss,
};
