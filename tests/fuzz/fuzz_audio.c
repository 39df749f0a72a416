// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// A recording, read whole at 16 kHz and from its middle.
#include "fuzz.h"

#include "base/error.h"
#include "data/audio_file.h"

#include <math.h>
#include <stdlib.h>

static size_t load(const uint8_t *data, size_t size, double start_s, double end_s)
{
    float *samples = NULL;
    size_t count = 0;
    auricle_error error;
    const auricle_status status =
        audio_file_load(fuzz_file(data, size), 16000, -1, start_s, end_s, &samples, &count, &error);
    fuzz_check_refusal(status, status ? NULL : data, &error);
    CHECK(!status || !samples);
    for (size_t i = 0; !status && i < count; i++)
        CHECK(isfinite(samples[i]));
    free(samples);
    return status ? 0 : count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const double seconds = (double)load(data, size, 0, 0) / 16000;
    if (seconds > 0.2)
        load(data, size, seconds / 2, seconds / 2 + 0.1);
    return 0;
}
