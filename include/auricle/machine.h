// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What this machine's processor offers the engine.
 *
 * Threads: any; the results are constant for the life of the process. */
#ifndef AURICLE_MACHINE_H
#define AURICLE_MACHINE_H

#include <auricle/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Name of kernel table number index that this CPU can run ("v4"); 0 is the best; NULL past the
 * last. */
AURICLE_API const char *auricle_kernels_name(int index);
/** The kernel table in use: the best, or the one the environment's AURICLE_KERNELS names. */
AURICLE_API const char *auricle_kernels_in_use(void);
/** Why AMX tiles multiply nothing here; NULL where the table "v4-amx" is among those to choose. The
 * first call, of this or of any of the two above, tries the tiles on a small product. */
AURICLE_API const char *auricle_kernels_amx_refusal(void);

// ---- in libauricle-train

/** What multiplies when loop.bf16 is 1: "AMX" or "AVX512-BF16", this with the reason where AMX is
 * at hand and isn't used; NULL where nothing does. */
AURICLE_API const char *auricle_bf16_unit(void);

/** OpenBLAS, which does not know every CPU, may have chosen kernels of a much older one when it was
 * loaded, and learning is then two to four times slower. The OPENBLAS_CORETYPE to put into the
 * environment of a new start; NULL when all is well or the variable is set. The program auricle
 * starts itself anew by this. */
AURICLE_API const char *auricle_blas_core_missed(void);

#ifdef __cplusplus
}
#endif
#endif
