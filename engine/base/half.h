// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#ifndef AURICLE_BASE_HALF_H
#define AURICLE_BASE_HALF_H

#include <stdint.h>

/** IEEE 754 binary16, as its bits. Exact; infinities and NaN stay what they are. */
float half_to_float(uint16_t half);
/** Rounded to nearest, ties to even; beyond 65504 it is infinity. */
uint16_t half_from_float(float value);

#endif
