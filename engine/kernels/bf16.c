// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Which unit multiplies bfloat16 here, and the table's entries through it.
#define _GNU_SOURCE // syscall
#include "kernels/bf16.h"
#include "kernels/variants.h"

#if defined(AURICLE_BF16)
#include <sys/syscall.h>
#include <unistd.h>

// A function of each unit for the table, whose entries know nothing of units.
#define ENTRIES(unit)                                                                              \
    static void sgemm_##unit(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, \
                             const float *a, int lda, const float *b, int ldb, float beta,         \
                             float *c, int ldc)                                                    \
    {                                                                                              \
        bf16_sgemm(&bf16_##unit, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta,   \
                   c, ldc);                                                                        \
    }                                                                                              \
    static size_t floats_##unit(int n, int k)                                                      \
    {                                                                                              \
        return bf16_panels_floats(&bf16_##unit, n, k);                                             \
    }                                                                                              \
    static void pack_##unit(bool transpose_b, int n, int k, const float *b, int ldb,               \
                            float *panels)                                                         \
    {                                                                                              \
        bf16_panels_pack(&bf16_##unit, transpose_b, n, k, b, ldb, panels);                         \
    }                                                                                              \
    static void product_##unit(int m, int n, int k, const float *a, int lda, const float *panels,  \
                               float beta, float *c, int ldc)                                      \
    {                                                                                              \
        bf16_panels_product(&bf16_##unit, m, n, k, a, lda, panels, beta, c, ldc);                  \
    }                                                                                              \
    static void use_##unit(struct kernel_table *table)                                             \
    {                                                                                              \
        table->sgemm = sgemm_##unit;                                                               \
        table->panels_floats = floats_##unit;                                                      \
        table->panels_pack = pack_##unit;                                                          \
        table->panels_product = product_##unit;                                                    \
    }

ENTRIES(avx512)
ENTRIES(amx)

static bool cpu_has_bf16(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

// The tiles' state is 8 KiB a thread: Linux wants to be asked before a process first uses them.
static bool cpu_has_amx(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 }; // Linux, asm/prctl.h
    return kernels_amx_is_wished() && __builtin_cpu_supports("amx-bf16") &&
           __builtin_cpu_supports("amx-tile") &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

const char *kernels_bf16(int index, struct kernel_table *table)
{
    if (!cpu_has_bf16() || index < 0 || index > 1)
        return NULL;
    bool amx = cpu_has_amx();
    if (index == 0 && amx)
        use_amx(table);
    else if (index == (amx ? 1 : 0))
        use_avx512(table);
    else
        return NULL;
    return index == 0 && amx ? "AMX" : "AVX512-BF16";
}

// vdpbf16ps makes twice as many products as a float's, but Intel's begin every other cycle on one
// port: half as many a second (measured on an Emerald Rapids; on Zen 4 twice as many).
const char *kernels_bf16_advice(void)
{
    if (!cpu_has_bf16() || cpu_has_amx() || !__builtin_cpu_is("intel"))
        return NULL;
    return "this CPU multiplies bfloat16 more slowly than float: loop.bf16=0 is faster";
}

#else

const char *kernels_bf16_advice(void)
{
    return NULL;
}

const char *kernels_bf16(int index, struct kernel_table *table)
{
    (void)index;
    (void)table;
    return NULL;
}

#endif

const char *kernels_use_bf16(void)
{
    struct kernel_table table = *kernels();
    const char *name = kernels_bf16(0, &table);
    if (name)
        kernels_set(&table);
    return name;
}
