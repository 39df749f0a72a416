// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// OpenBLAS behind sgemm, for the training library.
#include "kernels/kernels.h"

#include "base/error.h"

#include <cblas.h>

static void sgemm_openblas(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                           const float *a, int lda, const float *b, int ldb, float beta, float *c,
                           int ldc)
{
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c,
                ldc);
}

void kernels_use_blas(int threads)
{
    CHECK(threads >= 1);
    openblas_set_num_threads(threads);
    kernels_set_sgemm(sgemm_openblas);
}
