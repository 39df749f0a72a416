// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *tool_open(const char *path, const char **reason)
{
    struct stat about;
    FILE *file = NULL;
    *reason = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe would have it wait
    if (descriptor >= 0 && fstat(descriptor, &about) == 0 && !S_ISREG(about.st_mode))
        *reason = S_ISDIR(about.st_mode) ? "is a folder: name a file in it"
                                         : "is a pipe or device: name a regular file";
    else if (descriptor >= 0)
        file = fdopen(descriptor, "rb");
    if (file)
        return file;
    if (!*reason)
        *reason = strerror(errno);
    if (descriptor >= 0)
        close(descriptor);
    return NULL;
}
