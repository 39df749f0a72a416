// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Failing with a reason, and the program's own mistakes. */
#ifndef AURICLE_BASE_ERROR_H
#define AURICLE_BASE_ERROR_H

#include <auricle/status.h>

/** Writes the reason into error (may be NULL) and returns status: `return error_set(...)`. */
auricle_status error_set(auricle_error *error, auricle_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** "not enough memory for ...": format names what the memory was for. Returns NO_MEMORY. */
auricle_status error_no_memory(auricle_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Puts "prefix: " before the reason already there, e.g. the name of the file. Returns status. */
auricle_status error_prefix(auricle_error *error, auricle_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

_Noreturn void check_failed(const char *condition, const char *file, int line);

/** A mistake of this program, never of its input: says where, then aborts. Always on. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

#endif
