// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/packed.h"

#include "base/error.h"
#include "base/round.h"

#include <stdlib.h>
#include <string.h>

// Zeroed, on a cache line; adds its size to *bytes.
static float *floats(size_t count, size_t *bytes)
{
    size_t size = round_up(count * sizeof(float), 64);
    float *memory = aligned_alloc(64, size);
    if (memory)
        memset(memory, 0, size);
    *bytes += size;
    return memory;
}

// ---- matrix

static void pack_rows(const struct packed_matrix *matrix, const float *w)
{
    const int lanes = matrix->table->lanes, most = matrix->table->block_rows;
    float *to = matrix->weights;
    for (int first = 0; first < matrix->rows; first += most) {
        int rest = matrix->rows - first, width = (int)round_up((size_t)rest, (size_t)lanes);
        width = width < most ? width : most;
        for (int k = 0; k < matrix->columns; k++, to += width)
            for (int r = 0; r < width && r < rest; r++)
                to[r] = w[(ptrdiff_t)(first + r) * matrix->columns + k];
    }
}

struct packed_matrix *packed_matrix_create(const struct kernel_table *table, int rows, int columns,
                                           const float *w, const float *bias)
{
    CHECK(rows > 0 && columns > 0);
    struct packed_matrix *matrix = calloc(1, sizeof *matrix);
    if (!matrix)
        return NULL;
    size_t padded = round_up((size_t)rows, (size_t)table->lanes);
    *matrix = (struct packed_matrix){
        .type = WEIGHT_FP32, .rows = rows, .columns = columns, .table = table};
    matrix->bytes = sizeof *matrix;
    matrix->weights = floats(padded * (size_t)columns, &matrix->bytes);
    matrix->bias = floats(padded, &matrix->bytes);
    if (!matrix->weights || !matrix->bias)
        goto fail;
    pack_rows(matrix, w);
    if (bias)
        memcpy(matrix->bias, bias, (size_t)rows * sizeof *bias);
    return matrix;
fail:
    packed_matrix_destroy(&matrix);
    return NULL;
}

struct packed_matrix *packed_matrix_create_int8(const struct kernel_table *table, int rows,
                                                int columns, const int8_t *w, const float *scale,
                                                const float *bias)
{
    struct packed_matrix *matrix = calloc(1, sizeof *matrix);
    if (!matrix)
        return NULL;
    *matrix = (struct packed_matrix){
        .type = WEIGHT_INT8, .rows = rows, .columns = columns, .table = table};
    if (!int8_matrix_pack(&matrix->int8, rows, columns, table->int8_depth, w, scale, bias))
        packed_matrix_destroy(&matrix);
    else
        matrix->bytes = sizeof *matrix + int8_matrix_bytes(&matrix->int8);
    return matrix;
}

void packed_matrix_destroy(struct packed_matrix **matrix)
{
    if (!*matrix)
        return;
    int8_matrix_free(&(*matrix)->int8);
    free((*matrix)->weights);
    free((*matrix)->bias);
    free(*matrix);
    *matrix = NULL;
}

size_t packed_matrix_scratch(const struct packed_matrix *matrix, int batch)
{
    switch (matrix->type) {
    case WEIGHT_FP32:
        return 0;
    case WEIGHT_INT8:
        return int8_products_scratch(&matrix->int8, batch);
    }
    return 0;
}

void packed_matrix_product(const struct packed_matrix *matrix, int batch, const float *const *x,
                           float *const *y, void *scratch)
{
    switch (matrix->type) {
    case WEIGHT_FP32:
        matrix->table->product(matrix->rows, matrix->columns, matrix->weights, matrix->bias, batch,
                               x, y);
        break;
    case WEIGHT_INT8:
        int8_products(matrix->table, &matrix->int8, batch, x, y, scratch);
        break;
    }
}

// ---- recurrent layers

// All gates of a block of units, column by column: W's, then U's.
static void pack_units(const struct packed_recurrent *layer,
                       const struct recurrent_step_weights *weights)
{
    const int lanes = layer->table->lanes, hidden = layer->hidden;
    float *to = layer->weights;
    for (int first = 0; first < hidden; first += lanes)
        for (int k = 0; k < layer->in + hidden; k++)
            for (int g = 0; g < layer->gates; g++, to += lanes)
                for (int u = 0; u < lanes && first + u < hidden; u++) {
                    ptrdiff_t row = (ptrdiff_t)g * hidden + first + u;
                    to[u] = k < layer->in ? weights->weight_ih[row * layer->in + k]
                                          : weights->weight_hh[row * hidden + k - layer->in];
                }
}

// A gate's two biases are one sum, except those of GRU's n: the reset gate multiplies one of them.
static void pack_biases(const struct packed_recurrent *layer,
                        const struct recurrent_step_weights *weights, int biases)
{
    const int lanes = layer->table->lanes, hidden = layer->hidden;
    const float *ih = weights->bias_ih, *hh = weights->bias_hh;
    for (int unit = 0; unit < hidden; unit++) {
        float *to = layer->bias + (ptrdiff_t)(unit / lanes) * biases * lanes + unit % lanes;
        for (int g = 0; g < layer->gates; g++)
            to[(ptrdiff_t)g * lanes] = ih[g * hidden + unit] + hh[g * hidden + unit];
        if (layer->gates == 3) {
            to[(ptrdiff_t)2 * lanes] = ih[2 * hidden + unit];
            to[(ptrdiff_t)3 * lanes] = hh[2 * hidden + unit];
        }
    }
}

struct packed_recurrent *packed_recurrent_create(const struct kernel_table *table, int gates,
                                                 const struct recurrent_step_weights *weights)
{
    enum { BIASES = 4 };
    CHECK(gates == 3 || gates == 4);
    struct packed_recurrent *layer = calloc(1, sizeof *layer);
    if (!layer)
        return NULL;
    size_t padded = round_up((size_t)weights->hidden, (size_t)table->lanes);
    size_t columns = (size_t)weights->in + (size_t)weights->hidden;
    *layer = (struct packed_recurrent){.type = WEIGHT_FP32,
                                       .gates = gates,
                                       .in = weights->in,
                                       .hidden = weights->hidden,
                                       .table = table,
                                       .bytes = sizeof *layer};
    layer->weights = floats(padded * columns * (size_t)gates, &layer->bytes);
    layer->bias = floats(padded * BIASES, &layer->bytes);
    if (!layer->weights || !layer->bias)
        goto fail;
    pack_units(layer, weights);
    pack_biases(layer, weights, BIASES);
    return layer;
fail:
    packed_recurrent_destroy(&layer);
    return NULL;
}

struct packed_recurrent *packed_recurrent_create_int8(const struct kernel_table *table, int gates,
                                                      const struct recurrent_int8_weights *weights)
{
    CHECK(gates == 3 || gates == 4);
    struct packed_recurrent *layer = calloc(1, sizeof *layer);
    if (!layer)
        return NULL;
    *layer = (struct packed_recurrent){.type = WEIGHT_INT8,
                                       .gates = gates,
                                       .in = weights->in,
                                       .hidden = weights->hidden,
                                       .table = table};
    if (!int8_recurrent_pack(&layer->int8, table, gates, weights))
        packed_recurrent_destroy(&layer);
    else
        layer->bytes = sizeof *layer + int8_recurrent_bytes(&layer->int8);
    return layer;
}

void packed_recurrent_destroy(struct packed_recurrent **layer)
{
    if (!*layer)
        return;
    int8_recurrent_free(&(*layer)->int8);
    free((*layer)->weights);
    free((*layer)->bias);
    free(*layer);
    *layer = NULL;
}

size_t packed_recurrent_scratch(const struct packed_recurrent *layer, int batch)
{
    switch (layer->type) {
    case WEIGHT_FP32:
        return 0;
    case WEIGHT_INT8:
        return int8_recurrent_scratch(&layer->int8, batch);
    }
    return 0;
}

void packed_gru_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                     const float *const *h, float *const *next, void *scratch)
{
    CHECK(layer->gates == 3);
    switch (layer->type) {
    case WEIGHT_FP32:
        layer->table->gru(layer->in, layer->hidden, layer->weights, layer->bias, batch, x, h, next);
        break;
    case WEIGHT_INT8:
        int8_gru_step(layer->table, &layer->int8, batch, x, h, next, scratch);
        break;
    }
}

void packed_lstm_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                      const float *const *h, float *const *next, float *const *c, void *scratch)
{
    CHECK(layer->gates == 4);
    switch (layer->type) {
    case WEIGHT_FP32:
        layer->table->lstm(layer->in, layer->hidden, layer->weights, layer->bias, batch, x, h, next,
                           c);
        break;
    case WEIGHT_INT8:
        int8_lstm_step(layer->table, &layer->int8, batch, x, h, next, c, scratch);
        break;
    }
}
