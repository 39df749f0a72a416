// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "base/grow.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ITEMS = 16 };

// items is the address of a pointer of any object type: memcpy reads and writes that pointer.
static bool resize(const struct grow_array *array, size_t count)
{
    void *items;
    if (count > SIZE_MAX / array->item_bytes)
        return false;
    memcpy(&items, array->items, sizeof items);
    items = realloc(items, count * array->item_bytes);
    if (items)
        memcpy(array->items, &items, sizeof items);
    return items != NULL;
}

bool grow_arrays(const struct grow_array *arrays, size_t array_count, size_t count, size_t *room)
{
    if (count <= *room)
        return true;
    size_t wanted = *room + *room / 2;
    wanted = wanted > count ? wanted : count;
    wanted = wanted > LEAST_ITEMS ? wanted : LEAST_ITEMS;
    for (size_t i = 0; i < array_count; i++)
        if (!resize(&arrays[i], wanted))
            return false;
    *room = wanted;
    return true;
}
