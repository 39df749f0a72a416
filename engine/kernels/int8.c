// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "kernels/int8.h"

#include "base/error.h"
#include "base/round.h"

#include <stdlib.h>
#include <string.h>

struct int8_code int8_code_unit(void)
{
    return (struct int8_code){.scale = 1.0f / 127, .inverse = 127, .zero = 128};
}

struct int8_code int8_code_between(float low, float high)
{
    low = low < 0 ? low : 0;
    high = high > 0 ? high : 0;
    float range = high - low;
    if (!(range > 1e-30f && range < 1e30f)) // nothing to tell apart, or nothing to save
        return (struct int8_code){0};
    float inverse = 255 / range;
    return (struct int8_code){
        .scale = range / 255, .inverse = inverse, .zero = (int32_t)(-low * inverse + 0.5f)};
}

static size_t packed_rows(const struct int8_matrix *matrix)
{
    return round_up((size_t)matrix->rows, INT8_BLOCK);
}

size_t int8_matrix_bytes(const struct int8_matrix *matrix)
{
    return packed_rows(matrix) *
           ((size_t)matrix->column_bytes + 2 * sizeof *matrix->scale + sizeof *matrix->sums);
}

// Where the given row (of a recurrent layer: [gates][hidden]) stands among the packed ones.
static size_t row_at(const struct int8_matrix *matrix, int hidden, size_t row)
{
    if (!matrix->gates)
        return row;
    size_t gate = row / (size_t)hidden, unit = row % (size_t)hidden;
    return (unit / INT8_BLOCK * (size_t)matrix->gates + gate) * INT8_BLOCK + unit % INT8_BLOCK;
}

// Where the weight of packed row r and column k lies.
static size_t packed_at(const struct int8_matrix *matrix, size_t r, size_t k)
{
    const size_t group = INT8_BLOCK * (size_t)(matrix->gates ? matrix->gates : INT8_GROUP);
    size_t grouped = packed_rows(matrix) / group * group; // rows that stand in whole groups
    size_t width = r < grouped ? group : INT8_BLOCK;
    size_t first = r < grouped ? r / group * group : r - r % INT8_BLOCK;
    return first * (size_t)matrix->column_bytes +
           (k / INT8_PACK * width + (r - first)) * INT8_PACK + k % INT8_PACK;
}

static bool allocate(struct int8_matrix *matrix)
{
    size_t all = packed_rows(matrix), bytes = round_up(int8_matrix_bytes(matrix), 64);
    unsigned char *memory = aligned_alloc(64, bytes);
    if (!memory)
        return false;
    memset(memory, 0, bytes);
    matrix->memory = memory;
    matrix->packed = (int8_t *)memory;
    matrix->scale = (float *)(void *)(memory + all * (size_t)matrix->column_bytes);
    matrix->bias = matrix->scale + all;
    matrix->sums = (int32_t *)(void *)(matrix->bias + all);
    return true;
}

static void fill(struct int8_matrix *matrix, int rows, int hidden, const int8_t *w,
                 const float *scale, const float *bias)
{
    for (size_t row = 0; row < (size_t)rows; row++) {
        const size_t r = row_at(matrix, hidden, row);
        matrix->scale[r] = scale[row];
        matrix->bias[r] = bias ? bias[row] : 0;
        for (size_t k = 0; k < (size_t)matrix->columns; k++, w++) {
            matrix->packed[packed_at(matrix, r, k)] = *w;
            matrix->sums[r] += *w;
        }
    }
}

bool int8_matrix_pack(struct int8_matrix *matrix, int rows, int columns, int depth, const int8_t *w,
                      const float *scale, const float *bias)
{
    CHECK(rows > 0 && columns > 0 && columns <= INT8_MAX_COLUMNS && depth % INT8_PACK == 0);
    *matrix = (struct int8_matrix){.rows = rows,
                                   .columns = columns,
                                   .column_bytes = (int)round_up((size_t)columns, (size_t)depth)};
    if (!allocate(matrix))
        return false;
    fill(matrix, rows, 0, w, scale, bias);
    return true;
}

bool int8_matrix_pack_gates(struct int8_matrix *matrix, int gates, int hidden, int columns,
                            int depth, const int8_t *w, const float *scale, const float *bias)
{
    CHECK(gates > 0 && hidden > 0 && columns > 0 && columns <= INT8_MAX_COLUMNS);
    CHECK(depth % INT8_PACK == 0);
    *matrix = (struct int8_matrix){.rows = gates * (int)round_up((size_t)hidden, INT8_BLOCK),
                                   .columns = columns,
                                   .column_bytes = (int)round_up((size_t)columns, (size_t)depth),
                                   .gates = gates};
    if (!allocate(matrix))
        return false;
    fill(matrix, gates * hidden, hidden, w, scale, bias);
    return true;
}

void int8_matrix_free(struct int8_matrix *matrix)
{
    free(matrix->memory);
    *matrix = (struct int8_matrix){0};
}
