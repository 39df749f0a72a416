// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The weights that a training begins with, from an encoder that was trained before. */
#ifndef AURICLE_PRETRAIN_WARM_START_H
#define AURICLE_PRETRAIN_WARM_START_H

#include "pretrain/report.h"

/** What a training takes over. */
struct warm_start {
    bool features_known; // the feature statistics are the model's: its log-mel is the same
    char hash[65];       // content hash of the model
};

/** Copies by name the weights of the model at path whose shapes agree, and reports how many.
 * Errors: those of auricle_model_open; INVALID (not fp32; no tensor fits). */
auricle_status warm_start(const char *path, const struct network *network, struct report_sink *sink,
                          struct warm_start *taken, auricle_error *error);

#endif
