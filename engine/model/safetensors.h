// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** safetensors: 8-byte little-endian header length, JSON header, tensor bytes. F32 and I64 here.
 * Reading trusts nothing: length, JSON, dtypes, shapes, overlaps, holes, alignment, values that are
 * not finite or beyond WEIGHT_MAX, trailing bytes are checked before any tensor is used. */
#ifndef AURICLE_MODEL_SAFETENSORS_H
#define AURICLE_MODEL_SAFETENSORS_H

#include <auricle/status.h>
#include "base/file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define WEIGHT_MAX 1e6f /**< no trained weight comes near; beyond it sums may overflow */

struct safetensors {
    struct file_map map;
    json_t *header;            // parsed
    json_t *metadata;          // header's __metadata__ (borrowed): string -> string
    const unsigned char *data; // tensor bytes
    size_t data_bytes;
};

auricle_status safetensors_open(const char *path, struct safetensors *file, auricle_error *error);
void safetensors_close(struct safetensors *file);

/** F32 tensor of exactly this shape; FORMAT otherwise, with both shapes in the text. Points into
 * the map (the writer aligns tensor data to 64 bytes; a foreign file that isn't 4-aligned is
 * refused). */
auricle_status safetensors_float(const struct safetensors *file, const char *name, int rank,
                                 const int *dims, const float **values, auricle_error *error);
bool safetensors_has(const struct safetensors *file, const char *name);
/** Tensors in the file. */
int safetensors_count(const struct safetensors *file);
/** SHA-256 over every tensor in the order of its name: "name\ndtype\nd0,d1,...\n", then its bytes.
 * The metadata and the order in the file do not matter. false when memory is out. */
bool safetensors_hash(const struct safetensors *file, char hash[65]);

struct safetensors_entry {
    const char *name;
    int rank;
    int dims[4];
    const float *values;
};
/** safetensors_hash of tensors that are in no file. false when memory is out. */
bool safetensors_hash_entries(const struct safetensors_entry *entries, int count, char hash[65]);
/** Written atomically. metadata: JSON object of strings. hash (may be NULL) gets safetensors_hash.
 * Errors: INVALID (a value that is not finite, named), IO, NO_MEMORY. */
auricle_status safetensors_write(const char *path, const struct safetensors_entry *entries,
                                 int count, const json_t *metadata, char hash[65],
                                 auricle_error *error);

#endif
