// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// A teacher's rows in NumPy's format.
#include "fuzz.h"

#include "base/error.h"
#include "data/npy_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float row[NPY_MAX_COLUMNS];
    struct npy_file npy = {0};
    auricle_error error;
    const auricle_status status = npy_open(fuzz_file(data, size), &npy, &error);
    fuzz_check_refusal(status, status ? NULL : &npy, &error);
    if (status)
        return 0;
    CHECK(npy.rows > 0 && npy.columns > 0 && npy.columns <= NPY_MAX_COLUMNS);
    npy_read_row(&npy, 0, row);
    npy_read_row(&npy, npy.rows - 1, row);
    npy_close(&npy);
    return 0;
}
