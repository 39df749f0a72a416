// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The card of a pretrained encoder: what it learned from, how, and how well. */
#ifndef AURICLE_PRETRAIN_PROVENANCE_H
#define AURICLE_PRETRAIN_PROVENANCE_H

#include "pretrain/held_out.h"
#include "pretrain/selection.h"

/** How a training ended. Borrowed. */
struct training_result {
    const struct progress *progress;
    const struct held_out *held_out;
    double audio_hours;
    int skipped_recordings;
};

/** name: of the model if config has none. NULL: memory is out. */
json_t *provenance_card(const auricle_pretrain_config *config, const struct settings *settings,
                        const struct selection *selection, const struct training_result *result,
                        const char *name);

#endif
