// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** NumPy's .npy as others wrote it: float32, little-endian, rows one after another. Untrusted: what
 * is not exactly that is refused with a reason. */
#ifndef AURICLE_DATA_NPY_READ_H
#define AURICLE_DATA_NPY_READ_H

#include "base/file.h"

enum { NPY_MAX_COLUMNS = 8192 };

struct npy_file {
    struct file_map map;
    const unsigned char *values; // [rows][columns] float32 of any alignment, in the map
    size_t rows, columns;        // both at least 1
};

/** A one-dimensional array is one row. Versions 1 to 3 of the format. Errors: NOT_FOUND, IO, FORMAT
 * (with the path, what is wrong, and the cure). */
auricle_status npy_open(const char *path, struct npy_file *npy, auricle_error *error);
void npy_close(struct npy_file *npy);
/** values [columns]; they may be no numbers (NaN, Inf). */
void npy_read_row(const struct npy_file *npy, size_t row, float *values);

#endif
