// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// A head's file, for the encoder that its seeds were made for. A head names its encoder by a hash
// that no fuzzer finds: seeds keep it.
#include "fuzz.h"

#include "fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture fixture;
    auricle_head *head = NULL;
    auricle_error error;
    if (!fixture.model)
        fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fuzz_check_refusal(auricle_head_open(fuzz_file(data, size), fixture.model, &head, &error), head,
                       &error);
    if (head)
        fuzz_listen(fixture.model, head);
    auricle_head_unref(&head);
    return 0;
}
