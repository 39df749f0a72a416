// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Comma-separated values, RFC 4180: quoted fields may hold commas, doubled quotes and line breaks;
 * lines end in CRLF, LF or CR. UTF-8, with or without a byte order mark. */
#ifndef AURICLE_DATA_CSV_H
#define AURICLE_DATA_CSV_H

#include <auricle/status.h>

#include <stddef.h>

struct csv_reader {
    const unsigned char *at, *end;
    int line;   // of at, counted from 1
    char *text; // the fields of the record read last, each ended by 0
    size_t text_capacity;
    const char **fields;
    int count;
    size_t capacity;
    int record_line; // where that record began
};

/** bytes stay borrowed until csv_close. */
struct csv_reader csv_open(const void *bytes, size_t count);
void csv_close(struct csv_reader *reader);
/** The next record into fields [count], valid until the next call; blank lines are passed over.
 * count 0 = the end. Errors: FORMAT (names line and field), NO_MEMORY. */
auricle_status csv_next(struct csv_reader *reader, auricle_error *error);

#endif
