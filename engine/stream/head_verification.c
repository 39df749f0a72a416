// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The kind "verification": who of the enrolled speakers talks, or "unknown" (class 0).
 *
 *   mean, deviation, maximum of window_frames -> (x - mean) / std -> linear [hidden] -> length 1
 *   score of a profile = cosine, normalised on both sides by the cohort (AS-norm: Matejka et al.
 *   2017, Analysis of score normalization in multilingual speaker recognition, sec. 2)
 *   posteriors = softmax(0 for "unknown", scale * (score - offset) for each profile)
 *
 * Class i > 0 has the profile in row i - 1 of output.weight. A head without profiles hears
 * "unknown" only; enrolment (auricle/speaker.h) adds profiles. */
#include "stream/head_verification.h"

#include "base/error.h"
#include "nn/layers.h"
#include "nn/softmax.h"
#include "stream/head_kind.h"

#include <math.h>
#include <string.h>

enum { SCALE, OFFSET, CALIBRATION };

static auricle_status verification_check(const struct head_shape *shape, auricle_error *error)
{
    if (shape->hidden < 2)
        return error_set(error, AURICLE_INVALID,
                         "hidden is %d, a verification head has 2 or more numbers of a voice",
                         shape->hidden);
    for (int i = 0; i < shape->class_count; i++)
        if (shape->background[i] != (i == 0))
            return error_set(error, AURICLE_INVALID,
                             "label '%.60s' is %sbackground: of a verification head the first "
                             "label is, and no other",
                             shape->labels[i], i ? "" : "not ");
    return head_pooled_check(shape, error);
}

static int verification_tensors(const struct head_shape *shape, struct head_weights *weights,
                                struct head_tensor *tensors)
{
    const int inputs = head_pooled_inputs(shape), hidden = shape->hidden;
    const struct head_tensor all[] = {
        {"input.mean", 1, {inputs}, &weights->input_mean},
        {"input.std", 1, {inputs}, &weights->input_std},
        {"hidden.weight", 2, {hidden, inputs}, &weights->hidden_weight},
        {"hidden.bias", 1, {hidden}, &weights->hidden_bias},
        {"cohort.mean", 1, {hidden}, &weights->cohort_mean},
        {"cohort.covariance", 2, {hidden, hidden}, &weights->cohort_covariance},
        {"calibration", 1, {CALIBRATION}, &weights->calibration},
        {"output.weight", 2, {shape->class_count - 1, hidden}, &weights->output_weight},
    };
    const int count = sizeof all / sizeof *all - (shape->class_count == 1);
    memcpy(tensors, all, (size_t)count * sizeof *tensors);
    return count;
}

void verification_embed(const struct head_shape *shape, const struct head_weights *weights,
                        float *x, float *voice)
{
    const int inputs = head_pooled_inputs(shape), hidden = shape->hidden;
    float squares = 0;
    for (int i = 0; i < inputs; i++)
        x[i] = (x[i] - weights->input_mean[i]) / weights->input_std[i];
    linear_step(weights->hidden_weight, weights->hidden_bias, inputs, hidden, x, voice);
    for (int i = 0; i < hidden; i++)
        squares += voice[i] * voice[i];
    for (int i = 0; i < hidden; i++)
        voice[i] = squares > 0 ? voice[i] / sqrtf(squares) : 0;
}

// (cosine - mean) / deviation of this voice's scores against the cohort
static float normalised(const struct head_shape *shape, const struct head_weights *weights,
                        const float *voice, float cosine)
{
    const int hidden = shape->hidden;
    float mean = 0, variance = 0;
    for (int i = 0; i < hidden; i++) {
        const float *row = weights->cohort_covariance + (size_t)i * (size_t)hidden;
        float sum = 0;
        for (int j = 0; j < hidden; j++)
            sum += row[j] * voice[j];
        variance += voice[i] * sum;
        mean += voice[i] * weights->cohort_mean[i];
    }
    return (cosine - mean) / sqrtf(fmaxf(variance, 1e-6f));
}

float verification_score(const struct head_shape *shape, const struct head_weights *weights,
                         const float *a, const float *b)
{
    float cosine = 0;
    for (int i = 0; i < shape->hidden; i++)
        cosine += a[i] * b[i];
    return 0.5f * (normalised(shape, weights, a, cosine) + normalised(shape, weights, b, cosine));
}

static void verification_decide(void *state, const struct head_shape *shape,
                                const struct head_weights *weights, float *x, float *scratch,
                                float *posteriors)
{
    (void)state;
    verification_embed(shape, weights, x, scratch);
    posteriors[0] = 0;
    for (int i = 1; i < shape->class_count; i++) {
        const float *profile = weights->output_weight + (size_t)(i - 1) * (size_t)shape->hidden;
        posteriors[i] =
            weights->calibration[SCALE] *
            (verification_score(shape, weights, profile, scratch) - weights->calibration[OFFSET]);
    }
    softmax_row(shape->class_count, posteriors);
}

const struct head_kind head_kind_verification = {
    .name = "verification",
    .least_classes = 1,
    .check = verification_check,
    .inputs = head_pooled_inputs,
    .span_frames = head_pooled_span,
    .tensors = verification_tensors,
    .create = head_pooled_create,
    .destroy = head_pooled_destroy,
    .reset = head_pooled_reset,
    .gather = head_pooled_gather,
    .decide = verification_decide,
};
