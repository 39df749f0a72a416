// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Products of int8 weights with vectors of bytes.
 *
 *   weight w[r][k] = scale[r] * s8,   input x[k] = code.scale * (u8 - code.zero)
 *   y[r] = scale[r] * code.scale * sum over k of s8 * (u8 - zero) + bias[r]
 *
 * The sum is exact in integers, so every table and every number of rows at once gives the same one.
 * The zero point is taken off before the sum begins: acc = -zero * sum of the row's weights. */
#ifndef AURICLE_KERNELS_INT8_H
#define AURICLE_KERNELS_INT8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INT8_BLOCK = 16,           // rows side by side in a block
    INT8_GROUP = 4,            // blocks side by side in a group, where there are as many
    INT8_PACK = 4,             // columns of a row that one 32-bit lane multiplies and adds
    INT8_MAX_COLUMNS = 1 << 16 // 65536 * 255 * 128 is the most that 31 bits hold
};

/** What the bytes of one vector mean. */
struct int8_code {
    float scale, inverse; // inverse = 1 / scale; both 0: every value is 0
    int32_t zero;         // 0..255: the byte that stands for 0
};

/** For values in [-1, 1]: the state of a GRU or LSTM. */
struct int8_code int8_code_unit(void);
/** For values in [low, high] and 0. */
struct int8_code int8_code_between(float low, float high);

/** W [rows][columns], packed so that a product reads it from its first byte to its last:
 *
 *   [rows in groups of 64, the rest in blocks of 16][column_bytes / 4][64 or 16 rows][4 columns]
 *
 * A recurrent layer's G gates stand side by side instead, 16 units of each in a group, so that a
 * unit's gates are ready together (G = 3: r,z,n; 4: i,f,g,o):
 *
 *   [units in blocks of 16][column_bytes / 4][G gates][16 units][4 columns]
 *
 * Rows, units and columns that only fill up are zero. */
struct int8_matrix {
    int rows, columns; // rows: as packed, with the units that fill up
    int column_bytes;  // columns rounded up to the table's int8_depth
    int gates;         // G, 0: no recurrent layer's
    int8_t *packed;
    float *scale, *bias; // [rows rounded up to blocks], in the packed order
    int32_t *sums;       // [the same] of each row's weights
    void *memory;
};

/** w [rows][columns], scale [rows], bias [rows] or NULL = zeros, all copied. depth: int8_depth of
 * the table the products will run on. false when memory is out. */
bool int8_matrix_pack(struct int8_matrix *matrix, int rows, int columns, int depth, const int8_t *w,
                      const float *scale, const float *bias);
/** The same of a recurrent layer: w [gates][hidden][columns], scale and bias [gates][hidden]. */
bool int8_matrix_pack_gates(struct int8_matrix *matrix, int gates, int hidden, int columns,
                            int depth, const int8_t *w, const float *scale, const float *bias);
void int8_matrix_free(struct int8_matrix *matrix);
size_t int8_matrix_bytes(const struct int8_matrix *matrix);

/** count vectors of bytes, step apart; what lies between a vector's end and column_bytes is read
 * and counts nothing. */
struct int8_vectors {
    int count;
    const uint8_t *bytes;
    ptrdiff_t step;
    const struct int8_code *codes; // [count]
};

/** What a recurrent layer's step reads: y = W x and U h, each with its bias. */
struct int8_cell {
    int hidden;
    const struct int8_matrix *w, *u;
    const struct int8_vectors *x, *h;
};

#endif
