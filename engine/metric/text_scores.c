// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Two texts, line by line -> word and character errors, BLEU, ROUGE.
//
//   BLEU     Papineni et al. 2002, over the whole text, up to 4-grams; an order without a match
//            counts as 1/2, 1/4, ... of a match ("exp" smoothing), tokens by rule 13a (sacreBLEU's
//            default)
//   ROUGE-N  Lin 2004: F1 of N-grams; ROUGE-L: of the longest common subsequence; means over lines
#include <auricle/metric.h>

#include "base/error.h"
#include "metric/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLEU_ORDERS = 4 };

struct bleu {
    long matches[BLEU_ORDERS], grams[BLEU_ORDERS]; // of 1 ... 4 tokens; grams: of the hypothesis
    long references, hypotheses;                   // tokens
};

struct scoring {
    auricle_text_scores *result;
    struct bleu bleu;
    double rouge[3]; // sums over lines: 1, 2, L
};

// ---- n-grams

struct gram {
    const int *tokens;
    int order;
};

static int by_tokens(const void *a, const void *b)
{
    const struct gram *x = a, *y = b;
    for (int i = 0; i < x->order; i++)
        if (x->tokens[i] != y->tokens[i])
            return x->tokens[i] < y->tokens[i] ? -1 : 1;
    return 0;
}

static int list_grams(const int *tokens, int count, int order, struct gram *grams)
{
    const int n = count - order + 1;
    for (int i = 0; i < n; i++)
        grams[i] = (struct gram){tokens + i, order};
    if (n > 0)
        qsort(grams, (size_t)n, sizeof *grams, by_tokens);
    return n > 0 ? n : 0;
}

// N-grams in both lines, each as often as in the line that has fewer of it; -1 without memory.
static int common_grams(const struct token_pair *pair, int order)
{
    struct gram *a = calloc((size_t)pair->references + 1, sizeof *a);
    struct gram *b = calloc((size_t)pair->hypotheses + 1, sizeof *b);
    int common = a && b ? 0 : -1;
    if (common == 0) {
        const int as = list_grams(pair->reference, pair->references, order, a);
        const int bs = list_grams(pair->hypothesis, pair->hypotheses, order, b);
        for (int i = 0, j = 0; i < as && j < bs;) {
            const int order_of = by_tokens(&a[i], &b[j]);
            common += order_of == 0;
            i += order_of <= 0;
            j += order_of >= 0;
        }
    }
    free(a);
    free(b);
    return common;
}

static int gram_count(int tokens, int order)
{
    return tokens >= order ? tokens - order + 1 : 0;
}

// ---- BLEU

static bool bleu_add(struct bleu *bleu, const struct token_pair *pair)
{
    for (int n = 0; n < BLEU_ORDERS; n++) {
        const int common = common_grams(pair, n + 1);
        if (common < 0)
            return false;
        bleu->matches[n] += common;
        bleu->grams[n] += gram_count(pair->hypotheses, n + 1);
    }
    bleu->references += pair->references;
    bleu->hypotheses += pair->hypotheses;
    return true;
}

static double bleu_score(const struct bleu *bleu)
{
    double sum = 0, smooth = 1;
    for (int n = 0; n < BLEU_ORDERS; n++) {
        if (bleu->grams[n] == 0 || bleu->matches[0] == 0)
            return 0;
        smooth *= bleu->matches[n] == 0 ? 0.5 : 1;
        const double matches = bleu->matches[n] ? (double)bleu->matches[n] : smooth;
        sum += log(matches / (double)bleu->grams[n]) / BLEU_ORDERS;
    }
    const double brevity = bleu->hypotheses < bleu->references
                               ? 1 - (double)bleu->references / (double)bleu->hypotheses
                               : 0;
    return exp(sum + brevity);
}

// ---- ROUGE

static double f1(int common, int references, int hypotheses)
{
    return common > 0 ? 2.0 * common / (references + hypotheses) : 0;
}

// Length of the longest common subsequence; -1 without memory.
static int longest_common(const struct token_pair *pair)
{
    int *row = calloc((size_t)pair->hypotheses + 1, sizeof *row);
    if (!row)
        return -1;
    for (int i = 0; i < pair->references; i++)
        for (int j = 1, diagonal = 0; j <= pair->hypotheses; j++) {
            const int above = row[j];
            if (pair->reference[i] == pair->hypothesis[j - 1])
                row[j] = diagonal + 1;
            else
                row[j] = above > row[j - 1] ? above : row[j - 1];
            diagonal = above;
        }
    const int longest = row[pair->hypotheses];
    free(row);
    return longest;
}

static bool rouge_add(double *rouge, const struct token_pair *pair)
{
    for (int n = 0; n < 2; n++) {
        const int common = common_grams(pair, n + 1);
        if (common < 0)
            return false;
        rouge[n] +=
            f1(common, gram_count(pair->references, n + 1), gram_count(pair->hypotheses, n + 1));
    }
    const int longest = longest_common(pair);
    rouge[2] += f1(longest, pair->references, pair->hypotheses);
    return longest >= 0;
}

// ---- lines

static auricle_status add_edits(const struct token_pair *pair, auricle_edits *sum,
                                auricle_error *error)
{
    auricle_edits edits;
    auricle_status status = auricle_metric_edits(
        pair->reference, pair->references, pair->hypothesis, pair->hypotheses, &edits, NULL, error);
    if (status)
        return status;
    sum->references += edits.references;
    sum->substitutions += edits.substitutions;
    sum->deletions += edits.deletions;
    sum->insertions += edits.insertions;
    return AURICLE_OK;
}

static auricle_status add_by_rule(struct scoring *scoring, enum token_rule rule,
                                  const char *reference, const char *hypothesis,
                                  auricle_error *error)
{
    struct token_pair pair;
    if (!token_pair_make(reference, hypothesis, rule, &pair))
        return error_no_memory(error, "a line of text");
    auricle_status status = AURICLE_OK;
    if (rule == TOKEN_WORDS)
        status = add_edits(&pair, &scoring->result->words, error);
    else if (rule == TOKEN_CHARACTERS)
        status = add_edits(&pair, &scoring->result->characters, error);
    else if (rule == TOKEN_BLEU ? !bleu_add(&scoring->bleu, &pair)
                                : !rouge_add(scoring->rouge, &pair))
        status = error_no_memory(error, "a line of text");
    token_pair_free(&pair);
    return status;
}

static double error_rate(const auricle_edits *edits)
{
    const int wrong = edits->substitutions + edits->deletions + edits->insertions;
    return edits->references > 0 ? (double)wrong / edits->references : (double)NAN;
}

auricle_status auricle_metric_text(const char *const *reference, const char *const *hypothesis,
                                   int lines, auricle_text_scores *result, auricle_error *error)
{
    if (lines <= 0)
        return error_set(error, AURICLE_INVALID, "%d lines: scoring needs at least one", lines);
    *result = (auricle_text_scores){.lines = lines};
    struct scoring scoring = {.result = result};
    static const enum token_rule rules[] = {TOKEN_WORDS, TOKEN_CHARACTERS, TOKEN_BLEU, TOKEN_ROUGE};
    for (int i = 0; i < lines; i++)
        for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
            auricle_status status =
                add_by_rule(&scoring, rules[r], reference[i], hypothesis[i], error);
            if (status)
                return error_prefix(error, status, "line %d", i + 1);
        }
    result->wer = error_rate(&result->words);
    result->cer = error_rate(&result->characters);
    result->bleu = bleu_score(&scoring.bleu);
    result->rouge_1 = scoring.rouge[0] / lines;
    result->rouge_2 = scoring.rouge[1] / lines;
    result->rouge_l = scoring.rouge[2] / lines;
    return AURICLE_OK;
}
