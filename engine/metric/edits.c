// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Levenshtein alignment: cost[i][j] of the first i reference and j hypothesis tokens; the way back
// from the last cell prefers a match, then a substitution, a deletion, an insertion.
#include <auricle/metric.h>

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct grid {
    int *cost; // [rows + 1][columns + 1]
    const int *reference, *hypothesis;
    int rows, columns;
};

static int *cell(const struct grid *grid, int i, int j)
{
    return &grid->cost[(size_t)i * (size_t)(grid->columns + 1) + (size_t)j];
}

static int replace_cost(const struct grid *grid, int i, int j)
{
    return *cell(grid, i - 1, j - 1) + (grid->reference[i - 1] != grid->hypothesis[j - 1]);
}

static void fill(struct grid *grid)
{
    for (int i = 0; i <= grid->rows; i++)
        for (int j = 0; j <= grid->columns; j++) {
            int best = i == 0 ? j : j == 0 ? i : replace_cost(grid, i, j);
            if (i > 0 && j > 0) {
                const int deletion = *cell(grid, i - 1, j) + 1;
                const int insertion = *cell(grid, i, j - 1) + 1;
                best = deletion < best ? deletion : best;
                best = insertion < best ? insertion : best;
            }
            *cell(grid, i, j) = best;
        }
}

static char step_back(const struct grid *grid, int i, int j)
{
    const int here = *cell(grid, i, j);
    if (i > 0 && j > 0 && replace_cost(grid, i, j) == here)
        return grid->reference[i - 1] == grid->hypothesis[j - 1] ? '=' : 'S';
    return i > 0 && *cell(grid, i - 1, j) + 1 == here ? 'D' : 'I';
}

static void reverse(char *text, int count)
{
    for (int i = 0; i < count / 2; i++) {
        const char c = text[i];
        text[i] = text[count - 1 - i];
        text[count - 1 - i] = c;
    }
    text[count] = '\0';
}

static void walk_back(const struct grid *grid, auricle_edits *result, char *alignment)
{
    int count = 0;
    for (int i = grid->rows, j = grid->columns; i > 0 || j > 0; count++) {
        const char step = step_back(grid, i, j);
        if (alignment)
            alignment[count] = step;
        result->substitutions += step == 'S';
        result->deletions += step == 'D';
        result->insertions += step == 'I';
        i -= step != 'I';
        j -= step != 'D';
    }
    if (alignment)
        reverse(alignment, count);
}

auricle_status auricle_metric_edits(const int *reference, int references, const int *hypothesis,
                                    int hypotheses, auricle_edits *result, char *alignment,
                                    auricle_error *error)
{
    if (references < 0 || hypotheses < 0)
        return error_set(error, AURICLE_INVALID, "%d and %d tokens: the counts must be 0 or more",
                         references, hypotheses);
    struct grid grid = {.reference = reference,
                        .hypothesis = hypothesis,
                        .rows = references,
                        .columns = hypotheses};
    grid.cost = calloc(((size_t)references + 1) * ((size_t)hypotheses + 1), sizeof *grid.cost);
    if (!grid.cost)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to align %d and %d tokens",
                         references, hypotheses);
    *result = (auricle_edits){.references = references};
    fill(&grid);
    walk_back(&grid, result, alignment);
    free(grid.cost);
    return AURICLE_OK;
}
