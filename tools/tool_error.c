// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

auricle_status tool_fail(auricle_error *error, auricle_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

auricle_status tool_fail_in(auricle_error *error, auricle_status status, const char *path)
{
    char reason[sizeof error->text];
    snprintf(reason, sizeof reason, "%s", *error->text ? error->text : auricle_status_name(status));
    return strstr(reason, path) ? status : tool_fail(error, status, "%.300s: %.200s", path, reason);
}

void tool_add_cure(auricle_error *error, const char *cure)
{
    const size_t used = strlen(error->text);
    if (error->status == AURICLE_NOT_FOUND)
        snprintf(error->text + used, sizeof error->text - used, "; %s", cure);
}

int tool_wrong(const char *name, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "auricle %s: ", name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nauricle %s --help lists the options\n", name);
    return TOOL_USAGE;
}

int tool_failed(const char *name, const auricle_error *error)
{
    fprintf(stderr, "auricle %s: %s\n", name,
            error->text[0] ? error->text : auricle_status_name(error->status));
    return TOOL_FAILED;
}

void tool_check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "auricle: internal mistake at %s:%d: %s\n", file, line, condition);
    abort();
}
