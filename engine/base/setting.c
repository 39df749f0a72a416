// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "base/setting.h"

#include <string.h>

static size_t place_of(const struct setting *table, int index)
{
    return table[index].kind == SETTING_LISTED ? (size_t)index * sizeof(double)
                                               : table[index].offset;
}

double setting_read(const struct setting *table, int index, const void *record)
{
    const char *place = (const char *)record + place_of(table, index);
    union {
        int whole;
        float single;
        double real;
    } value;
    switch (table[index].kind) {
    case SETTING_INT:
        memcpy(&value.whole, place, sizeof value.whole);
        return value.whole;
    case SETTING_FLOAT:
        memcpy(&value.single, place, sizeof value.single);
        return (double)value.single;
    case SETTING_LISTED:
    case SETTING_DOUBLE:
        break;
    }
    memcpy(&value.real, place, sizeof value.real);
    return value.real;
}

void setting_write(const struct setting *table, int index, void *record, double value)
{
    char *place = (char *)record + place_of(table, index);
    const int whole = table[index].kind == SETTING_INT ? (int)value : 0;
    const float single = (float)value;
    switch (table[index].kind) {
    case SETTING_INT:
        memcpy(place, &whole, sizeof whole);
        break;
    case SETTING_FLOAT:
        memcpy(place, &single, sizeof single);
        break;
    case SETTING_LISTED:
    case SETTING_DOUBLE:
        memcpy(place, &value, sizeof value);
        break;
    }
}
