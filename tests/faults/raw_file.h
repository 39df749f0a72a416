// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Weights files taken apart and put together again, right or wrong. */
#ifndef AURICLE_TESTS_RAW_FILE_H
#define AURICLE_TESTS_RAW_FILE_H

#include <jansson.h>
#include <stddef.h>

/** A safetensors file as header text and data. */
struct raw_file {
    char *header;
    size_t header_bytes;
    unsigned char *data;
    size_t data_bytes;
};

struct raw_file raw_file_read(const char *path);
void raw_file_free(struct raw_file *raw);
/** Replaces the header by JSON text; json is taken over. */
void raw_file_set_header(struct raw_file *raw, json_t *json);
json_t *raw_file_header(const struct raw_file *raw);
/** Writes length, header and data. */
void raw_file_write(const struct raw_file *raw, const char *path);
void raw_bytes_write(const char *path, const void *bytes, size_t count);

#endif
