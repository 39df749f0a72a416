// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// OpenBLAS behind sgemm, for the training library.
#include <auricle/machine.h>
#include "kernels/variants.h"

#include "base/error.h"

#include <auricle/pretrain.h>

#include <cblas.h>
#include <stdlib.h>
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
    static const char *const old[] = {"Generic",    "Prescott", "Core2", "Penryn",
                                      "Dunnington", "Nehalem",  "Atom",  "Opteron"};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (!strncasecmp(core, old[i], strlen(old[i])))
            return true;
    return false;
}

// What AURICLE_KERNELS forces doesn't count: the CPU's own best table says what it has.
static const char *core_missed(void)
{
    const char *best = kernels_supported(0)->name;
    if (!is_old_core(openblas_get_corename()))
        return NULL;
    return strncmp(best, "v4", 2) == 0 ? "SKYLAKEX" : strcmp(best, "v3") == 0 ? "HASWELL" : NULL;
}

const char *auricle_blas_core_missed(void)
{
    return getenv("OPENBLAS_CORETYPE") ? NULL : core_missed();
}

const char *kernels_blas_advice(void)
{
    const char *core = core_missed();
    if (!core)
        return NULL;
    return core[0] == 'S' ? "OpenBLAS does not know this CPU and computes two to four times slower "
                            "than it could: start again with OPENBLAS_CORETYPE=SKYLAKEX"
                          : "OpenBLAS does not know this CPU and computes slower than it could: "
                            "start again with OPENBLAS_CORETYPE=HASWELL";
}
