// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/carry.h"

#include "base/error.h"

#include <string.h>

int carry_list(const struct encoder_shape *shape, const struct encoder_carry *carry,
               struct carry_part *parts)
{
    const struct carry_widths widths = encoder_carry_widths(shape);
    int count = 0;
    for (int i = 0; i < shape->conv_layers; i++)
        if (widths.history[i] > 0)
            parts[count++] =
                (struct carry_part){"history", i, carry->history[i], widths.history[i]};
    for (int i = 0; i < shape->context_layers; i++)
        parts[count++] = (struct carry_part){"context", i, carry->context[i], widths.context[i]};
    if (carry->drift)
        parts[count++] = (struct carry_part){"drift", 0, carry->drift, widths.drift};
    return count;
}

struct encoder_carry carry_streams(const struct encoder_shape *shape,
                                   const struct encoder_carry *carry, int first, int count)
{
    CHECK(first >= 0 && count > 0 && first + count <= carry->streams);
    const struct carry_widths widths = encoder_carry_widths(shape);
    struct encoder_carry some = {.streams = count};
    const size_t skip = (size_t)first;
    for (int i = 0; i < shape->conv_layers; i++)
        some.history[i] = carry->history[i] + skip * widths.history[i];
    for (int i = 0; i < shape->context_layers; i++)
        some.context[i] = carry->context[i] + skip * widths.context[i];
    if (carry->drift)
        some.drift = carry->drift + skip * widths.drift;
    return some;
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
