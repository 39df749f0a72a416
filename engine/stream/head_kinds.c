// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "stream/head_kind.h"

#include <string.h>

const struct head_kind *const head_kinds[] = {&head_kind_frame, &head_kind_clip, &head_kind_keyword,
                                              &head_kind_verification, NULL};

const struct head_kind *head_kind_find(const struct head_kind *const *kinds, const char *name)
{
    for (; *kinds; kinds++)
        if (!strcmp((*kinds)->name, name))
            return *kinds;
    return NULL;
}

const struct head_kind *head_kind_of_window(int window_frames)
{
    return window_frames > 1 ? &head_kind_clip : &head_kind_frame;
}
