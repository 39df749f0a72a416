// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#ifndef AURICLE_BASE_ROUND_H
#define AURICLE_BASE_ROUND_H

#include <stddef.h>

/** The smallest multiple of unit that is not below count. */
static inline size_t round_up(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

#endif
