// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What this machine computes with: for auricle info --machine. */
#ifndef AURICLE_TOOLS_MACHINE_H
#define AURICLE_TOOLS_MACHINE_H

#include <stdbool.h>

/** Prints processor, instruction sets that matter here, caches, and the kernel tables: the one in
 * use and those it can be forced to. */
void machine_print(bool json);

#endif
