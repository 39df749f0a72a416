// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/spectral.h"

#include "base/error.h"
#include "nn/layers.h"
#include "nn/rows.h"

#include <math.h>
#include <string.h>

static const double turn = 6.283185307179586;
static const float POWER_FLOOR = 1e-8f; // of a magnitude squared: its root has a slope at zero
static const float LOG_FLOOR = 1e-3f;   // -60 dB: what is quieter counts as silence

// ---- x (B,L,1) cut into overlapping frames (B,F,n)

struct cut {
    struct tensor *x, *y;
};

static size_t cut_at(const struct cut *c, int b, int f)
{
    return (size_t)b * (size_t)c->x->t + (size_t)f * (size_t)(c->y->c / 2);
}

static void cut_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct cut *c = context;
    for (int i = 0; i < tensor_rows(c->y); i++)
        row_add((size_t)c->y->c, tensor_grad_row(c->y, i),
                c->x->grad + cut_at(c, i / c->y->t, i % c->y->t));
}

static struct tensor *cut(struct tape *tape, struct tensor *x, int n)
{
    struct cut *c = tape_scratch(tape, sizeof *c);
    *c = (struct cut){x, tape_result(tape, x->b, x->t / (n / 2) - 1, n, x->grad)};
    for (int i = 0; i < tensor_rows(c->y); i++)
        memcpy(tensor_row(c->y, i), x->data + cut_at(c, i / c->y->t, i % c->y->t),
               (size_t)n * sizeof *x->data);
    if (c->y->grad)
        tape_record(tape, cut_backward, c);
    return c->y;
}

// ---- the transform as a matrix (2 (n/2+1), n): cosines, then sines, under a Hann window of unit
// energy

static struct tensor *basis(struct tape *tape, int n)
{
    const int bins = n / 2 + 1;
    float *wave = tape_scratch(tape, (size_t)n * sizeof *wave);
    float *window = tape_scratch(tape, (size_t)n * sizeof *window);
    struct tensor *w = tape_result(tape, 1, 2 * bins, n, false);
    for (int i = 0; i < n; i++) {
        wave[i] = (float)cos(turn * i / n);
        window[i] = (float)((0.5 - 0.5 * cos(turn * i / n)) / sqrt(0.375 * n));
    }
    for (int k = 0; k < bins; k++)
        for (int i = 0, at = 0; i < n; i++, at = (at + k) % n) {
            tensor_row(w, k)[i] = window[i] * wave[at];
            tensor_row(w, bins + k)[i] = window[i] * wave[(at + n - n / 4) % n]; // sine
        }
    return w;
}

// ---- magnitudes: (B,F,2 bins) -> (B,F,bins)

struct magnitude {
    struct tensor *x, *y;
};

static void magnitude_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct magnitude *m = context;
    const int bins = m->y->c;
    for (int i = 0; i < tensor_rows(m->y); i++) {
        const float *x = tensor_row(m->x, i), *y = tensor_row(m->y, i);
        const float *dy = tensor_grad_row(m->y, i);
        float *dx = tensor_grad_row(m->x, i);
        for (int k = 0; k < bins; k++) {
            const float slope = dy[k] / y[k];
            dx[k] += slope * x[k];
            dx[bins + k] += slope * x[bins + k];
        }
    }
}

static struct tensor *magnitude(struct tape *tape, struct tensor *x)
{
    const int bins = x->c / 2;
    struct magnitude *m = tape_scratch(tape, sizeof *m);
    *m = (struct magnitude){x, tape_result(tape, x->b, x->t, bins, x->grad)};
    for (int i = 0; i < tensor_rows(x); i++) {
        const float *from = tensor_row(x, i);
        for (int k = 0; k < bins; k++)
            tensor_row(m->y, i)[k] =
                sqrtf(from[k] * from[k] + from[bins + k] * from[bins + k] + POWER_FLOOR);
    }
    if (m->y->grad)
        tape_record(tape, magnitude_backward, m);
    return m->y;
}

struct tensor *tape_stft_magnitude(struct tape *tape, struct tensor *x, int n)
{
    CHECK(x->c == 1 && x->t >= n && n % 4 == 0);
    return magnitude(tape, tape_linear(tape, cut(tape, x, n), basis(tape, n), NULL));
}

// ---- convergence |S - S^| / |S| over the whole batch

struct convergence {
    struct tensor *guess, *truth, *loss;
    float scale; // 1 / (|S - S^| |S|)
};

static void convergence_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct convergence *c = context;
    const float scale = c->scale * c->loss->grad[0];
    for (size_t i = 0, n = tensor_size(c->guess); i < n; i++)
        c->guess->grad[i] += scale * (c->guess->data[i] - c->truth->data[i]);
}

static struct tensor *convergence(struct tape *tape, struct tensor *guess, struct tensor *truth)
{
    struct convergence *c = tape_scratch(tape, sizeof *c);
    double apart = 0, whole = 0;
    for (size_t i = 0, n = tensor_size(truth); i < n; i++) {
        const double off = (double)guess->data[i] - (double)truth->data[i];
        apart += off * off;
        whole += (double)truth->data[i] * (double)truth->data[i];
    }
    *c = (struct convergence){guess, truth, tape_tensor(tape, 1, 1, 1, guess->grad), 0};
    c->loss->data[0] = (float)sqrt(apart / whole);
    c->scale = apart > 0 ? (float)(1 / sqrt(apart * whole)) : 0;
    if (c->loss->grad)
        tape_record(tape, convergence_backward, c);
    return c->loss;
}

// ---- mean |log S - log S^|

struct log_distance {
    struct tensor *guess, *truth, *loss;
};

static void log_distance_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct log_distance *l = context;
    const size_t n = tensor_size(l->guess);
    const float scale = l->loss->grad[0] / (float)n;
    for (size_t i = 0; i < n; i++) {
        const float off = l->guess->data[i] - l->truth->data[i];
        const float sign = (float)((off > 0) - (off < 0));
        l->guess->grad[i] += scale * sign / (l->guess->data[i] + LOG_FLOOR);
    }
}

static struct tensor *log_distance(struct tape *tape, struct tensor *guess, struct tensor *truth)
{
    struct log_distance *l = tape_scratch(tape, sizeof *l);
    *l = (struct log_distance){guess, truth, tape_tensor(tape, 1, 1, 1, guess->grad)};
    double sum = 0;
    for (int i = 0; i < tensor_rows(guess); i++) {
        const float *x = tensor_row(guess, i), *y = tensor_row(truth, i);
        float row = 0;
        for (int k = 0; k < guess->c; k++)
            row += fabsf(logf((x[k] + LOG_FLOOR) / (y[k] + LOG_FLOOR)));
        sum += (double)row;
    }
    l->loss->data[0] = (float)(sum / (double)tensor_size(guess));
    if (l->loss->grad)
        tape_record(tape, log_distance_backward, l);
    return l->loss;
}

struct tensor *tape_spectral_distance(struct tape *tape, struct tensor *guess, struct tensor *truth,
                                      double parts[2])
{
    struct tensor *losses[2 * SPECTRAL_SCALES];
    float weights[2 * SPECTRAL_SCALES];
    double sums[2] = {0, 0};
    int count = 0;
    CHECK(guess->b == truth->b && guess->t == truth->t && guess->c == 1 && truth->c == 1);
    for (int n = SPECTRAL_LONGEST >> (SPECTRAL_SCALES - 1); n <= SPECTRAL_LONGEST; n *= 2) {
        if (n > guess->t)
            break;
        struct tensor *x = tape_stft_magnitude(tape, guess, n);
        struct tensor *y = tape_stft_magnitude(tape, truth, n);
        sums[0] += (double)(losses[count++] = convergence(tape, x, y))->data[0];
        sums[1] += (double)(losses[count++] = log_distance(tape, x, y))->data[0];
    }
    CHECK(count > 0);
    for (int i = 0; i < count; i++)
        weights[i] = 2 / (float)count;
    for (int i = 0; parts && i < 2; i++)
        parts[i] = 2 * sums[i] / count;
    return tape_weighted_sum(tape, losses, weights, count);
}
