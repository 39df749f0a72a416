// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Files that are whole or absent: written to a temporary name, synced, renamed. */
#ifndef AURICLE_BASE_FILE_H
#define AURICLE_BASE_FILE_H

#include <auricle/status.h>
#include <stddef.h>

/** One piece of what is written. */
struct file_part {
    const void *bytes;
    size_t count;
};

/** Writes the parts one after another to path, atomically; what was there stays on failure. A file
 * that is replaced keeps its permissions.
 * Errors: IO with path and the system's reason (a full disk is named). */
auricle_status file_replace(const char *path, const struct file_part *parts, int part_count,
                            auricle_error *error);

/** An empty file that only its owner can read, where there is none yet: file_replace keeps that.
 * Errors: IO. */
auricle_status file_make_private(const char *path, auricle_error *error);

/** Whether file_replace could begin there: for what is written only after hours. Errors: IO. */
auricle_status file_check_place(const char *path, auricle_error *error);

/** The folder and those above it, where they are not there yet. Errors: IO, INVALID (too long). */
auricle_status file_make_folders(const char *path, auricle_error *error);

/** A read-only map of a whole file. */
struct file_map {
    const unsigned char *bytes;
    size_t count;
};

/** Errors: NOT_FOUND, IO. An empty file maps to count 0. */
auricle_status file_map_open(const char *path, struct file_map *map, auricle_error *error);
/** A read-only copy of bytes in memory, closed like a file's map. Errors: NO_MEMORY. */
auricle_status file_map_copy(const void *bytes, size_t count, struct file_map *map,
                             auricle_error *error);
void file_map_close(struct file_map *map);

#endif
