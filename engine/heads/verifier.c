// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// pooled speech -> discriminant analysis by speaker -> the cohort's mean and covariance ->
// calibration on speakers left out
#include "heads/verifier.h"

#include "base/error.h"
#include "base/grow.h"
#include "learn/discriminant.h"
#include "stream/head_verification.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_EXAMPLES = 4000, // discriminant analysis takes their square of memory
    COMPONENTS = 200,     // principal components before the analysis
    CALIBRATION_STEPS = 200,
};
#define SHRINKAGE 0.1
#define FALSE_ACCEPTANCES 0.01 // share of strangers' parts whose odds are even

auricle_status voice_parts_add(float *x, int frames, void *user, auricle_error *error)
{
    struct voice_parts *parts = user;
    const size_t bytes = parts->inputs * sizeof *x;
    (void)frames;
    if (!GROW_ALL(parts->count + 1, parts->room, {&parts->x, bytes}, {&parts->speaker, sizeof(int)},
                  {&parts->recording, sizeof(int)}))
        return error_no_memory(error, "%zu parts of speech", parts->count);
    memcpy((char *)parts->x + parts->count * bytes, x, bytes);
    parts->speaker[parts->count] = parts->now_speaker;
    parts->recording[parts->count++] = parts->now_recording;
    return AURICLE_OK;
}

void voice_parts_free(struct voice_parts *parts)
{
    free(parts->x);
    free(parts->speaker);
    free(parts->recording);
}

// ---- learning

// Each MOST_EXAMPLES-th share of the parts, in order: every speaker keeps some.
void voice_parts_thin(struct voice_parts *parts)
{
    const size_t step = (parts->count + MOST_EXAMPLES - 1) / MOST_EXAMPLES;
    size_t kept = 0;
    for (size_t i = 0; i < parts->count; i += step, kept++) {
        memmove(parts->x + kept * parts->inputs, parts->x + i * parts->inputs,
                parts->inputs * sizeof *parts->x);
        parts->speaker[kept] = parts->speaker[i];
        parts->recording[kept] = parts->recording[i];
    }
    parts->count = kept;
}

// Speakers become 0, 1, ... in the order of the parts; those with one part are left out.
int voice_parts_number(struct voice_parts *parts, int speakers)
{
    int *times = calloc((size_t)speakers, sizeof *times),
        *numbers = times ? calloc((size_t)speakers, sizeof *numbers) : NULL;
    int count = 0;
    size_t kept = 0;
    for (size_t i = 0; numbers && i < parts->count; i++)
        times[parts->speaker[i]]++;
    for (size_t i = 0; numbers && i < parts->count; i++) {
        const int speaker = parts->speaker[i];
        if (times[speaker] < 2)
            continue;
        if (!numbers[speaker])
            numbers[speaker] = ++count;
        memmove(parts->x + kept * parts->inputs, parts->x + i * parts->inputs,
                parts->inputs * sizeof *parts->x);
        parts->speaker[kept] = numbers[speaker] - 1;
        parts->recording[kept++] = parts->recording[i];
    }
    parts->count = numbers ? kept : 0;
    free(numbers);
    free(times);
    return count;
}

struct verifier *verifier_create(size_t inputs, size_t hidden)
{
    const size_t floats = 2 * inputs + hidden * (inputs + 1) + hidden * (hidden + 1) + 2;
    struct verifier *made = calloc(1, sizeof *made + floats * sizeof(float));
    if (!made)
        return NULL;
    made->mean = made->memory;
    made->deviation = made->mean + inputs;
    made->weight = made->deviation + inputs;
    made->bias = made->weight + hidden * inputs;
    made->cohort_mean = made->bias + hidden;
    made->cohort_covariance = made->cohort_mean + hidden;
    made->calibration = made->cohort_covariance + hidden * hidden;
    return made;
}

struct head_weights verifier_weights(const struct verifier *v)
{
    return (struct head_weights){.input_mean = v->mean,
                                 .input_std = v->deviation,
                                 .hidden_weight = v->weight,
                                 .hidden_bias = v->bias,
                                 .cohort_mean = v->cohort_mean,
                                 .cohort_covariance = v->cohort_covariance,
                                 .calibration = v->calibration};
}

static void standardise(const struct voice_parts *parts, struct verifier *v)
{
    for (size_t d = 0; d < parts->inputs; d++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < parts->count; i++)
            sum += (double)parts->x[i * parts->inputs + d];
        const double mean = sum / (double)parts->count;
        for (size_t i = 0; i < parts->count; i++) {
            const double away = (double)parts->x[i * parts->inputs + d] - mean;
            squares += away * away;
        }
        v->mean[d] = (float)mean;
        v->deviation[d] = fmaxf((float)sqrt(squares / (double)parts->count), 1e-4f);
    }
}

// The analysis of the standardised parts; directions that it lacks are zeros.
static auricle_status analyse(const struct voice_parts *parts, int speakers, int hidden,
                              struct verifier *v, auricle_error *error)
{
    const size_t inputs = parts->inputs;
    float *x = malloc(parts->count * inputs * sizeof *x);
    struct discriminant lda;
    if (!x)
        return error_no_memory(error, "%zu parts of speech", parts->count);
    standardise(parts, v);
    for (size_t i = 0; i < parts->count * inputs; i++)
        x[i] = (parts->x[i] - v->mean[i % inputs]) / v->deviation[i % inputs];
    const int most = (int)parts->count - speakers;
    const bool done = discriminant_fit(x, parts->speaker, (int)parts->count, (int)inputs, speakers,
                                       most < COMPONENTS ? most : COMPONENTS, SHRINKAGE, &lda);
    free(x);
    if (!done)
        return error_set(error, AURICLE_INVALID,
                         "%d speakers with %zu parts of speech are too few to tell speakers apart",
                         speakers, parts->count);
    for (int k = 0; k < hidden && k < lda.kept; k++) {
        const float *row = lda.projection + (size_t)k * inputs;
        double bias = 0;
        for (size_t d = 0; d < inputs; d++)
            bias -= (double)row[d] * (double)lda.mean[d];
        memcpy(v->weight + (size_t)k * inputs, row, inputs * sizeof *row);
        v->bias[k] = (float)bias;
    }
    discriminant_free(&lda);
    return AURICLE_OK;
}

// [count][hidden] voices of the parts.
float *verifier_voices(const struct voice_parts *parts, const struct head_shape *shape,
                       const struct verifier *v)
{
    const size_t hidden = (size_t)shape->hidden;
    const struct head_weights weights = verifier_weights(v);
    float *voices = malloc((parts->count + 1) * hidden * sizeof *voices);
    float *x = malloc(parts->inputs * sizeof *x);
    for (size_t i = 0; voices && x && i < parts->count; i++) {
        memcpy(x, parts->x + i * parts->inputs, parts->inputs * sizeof *x);
        verification_embed(shape, &weights, x, voices + i * hidden);
    }
    if (!x) {
        free(voices);
        voices = NULL;
    }
    free(x);
    return voices;
}

// The voices of one group: their mean, of length 1.
static void add_to_mean(float *mean, const float *voice, size_t hidden)
{
    for (size_t d = 0; d < hidden; d++)
        mean[d] += voice[d];
}

static void to_length_1(float *voice, size_t hidden)
{
    float squares = 0;
    for (size_t d = 0; d < hidden; d++)
        squares += voice[d] * voice[d];
    for (size_t d = 0; d < hidden; d++)
        voice[d] = squares > 0 ? voice[d] / sqrtf(squares) : 0;
}

// [groups][hidden] mean voices, group[i] in [0, groups).
float *voices_mean(const float *voices, const int *group, size_t count, int groups, size_t hidden)
{
    float *means = calloc((size_t)groups * hidden + 1, sizeof *means);
    for (size_t i = 0; means && i < count; i++)
        add_to_mean(means + (size_t)group[i] * hidden, voices + i * hidden, hidden);
    for (int g = 0; means && g < groups; g++)
        to_length_1(means + (size_t)g * hidden, hidden);
    return means;
}

static void take_cohort(const float *means, int speakers, size_t hidden, struct verifier *v)
{
    for (size_t a = 0; a < hidden; a++) {
        double sum = 0;
        for (int s = 0; s < speakers; s++)
            sum += (double)means[(size_t)s * hidden + a];
        v->cohort_mean[a] = (float)(sum / speakers);
    }
    for (size_t a = 0; a < hidden; a++)
        for (size_t b = 0; b < hidden; b++) {
            double sum = 0;
            for (int s = 0; s < speakers; s++) {
                const float *voice = means + (size_t)s * hidden;
                sum += ((double)voice[a] - (double)v->cohort_mean[a]) *
                       ((double)voice[b] - (double)v->cohort_mean[b]);
            }
            v->cohort_covariance[a * hidden + b] = (float)(sum / speakers);
        }
}

auricle_status verifier_learn(const struct voice_parts *parts, int speakers,
                              const struct head_shape *shape, struct verifier *v,
                              auricle_error *error)
{
    const size_t hidden = (size_t)shape->hidden;
    auricle_status status = analyse(parts, speakers, shape->hidden, v, error);
    if (status)
        return status;
    float *voices = verifier_voices(parts, shape, v);
    float *means =
        voices ? voices_mean(voices, parts->speaker, parts->count, speakers, hidden) : NULL;
    if (means)
        take_cohort(means, speakers, hidden, v);
    else
        status = error_no_memory(error, "%d speakers", speakers);
    free(voices);
    free(means);
    return status;
}

// ---- scores of pairs

void voice_pairs_free(struct voice_pairs *pairs)
{
    free(pairs->scores);
    free(pairs->same);
}

// Every pair of voices that are not of one recording.
bool voice_pairs_score(const struct head_shape *shape, const struct verifier *v,
                       const float *voices, const int *speaker, const int *recording, size_t count,
                       struct voice_pairs *pairs)
{
    const size_t hidden = (size_t)shape->hidden, most = count * (count > 0 ? count - 1 : 0) / 2;
    const struct head_weights weights = verifier_weights(v);
    *pairs = (struct voice_pairs){malloc((most + 1) * sizeof(float)), malloc(most + 1), 0};
    for (size_t i = 0; pairs->scores && pairs->same && i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            if (recording[i] == recording[j])
                continue;
            pairs->scores[pairs->count] =
                verification_score(shape, &weights, voices + i * hidden, voices + j * hidden);
            pairs->same[pairs->count++] = speaker[i] == speaker[j];
        }
    return pairs->scores && pairs->same;
}

static int falling(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left < right) - (left > right);
}

// The score that this share of the pairs of different speakers reaches; 0 without such pairs.
static double reached_by(const struct voice_pairs *pairs, double share)
{
    float *scores = malloc((pairs->count + 1) * sizeof *scores);
    size_t count = 0;
    for (size_t i = 0; scores && i < pairs->count; i++)
        if (!pairs->same[i])
            scores[count++] = pairs->scores[i];
    if (count > 0)
        qsort(scores, count, sizeof *scores, falling);
    const double reached = count > 0 ? (double)scores[(size_t)(share * (double)count)] : 0;
    free(scores);
    return reached;
}

// The scale: logistic regression on one number, both sides of equal weight, by Newton steps.
static void calibrate(const struct voice_pairs *pairs, float *calibration)
{
    double a = 1, b = 0, sizes[2] = {0};
    for (size_t i = 0; i < pairs->count; i++)
        sizes[pairs->same[i]]++;
    for (int step = 0; step < CALIBRATION_STEPS && sizes[0] > 0 && sizes[1] > 0; step++) {
        double ga = 1e-3 * a, gb = 0, haa = 1e-3, hab = 0, hbb = 1e-9;
        for (size_t i = 0; i < pairs->count; i++) {
            const double s = (double)pairs->scores[i], p = 1 / (1 + exp(-(a * s + b)));
            const double weight = 0.5 / sizes[pairs->same[i]], h = weight * p * (1 - p);
            ga += weight * (p - pairs->same[i]) * s;
            gb += weight * (p - pairs->same[i]);
            haa += h * s * s;
            hab += h * s;
            hbb += h;
        }
        const double determinant = haa * hbb - hab * hab;
        a -= (ga * hbb - gb * hab) / determinant;
        b -= (gb * haa - ga * hab) / determinant;
    }
    const double even = -b / fmax(a, 0.1), strict = reached_by(pairs, FALSE_ACCEPTANCES);
    calibration[0] = (float)fmax(a, 0.1);
    calibration[1] = (float)fmax(even, strict);
}

// Every third speaker is left out of a first analysis, whose scores of those are calibrated on.
auricle_status verifier_calibrate(const struct voice_parts *parts, int speakers,
                                  const struct head_shape *shape, float *calibration,
                                  auricle_error *error)
{
    struct voice_parts kept = {.inputs = parts->inputs}, left = {.inputs = parts->inputs};
    struct verifier *v = verifier_create(parts->inputs, (size_t)shape->hidden);
    struct voice_pairs pairs = {0};
    float *voices = NULL;
    auricle_status status = v ? AURICLE_OK : error_no_memory(error, "a calibration");
    for (size_t i = 0; i < parts->count && !status; i++) {
        struct voice_parts *into = parts->speaker[i] % 3 ? &kept : &left;
        into->now_speaker = parts->speaker[i];
        into->now_recording = parts->recording[i];
        status = voice_parts_add(parts->x + i * parts->inputs, 0, into, error);
    }
    const int count = status ? 0 : voice_parts_number(&kept, speakers);
    if (!status)
        status = verifier_learn(&kept, count, shape, v, error);
    if (!status && !(voices = verifier_voices(&left, shape, v)))
        status = error_no_memory(error, "%zu parts of speech", left.count);
    if (!status &&
        !voice_pairs_score(shape, v, voices, left.speaker, left.recording, left.count, &pairs))
        status = error_no_memory(error, "%zu pairs", left.count * left.count / 2);
    if (!status)
        calibrate(&pairs, calibration);
    voice_pairs_free(&pairs);
    free(voices);
    free(v);
    voice_parts_free(&kept);
    voice_parts_free(&left);
    return status;
}
