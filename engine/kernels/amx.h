// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Whether the CPU has AMX; asked by CPUID, because not every compiler's __builtin_cpu_supports
 * knows these features. x86-64 only. */
#ifndef AURICLE_KERNELS_AMX_H
#define AURICLE_KERNELS_AMX_H

#include <cpuid.h>
#include <stdbool.h>

/** Bits of EDX, leaf 7, subleaf 0 (Intel's manual, volume 2, CPUID). */
enum amx_feature { AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24, AMX_INT8 = 1 << 25 };

static inline bool amx_cpu_has(enum amx_feature features)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (unsigned)features) == features;
}

#endif
