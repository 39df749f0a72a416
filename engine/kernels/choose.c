// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Which table: the best the CPU runs, or the one AURICLE_KERNELS names.
#define _GNU_SOURCE // syscall
#include "kernels/variants.h"

#include <auricle/machine.h>
#include <auricle/status.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include "kernels/amx.h"

#include <sys/syscall.h>
#include <unistd.h>
#endif

static _Atomic(const struct kernel_table *) chosen;

#if defined(__x86_64__)
// Features one by one: not every compiler's __builtin_cpu_supports knows the level names.
static bool cpu_is_v3(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool cpu_is_v4(void)
{
    return cpu_is_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

static bool cpu_has_vnni(void)
{
    return cpu_is_v4() && __builtin_cpu_supports("avx512vnni");
}

// The tiles' state is 8 KiB a thread: Linux wants to be asked before a process first uses them.
static bool system_allows_tiles(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 }; // Linux, asm/prctl.h
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

static const char *amx_refusal(void)
{
    __builtin_cpu_init();
    if (!cpu_has_vnni() || !amx_cpu_has(AMX_TILE | AMX_INT8))
        return "the CPU or the system has none";
    if (!system_allows_tiles())
        return "the system refuses this process the tiles";
    return kernels_int8_agree(&kernels_v4_amx, &kernels_v4_vnni)
               ? ""
               : "its products differ from those of v4-vnni";
}
#else
static const char *amx_refusal(void)
{
    return "the CPU has none";
}
#endif

// Threads that come at once may each find it out, and find the same.
const char *auricle_kernels_amx_refusal(void)
{
    static _Atomic(const char *) known;
    const char *refusal = atomic_load_explicit(&known, memory_order_acquire);
    if (!refusal) {
        refusal = amx_refusal();
        atomic_store_explicit(&known, refusal, memory_order_release);
    }
    return *refusal ? refusal : NULL;
}

const struct kernel_table *kernels_supported(int index)
{
    const struct kernel_table *tables[5];
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!auricle_kernels_amx_refusal())
        tables[count++] = &kernels_v4_amx;
    if (cpu_has_vnni())
        tables[count++] = &kernels_v4_vnni;
    if (cpu_is_v4())
        tables[count++] = &kernels_v4;
    if (cpu_is_v3())
        tables[count++] = &kernels_v3;
#endif
    tables[count++] = &kernels_portable;
    return index >= 0 && index < count ? tables[index] : NULL;
}

const struct kernel_table *kernels_named(const char *name)
{
    const struct kernel_table *table;
    for (int i = 0; (table = kernels_supported(i)); i++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static void warn_of_choices(const char *wish, const struct kernel_table *used)
{
    char choices[64] = "";
    size_t length = 0;
    const struct kernel_table *table;
    for (int i = 0; (table = kernels_supported(i)) && length < sizeof choices; i++)
        length += (size_t)snprintf(choices + length, sizeof choices - length, "%s%s", i ? ", " : "",
                                   table->name);
    fprintf(stderr, "auricle: AURICLE_KERNELS=%s is none of %s, which this CPU runs; using %s\n",
            wish, choices, used->name);
}

const struct kernel_table *kernels(void)
{
    const struct kernel_table *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (table)
        return table;
    const char *wish = getenv("AURICLE_KERNELS");
    const struct kernel_table *wished = wish && *wish ? kernels_named(wish) : NULL;
    const struct kernel_table *best = wished ? wished : kernels_supported(0);
    // Whoever comes first decides, and alone warns; the others find the same table.
    if (!atomic_compare_exchange_strong(&chosen, &table, best))
        return table;
    if (wish && *wish && !wished)
        warn_of_choices(wish, best);
    return best;
}

const char *auricle_kernels_name(int index)
{
    const struct kernel_table *table = kernels_supported(index);
    return table ? table->name : NULL;
}

const char *auricle_kernels_in_use(void)
{
    return kernels()->name;
}

void kernels_set(const struct kernel_table *table)
{
    static struct kernel_table changed;
    changed = *table;
    atomic_store_explicit(&chosen, &changed, memory_order_release);
}
