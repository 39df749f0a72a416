// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "train/carry.h"

#include <string.h>

int carry_list(const struct encoder_shape *shape, const struct encoder_carry *carry,
               struct carry_part *parts)
{
    int count = 0;
    for (int i = 0; i < shape->conv_layers; i++) {
        struct conv1d_shape conv = encoder_conv_shape(shape, i);
        size_t width = (size_t)(conv.kernel - conv.stride) * (size_t)conv.in;
        if (width > 0)
            parts[count++] = (struct carry_part){"history", i, carry->history[i], width};
    }
    const size_t state = (size_t)shape->context_dim * (shape->cell == CELL_LSTM ? 2 : 1);
    for (int i = 0; i < shape->context_layers; i++)
        parts[count++] = (struct carry_part){"context", i, carry->context[i], state};
    if (carry->drift)
        parts[count++] = (struct carry_part){"drift", 0, carry->drift, (size_t)encoder_shape_drift_dim(shape)};
    return count;
}

void carry_copy(const struct encoder_shape *shape, struct encoder_carry *to,
                const struct encoder_carry *from)
{
    struct carry_part targets[CARRY_PARTS], sources[CARRY_PARTS];
    int count = carry_list(shape, to, targets);
    carry_list(shape, from, sources);
    for (int i = 0; i < count; i++)
        memcpy(targets[i].values, sources[i].values,
               targets[i].width * (size_t)to->streams * sizeof(float));
}

void carry_clear(const struct encoder_shape *shape, struct encoder_carry *carry)
{
    for (int b = 0; b < carry->streams; b++)
        encoder_carry_reset(shape, carry, b);
}
