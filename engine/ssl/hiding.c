// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/hiding.h"

#include "ssl/parts.h"

#include <string.h>

int objective_hide_spans(const struct objective_context *context, int span, double start,
                         int streams, int frames, unsigned char *hidden)
{
    int count = 0;
    memset(hidden, 0, (size_t)(streams * frames));
    for (int i = 0; i < streams * frames; i++) {
        const int left = frames - i % frames;
        if ((double)random_uniform(context->random) < start)
            memset(hidden + i, 1, (size_t)(span < left ? span : left));
        count += hidden[i];
    }
    if (count == 0)
        hidden[count++] = 1;
    return count;
}

struct tensor *objective_hidden_context(const struct objective_context *context,
                                        const struct objective_encoding *encoding,
                                        struct tensor *token, const unsigned char *hidden)
{
    struct tape *tape = context->tape;
    struct tensor *z = tape_mask(tape, encoding->latents, token, hidden);
    struct encoder_carry carry = objective_start(context, encoding->start, NULL, z->b);
    struct tensor *contexts[MAX_CONTEXT_LAYERS];
    encoder_contexts(tape, &context->network, z, &carry, contexts);
    return contexts[context->network.shape->context_layers - 1];
}

int objective_frames_where(const unsigned char *marks, unsigned char wanted, int n, int *rows)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        if (marks[i] == wanted)
            rows[count++] = i;
    return count;
}
