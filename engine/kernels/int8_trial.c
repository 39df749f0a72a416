// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// One small product on two tables. Its rows fill a group of blocks and part of another, its columns
// one tile and part of another, its vectors the tiles' sixteen; its numbers are exact in floats.
#include "kernels/variants.h"

#include <string.h>

enum {
    ROWS = INT8_GROUP * INT8_BLOCK + 13,
    COLUMNS = 70,
    COLUMN_BYTES = 128,
    DEPTH = 64, // of the tiles; every other table's divides it
    COUNT = 16
};

struct kernel_trial {
    struct int8_matrix w;
    uint8_t bytes[COUNT][COLUMN_BYTES];
    struct int8_code codes[COUNT];
};

// Weights and bytes run through all there are: the signs, the ends of the range, no two rows alike.
static bool trial_make(struct kernel_trial *trial)
{
    int8_t w[ROWS * COLUMNS];
    float scale[ROWS], bias[ROWS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        w[i] = (int8_t)(i * 37 % 256 - 128);
    for (int r = 0; r < ROWS; r++) {
        scale[r] = 1;
        bias[r] = (float)r;
    }
    for (int i = 0; i < COUNT; i++) {
        trial->codes[i] = (struct int8_code){.scale = 1, .zero = i * 17};
        for (int k = 0; k < COLUMN_BYTES; k++)
            trial->bytes[i][k] = (uint8_t)((i * COLUMN_BYTES + k) * 59 % 256);
    }
    return int8_matrix_pack(&trial->w, ROWS, COLUMNS, DEPTH, w, scale, bias);
}

static void trial_run(const struct kernel_trial *trial, const struct kernel_table *table,
                      float result[COUNT][ROWS])
{
    const struct int8_vectors x = {COUNT, trial->bytes[0], COLUMN_BYTES, trial->codes};
    float *y[COUNT];
    for (int i = 0; i < COUNT; i++)
        y[i] = result[i];
    table->int8_product(&trial->w, &x, y);
}

bool kernels_int8_agree(const struct kernel_table *one, const struct kernel_table *other)
{
    struct kernel_trial trial;
    float of_one[COUNT][ROWS], of_other[COUNT][ROWS];
    if (!trial_make(&trial))
        return false;
    memset(of_one, 0x00, sizeof of_one); // what is left unwritten differs
    memset(of_other, 0xff, sizeof of_other);
    trial_run(&trial, one, of_one);
    trial_run(&trial, other, of_other);
    int8_matrix_free(&trial.w);
    return memcmp(of_one, of_other, sizeof of_one) == 0;
}
