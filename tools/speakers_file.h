// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The file of enrolled speakers: a verification head with profiles, personal data. */
#ifndef AURICLE_TOOLS_SPEAKERS_FILE_H
#define AURICLE_TOOLS_SPEAKERS_FILE_H

#include <auricle/status.h>

#include <limits.h>

/** $AURICLE_SPEAKERS, or auricle/speakers.safetensors in the user's data folder ($XDG_DATA_HOME,
 * ~/.local/share). Makes no folder. Errors: NOT_FOUND (no HOME). */
auricle_status speakers_default_file(char path[PATH_MAX], auricle_error *error);

#endif
