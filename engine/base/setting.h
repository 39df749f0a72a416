// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Numbers that a user sets by name: one table has their names, help texts, defaults, ranges and
 * places. */
#ifndef AURICLE_BASE_SETTING_H
#define AURICLE_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

enum setting_kind {
    SETTING_LISTED, // a double in a list, at the setting's own index in the table
    SETTING_INT,    // a field of a struct, like the others (an enum is read as int)
    SETTING_FLOAT,
    SETTING_DOUBLE,
};

struct setting {
    const char *name, *help; // help names the source (paper, section)
    double fallback, low, high;
    bool whole;             // integers only
    enum setting_kind kind; // LISTED: offset is not used
    size_t offset;          // in the record
};

/** A setting that is a field of a struct. */
#define SETTING_FIELD(record, field, name, type, fallback, low, high, help)                        \
    {                                                                                              \
        name, help, fallback, low, high, type == SETTING_INT, type, offsetof(record, field)        \
    }

/** The ends of the entries of a listed setting. */
#define SETTING_WHOLE true, SETTING_LISTED, 0
#define SETTING_REAL false, SETTING_LISTED, 0

double setting_read(const struct setting *table, int index, const void *record);
void setting_write(const struct setting *table, int index, void *record, double value);

#endif
