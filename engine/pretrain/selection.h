// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Which recordings a pretraining hears, how often, and which are held out. */
#ifndef AURICLE_PRETRAIN_SELECTION_H
#define AURICLE_PRETRAIN_SELECTION_H

#include <auricle/pretrain.h>

#include "data/corpus.h"
#include "pretrain/settings.h"

struct selection {
    struct corpus all;             // owns the texts
    struct corpus noise;           // of the noise folders
    struct corpus train, held_out; // rows copied from all, texts borrowed; train rows may repeat
    int recordings;                // distinct ones in train
};

typedef void (*selection_log)(void *user, const char *line);

/** Errors: as corpus_add, and INVALID when nothing is left after excluding. log gets a line
 * for each folder whose metadata.csv names files that do not exist. */
auricle_status selection_make(const auricle_pretrain_config *config,
                              const struct settings *settings, struct selection *selection,
                              selection_log log, void *user, auricle_error *error);
void selection_free(struct selection *selection);

/** What the card says of the data, as data/sources.h. */
json_t *selection_describe(const struct selection *selection);

#endif
