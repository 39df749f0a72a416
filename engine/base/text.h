// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#ifndef AURICLE_BASE_TEXT_H
#define AURICLE_BASE_TEXT_H

#include <stdint.h>

/** FNV-1a, 64 bits. */
uint64_t text_hash(const char *text);

/** The part of path after its last '/'; all of path where there is none. */
const char *text_file_name(const char *path);

#endif
