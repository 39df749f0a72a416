// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/packed_int8.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static size_t lines(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

// ---- vectors as bytes

/** A part of the scratch: count codes, then the bytes of count vectors. */
static size_t encoded_bytes(const struct int8_matrix *matrix, int count)
{
    return lines((size_t)count * sizeof(struct int8_code)) +
           lines((size_t)count * (size_t)matrix->column_bytes);
}

// unit: all within [-1, 1]; otherwise each vector gets the code of its own range.
static struct int8_vectors encode(const struct kernel_table *table,
                                  const struct int8_matrix *matrix, int count,
                                  const float *const *x, bool unit, void *scratch)
{
    struct int8_code *codes = scratch;
    uint8_t *bytes = (uint8_t *)scratch + lines((size_t)count * sizeof *codes);
    for (int i = 0; i < count; i++) {
        float low = 0, high = 0;
        if (!unit)
            table->int8_range(matrix->columns, x[i], &low, &high);
        codes[i] = unit ? int8_code_unit() : int8_code_between(low, high);
        table->int8_encode(matrix->columns, x[i], codes[i],
                           bytes + (ptrdiff_t)i * matrix->column_bytes);
    }
    return (struct int8_vectors){count, bytes, matrix->column_bytes, codes};
}

// ---- matrix

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

size_t int8_matrix_scratch(const struct packed_matrix *matrix, int batch)
{
    return encoded_bytes(&matrix->int8, batch);
}

void int8_matrix_product(const struct packed_matrix *matrix, int batch, const float *const *x,
                         float *const *y, void *scratch)
{
    const struct int8_vectors bytes =
        encode(matrix->table, &matrix->int8, batch, x, false, scratch);
    matrix->table->int8_product(&matrix->int8, &bytes, y);
}

// ---- recurrent layers

// Biases meet in the product with W, but for GRU's n: its recurrent half stands under the reset.
static void share_biases(const struct packed_recurrent *layer, const float *ih, const float *hh,
                         float *with_x, float *with_h)
{
    const int gates = layer->gates * layer->hidden;
    for (int i = 0; i < gates; i++) {
        bool apart = layer->gates == 3 && i >= 2 * layer->hidden;
        with_x[i] = ih[i] + (apart ? 0 : hh[i]);
        with_h[i] = apart ? hh[i] : 0;
    }
}

struct packed_recurrent *packed_recurrent_create_int8(const struct kernel_table *table, int gates,
                                                      const struct recurrent_int8_weights *weights)
{
    CHECK(gates == 3 || gates == 4);
    const int rows = gates * weights->hidden;
    struct packed_recurrent *layer = calloc(1, sizeof *layer);
    float *with_x = malloc((size_t)rows * sizeof *with_x);
    float *with_h = malloc((size_t)rows * sizeof *with_h);
    if (!layer || !with_x || !with_h)
        goto fail;
    *layer = (struct packed_recurrent){.type = WEIGHT_INT8,
                                       .gates = gates,
                                       .in = weights->in,
                                       .hidden = weights->hidden,
                                       .table = table};
    share_biases(layer, weights->bias_ih, weights->bias_hh, with_x, with_h);
    if (!int8_matrix_pack_gates(&layer->int8_ih, gates, weights->hidden, weights->in,
                                table->int8_depth, weights->weight_ih, weights->scale_ih, with_x) ||
        !int8_matrix_pack_gates(&layer->int8_hh, gates, weights->hidden, weights->hidden,
                                table->int8_depth, weights->weight_hh, weights->scale_hh, with_h))
        goto fail;
    layer->bytes =
        sizeof *layer + int8_matrix_bytes(&layer->int8_ih) + int8_matrix_bytes(&layer->int8_hh);
    free(with_x);
    free(with_h);
    return layer;
fail:
    free(with_x);
    free(with_h);
    packed_recurrent_destroy(&layer);
    return NULL;
}

size_t int8_recurrent_scratch(const struct packed_recurrent *layer, int batch)
{
    return encoded_bytes(&layer->int8_ih, batch) + encoded_bytes(&layer->int8_hh, batch);
}

/** x and h of all streams as bytes. */
struct inputs {
    struct int8_vectors x, h;
};

static struct inputs encode_both(const struct packed_recurrent *layer, int batch,
                                 const float *const *x, const float *const *h, void *scratch)
{
    void *rest = (unsigned char *)scratch + encoded_bytes(&layer->int8_ih, batch);
    return (struct inputs){encode(layer->table, &layer->int8_ih, batch, x, false, scratch),
                           encode(layer->table, &layer->int8_hh, batch, h, true, rest)};
}

void int8_gru_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                   const float *const *h, float *const *next, void *scratch)
{
    const struct inputs in = encode_both(layer, batch, x, h, scratch);
    const struct int8_cell cell = {layer->hidden, &layer->int8_ih, &layer->int8_hh, &in.x, &in.h};
    layer->table->int8_gru(&cell, h, next);
}

void int8_lstm_step(const struct packed_recurrent *layer, int batch, const float *const *x,
                    const float *const *h, float *const *next, float *const *c, void *scratch)
{
    const struct inputs in = encode_both(layer, batch, x, h, scratch);
    const struct int8_cell cell = {layer->hidden, &layer->int8_ih, &layer->int8_hh, &in.x, &in.h};
    layer->table->int8_lstm(&cell, c, next);
}
