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

/** Whether both multiply one small int8 matrix into the same bits; false when memory is out.
 * Some 60 us. Neither's int8_depth may be more than 64. */
bool kernels_int8_agree(const struct kernel_table *one, const struct kernel_table *other);
/** The same of float matrices that bfloat16 holds, and sums of them that float holds: sgemm and the
 * panels. Training library only. */
bool kernels_bf16_agree(const struct kernel_table *one, const struct kernel_table *other);

/** The tables this CPU can run, best first; NULL past the last. */
const struct kernel_table *kernels_supported(int index);

/** The supported table of that name. NULL when there is none. */
const struct kernel_table *kernels_named(const char *name);

#endif
