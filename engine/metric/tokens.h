// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One line of text as numbers, so that texts are compared without their letters. */
#ifndef AURICLE_METRIC_TOKENS_H
#define AURICLE_METRIC_TOKENS_H

#include <stdbool.h>

enum token_rule {
    TOKEN_WORDS,      /**< between white space, as written */
    TOKEN_CHARACTERS, /**< Unicode characters; white space counts as one blank, none at the ends */
    TOKEN_BLEU,       /**< words and punctuation apart: sacreBLEU's rule "13a" */
    TOKEN_ROUGE,      /**< runs of letters and digits, ASCII letters in lower case */
};

/** Two lines in one numbering: equal tokens have equal numbers. */
struct token_pair {
    int *reference, *hypothesis; // [references], [hypotheses]
    int references, hypotheses;
};

/** false when memory is out; pair is then empty. Invalid UTF-8 bytes count as one character each.
 */
bool token_pair_make(const char *reference, const char *hypothesis, enum token_rule rule,
                     struct token_pair *pair);
void token_pair_free(struct token_pair *pair);

#endif
