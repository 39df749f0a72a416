// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the fuzz targets share. Each target is one file with LLVMFuzzerTestOneInput. */
#ifndef AURICLE_TESTS_FUZZ_H
#define AURICLE_TESTS_FUZZ_H

#include <auricle/head.h>

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** The path of a file in memory that holds these bytes; valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/** What must hold after a call that opens something: it gave an object, or an error with a text. */
void fuzz_check_refusal(auricle_status status, const void *object, const auricle_error *error);

/** Feeds some sound and drains: every number of every frame is finite. */
void fuzz_listen(auricle_model *model, auricle_head *head);

#endif
