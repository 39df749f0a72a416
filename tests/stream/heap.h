// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The heap under observation: counts calls and live blocks of the whole process, and can refuse
 * the n-th allocation. Stands in front of glibc's allocator, so shared libraries are seen too.
 * Under AddressSanitizer it stands in front of the engine's own calls only (linked with --wrap). */
#ifndef AURICLE_TESTS_HEAP_H
#define AURICLE_TESTS_HEAP_H

#include <stdbool.h>

/** Calls that allocate or free since the program began. */
long heap_calls(void);
/** Blocks allocated and not yet freed. Under AddressSanitizer, which looks for leaks itself and
 * would see blocks change hands between libraries: 0. */
long heap_live(void);
/** The ordinal-th allocation from now on (1 = the next) fails, once. 0 = none does. Those made by
 * the shared library whose file name contains `spared` (NULL = none) neither fail nor count. */
void heap_fail_at(long ordinal, const char *spared);
/** True when the armed failure has happened. */
bool heap_failed(void);

#endif
