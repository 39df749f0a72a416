// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A .npy of float32 rows for tests. Include after cmocka.h. */
#ifndef AURICLE_TESTS_NPY_WRITE_H
#define AURICLE_TESTS_NPY_WRITE_H

#include <limits.h>
#include <stdio.h>
#include <string.h>

/** folder/name with this header and these bytes after it. */
static inline void npy_write_raw(const char *folder, const char *name, const char *header,
                                 const void *bytes, size_t count)
{
    char path[PATH_MAX];
    const size_t length = strlen(header);
    const unsigned char start[] = {0x93,
                                   'N',
                                   'U',
                                   'M',
                                   'P',
                                   'Y',
                                   1,
                                   0,
                                   (unsigned char)(length & 255),
                                   (unsigned char)(length >> 8)};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fwrite(start, 1, sizeof start, file) == sizeof start);
    assert_true(fwrite(header, 1, length, file) == length);
    assert_true(fwrite(bytes, 1, count, file) == count);
    assert_true(fclose(file) == 0);
}

static inline void npy_write(const char *folder, const char *name, const float *values, int rows,
                             int columns)
{
    char header[128];
    snprintf(header, sizeof header,
             "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }\n", rows, columns);
    npy_write_raw(folder, name, header, values, sizeof *values * (size_t)(rows * columns));
}

#endif
