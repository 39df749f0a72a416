// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the ways of fitting a head share. */
#ifndef AURICLE_HEADS_FITTING_H
#define AURICLE_HEADS_FITTING_H

#include <auricle/fit.h>

#include "heads/learn.h"
#include "heads/scene_encoder.h"
#include "model/model.h"
#include "stream/head.h"

struct fit {
    const auricle_fit_config *config;
    auricle_fit_result *result;
    auricle_model *model;
    struct fit_data data;
    struct scene_encoder *encoder;
    struct fit_examples examples;
    struct head_shape shape;
    struct fit_learned learned;
    json_t *more; // for the card's "training": what only this way of fitting knows, or NULL
};

void fit_note(const struct fit *fit, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Trains a keyword head on the train rows and hours; fills learned, more and the shape's detector.
 * Errors: INVALID (not one background, no hours), NO_MEMORY, INTERRUPTED. */
auricle_status fit_keyword(struct fit *fit, auricle_error *error);

/** Learns what tells the speakers of the train rows apart; fills learned, more, and the shape's
 * labels. Errors: INVALID (too few speakers or recordings), NO_MEMORY, INTERRUPTED. */
auricle_status fit_speakers(struct fit *fit, auricle_error *error);

#endif
