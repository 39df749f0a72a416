// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/examples.h"

#include "base/grow.h"

#include <stdlib.h>
#include <string.h>

enum { BACKGROUND_SHARES = 3 };

bool fit_examples_create(int dims, int classes, const bool *background, int most, uint64_t seed,
                         struct fit_examples *examples)
{
    int shares = 0;
    *examples =
        (struct fit_examples){.dims = dims, .classes = classes, .random = random_for(seed, 0xe8a3)};
    examples->limit = calloc((size_t)classes, sizeof *examples->limit);
    examples->seen = calloc((size_t)classes, sizeof *examples->seen);
    examples->kept = calloc((size_t)classes, sizeof *examples->kept);
    if (!examples->limit || !examples->seen || !examples->kept)
        return false;
    for (int i = 0; i < classes; i++)
        shares += background[i] ? BACKGROUND_SHARES : 1;
    for (int i = 0; i < classes; i++) {
        int limit = most / shares * (background[i] ? BACKGROUND_SHARES : 1);
        examples->limit[i] = limit > 0 ? limit : 1;
        examples->kept[i] = malloc((size_t)examples->limit[i] * sizeof **examples->kept);
        if (!examples->kept[i])
            return false;
    }
    return true;
}

void fit_examples_free(struct fit_examples *examples)
{
    for (int i = 0; examples->kept && i < examples->classes; i++)
        free(examples->kept[i]);
    free(examples->kept);
    free(examples->seen);
    free(examples->limit);
    free(examples->x);
    free(examples->label);
    free(examples->group);
    *examples = (struct fit_examples){0};
}

static bool reserve(struct fit_examples *examples)
{
    return GROW_ALL((size_t)examples->count + 1, examples->capacity,
                    {&examples->x, (size_t)examples->dims * sizeof *examples->x},
                    {&examples->label, sizeof *examples->label},
                    {&examples->group, sizeof *examples->group});
}

// Reservoir sampling (Vitter 1985, algorithm R), class by class.
bool fit_examples_add(struct fit_examples *examples, const float *x, int label, int group)
{
    const int64_t seen = examples->seen[label]++;
    const int limit = examples->limit[label];
    int row;
    if (seen < limit) {
        if (!reserve(examples))
            return false;
        row = examples->kept[label][seen] = examples->count++;
    } else {
        uint64_t place = random_below(&examples->random, (uint64_t)seen + 1);
        if (place >= (uint64_t)limit)
            return true;
        row = examples->kept[label][place];
    }
    memcpy(examples->x + (size_t)row * (size_t)examples->dims, x,
           (size_t)examples->dims * sizeof *x);
    examples->label[row] = label;
    examples->group[row] = group;
    return true;
}
