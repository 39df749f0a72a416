// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// An encoder's weights file.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auricle_model *model = NULL;
    auricle_error error;
    fuzz_check_refusal(auricle_model_open(fuzz_file(data, size), &model, &error), model, &error);
    if (model)
        fuzz_listen(model, NULL);
    auricle_model_unref(&model);
    return 0;
}
