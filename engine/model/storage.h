// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** An encoder's file with its matrices in fewer bits. Training library only. */
#ifndef AURICLE_MODEL_STORAGE_H
#define AURICLE_MODEL_STORAGE_H

#include "model/model.h"

#include <stdint.h>

/** w [rows][columns] -> bytes [rows][columns] and scale [rows]: w = scale * byte, the largest of a
 * row being 127 steps, the rest rounded to the nearest. */
void quantize_rows(int rows, int columns, const float *w, int8_t *bytes, float *scale);

/** Writes model's weights with matrices stored as storage. What multiplies the samples themselves
 * stays F32: sound has a wider range than a byte. card: the new file's free "card" (borrowed).
 * Errors: INVALID (the model is int8 already), IO, NO_MEMORY. */
auricle_status quantize_write(const char *path, const auricle_model *model, enum storage storage,
                              const json_t *card, auricle_error *error);

#endif
