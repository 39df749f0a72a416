// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The card: what a weights file says about itself, as JSON text under the metadata key "auricle".
 * {"format": 1, "kind": "encoder" or "head", ..., "card": {free: data, licences, results ...}} */
#ifndef AURICLE_MODEL_CARD_H
#define AURICLE_MODEL_CARD_H

#include "model/safetensors.h"

enum { CARD_FORMAT = 1 };

/** Parses and checks format and kind. *text borrows from file; *json is the caller's to decref. */
auricle_status card_read(const struct safetensors *file, const char *kind, const char **text,
                         json_t **json, auricle_error *error);
/** The metadata object for safetensors_write from a card with its "kind" set; adds "format".
 * Takes over json (may be NULL: then NULL). NULL when memory is out. */
json_t *card_metadata(json_t *json);

#endif
