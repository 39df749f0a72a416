// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/decoder.h"

#include "base/error.h"
#include "nn/rows.h"
#include "ssl/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double turn = 6.283185307179586;
static const float LOUDEST = 4;      // log of a band's magnitude: beyond full scale
static const float QUIET_START = -4; // bands begin at about -35 dB
enum { BINS = DECODER_WINDOW / 2 + 1 };

static const char *const level_names[DECODER_LEVELS] = {"bottom", "top"};

static int layer_inputs(const struct decoder_shape *shape, int layer)
{
    return layer == 0 ? shape->levels * shape->width : shape->channels;
}

static void declare_layer(const struct decoder_shape *shape, struct parameters *parameters,
                          int layer, int *own)
{
    const struct {
        const char *part;
        int rank, dims[3];
    } parts[] = {{"weight", 3, {shape->channels, DECODER_KERNEL, layer_inputs(shape, layer)}},
                 {"bias", 1, {shape->channels}},
                 {"norm.weight", 1, {shape->channels}},
                 {"norm.bias", 1, {shape->channels}}};
    char full[PARAMETER_NAME];
    for (int i = 0; i < 4; i++) {
        snprintf(full, sizeof full, "jukebox.decoder.%d.%s", layer, parts[i].part);
        own[i] = parameters_declare(parameters, full, parts[i].rank, parts[i].dims, i == 0, false);
    }
}

void decoder_declare(const struct decoder_shape *shape, struct parameters *parameters, int *own)
{
    char full[PARAMETER_NAME];
    for (int i = 0; i < DECODER_OWN; i++)
        own[i] = -1;
    for (int l = 0; l < shape->levels; l++) {
        snprintf(full, sizeof full, "jukebox.%s", level_names[l]);
        objective_linear_declare(parameters, full, decoder_frames(shape, l) * shape->context,
                                 shape->width, own + DECODER_PROJECT + 2 * l);
        codebook_declare(parameters, full, shape->codes, shape->width,
                         own + DECODER_BOOK + CODEBOOK_OWN * l);
    }
    for (int i = 0; i < DECODER_LAYERS; i++)
        declare_layer(shape, parameters, i, own + DECODER_CONV + 4 * i);
    objective_linear_declare(parameters, "jukebox.wave", shape->channels, DECODER_WINDOW,
                             own + DECODER_WAVE);
    objective_linear_declare(parameters, "jukebox.noise", shape->channels, shape->bands,
                             own + DECODER_NOISE);
}

void decoder_init(const struct objective_context *context, const struct decoder_shape *shape,
                  const int *own)
{
    for (int l = 0; l < shape->levels; l++) {
        objective_linear_init(context, own + DECODER_PROJECT + 2 * l);
        codebook_init(context, own + DECODER_BOOK + CODEBOOK_OWN * l);
    }
    for (int i = 0; i < DECODER_LAYERS; i++) {
        const int *layer = own + DECODER_CONV + 4 * i;
        objective_linear_init(context, layer);
        parameters_init(context->network.parameters, layer[2], INIT_ONE, 0, context->random);
        parameters_init(context->network.parameters, layer[3], INIT_ZERO, 0, context->random);
    }
    objective_linear_init(context, own + DECODER_WAVE);
    objective_linear_init(context, own + DECODER_NOISE);
    struct tensor *wave = objective_parameter(context, own[DECODER_WAVE]);
    for (size_t i = 0; i < tensor_size(wave); i++)
        wave->data[i] *= 0.01f; // quieter than the sound it is to become
    parameters_init(context->network.parameters, own[DECODER_WAVE + 1], INIT_ZERO, 0,
                    context->random);
    struct tensor *bands = objective_parameter(context, own[DECODER_NOISE + 1]);
    for (int i = 0; i < bands->c; i++)
        bands->data[i] = QUIET_START;
}

// ---- contexts to codes, codes to frames

int decoder_frames(const struct decoder_shape *shape, int level)
{
    return level == 0 ? 1 : shape->stride;
}

// Frames side by side: (B,T,C) -> (B,T/frames,frames*C), the same numbers and gradients.
static struct tensor *side_by_side(struct tape *tape, const struct tensor *x, int frames)
{
    struct tensor *y = tape_scratch(tape, sizeof *y);
    *y = *x;
    y->t /= frames;
    y->c *= frames;
    return y;
}

struct tensor *decoder_project(const struct objective_context *context,
                               const struct decoder_shape *shape, const int *own,
                               struct tensor *contexts, int level)
{
    const int frames = decoder_frames(shape, level), count = contexts->t / frames;
    struct tensor *x = tape_slice(context->tape, contexts, 0, count * frames);
    x = side_by_side(context->tape, x, frames);
    return objective_linear(context, x, own + DECODER_PROJECT + 2 * level);
}

// Every row as often as it has frames.
static struct tensor *repeat(struct tape *tape, struct tensor *x, int frames)
{
    const int count = tensor_rows(x) * frames;
    int *rows = tape_scratch(tape, sizeof(int) * (size_t)count);
    for (int i = 0; i < count; i++)
        rows[i] = i / frames;
    struct tensor *y = tape_gather(tape, x, rows, count);
    y->b = x->b;
    y->t = x->t * frames;
    return y;
}

struct tensor *decoder_join(const struct objective_context *context,
                            const struct decoder_shape *shape, struct tensor **levels)
{
    if (shape->levels == 1)
        return levels[0];
    struct tensor *top = repeat(context->tape, levels[1], shape->stride);
    struct tensor *parts[] = {tape_slice(context->tape, levels[0], 0, top->t), top};
    return tape_concat(context->tape, parts, 2);
}

// ---- a drawn spectrum under bands: logs (B,T,bins) -> (B,T,2 bins), real then imaginary parts

struct hiss {
    struct tensor *logs, *y;
};

static void hiss_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct hiss *h = context;
    for (int i = 0; i < tensor_rows(h->y); i++) {
        const float *y = tensor_row(h->y, i), *dy = tensor_grad_row(h->y, i);
        const float *log = tensor_row(h->logs, i);
        float *dlog = tensor_grad_row(h->logs, i);
        for (int k = 0; k < BINS; k++)
            if (log[k] < LOUDEST)
                dlog[k] += y[k] * dy[k] + y[BINS + k] * dy[BINS + k];
    }
}

static struct tensor *hiss(struct tape *tape, struct tensor *logs, struct random *random)
{
    struct hiss *h = tape_scratch(tape, sizeof *h);
    *h = (struct hiss){logs, tape_result(tape, logs->b, logs->t, 2 * BINS, logs->grad)};
    for (int i = 0; i < tensor_rows(logs); i++) {
        const float *log = tensor_row(logs, i);
        float *y = tensor_row(h->y, i);
        for (int k = 0; k < BINS; k++) {
            const float magnitude = expf(fminf(log[k], LOUDEST));
            // uniform, of unit variance: half the cost of a normal draw, and as white
            y[k] = magnitude * random_between(random, -1.7320508f, 1.7320508f);
            y[BINS + k] = magnitude * random_between(random, -1.7320508f, 1.7320508f);
        }
    }
    if (h->y->grad)
        tape_record(tape, hiss_backward, h);
    return h->y;
}

// Bands to bins, linear between band centres that are evenly spaced in mel: (1,bins,bands).
static struct tensor *band_map(struct tape *tape, int bands)
{
    struct tensor *map = tape_tensor(tape, 1, BINS, bands, false);
    for (int k = 0; k < BINS; k++) {
        const double hz = 0.5 * SAMPLE_RATE_HZ * k / (BINS - 1);
        const double place =
            (bands - 1) * log1p(hz / 700) / log1p(0.5 * SAMPLE_RATE_HZ / 700); // O'Shaughnessy
        const int low = (int)place < bands - 1 ? (int)place : bands - 1;
        tensor_row(map, k)[low] += (float)(1 - (place - low));
        if (low + 1 < bands)
            tensor_row(map, k)[low + 1] += (float)(place - low);
    }
    return map;
}

// A spectrum of unit variance to samples of unit variance: (1,320,2 bins).
static struct tensor *inverse_transform(struct tape *tape)
{
    struct tensor *map = tape_result(tape, 1, DECODER_WINDOW, 2 * BINS, false);
    const double scale = 1 / sqrt((double)BINS);
    float wave[DECODER_WINDOW];
    for (int i = 0; i < DECODER_WINDOW; i++)
        wave[i] = (float)(scale * cos(turn * i / DECODER_WINDOW));
    for (int i = 0; i < DECODER_WINDOW; i++)
        for (int k = 0; k < BINS; k++) {
            const int at = i * k % DECODER_WINDOW;
            tensor_row(map, i)[k] = wave[at];
            tensor_row(map, i)[BINS + k] =
                wave[(at + DECODER_WINDOW - DECODER_WINDOW / 4) % DECODER_WINDOW];
        }
    return map;
}

// ---- frames (B,T,320) added every 160 samples: (B,T*160,1)

struct overlap {
    struct tensor *x, *y;
    float window[DECODER_WINDOW];
};

static void overlap_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct overlap *o = context;
    for (int b = 0; b < o->x->b; b++)
        for (int t = 0; t < o->x->t; t++) {
            float *dx = tensor_grad_row(o->x, b * o->x->t + t);
            const float *dy = o->y->grad + (size_t)(b * o->x->t + t) * HOP_SAMPLES;
            const int reach = t + 1 < o->x->t ? DECODER_WINDOW : HOP_SAMPLES;
            for (int i = 0; i < reach; i++)
                dx[i] += o->window[i] * dy[i];
        }
}

static struct tensor *overlap(struct tape *tape, struct tensor *x, float *tails)
{
    struct overlap *o = tape_scratch(tape, sizeof *o);
    o->x = x;
    o->y = tape_tensor(tape, x->b, x->t * HOP_SAMPLES, 1, x->grad);
    for (int i = 0; i < DECODER_WINDOW; i++)
        o->window[i] = (float)sin(0.5 * turn * (i + 0.5) / DECODER_WINDOW);
    for (int b = 0; b < x->b; b++) {
        float *tail = tails ? tails + b * HOP_SAMPLES : NULL;
        if (tail)
            row_add(HOP_SAMPLES, tail, o->y->data + (size_t)(b * x->t) * HOP_SAMPLES);
        for (int t = 0; t < x->t; t++) {
            const float *from = tensor_row(x, b * x->t + t);
            float *y = o->y->data + (size_t)(b * x->t + t) * HOP_SAMPLES;
            const bool last = t + 1 == x->t;
            for (int i = 0; i < (last ? HOP_SAMPLES : DECODER_WINDOW); i++)
                y[i] += o->window[i] * from[i];
            for (int i = 0; last && tail && i < HOP_SAMPLES; i++)
                tail[i] = o->window[HOP_SAMPLES + i] * from[HOP_SAMPLES + i];
        }
    }
    if (o->y->grad)
        tape_record(tape, overlap_backward, o);
    return o->y;
}

struct tensor *decoder_sound(const struct objective_context *context,
                             const struct decoder_shape *shape, const int *own,
                             struct tensor *joined, const struct decoder_carry *carry)
{
    struct tape *tape = context->tape;
    struct tensor *x = joined;
    for (int i = 0; i < DECODER_LAYERS; i++) {
        const int *layer = own + DECODER_CONV + 4 * i;
        const struct conv1d_shape conv = {layer_inputs(shape, i), shape->channels, DECODER_KERNEL,
                                          1};
        x = tape_conv1d(tape, x, objective_parameter(context, layer[0]),
                        objective_parameter(context, layer[1]), conv,
                        carry ? carry->history[i] : NULL);
        x = tape_layer_norm(tape, x, objective_parameter(context, layer[2]),
                            objective_parameter(context, layer[3]));
        x = tape_gelu(tape, x);
    }
    struct tensor *bands = objective_linear(context, x, own + DECODER_NOISE);
    struct tensor *logs = tape_linear(tape, bands, band_map(tape, shape->bands), NULL);
    struct tensor *noise =
        tape_linear(tape, hiss(tape, logs, context->random), inverse_transform(tape), NULL);
    struct tensor *wave = objective_linear(context, x, own + DECODER_WAVE);
    return overlap(tape, tape_add(tape, wave, noise), carry ? carry->tail : NULL);
}
