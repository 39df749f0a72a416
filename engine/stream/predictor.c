// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The self-supervised predictors, live, and how surprised they are.
 *
 *   future    W_k c[t-k] against z[t], cosine, mean over k = 1..K        (CPC, van den Oord 2018)
 *   feature   W c[t-shift] + b against features[t], L1                   (APC, Chung 2019)
 *   masked    frames of a chunk filled in from the contexts before it: the recurrent layers run on
 *             the mask token instead of the latents; read-out against features[t], L1
 *
 * Chunks are frames [n M, (n+1) M), n >= 1. Each error is normalised by its own running mean and
 * deviation; surprise is the mean of these z-scores, each held to +-20. */
#include <auricle/stream.h>

#include "base/error.h"
#include "kernels/kernels.h"
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FUTURE, FEATURE, MASKED, ERRORS, LINE = 16 };

#define Z_SCORE_MAX 20.0f

// Exponential mean and variance; begins as the plain mean of what was seen.
struct running {
    int64_t count;
    double mean, variance;
};

struct auricle_predictor {
    auricle_model *model;
    int warmup_frames;
    double forget; // share of the past kept per frame, after the start
    // what a reset clears
    int64_t frames;
    struct running running[ERRORS];
    // one allocation
    size_t bytes, cleared; // floats
    int ring_frames;       // contexts kept: max(K, shift)
    float *ring;           // [ring_frames][H] last layer's context, frame t at t % ring_frames
    float *h, *c;          // blind contexts of the chunk at hand
    float *next;           // [context_layers][H]: h after a step, until they change places
    float *prediction;     // [max(Z, mels)]
    float *memory;
    struct encoder_scratch *scratch;
};

static int largest(int a, int b)
{
    return a > b ? a : b;
}

static size_t take(size_t *used, int floats)
{
    size_t at = *used;
    *used += ((size_t)floats + LINE - 1) / LINE * LINE;
    return at;
}

static bool take_memory(auricle_predictor *predictor)
{
    const struct encoder_shape *shape = &predictor->model->shape;
    const int contexts = shape->context_layers * shape->context_dim;
    const int widest = largest(encoder_shape_latent_dim(shape), encoder_shape_feature_dim(shape));
    size_t used = 0;
    predictor->ring_frames = largest(1, largest(shape->future_steps, shape->feature_shift));
    size_t ring = take(&used, predictor->ring_frames * shape->context_dim);
    size_t h = take(&used, contexts), next = take(&used, contexts), c = take(&used, contexts);
    predictor->cleared = used;
    size_t prediction = take(&used, widest);
    predictor->memory = aligned_alloc(LINE * sizeof(float), used * sizeof(float));
    struct encoder_shape blind = *shape; // no latents are made here, so no room for them
    blind.conv_layers = 0;
    predictor->scratch = encoder_scratch_create(&blind, &predictor->model->weights, 1);
    if (!predictor->memory || !predictor->scratch)
        return false;
    predictor->ring = predictor->memory + ring;
    predictor->h = predictor->memory + h;
    predictor->c = shape->cell == CELL_LSTM ? predictor->memory + c : NULL;
    predictor->next = predictor->memory + next;
    predictor->prediction = predictor->memory + prediction;
    return true;
}

auricle_status auricle_predictor_create(auricle_model *model,
                                        const auricle_predictor_config *config,
                                        auricle_predictor **predictor, auricle_error *error)
{
    auricle_predictor_config chosen = config ? *config : (auricle_predictor_config){0};
    *predictor = NULL;
    if (chosen.warmup_frames < 0 || chosen.half_life_frames < 0)
        return error_set(error, AURICLE_INVALID,
                         "warmup_frames %d and half_life_frames %d must not be negative",
                         chosen.warmup_frames, chosen.half_life_frames);
    auricle_predictor *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a predictor");
    made->model = auricle_model_ref(model);
    made->warmup_frames = chosen.warmup_frames ? chosen.warmup_frames : 100;
    made->forget = exp2(-1.0 / (chosen.half_life_frames ? chosen.half_life_frames : 3000));
    if (!take_memory(made)) {
        auricle_predictor_destroy(&made);
        return error_no_memory(error, "a predictor");
    }
    auricle_predictor_reset(made);
    *predictor = made;
    return AURICLE_OK;
}

void auricle_predictor_destroy(auricle_predictor **predictor)
{
    auricle_predictor *gone = *predictor;
    *predictor = NULL;
    if (!gone)
        return;
    free(gone->memory);
    encoder_scratch_destroy(&gone->scratch);
    auricle_model_unref(&gone->model);
    free(gone);
}

void auricle_predictor_reset(auricle_predictor *predictor)
{
    predictor->frames = 0;
    memset(predictor->running, 0, sizeof predictor->running);
    memset(predictor->memory, 0, predictor->cleared * sizeof(float));
}

// ---- the three errors

static const float *context_ago(const auricle_predictor *predictor, int frames)
{
    int64_t at = (predictor->frames - frames) % predictor->ring_frames;
    return predictor->ring + at * predictor->model->shape.context_dim;
}

static float cosine(int n, const float *a, const float *b)
{
    const struct kernel_table *kernel = kernels();
    float norms = sqrtf(kernel->dot(n, a, a)) * sqrtf(kernel->dot(n, b, b));
    return norms > 1e-8f ? kernel->dot(n, a, b) / norms : 0;
}

static float mean_difference(int n, const float *a, const float *b)
{
    float sum = 0;
    for (int i = 0; i < n; i++)
        sum += fabsf(a[i] - b[i]);
    return sum / (float)n;
}

static float future_error(auricle_predictor *predictor, const float *z)
{
    const struct encoder_shape *shape = &predictor->model->shape;
    const int latent = encoder_shape_latent_dim(shape), steps = shape->future_steps;
    if (steps == 0 || predictor->frames < steps)
        return NAN;
    float sum = 0;
    for (int k = 1; k <= steps; k++) {
        linear_step(predictor->model->weights.future[k - 1], NULL, shape->context_dim, latent,
                    context_ago(predictor, k), predictor->prediction);
        sum += 1 - cosine(latent, predictor->prediction, z);
    }
    return sum / (float)steps;
}

static float feature_error(auricle_predictor *predictor, const float *features)
{
    const struct encoder_shape *shape = &predictor->model->shape;
    const struct encoder_weights *weights = &predictor->model->weights;
    const int mels = encoder_shape_feature_dim(shape);
    if (shape->feature_shift == 0 || predictor->frames < shape->feature_shift)
        return NAN;
    linear_step(weights->feature_weight, weights->feature_bias, shape->context_dim, mels,
                context_ago(predictor, shape->feature_shift), predictor->prediction);
    return mean_difference(mels, predictor->prediction, features);
}

static void blind_step(auricle_predictor *predictor)
{
    const auricle_model *model = predictor->model;
    const float *token = model->weights.mask_token;
    float *before = predictor->h;
    encoder_context_step(&model->shape, &model->weights, 1, &token, &before, &predictor->next,
                         &predictor->c, predictor->scratch);
    predictor->h = predictor->next;
    predictor->next = before;
}

static float masked_error(auricle_predictor *predictor, const float *features)
{
    const struct encoder_shape *shape = &predictor->model->shape;
    const struct encoder_weights *weights = &predictor->model->weights;
    const int mels = encoder_shape_feature_dim(shape), hidden = shape->context_dim;
    if (shape->mask_frames == 0 || predictor->frames < shape->mask_frames)
        return NAN;
    blind_step(predictor);
    linear_step(weights->mask_weight, weights->mask_bias, hidden, mels,
                predictor->h + (shape->context_layers - 1) * hidden, predictor->prediction);
    return mean_difference(mels, predictor->prediction, features);
}

// Keeps the frame's last context; at the end of a chunk, all of them as the start of the next.
static void remember(auricle_predictor *predictor, const float *contexts)
{
    const struct encoder_shape *shape = &predictor->model->shape;
    const size_t hidden = (size_t)shape->context_dim, layers = (size_t)shape->context_layers;
    size_t at = (size_t)(predictor->frames % predictor->ring_frames);
    memcpy(predictor->ring + at * hidden, contexts + (layers - 1) * hidden,
           hidden * sizeof *contexts);
    predictor->frames++;
    if (shape->mask_frames == 0 || predictor->frames % shape->mask_frames != 0)
        return;
    memcpy(predictor->h, contexts, layers * hidden * sizeof *contexts);
    if (predictor->c)
        memcpy(predictor->c, contexts + layers * hidden, layers * hidden * sizeof *contexts);
}

// ---- surprise

static void running_add(struct running *running, double forget, double value)
{
    double weight = fmax(1.0 / (double)++running->count, 1 - forget);
    double away = value - running->mean;
    running->mean += weight * away;
    running->variance = (1 - weight) * (running->variance + weight * away * away);
    if (running->variance < 1e-30) // hours of perfect prediction: not into the denormal numbers
        running->variance = 0;
}

static float z_score(const struct running *running, double value)
{
    double deviation = sqrt(running->variance) + 1e-4;
    double score = (value - running->mean) / deviation;
    return (float)fmin(fmax(score, (double)-Z_SCORE_MAX), (double)Z_SCORE_MAX);
}

void auricle_predictor_step(auricle_predictor *predictor, const float *vector,
                            auricle_surprise *out)
{
    const struct encoder_shape *shape = &predictor->model->shape;
    const float *z = vector + encoder_shape_feature_dim(shape);
    const float errors[ERRORS] = {future_error(predictor, z), feature_error(predictor, vector),
                                  masked_error(predictor, vector)};
    float sum = 0;
    int scored = 0;
    for (int i = 0; i < ERRORS; i++) {
        if (!isfinite(errors[i]))
            continue;
        if (predictor->running[i].count > 0) {
            sum += z_score(&predictor->running[i], (double)errors[i]);
            scored++;
        }
        running_add(&predictor->running[i], predictor->forget, (double)errors[i]);
    }
    *out = (auricle_surprise){
        .future_error = errors[FUTURE],
        .feature_error = errors[FEATURE],
        .masked_error = errors[MASKED],
        .surprise =
            scored > 0 && predictor->frames >= predictor->warmup_frames ? sum / (float)scored : 0,
    };
    remember(predictor, z + encoder_shape_latent_dim(shape));
}
