// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Where the bundled models are: $AURICLE_MODELS, beside the program in a build folder, or
// installed.
#define _POSIX_C_SOURCE 200809L
#include "tool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool there(char *path, const char *folder, const char *between, const char *name)
{
    snprintf(path, PATH_MAX, "%s%s/%s", folder, between, name);
    return access(path, R_OK) == 0;
}

const char *tool_default_file(const char *name)
{
    static char path[PATH_MAX];
    char folder[PATH_MAX] = "";
    const char *given = getenv("AURICLE_MODELS");
    if (given && *given) { // an explicit wish: whether it holds is for the reader to say
        there(path, given, "", name);
        return path;
    }
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *slash = length > 0 ? strrchr(folder, '/') : NULL;
    if (slash) {
        *slash = 0;
        if (there(path, folder, "/../../models", name)) // BUILD/tools/auricle
            return path;
        if (there(path, folder, "/../share/auricle/models", name))
            return path;
    }
    there(path, "models", "", name);
    return path;
}
