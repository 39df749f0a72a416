// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// line -> spelled with one blank between tokens -> spans -> sorted, equal ones numbered alike
#include "metric/tokens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct token_span {
    const char *text;
    int bytes, place; // place: in the line
};

struct line {
    char *spelling; // owned
    struct token_span *spans;
    int count;
};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// ASCII punctuation that rule 13a sets apart wherever it occurs.
static bool is_mark(char c)
{
    return c != '\0' && strchr("!\"#$%&()*+/:;<=>?@[\\]^_`{|}~", c) != NULL;
}

// The rule keeps "3.14", "1,000", "don't" and "well-known"; "5-year" becomes "5 - year".
static bool is_apart(const char *text, size_t i)
{
    const char c = text[i], before = i > 0 ? text[i - 1] : ' ', after = text[i + 1];
    if (is_mark(c))
        return true;
    if (c == '.' || c == ',')
        return !is_digit(before) || !is_digit(after);
    return c == '-' && is_digit(before);
}

// out: room for three bytes of each of text, and the end
static void spell_bleu(const char *text, char *out)
{
    for (size_t i = 0; text[i]; i++) {
        const bool apart = is_apart(text, i);
        if (apart)
            *out++ = ' ';
        *out++ = text[i];
        if (apart)
            *out++ = ' ';
    }
    *out = '\0';
}

static void spell_rouge(const char *text, char *out)
{
    for (; *text; text++)
        *out++ = (char)(isalnum((unsigned char)*text) ? tolower((unsigned char)*text) : ' ');
    *out = '\0';
}

// Runs of white space as one blank, none at the ends.
static void spell_characters(const char *text, char *out)
{
    bool began = false, blank = false;
    for (; *text; text++) {
        if (is_blank(*text)) {
            blank = began;
            continue;
        }
        if (blank)
            *out++ = ' ';
        *out++ = *text;
        began = true;
        blank = false;
    }
    *out = '\0';
}

static void spell(const char *text, enum token_rule rule, char *out)
{
    if (rule == TOKEN_BLEU)
        spell_bleu(text, out);
    else if (rule == TOKEN_ROUGE)
        spell_rouge(text, out);
    else if (rule == TOKEN_CHARACTERS)
        spell_characters(text, out);
    else
        strcpy(out, text);
}

// Bytes of the UTF-8 character at text.
static int character_bytes(const char *text)
{
    const unsigned char first = (unsigned char)*text;
    const int bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    for (int i = 1; i < bytes; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 1;
    return bytes;
}

static void split(struct line *line, bool characters)
{
    for (const char *at = line->spelling; *at;) {
        if (!characters && is_blank(*at)) {
            at++;
            continue;
        }
        const char *end = at + (characters ? character_bytes(at) : 1);
        while (!characters && *end && !is_blank(*end))
            end++;
        line->spans[line->count] = (struct token_span){at, (int)(end - at), line->count};
        line->count++;
        at = end;
    }
}

static bool line_make(const char *text, enum token_rule rule, struct line *line)
{
    const size_t bytes = strlen(text);
    *line = (struct line){.spelling = malloc(3 * bytes + 1),
                          .spans = calloc(3 * bytes + 1, sizeof *line->spans)};
    if (!line->spelling || !line->spans)
        return false;
    spell(text, rule, line->spelling);
    split(line, rule == TOKEN_CHARACTERS);
    return true;
}

static void line_free(struct line *line)
{
    free(line->spelling);
    free(line->spans);
}

static int compare(const struct token_span *a, const struct token_span *b)
{
    const int shorter = a->bytes < b->bytes ? a->bytes : b->bytes;
    const int order = memcmp(a->text, b->text, (size_t)shorter);
    return order ? order : (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

static int by_text(const void *a, const void *b)
{
    return compare(a, b);
}

// Both lines' spans sorted: one walk through the two numbers equal texts alike.
static void number(struct line *a, struct line *b, struct token_pair *pair)
{
    qsort(a->spans, (size_t)a->count, sizeof *a->spans, by_text);
    qsort(b->spans, (size_t)b->count, sizeof *b->spans, by_text);
    int next = 0;
    for (int i = 0, j = 0; i < a->count || j < b->count; next++) {
        const bool from_a =
            j == b->count || (i < a->count && compare(&a->spans[i], &b->spans[j]) <= 0);
        const struct token_span least = from_a ? a->spans[i] : b->spans[j];
        for (; i < a->count && !compare(&a->spans[i], &least); i++)
            pair->reference[a->spans[i].place] = next;
        for (; j < b->count && !compare(&b->spans[j], &least); j++)
            pair->hypothesis[b->spans[j].place] = next;
    }
}

bool token_pair_make(const char *reference, const char *hypothesis, enum token_rule rule,
                     struct token_pair *pair)
{
    *pair = (struct token_pair){0};
    struct line a = {0}, b = {0};
    bool ok = line_make(reference, rule, &a) && line_make(hypothesis, rule, &b);
    if (ok) {
        *pair = (struct token_pair){calloc((size_t)a.count + 1, sizeof(int)),
                                    calloc((size_t)b.count + 1, sizeof(int)), a.count, b.count};
        ok = pair->reference && pair->hypothesis;
    }
    if (ok)
        number(&a, &b, pair);
    else
        token_pair_free(pair);
    line_free(&a);
    line_free(&b);
    return ok;
}

void token_pair_free(struct token_pair *pair)
{
    free(pair->reference);
    free(pair->hypothesis);
    *pair = (struct token_pair){0};
}
