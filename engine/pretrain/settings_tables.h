// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The table of settings of each group. */
#ifndef AURICLE_PRETRAIN_SETTINGS_TABLES_H
#define AURICLE_PRETRAIN_SETTINGS_TABLES_H

#include "base/setting.h"

struct setting_table {
    const struct setting *list;
    int count;
};

extern const struct setting_table loop_table, optimiser_table, teacher_table, augment_table,
    distort_table, shape_table;

#endif
