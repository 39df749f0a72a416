// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/quantiser.h"

#include "nn/rows.h"
#include "ssl/parts.h"

#include <math.h>
#include <string.h>

int quantiser_declare(struct parameters *parameters, const char *name, int groups, int entries,
                      int width)
{
    return parameters_declare(parameters, name, 2, (int[]){groups * entries, width}, false, false);
}

float quantiser_temperature(const struct quantiser *quantiser, struct objective_time time)
{
    return (float)fmax(quantiser->first * pow(quantiser->decay, (double)time.step),
                       quantiser->last);
}

struct tensor *quantiser_apply(const struct objective_context *context,
                               const struct quantiser *quantiser, struct tensor *logits,
                               int **entries)
{
    struct tape *tape = context->tape;
    const size_t codes = (size_t)tensor_rows(logits) * (size_t)quantiser->groups;
    const struct gumbel_options options = {
        .groups = quantiser->groups,
        .temperature = quantiser_temperature(quantiser, context->time),
        .straight = quantiser->straight,
        .random = tape_learns(tape) ? context->random : NULL,
    };
    *entries = tape_scratch(tape, codes * sizeof **entries);
    return tape_gumbel_quantise(tape, logits, objective_parameter(context, quantiser->codebook),
                                options, *entries);
}

double quantiser_perplexity(const struct objective_context *context,
                            const struct quantiser *quantiser, const int *entries, int count)
{
    const int groups = quantiser->groups, each = quantiser->entries;
    int *counts = tape_scratch(context->tape, sizeof(int) * (size_t)each);
    double sum = 0;
    for (int g = 0; g < groups; g++) {
        memset(counts, 0, sizeof(int) * (size_t)each);
        for (int i = 0; i < count; i++)
            counts[entries[i * groups + g]]++;
        sum += objective_perplexity(counts, each) / groups;
    }
    return sum;
}
