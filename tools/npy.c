// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "npy.h"

#include "tool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 128, PREFIX = 10 }; // room for any number of rows

static auricle_status fail(struct npy *npy, auricle_error *error)
{
    tool_fail(error, AURICLE_IO, "cannot write %.300s: %s", npy->path, strerror(errno));
    npy_abandon(npy);
    return AURICLE_IO;
}

// The magic, the version, the header's length, a Python dictionary padded with blanks.
static size_t write_header(const struct npy *npy)
{
    char header[HEADER];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = HEADER - PREFIX;
    header[9] = 0;
    int length = snprintf(header + PREFIX, HEADER - PREFIX,
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }",
                          npy->rows, npy->columns);
    header[PREFIX + length] = ' ';
    header[HEADER - 1] = '\n';
    return fwrite(header, 1, HEADER, npy->file);
}

auricle_status npy_create(const char *path, size_t columns, struct npy *npy, auricle_error *error)
{
    *npy = (struct npy){.columns = columns};
    snprintf(npy->path, sizeof npy->path, "%s", path);
    snprintf(npy->temporary, sizeof npy->temporary, "%s.part", path);
    npy->file = fopen(npy->temporary, "wb");
    if (!npy->file || write_header(npy) != HEADER)
        return fail(npy, error);
    return AURICLE_OK;
}

auricle_status npy_row(struct npy *npy, const float *row, auricle_error *error)
{
    npy->rows++;
    return fwrite(row, sizeof *row, npy->columns, npy->file) == npy->columns ? AURICLE_OK
                                                                             : fail(npy, error);
}

auricle_status npy_finish(struct npy *npy, auricle_error *error)
{
    if (fseek(npy->file, 0, SEEK_SET) || write_header(npy) != HEADER || fflush(npy->file) ||
        fsync(fileno(npy->file)))
        return fail(npy, error);
    int closed = fclose(npy->file);
    npy->file = NULL;
    if (closed || rename(npy->temporary, npy->path)) {
        auricle_status status = fail(npy, error);
        unlink(npy->temporary);
        return status;
    }
    return AURICLE_OK;
}

void npy_abandon(struct npy *npy)
{
    if (!npy->file)
        return;
    fclose(npy->file);
    npy->file = NULL;
    unlink(npy->temporary);
}
