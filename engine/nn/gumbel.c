// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/gumbel.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/rows.h"
#include "nn/softmax.h"

#include <math.h>
#include <string.h>

static int highest(int n, const float *x)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

// dx += softmax'(y) dy / temperature
static void softmax_row_backward(int n, const float *y, const float *dy, float scale, float *dx)
{
    const float mean = kernels()->dot(n, y, dy);
    for (int i = 0; i < n; i++)
        dx[i] += scale * y[i] * (dy[i] - mean);
}

// ---- choosing

struct gumbel_record {
    struct tensor *logits, *codebook, *result;
    float *y;    // [N][G][V]
    int *chosen; // [N][G] rows of the codebook
    int groups, entries, width;
    float temperature;
    bool straight;
};

// -log(-log(u)): Gumbel's distribution. u is kept from 0 and 1, where it has no value.
static float gumbel_noise(struct random *random)
{
    const float u = random_uniform(random);
    return -logf(-logf(fminf(fmaxf(u, 1e-10f), 1 - 1e-7f)));
}

static void choose(const struct gumbel_record *q, int i, struct random *random)
{
    for (int g = 0; g < q->groups; g++) {
        float *y = q->y + (size_t)(i * q->groups + g) * (size_t)q->entries;
        memcpy(y, tensor_row(q->logits, i) + g * q->entries, (size_t)q->entries * sizeof *y);
        for (int v = 0; v < q->entries; v++)
            y[v] = (y[v] + (random ? gumbel_noise(random) : 0)) / q->temperature;
        q->chosen[i * q->groups + g] = g * q->entries + highest(q->entries, y);
        softmax_row(q->entries, y);
    }
}

static void straight_forward(const struct gumbel_record *q)
{
    for (int i = 0; i < q->logits->t; i++)
        for (int g = 0; g < q->groups; g++)
            memcpy(tensor_row(q->result, i) + g * q->width,
                   tensor_row(q->codebook, q->chosen[i * q->groups + g]),
                   (size_t)q->width * sizeof(float));
}

static void mixed_forward(const struct gumbel_record *q)
{
    const int n = q->logits->t, all = q->groups * q->entries;
    for (int g = 0; g < q->groups; g++)
        kernels()->sgemm(false, false, n, q->width, q->entries, 1, q->y + g * q->entries, all,
                         tensor_row(q->codebook, g * q->entries), q->width, 0,
                         q->result->data + g * q->width, q->result->c);
}

static void codebook_backward(const struct gumbel_record *q, int g)
{
    const float *dq = q->result->grad + g * q->width;
    float *entries = tensor_grad_row(q->codebook, g * q->entries);
    const int n = q->logits->t, all = q->groups * q->entries;
    if (!q->straight)
        kernels()->sgemm(true, false, q->entries, q->width, n, 1, q->y + g * q->entries, all, dq,
                         q->result->c, 1, entries, q->width);
    for (int i = 0; q->straight && i < n; i++)
        row_add((size_t)q->width, dq + (size_t)i * (size_t)q->result->c,
                tensor_grad_row(q->codebook, q->chosen[i * q->groups + g]));
}

static void quantiser_backward(struct tape *tape, void *context)
{
    const struct gumbel_record *q = context;
    const int n = q->logits->t, all = q->groups * q->entries;
    float *dy = tape_scratch(tape, (size_t)n * (size_t)q->entries * sizeof *dy); // of one group
    for (int g = 0; g < q->groups; g++) {
        if (q->codebook->grad)
            codebook_backward(q, g);
        if (!q->logits->grad)
            continue;
        kernels()->sgemm(false, true, n, q->entries, q->width, 1, q->result->grad + g * q->width,
                         q->result->c, tensor_row(q->codebook, g * q->entries), q->width, 0, dy,
                         q->entries);
        for (int i = 0; i < n; i++)
            softmax_row_backward(q->entries, q->y + (size_t)i * (size_t)all + g * q->entries,
                                 dy + (size_t)i * (size_t)q->entries, 1 / q->temperature,
                                 tensor_grad_row(q->logits, i) + g * q->entries);
    }
}

struct tensor *tape_gumbel_quantise(struct tape *tape, struct tensor *logits,
                                    struct tensor *codebook, struct gumbel_options options,
                                    int *codes)
{
    CHECK(logits->b == 1 && logits->c == codebook->t && logits->c % options.groups == 0);
    CHECK(options.temperature > 0);
    struct gumbel_record *q = tape_scratch(tape, sizeof *q);
    const int n = logits->t, groups = options.groups;
    const bool learns = logits->grad || codebook->grad;
    *q = (struct gumbel_record){.logits = logits,
                                .codebook = codebook,
                                .result = tape_result(tape, 1, n, groups * codebook->c, learns),
                                .y = tape_scratch(tape, tensor_size(logits) * sizeof(float)),
                                .chosen = tape_scratch(tape, sizeof(int) * (size_t)(n * groups)),
                                .groups = groups,
                                .entries = logits->c / groups,
                                .width = codebook->c,
                                .temperature = options.temperature,
                                .straight = options.straight};
    for (int i = 0; i < n; i++)
        choose(q, i, options.random);
    for (int i = 0; codes && i < n * groups; i++)
        codes[i] = q->chosen[i] % q->entries;
    if (q->straight)
        straight_forward(q);
    else
        mixed_forward(q);
    if (q->result->grad)
        tape_record(tape, quantiser_backward, q);
    return q->result;
}

// ---- diversity

struct diversity {
    struct tensor *logits, *loss;
    float *y;      // [N][G][V]
    float *slopes; // [G][V] d loss / d mean of y
    int groups;
};

static void diversity_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct diversity *d = context;
    const int entries = d->logits->c / d->groups;
    const float scale = d->loss->grad[0] / (float)d->logits->t;
    for (int i = 0; i < d->logits->t; i++)
        for (int g = 0; g < d->groups; g++)
            softmax_row_backward(entries, d->y + (size_t)(i * d->groups + g) * (size_t)entries,
                                 d->slopes + g * entries, scale,
                                 tensor_grad_row(d->logits, i) + g * entries);
}

// The perplexity of p [n]; p becomes its slopes, - exp(H) (log p + 1).
static double perplexity(int n, float *p)
{
    double entropy = 0;
    for (int v = 0; v < n; v++)
        entropy -= (double)p[v] * log((double)p[v] + 1e-10);
    for (int v = 0; v < n; v++)
        p[v] = (float)(-exp(entropy) * (log((double)p[v] + 1e-10) + 1));
    return exp(entropy);
}

struct tensor *tape_gumbel_diversity(struct tape *tape, struct tensor *logits, int groups)
{
    struct diversity *d = tape_scratch(tape, sizeof *d);
    const int all = logits->c, entries = all / groups;
    *d = (struct diversity){.logits = logits,
                            .loss = tape_tensor(tape, 1, 1, 1, logits->grad != NULL),
                            .y = tape_scratch(tape, tensor_size(logits) * sizeof(float)),
                            .slopes = tape_scratch(tape, sizeof(float) * (size_t)all),
                            .groups = groups};
    memcpy(d->y, logits->data, tensor_size(logits) * sizeof(float));
    memset(d->slopes, 0, sizeof(float) * (size_t)all);
    for (int i = 0; i < logits->t * groups; i++)
        softmax_row(entries, d->y + (size_t)i * (size_t)entries);
    rows_sum_columns(logits->t, all, d->y, d->slopes);
    for (int c = 0; c < all; c++)
        d->slopes[c] /= (float)logits->t;
    double used = 0;
    for (int g = 0; g < groups; g++)
        used += perplexity(entries, d->slopes + g * entries);
    for (int c = 0; c < all; c++)
        d->slopes[c] /= -(float)all;
    d->loss->data[0] = (float)(1 - used / all);
    if (d->loss->grad)
        tape_record(tape, diversity_backward, d);
    return d->loss;
}
