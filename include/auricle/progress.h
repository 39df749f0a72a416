// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** How long work in libauricle-train reports what it does, and how a caller stops it. */
#ifndef AURICLE_PROGRESS_H
#define AURICLE_PROGRESS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** done of total recordings are ready. Return false to stop the call, which then returns
 * INTERRUPTED. NULL where a caller does not want it. */
typedef bool (*auricle_progress)(int done, int total, void *user);

/** One line of text for the user: a recording that cannot be read, a choice that was made. */
typedef void (*auricle_note)(const char *line, void *user);

#ifdef __cplusplus
}
#endif
#endif
