// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** safetensors: 8-byte little-endian header length, JSON header, tensor bytes. F32, F16, I8 and I64
 * here.
 * Reading trusts nothing: length, JSON, dtypes, shapes, overlaps, holes, alignment, values that are
 * not finite or beyond WEIGHT_MAX, trailing bytes are checked before any tensor is used. */
#ifndef AURICLE_MODEL_SAFETENSORS_H
#define AURICLE_MODEL_SAFETENSORS_H

#include <auricle/status.h>
#include "base/file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define WEIGHT_MAX 1e6f       /**< far above any trained weight; beyond it sums may overflow */
#define INT8_SCALE_MIN 1e-30f /**< of a row of I8: its products are no denormal numbers */

struct safetensors {
    struct file_map map;
    json_t *header;            // parsed
    json_t *metadata;          // header's __metadata__ (borrowed): string -> string
    const unsigned char *data; // tensor bytes
    size_t data_bytes;
};

enum dtype { DTYPE_F32, DTYPE_F16, DTYPE_I8, DTYPE_I64, DTYPES };

auricle_status safetensors_open(const char *path, struct safetensors *file, auricle_error *error);
/** The same from a copy of the bytes of a file; errors call it `name`. */
auricle_status safetensors_copy(const void *bytes, size_t count, const char *name,
                                struct safetensors *file, auricle_error *error);
void safetensors_close(struct safetensors *file);

/** F32 tensor of exactly this shape; FORMAT otherwise, with both shapes in the text. Points into
 * the map (the writer aligns tensor data to 64 bytes; a foreign file that isn't 4-aligned is
 * refused). */
auricle_status safetensors_float(const struct safetensors *file, const char *name, int rank,
                                 const int *dims, const float **values, auricle_error *error);
/** As above, of any dtype. */
auricle_status safetensors_find(const struct safetensors *file, const char *name, int rank,
                                const int *dims, enum dtype *dtype, const void **values,
                                auricle_error *error);
/** "F32" */
const char *dtype_name(enum dtype dtype);
size_t dtype_bytes(enum dtype dtype); // of one item
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
    const void *values;
    enum dtype dtype; // DTYPE_F32 where nothing is said
};
/** safetensors_hash of tensors that are in no file. false when memory is out. */
bool safetensors_hash_entries(const struct safetensors_entry *entries, int count, char hash[65]);
size_t safetensors_entry_bytes(const struct safetensors_entry *entry);
/** Written atomically, wider dtypes first so that each lies aligned. metadata: JSON object of
 * strings. hash (may be NULL) gets safetensors_hash. Errors: INVALID (a value that is not finite,
 * named), IO, NO_MEMORY. */
auricle_status safetensors_write(const char *path, const struct safetensors_entry *entries,
                                 int count, const json_t *metadata, char hash[65],
                                 auricle_error *error);

#endif
