// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#ifndef AURICLE_PRETRAIN_RUN_H
#define AURICLE_PRETRAIN_RUN_H

#include <auricle/pretrain.h>

#include "base/clock.h"

/** auricle_pretrain whose budgets, intervals and checkpoints follow this clock. */
auricle_status pretraining_run(const auricle_pretrain_config *config, const struct clock *clock,
                               auricle_error *error);

#endif
