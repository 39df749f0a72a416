// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** ReLU, GELU (Hendrycks & Gimpel 2016: x * Phi(x)) and dropout (Srivastava et al. 2014).
 *
 * The normal distribution's Phi is computed as a sigmoid, so that it vectorises with the kernels:
 *     Phi(-|x|) = sigmoid(-|x| Q(x^2)),   phi(x) = Phi(x) Phi(-x) D(x^2)
 * with Q = logit(Phi(x)) / x and D = its derivative, fitted here as polynomials (Lawson's iteration
 * on [0, 5.6], weighted by their effect); error of Phi and phi below 6e-8 with float arithmetic.
 * Both work on the small tail Phi(-|x|), so nothing cancels far out. */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"

#include <math.h>

enum { TERMS = 10, STEP_CHUNK = 64 };

static const float SQUARE_LIMIT = 5.6f * 5.6f; // beyond it Phi(-|x|) < 1.1e-8
static const float LOGIT[TERMS] = {1.5957692861557007f,      0.0726703554391861f,
                                   -7.22569675417617e-05f,   -0.00010574554471531883f,
                                   6.288765689532738e-06f,   3.052225849842216e-08f,
                                   -2.5717779905676252e-08f, 1.5735094338609201e-09f,
                                   -4.2492627472245914e-11f, 4.454777204673105e-13f};
static const float LOGIT_SLOPE[TERMS] = {1.5957692861557007f,      0.2180110514163971f,
                                         -0.0003612074942793697f,  -0.0007403215277008712f,
                                         5.6659922847757116e-05f,  3.1740168537908175e-07f,
                                         -3.3138800858978357e-07f, 2.335045934387381e-08f,
                                         -7.116185973821132e-10f,  8.28648868272941e-12f};

struct activation_record {
    struct tensor *x, *y;
    float *kept; // GELU: [N] Phi(-|x|); dropout: [N] factors
};

// Horner's rule written out: around an inner loop the loops over x don't vectorise.
static float polynomial(const float *c, float x)
{
    float low = (((c[4] * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
    float high = (((c[9] * x + c[8]) * x + c[7]) * x + c[6]) * x + c[5];
    float square = x * x;
    return low + square * square * x * high;
}

// A loop of its own: next to the polynomial the compiler folds the limit into it, with a branch.
static void squares(int n, const float *restrict x, float *restrict square)
{
    for (int i = 0; i < n; i++) {
        float exact = x[i] * x[i];
        square[i] = exact < SQUARE_LIMIT ? exact : SQUARE_LIMIT;
    }
}

static void record(struct tape *tape, tape_backward_function backward,
                   struct activation_record activation)
{
    struct activation_record *context = tape_scratch(tape, sizeof *context);
    *context = activation;
    tape_record(tape, backward, context);
}

void relu_step(int channels, float *x)
{
    for (int i = 0; i < channels; i++)
        x[i] = x[i] > 0 ? x[i] : 0;
}

static void relu_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct activation_record *a = context;
    const float *restrict y = a->y->data, *restrict dy = a->y->grad;
    float *restrict dx = a->x->grad;
    for (size_t i = 0, n = tensor_size(a->y); i < n; i++) {
        float slope = dy[i]; // loaded always: a conditional load doesn't vectorise
        dx[i] += y[i] > 0 ? slope : 0;
    }
}

struct tensor *tape_relu(struct tape *tape, struct tensor *x)
{
    struct tensor *y = tape_result(tape, x->b, x->t, x->c, x->grad);
    const float *restrict from = x->data;
    float *restrict to = y->data;
    for (size_t i = 0, n = tensor_size(x); i < n; i++)
        to[i] = from[i] > 0 ? from[i] : 0;
    if (y->grad)
        record(tape, relu_backward, (struct activation_record){x, y, NULL});
    return y;
}

static void gelu_row(int n, const float *x, float *restrict tail, float *y)
{
    squares(n, x, tail);
    for (int i = 0; i < n; i++)
        tail[i] = -fabsf(x[i]) * polynomial(LOGIT, tail[i]);
    kernels()->sigmoid(n, tail, tail);
    for (int i = 0; i < n; i++)
        y[i] = (x[i] > 0 ? x[i] : 0) - fabsf(x[i]) * tail[i];
}

void gelu_step(int channels, float *x)
{
    float tail[STEP_CHUNK];
    for (int i = 0; i < channels; i += STEP_CHUNK) {
        int n = channels - i < STEP_CHUNK ? channels - i : STEP_CHUNK;
        gelu_row(n, x + i, tail, x + i);
    }
}

// d/dx x Phi(x) = Phi(x) + x phi(x)
static void gelu_row_backward(int n, const float *restrict x, const float *restrict tail,
                              const float *restrict dy, float *restrict square, float *restrict dx)
{
    squares(n, x, square);
    for (int i = 0; i < n; i++) {
        float other = 1 - tail[i], below = x[i] > 0 ? other : tail[i];
        float density = tail[i] * other * polynomial(LOGIT_SLOPE, square[i]);
        dx[i] += dy[i] * (below + x[i] * density);
    }
}

static void gelu_backward(struct tape *tape, void *context)
{
    const struct activation_record *a = context;
    int channels = a->y->c;
    float *square = tape_scratch(tape, (size_t)channels * sizeof *square);
    for (int i = 0; i < tensor_rows(a->y); i++)
        gelu_row_backward(channels, tensor_row(a->x, i), a->kept + (size_t)i * (size_t)channels,
                          tensor_grad_row(a->y, i), square, tensor_grad_row(a->x, i));
}

struct tensor *tape_gelu(struct tape *tape, struct tensor *x)
{
    struct tensor *y = tape_result(tape, x->b, x->t, x->c, x->grad);
    size_t kept = y->grad ? tensor_size(x) : (size_t)x->c;
    float *tail = tape_scratch(tape, kept * sizeof *tail);
    for (int i = 0; i < tensor_rows(x); i++)
        gelu_row(x->c, tensor_row(x, i), y->grad ? tail + (size_t)i * (size_t)x->c : tail,
                 tensor_row(y, i));
    if (y->grad)
        record(tape, gelu_backward, (struct activation_record){x, y, tail});
    return y;
}

static void dropout_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct activation_record *a = context;
    const float *restrict dy = a->y->grad, *restrict factor = a->kept;
    float *restrict dx = a->x->grad;
    for (size_t i = 0, n = tensor_size(a->y); i < n; i++)
        dx[i] += dy[i] * factor[i];
}

struct tensor *tape_dropout(struct tape *tape, struct tensor *x, float probability,
                            struct random *random)
{
    CHECK(probability >= 0 && probability < 1);
    if (!tape_learns(tape) || !(probability > 0))
        return x;
    size_t n = tensor_size(x);
    struct tensor *y = tape_result(tape, x->b, x->t, x->c, x->grad);
    float *factor = tape_scratch(tape, n * sizeof *factor);
    float keep = 1 / (1 - probability);
    for (size_t i = 0; i < n; i++)
        factor[i] = random_uniform(random) < probability ? 0 : keep;
    for (size_t i = 0; i < n; i++)
        y->data[i] = x->data[i] * factor[i];
    if (y->grad)
        record(tape, dropout_backward, (struct activation_record){x, y, factor});
    return y;
}
