// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Arrays that grow: each item is added in constant time on average. */
#ifndef AURICLE_BASE_GROW_H
#define AURICLE_BASE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/** One growing array: the address of the pointer to its items, and the bytes of one item. */
struct grow_array {
    void *items;
    size_t item_bytes;
};

/** Makes each of the arrays hold at least count items. *room is the number of items that all of
 * them hold, 0 with NULL pointers at first. Returns false when memory is out: items and *room are
 * then as before. */
bool grow_arrays(const struct grow_array *arrays, size_t array_count, size_t count, size_t *room);

/** Makes the array `items` hold count items; room is a size_t beside it. */
#define GROW(items, count, room)                                                                   \
    grow_arrays(&(struct grow_array){&(items), sizeof *(items)}, 1, count, &(room))

/** The same for several arrays with one room: GROW_ALL(count, room, {&x, bytes}, {&y, bytes}). */
#define GROW_ALL(count, room, ...)                                                                 \
    grow_arrays((const struct grow_array[]){__VA_ARGS__},                                          \
                sizeof(const struct grow_array[]){__VA_ARGS__} / sizeof(struct grow_array), count, \
                &(room))

#endif
