// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/packed_int8.h"

#include <stdlib.h>

static size_t lines(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

// ---- vectors as bytes

// Of the scratch: count codes, then the bytes of count vectors.
size_t int8_products_scratch(const struct int8_matrix *matrix, int batch)
{
    return lines((size_t)batch * sizeof(struct int8_code)) +
           lines((size_t)batch * (size_t)matrix->column_bytes);
}

// unit: all values are within [-1, 1]; otherwise each vector gets the code of its own range.
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

void int8_products(const struct kernel_table *table, const struct int8_matrix *matrix, int batch,
                   const float *const *x, float *const *y, void *scratch)
{
    const struct int8_vectors bytes = encode(table, matrix, batch, x, false, scratch);
    table->int8_product(matrix, &bytes, y);
}

// ---- recurrent layers

// Both biases are added in the product with W, except the recurrent one of GRU's n: the reset gate
// multiplies that one.
static void share_biases(int gates, int hidden, const float *ih, const float *hh, float *with_x,
                         float *with_h)
{
    for (int i = 0; i < gates * hidden; i++) {
        bool apart = gates == 3 && i >= 2 * hidden;
        with_x[i] = ih[i] + (apart ? 0 : hh[i]);
        with_h[i] = apart ? hh[i] : 0;
    }
}

bool int8_recurrent_pack(struct int8_recurrent *layer, const struct kernel_table *table, int gates,
                         const struct recurrent_int8_weights *weights)
{
    const int hidden = weights->hidden, depth = table->int8_depth;
    float *with_x = malloc((size_t)(gates * hidden) * sizeof *with_x);
    float *with_h = malloc((size_t)(gates * hidden) * sizeof *with_h);
    bool packed = with_x && with_h;
    if (packed) {
        layer->hidden = hidden;
        share_biases(gates, hidden, weights->bias_ih, weights->bias_hh, with_x, with_h);
        packed = int8_matrix_pack_gates(&layer->ih, gates, hidden, weights->in, depth,
                                        weights->weight_ih, weights->scale_ih, with_x) &&
                 int8_matrix_pack_gates(&layer->hh, gates, hidden, hidden, depth,
                                        weights->weight_hh, weights->scale_hh, with_h);
    }
    free(with_x);
    free(with_h);
    return packed;
}

void int8_recurrent_free(struct int8_recurrent *layer)
{
    int8_matrix_free(&layer->ih);
    int8_matrix_free(&layer->hh);
}

size_t int8_recurrent_bytes(const struct int8_recurrent *layer)
{
    return int8_matrix_bytes(&layer->ih) + int8_matrix_bytes(&layer->hh);
}

size_t int8_recurrent_scratch(const struct int8_recurrent *layer, int batch)
{
    return int8_products_scratch(&layer->ih, batch) + int8_products_scratch(&layer->hh, batch);
}

/** x and h of all streams as bytes. */
struct inputs {
    struct int8_vectors x, h;
};

static struct inputs encode_both(const struct kernel_table *table,
                                 const struct int8_recurrent *layer, int batch,
                                 const float *const *x, const float *const *h, void *scratch)
{
    void *rest = (unsigned char *)scratch + int8_products_scratch(&layer->ih, batch);
    return (struct inputs){encode(table, &layer->ih, batch, x, false, scratch),
                           encode(table, &layer->hh, batch, h, true, rest)};
}

void int8_gru_step(const struct kernel_table *table, const struct int8_recurrent *layer, int batch,
                   const float *const *x, const float *const *h, float *const *next, void *scratch)
{
    const struct inputs in = encode_both(table, layer, batch, x, h, scratch);
    const struct int8_cell cell = {layer->hidden, &layer->ih, &layer->hh, &in.x, &in.h};
    table->int8_gru(&cell, h, next);
}

void int8_lstm_step(const struct kernel_table *table, const struct int8_recurrent *layer, int batch,
                    const float *const *x, const float *const *h, float *const *next,
                    float *const *c, void *scratch)
{
    const struct inputs in = encode_both(table, layer, batch, x, h, scratch);
    const struct int8_cell cell = {layer->hidden, &layer->ih, &layer->hh, &in.x, &in.h};
    table->int8_lstm(&cell, c, next);
}
