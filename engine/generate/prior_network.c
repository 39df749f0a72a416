// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "generate/prior_network.h"

#include "base/error.h"
#include "nn/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GATES = 3 };

int prior_cycle(const struct prior_shape *shape)
{
    return shape->levels == 1 ? 1 : 1 + shape->stride;
}

int prior_level(const struct prior_shape *shape, int place)
{
    return shape->levels > 1 && place == 0;
}

// The row of a code's embedding; -1 = "begin".
static int symbol_of(const struct prior_shape *shape, int level, int code)
{
    return code < 0 ? shape->levels * shape->codes : level * shape->codes + code;
}

// ---- parameters

void prior_declare(const struct prior_shape *shape, struct parameters *parameters, int *own)
{
    const int gates = GATES * shape->hidden;
    const struct {
        const char *name;
        int rows, columns;
    } all[PRIOR_OWN] = {
        {"prior.codes", shape->levels * shape->codes + 1, shape->width},
        {"prior.places", prior_cycle(shape), shape->width},
        {"prior.labels", shape->labels + 1, shape->width},
        {"prior.weight_ih", gates, shape->width},
        {"prior.weight_hh", gates, shape->hidden},
        {"prior.bias_ih", gates, 0},
        {"prior.bias_hh", gates, 0},
        {"prior.bottom.weight", shape->codes, shape->hidden},
        {"prior.bottom.bias", shape->codes, 0},
        {"prior.top.weight", shape->codes, shape->hidden},
        {"prior.top.bias", shape->codes, 0},
    };
    for (int i = 0; i < PRIOR_LOGITS + 2 * shape->levels; i++)
        own[i] = parameters_declare(parameters, all[i].name, all[i].columns ? 2 : 1,
                                    (int[]){all[i].rows, all[i].columns}, i >= PRIOR_GRU, false);
}

void prior_init(const struct prior_shape *shape, struct parameters *parameters, const int *own,
                struct random *random)
{
    const float scale = 1 / sqrtf((float)shape->hidden);
    for (int i = 0; i < PRIOR_LOGITS + 2 * shape->levels; i++)
        parameters_init(parameters, own[i], i < PRIOR_GRU ? INIT_NORMAL : INIT_UNIFORM,
                        i < PRIOR_GRU ? 0.3f : scale, random);
}

// ---- training

// Embeddings of the symbol before each symbol, of its place and of its label: (B,T,width).
static struct tensor *inputs(struct tape *tape, const struct prior_shape *shape,
                             struct parameters *parameters, const int *own,
                             const struct prior_batch *batch)
{
    const int n = batch->streams * batch->symbols, cycle = prior_cycle(shape);
    int *rows[3];
    struct tensor *sum = NULL;
    for (int i = 0; i < 3; i++)
        rows[i] = tape_scratch(tape, sizeof(int) * (size_t)n);
    for (int i = 0; i < n; i++) {
        const int b = i / batch->symbols, t = i % batch->symbols;
        const int before = t ? batch->codes[i - 1] : batch->before[b];
        rows[0][i] = symbol_of(shape, prior_level(shape, (t + cycle - 1) % cycle), before);
        rows[1][i] = t % cycle;
        rows[2][i] = batch->label[b];
    }
    for (int i = 0; i < 3; i++) {
        struct tensor *part =
            tape_gather(tape, parameters_tensor(parameters, own[PRIOR_CODES + i]), rows[i], n);
        sum = sum ? tape_add(tape, sum, part) : part;
    }
    sum->b = batch->streams; // a stream's rows stand together: the same numbers in another shape
    sum->t = batch->symbols;
    return sum;
}

// The mean over one level's codes; *count of them.
static struct tensor *level_loss(struct tape *tape, const struct prior_shape *shape,
                                 struct parameters *parameters, const int *own,
                                 const struct prior_batch *batch, struct tensor *h, int level,
                                 int *count)
{
    const int n = batch->streams * batch->symbols, cycle = prior_cycle(shape);
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)n);
    int *targets = tape_scratch(tape, sizeof(int) * (size_t)n);
    *count = 0;
    for (int i = 0; i < n; i++)
        if (batch->codes[i] >= 0 && prior_level(shape, i % batch->symbols % cycle) == level) {
            targets[*count] = batch->codes[i];
            rows[(*count)++] = i;
        }
    if (*count == 0)
        return NULL;
    const int *logits = own + PRIOR_LOGITS + 2 * level;
    return tape_cross_entropy(tape,
                              tape_linear(tape, tape_gather(tape, h, rows, *count),
                                          parameters_tensor(parameters, logits[0]),
                                          parameters_tensor(parameters, logits[1])),
                              targets, NULL);
}

struct tensor *prior_loss(struct tape *tape, const struct prior_shape *shape,
                          struct parameters *parameters, const int *own,
                          const struct prior_batch *batch, struct prior_sums *sums)
{
    const struct recurrent_weights weights = {
        .weight_ih = parameters_tensor(parameters, own[PRIOR_GRU]),
        .weight_hh = parameters_tensor(parameters, own[PRIOR_GRU + 1]),
        .bias_ih = parameters_tensor(parameters, own[PRIOR_GRU + 2]),
        .bias_hh = parameters_tensor(parameters, own[PRIOR_GRU + 3])};
    CHECK(batch->symbols % prior_cycle(shape) == 0);
    struct tensor *losses[DECODER_LEVELS];
    struct tensor *h =
        tape_gru(tape, inputs(tape, shape, parameters, own, batch), weights, batch->state);
    float shares[DECODER_LEVELS], all = 0;
    int used = 0;
    for (int l = 0; l < shape->levels; l++) {
        int count;
        losses[used] = level_loss(tape, shape, parameters, own, batch, h, l, &count);
        if (!losses[used])
            continue;
        if (sums) {
            sums->nats[l] += count * (double)losses[used]->data[0];
            sums->count[l] += count;
        }
        shares[used++] = (float)count;
        all += (float)count;
    }
    CHECK(used > 0);
    for (int i = 0; i < used; i++)
        shares[i] /= all;
    return tape_weighted_sum(tape, losses, shares, used);
}

// ---- one symbol after another

struct prior_voice {
    const struct prior *prior;
    struct recurrent_weights gru;
    struct tape *tape;
    int label, place, before;
    float *x, *h, *logits;
};

static struct tensor *tensor_of(const struct prior *prior, int own)
{
    return parameters_tensor(&prior->parameters, prior->own[own]);
}

static const float *values_of(const struct prior *prior, int own)
{
    return tensor_of(prior, own)->data;
}

struct prior_voice *prior_voice_create(const struct prior *prior, int label)
{
    const struct prior_shape *shape = &prior->shape;
    struct prior_voice *voice = calloc(1, sizeof *voice);
    if (!voice)
        return NULL;
    *voice = (struct prior_voice){
        .prior = prior,
        .gru = {tensor_of(prior, PRIOR_GRU), tensor_of(prior, PRIOR_GRU + 1),
                tensor_of(prior, PRIOR_GRU + 2), tensor_of(prior, PRIOR_GRU + 3)},
        .tape = tape_create(false),
        .label = label,
        .before = -1,
        .x = calloc((size_t)shape->width, sizeof(float)),
        .h = calloc((size_t)shape->hidden, sizeof(float)),
        .logits = calloc((size_t)shape->codes, sizeof(float))};
    if (!voice->tape || !voice->x || !voice->h || !voice->logits)
        prior_voice_destroy(&voice);
    return voice;
}

void prior_voice_destroy(struct prior_voice **voice)
{
    if (!*voice)
        return;
    tape_destroy(&(*voice)->tape);
    free((*voice)->x);
    free((*voice)->h);
    free((*voice)->logits);
    free(*voice);
    *voice = NULL;
}

static int draw(const float *logits, int n, double temperature, struct random *random)
{
    int best = 0;
    double sum = 0;
    for (int i = 1; i < n; i++)
        best = logits[i] > logits[best] ? i : best;
    if (!(temperature > 0))
        return best;
    for (int i = 0; i < n; i++)
        sum += exp(((double)logits[i] - (double)logits[best]) / temperature);
    double left = (double)random_uniform(random) * sum;
    for (int i = 0; i < n; i++) {
        left -= exp(((double)logits[i] - (double)logits[best]) / temperature);
        if (left < 0)
            return i;
    }
    return best; // what rounding left over
}

int prior_voice_next(struct prior_voice *voice, double temperature, int given,
                     struct random *random)
{
    const struct prior *prior = voice->prior;
    const struct prior_shape *shape = &prior->shape;
    const int cycle = prior_cycle(shape), level = prior_level(shape, voice->place);
    const int level_before = prior_level(shape, (voice->place + cycle - 1) % cycle);
    const size_t width = (size_t)shape->width;
    const float *code = values_of(prior, PRIOR_CODES) +
                        (size_t)symbol_of(shape, level_before, voice->before) * width;
    const float *place = values_of(prior, PRIOR_PLACES) + (size_t)voice->place * width;
    const float *label = values_of(prior, PRIOR_LABELS) + (size_t)voice->label * width;
    for (size_t i = 0; i < width; i++)
        voice->x[i] = code[i] + place[i] + label[i];
    tape_reset(voice->tape);
    tape_gru(voice->tape, tape_constant(voice->tape, voice->x, 1, 1, shape->width), voice->gru,
             voice->h);
    if (given < 0) {
        linear_step(values_of(prior, PRIOR_LOGITS + 2 * level),
                    values_of(prior, PRIOR_LOGITS + 2 * level + 1), shape->hidden, shape->codes,
                    voice->h, voice->logits);
        given = draw(voice->logits, shape->codes, temperature, random);
    }
    voice->before = given;
    voice->place = (voice->place + 1) % cycle;
    return given;
}
