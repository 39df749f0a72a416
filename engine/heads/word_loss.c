// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/word_loss.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

// Beside the worst decision of a segment, all of its decisions together count this much.
static const float every_share = 0.2f;
// Words are rare: one counts as much as two segments.
static const float word_weight = 2;

struct word_loss {
    struct tensor *logits, *loss;
    float *slopes; // [B*T][classes] of the loss
    float *odds;   // [B*T][classes] log posteriors
    double sum;
    int items;
};

static const float *odds_at(const struct word_loss *l, int row)
{
    return l->odds + (size_t)row * (size_t)l->logits->c;
}

// Adds weight * cross entropy of a row.
static void count_row(struct word_loss *l, int row, int label, float weight)
{
    const int classes = l->logits->c;
    const float *odds = odds_at(l, row);
    float *slopes = l->slopes + (size_t)row * (size_t)classes;
    l->sum -= (double)(weight * odds[label]);
    for (int k = 0; k < classes; k++)
        slopes[k] += weight * (expf(odds[k]) - (k == label ? 1 : 0));
}

static int best_row(const struct word_loss *l, int first, int end, int label)
{
    int best = first;
    for (int row = first + 1; row < end; row++)
        if (odds_at(l, row)[label] > odds_at(l, best)[label])
            best = row;
    return best;
}

static bool names(const struct word_loss *l, int row, int label)
{
    const float *odds = odds_at(l, row);
    for (int k = 0; k < l->logits->c; k++)
        if (odds[k] > odds[label])
            return false;
    return true;
}

static bool count_every(struct word_loss *l, const struct word_window *window)
{
    const int base = window->stream * l->logits->t, count = window->end - window->first;
    const int best = best_row(l, base + window->first, base + window->end, window->label);
    for (int t = window->first; t < window->end; t++)
        count_row(l, base + t, window->label, word_weight / (float)count);
    return !names(l, best, window->label);
}

// The decision after the best one should still name the word: what a detector sees lasts.
static bool count_window(struct word_loss *l, const struct word_window *window)
{
    const int base = window->stream * l->logits->t;
    const int best = best_row(l, base + window->first, base + window->end, window->label);
    const bool lasts = best + 1 < base + window->end;
    count_row(l, best, window->label, word_weight * (lasts ? 0.7f : 1));
    if (lasts)
        count_row(l, best + 1, window->label, word_weight * 0.3f);
    return !names(l, best, window->label);
}

static void count_segment(struct word_loss *l, const struct word_targets *targets, int first,
                          int end)
{
    const int label = targets->background_label;
    int worst = -1, count = 0;
    for (int row = first; row < end; row++) {
        if (!targets->background[row])
            continue;
        count++;
        if (worst < 0 || odds_at(l, row)[label] < odds_at(l, worst)[label])
            worst = row;
    }
    if (count == 0)
        return;
    count_row(l, worst, label, 1);
    for (int row = first; row < end; row++)
        if (targets->background[row])
            count_row(l, row, label, every_share / (float)count);
    l->items++;
}

static void word_loss_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct word_loss *l = context;
    const float scale = l->loss->grad[0] / (float)(l->items ? l->items : 1);
    for (size_t i = 0, n = tensor_size(l->logits); i < n; i++)
        l->logits->grad[i] += scale * l->slopes[i];
}

struct tensor *tape_word_loss(struct tape *tape, struct tensor *logits,
                              const struct word_targets *targets, int *missed)
{
    const int rows = logits->b * logits->t, classes = logits->c;
    const size_t bytes = tensor_size(logits) * sizeof(float);
    struct word_loss *l = tape_scratch(tape, sizeof *l);
    *l = (struct word_loss){.logits = logits,
                            .slopes = memset(tape_scratch(tape, bytes), 0, bytes),
                            .odds = memcpy(tape_scratch(tape, bytes), logits->data, bytes)};
    l->loss = tape_tensor(tape, 1, 1, 1, logits->grad);
    int failed = 0;
    for (int row = 0; row < rows; row++) {
        float *odds = l->odds + (size_t)row * (size_t)classes, top = odds[0], sum = 0;
        for (int k = 1; k < classes; k++)
            top = fmaxf(top, odds[k]);
        for (int k = 0; k < classes; k++)
            sum += expf(odds[k] - top);
        for (int k = 0; k < classes; k++)
            odds[k] -= top + logf(sum);
    }
    for (int i = 0; i < targets->window_count; i++)
        failed += targets->every ? count_every(l, &targets->windows[i])
                                 : count_window(l, &targets->windows[i]);
    l->items += targets->window_count;
    for (int b = 0; b < logits->b; b++)
        for (int t = 0; t < logits->t; t += targets->segment) {
            const int end = t + targets->segment < logits->t ? t + targets->segment : logits->t;
            count_segment(l, targets, b * logits->t + t, b * logits->t + end);
        }
    l->loss->data[0] = l->items ? (float)(l->sum / l->items) : 0;
    if (missed)
        *missed = failed;
    if (l->loss->grad)
        tape_record(tape, word_loss_backward, l);
    return l->loss;
}
