// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *auricle_status_name(auricle_status status)
{
    switch (status) {
    case AURICLE_OK:
        return "ok";
    case AURICLE_INVALID:
        return "invalid";
    case AURICLE_NOT_FOUND:
        return "not found";
    case AURICLE_IO:
        return "input/output error";
    case AURICLE_FORMAT:
        return "bad format";
    case AURICLE_MISMATCH:
        return "mismatch";
    case AURICLE_NO_MEMORY:
        return "out of memory";
    case AURICLE_INTERRUPTED:
        return "interrupted";
    }
    return "unknown status";
}

const char *auricle_version(void)
{
    return AURICLE_VERSION;
}

auricle_status error_set(auricle_error *error, auricle_status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

auricle_status error_no_memory(auricle_error *error, const char *format, ...)
{
    char what[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, AURICLE_NO_MEMORY, "not enough memory for %.400s", what);
}

auricle_status error_prefix(auricle_error *error, auricle_status status, const char *format, ...)
{
    if (error) {
        char reason[sizeof error->text];
        memcpy(reason, error->text, sizeof reason);
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        size_t used = strlen(error->text);
        snprintf(error->text + used, sizeof error->text - used, ": %s", reason);
        error->status = status;
    }
    return status;
}

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "auricle: internal mistake at %s:%d: %s\n", file, line, condition);
    abort();
}
