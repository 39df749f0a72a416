// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What a model's card says of the recordings it was made from:
 * [{source, licence, ship, recordings, hours}]. */
#ifndef AURICLE_DATA_SOURCES_H
#define AURICLE_DATA_SOURCES_H

#include "data/corpus.h"

#include <jansson.h>

/** Counts one more recording in such a list. */
void sources_count(json_t *list, const struct corpus_row *row);

#endif
