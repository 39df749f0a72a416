// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings as codes: what the live encoder makes of them, quantised by the decoder's codebooks,
 * in the prior's order: cycles of a top code (where there is one) and its bottom codes. */
#ifndef AURICLE_GENERATE_CODES_H
#define AURICLE_GENERATE_CODES_H

#include "ssl/decoder.h"

#include <auricle/stream.h>

struct code_list {
    int *codes;
    size_t count, capacity; // whole cycles
};

struct coder;
/** Opens the encoder and its decoder (NULL: beside it). Errors: NOT_FOUND, FORMAT, MISMATCH. */
auricle_status coder_create(const char *model, const char *decoder, struct coder **coder,
                            auricle_error *error);
void coder_destroy(struct coder **coder);
const struct decoder *coder_decoder(const struct coder *coder);
/** Appends at most seconds (0 = all) of a recording, as a stream of its own. Errors: as
 * audio_file_open, NO_MEMORY. */
auricle_status coder_read(struct coder *coder, const char *path, double seconds,
                          struct code_list *list, auricle_error *error);
void code_list_free(struct code_list *list);

/** Codes back to sound, malloc'ed: 160 samples for each bottom code but the last. */
auricle_status codes_to_sound(const struct decoder *decoder, const struct code_list *list,
                              uint64_t seed, float **samples, size_t *count, auricle_error *error);

#endif
