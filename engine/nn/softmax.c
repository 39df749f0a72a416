// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/softmax.h"

#include "kernels/kernels.h"

float softmax_row(int n, float *logits)
{
    return kernels()->softmax(n, logits);
}
