// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What every fallible call returns, and where it says why.
 *
 * Threads: an auricle_error belongs to its caller; nothing here is global. */
#ifndef AURICLE_STATUS_H
#define AURICLE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AURICLE_API __attribute__((visibility("default")))
#else
#define AURICLE_API
#endif

typedef enum auricle_status {
    AURICLE_OK = 0,
    AURICLE_INVALID,     /**< an argument or input value is outside what the call accepts */
    AURICLE_NOT_FOUND,   /**< a file, device or name does not exist */
    AURICLE_IO,          /**< reading or writing failed (disk full, permission, device gone) */
    AURICLE_FORMAT,      /**< bytes that are not what they claim to be */
    AURICLE_MISMATCH,    /**< two things that do not belong together (a head of another encoder) */
    AURICLE_NO_MEMORY,   /**< an allocation failed */
    AURICLE_INTERRUPTED, /**< the caller asked to stop; what was done is saved */
} auricle_status;

/** The reason for a failure, in words: the value that is wrong, and the cure. UTF-8, one line. */
typedef struct auricle_error {
    auricle_status status;
    char text[512];
} auricle_error;

/** A short constant name of a status ("not found"). Never NULL. */
AURICLE_API const char *auricle_status_name(auricle_status status);

/** The library's version, "MAJOR.MINOR.PATCH". */
AURICLE_API const char *auricle_version(void);

#ifdef __cplusplus
}
#endif
#endif
