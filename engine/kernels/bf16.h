// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Products of bfloat16 numbers with sums in float: float matrices in, rounded as they are packed
 * (to nearest even), float out. For training only.
 *
 *   A -> rows [m][depth]                                    depth = k rounded up, then zeros
 *   B -> panels [n / BF16_COLUMNS][depth / 2][BF16_COLUMNS][2]       pairs of neighbours along k
 *
 * Both the AVX512-BF16 instruction and an AMX tile take a pair of k at a time, so both read these.
 */
#ifndef AURICLE_KERNELS_BF16_H
#define AURICLE_KERNELS_BF16_H

#include "kernels/kernels.h"

#include <stdint.h>

enum { BF16_COLUMNS = 32 };

/** A block of C = alpha A B + beta C from packed operands; beta 0 does not read C. */
struct bf16_block {
    int rows, columns, depth; // depth as packed
    const uint16_t *a, *b;
    float alpha, beta;
    float *c;
    int ldc;
};

/** One way to multiply packed blocks. */
struct bf16_unit {
    int depth, rows; // multiples of which A and B (depth) and A (rows) are padded to
    void (*block)(const struct bf16_block *block);
};

extern const struct bf16_unit bf16_avx512, bf16_amx;

void bf16_sgemm(const struct bf16_unit *unit, bool transpose_a, bool transpose_b, int m, int n,
                int k, float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                float *c, int ldc);
size_t bf16_panels_floats(const struct bf16_unit *unit, int n, int k);
void bf16_panels_pack(const struct bf16_unit *unit, bool transpose_b, int n, int k, const float *b,
                      int ldb, float *panels);
void bf16_panels_product(const struct bf16_unit *unit, int m, int n, int k, const float *a, int lda,
                         const float *panels, float beta, float *c, int ldc);

#endif
