// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** NumPy's .npy, version 1.0: float32 [rows][columns], rows one after another; the file appears
 * under its name when it is whole. */
#ifndef AURICLE_TOOLS_NPY_H
#define AURICLE_TOOLS_NPY_H

#include <auricle/status.h>

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

struct npy {
    FILE *file;
    size_t rows, columns;
    char path[PATH_MAX], temporary[PATH_MAX + 8];
};

/** Errors: IO with the system's reason; what stood under the name is kept. */
auricle_status npy_create(const char *path, size_t columns, struct npy *npy, auricle_error *error);
auricle_status npy_row(struct npy *npy, const float *row, auricle_error *error);
auricle_status npy_finish(struct npy *npy, auricle_error *error);
/** Throws away what is not finished. */
void npy_abandon(struct npy *npy);

#endif
