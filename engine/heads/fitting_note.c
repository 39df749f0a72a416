// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/fitting.h"

#include <stdarg.h>
#include <stdio.h>

void fit_note(const struct fit *fit, const char *format, ...)
{
    char line[512];
    va_list arguments;
    if (!fit->config->note)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fit->config->note(line, fit->config->user);
}
