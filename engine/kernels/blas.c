// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// OpenBLAS behind sgemm, for the training library.
#include "kernels/variants.h"

#include "base/error.h"

#include <cblas.h>
#include <string.h>
#include <strings.h>

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
    struct kernel_table table = *kernels_named(kernels()->name);
    table.sgemm = sgemm_openblas;
    kernels_set(&table);
}

// Cores of before AVX, which OpenBLAS falls back to when it does not know the CPU.
static bool is_old_core(const char *core)
{
    static const char *const old[] = {"Generic", "Prescott", "Core2",  "Penryn",
                                      "Dunnington", "Nehalem", "Atom", "Opteron"};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (!strncasecmp(core, old[i], strlen(old[i])))
            return true;
    return false;
}

const char *kernels_blas_advice(void)
{
    const char *ours = kernels()->name;
    if (strncmp(ours, "v3", 2) != 0 && strncmp(ours, "v4", 2) != 0)
        return NULL;
    if (!is_old_core(openblas_get_corename()))
        return NULL;
    return ours[1] == '4' ? "OpenBLAS does not know this CPU and computes about three times slower "
                            "than it could: start again with OPENBLAS_CORETYPE=SKYLAKEX"
                          : "OpenBLAS does not know this CPU and computes slower than it could: "
                            "start again with OPENBLAS_CORETYPE=HASWELL";
}
