// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "speakers_file.h"

#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

auricle_status speakers_default_file(char path[PATH_MAX], auricle_error *error)
{
    const char *named = getenv("AURICLE_SPEAKERS"), *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int length;
    if (named && *named)
        length = snprintf(path, PATH_MAX, "%s", named);
    else if (data && *data == '/')
        length = snprintf(path, PATH_MAX, "%s/auricle/speakers.safetensors", data);
    else if (home && *home == '/')
        length = snprintf(path, PATH_MAX, "%s/.local/share/auricle/speakers.safetensors", home);
    else
        return tool_fail(error, AURICLE_NOT_FOUND,
                         "HOME is not set: name the file of speakers with --file");
    if (length >= PATH_MAX)
        return tool_fail(error, AURICLE_INVALID, "the path of the file of speakers is too long");
    return AURICLE_OK;
}
