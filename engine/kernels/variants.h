// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The tables there are to choose from. For kernels/ itself and its tests. */
#ifndef AURICLE_KERNELS_VARIANTS_H
#define AURICLE_KERNELS_VARIANTS_H

#include "kernels/kernels.h"

// One body (kernels/body.c), compiled once per instruction set.
extern const struct kernel_table kernels_portable;
#if defined(__x86_64__)
extern const struct kernel_table kernels_v3; // x86-64-v3: AVX2 and FMA
extern const struct kernel_table kernels_v4; // x86-64-v4: AVX-512
extern const struct kernel_table kernels_v4_vnni;
extern const struct kernel_table kernels_v4_amx; // VNNI, and AMX int8 for 16 streams and more
#endif

/** AURICLE_KERNELS=v4-amx: the tiles' code has been checked by emulation only, so nobody gets it
 * who has not asked. */
bool kernels_amx_is_wished(void);

/** The tables this CPU can run, best first; NULL past the last. */
const struct kernel_table *kernels_supported(int index);

/** The supported table of that name. NULL when there is none. */
const struct kernel_table *kernels_named(const char *name);

#endif
