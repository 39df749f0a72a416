// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Which unit multiplies bfloat16 here, and the table's entries through it.
#include <auricle/machine.h>
#include "kernels/bf16.h"
#include "kernels/variants.h"

#include <auricle/pretrain.h>

#include <string.h>

#if defined(AURICLE_BF16)
#include "kernels/amx.h"
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

// The table in use says that this process may use tiles, and that its int8 products came out right.
static bool cpu_has_amx(void)
{
    return strcmp(kernels()->name, "v4-amx") == 0 && amx_cpu_has(AMX_BF16);
}

const char *kernels_bf16(int index, struct kernel_table *table)
{
    if (!cpu_has_bf16() || index < 0 || index > 1)
        return NULL;
    struct kernel_table tiles = *table, vectors = *table;
    use_amx(&tiles);
    use_avx512(&vectors);
    bool amx = cpu_has_amx(), right = amx && kernels_bf16_agree(&tiles, &vectors);
    if (index == 1 && !right)
        return NULL;
    *table = index == 0 && right ? tiles : vectors;
    if (amx && !right)
        return "AVX512-BF16 (the products of AMX differ)";
    return index == 0 && right ? "AMX" : "AVX512-BF16";
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

// Rows, columns and depth that fill tiles, and part of another.
enum { ROWS = 40, COLUMNS = 50, DEPTH = 45, MOST_PANELS = 64 * 64 };

// Whole numbers from -8 to 8.
static void fill(float *values, int count, int step)
{
    for (int i = 0; i < count; i++)
        values[i] = (float)(i * step % 17 - 8);
}

// c [2][ROWS][COLUMNS]: by sgemm, by panels
static bool multiply(const struct kernel_table *table, float *c)
{
    float a[ROWS * DEPTH], b[DEPTH * COLUMNS];
    _Alignas(64) float panels[MOST_PANELS];
    if (table->panels_floats(COLUMNS, DEPTH) > MOST_PANELS)
        return false;
    fill(a, ROWS * DEPTH, 5);
    fill(b, DEPTH * COLUMNS, 7);
    fill(c, 2 * ROWS * COLUMNS, 11);
    table->sgemm(false, false, ROWS, COLUMNS, DEPTH, 1, a, DEPTH, b, COLUMNS, 1, c, COLUMNS);
    table->panels_pack(false, COLUMNS, DEPTH, b, COLUMNS, panels);
    table->panels_product(ROWS, COLUMNS, DEPTH, a, DEPTH, panels, 1, c + ROWS * COLUMNS, COLUMNS);
    return true;
}

bool kernels_bf16_agree(const struct kernel_table *one, const struct kernel_table *other)
{
    float of_one[2 * ROWS * COLUMNS], of_other[2 * ROWS * COLUMNS];
    return multiply(one, of_one) && multiply(other, of_other) &&
           memcmp(of_one, of_other, sizeof of_one) == 0;
}

const char *auricle_bf16_unit(void)
{
    struct kernel_table table = *kernels();
    return kernels_bf16(0, &table);
}

const char *kernels_use_bf16(void)
{
    struct kernel_table table = *kernels();
    const char *name = kernels_bf16(0, &table);
    if (name)
        kernels_set(&table);
    return name;
}
