// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The settings there are, as tables: name, help, default, range, place. */
#ifndef AURICLE_PRETRAIN_SETTINGS_TABLES_H
#define AURICLE_PRETRAIN_SETTINGS_TABLES_H

#include "pretrain/settings.h"

/** A float, int or enum field of a struct. */
struct field {
    size_t offset;
    bool is_float;
};

double field_read(const struct field *field, const void *record);
void field_write(const struct field *field, void *record, double value);

extern const struct hyper loop_hypers[LOOP_SETTINGS], optimiser_hypers[OPTIMISER_SETTINGS];
extern const struct hyper teacher_hypers[TEACHER_SETTINGS];
extern const struct hyper augment_hypers[], distort_hypers[], shape_hypers[];
extern const struct field augment_fields[], distort_fields[], shape_fields[]; // in the same order
extern const int augment_count, distort_count, shape_count;

#endif
