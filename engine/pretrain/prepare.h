// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Before the first step of a training: measures what the first batches sound like. */
#ifndef AURICLE_PRETRAIN_PREPARE_H
#define AURICLE_PRETRAIN_PREPARE_H

#include "pretrain/settings.h"

#include <signal.h>

struct preparation {
    const struct settings *settings;
    const struct network *network;
    struct loader *loader;
    int teacher_width; // 0 = there is no teacher
    uint64_t seed;
    bool features_known;               // the log-mel's statistics are there already
    const volatile sig_atomic_t *stop; // not 0: end soon. May be NULL
};

/** Measures the log-mel's mean and deviation, then fits the constants of the objectives. The loader
 * ends where it began; position is room for that place, [2 * streams]. Errors: INTERRUPTED,
 * NO_MEMORY, those of loader_next. */
auricle_status prepare(const struct preparation *preparation, int64_t *position,
                       auricle_error *error);

#endif
