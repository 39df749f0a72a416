// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "tool_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 15 }; // any decimal of so many digits survives a double

json_t *tool_json_number(double value, int decimals)
{
    const double scale = pow(10, decimals);
    return isfinite(value) ? json_real(round(value * scale) / scale) : json_null();
}

json_t *tool_json_text(const char *text)
{
    static const char unknown[] = "\xEF\xBF\xBD"; // U+FFFD
    json_t *json = json_string(text);
    char *repaired = json ? NULL : malloc(3 * strlen(text) + 1), *at = repaired;
    for (; repaired && *text; text++) {
        if ((unsigned char)*text < 0x80)
            *at++ = *text;
        else
            at = (char *)memcpy(at, unknown, 3) + 3;
    }
    if (repaired) {
        *at = '\0';
        json = json_string(repaired);
    }
    free(repaired);
    return json;
}

bool tool_json_is_text(const char *text, size_t count)
{
    json_t *json = json_stringn(text, count);
    json_decref(json);
    return json != NULL;
}

void tool_json_print(json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS));
    putchar('\n');
    json_decref(json);
}
