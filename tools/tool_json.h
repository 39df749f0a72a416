// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** All JSON of the program: shares are 0..1, times are seconds, NaN is null, text is UTF-8. */
#ifndef AURICLE_TOOLS_TOOL_JSON_H
#define AURICLE_TOOLS_TOOL_JSON_H

#include <jansson.h>
#include <stdbool.h>

/** Rounded to so many decimals; null where value is not finite. */
json_t *tool_json_number(double value, int decimals);
/** In text that is not UTF-8, each byte beyond ASCII becomes U+FFFD. */
json_t *tool_json_text(const char *text);
/** Whether the first count bytes are UTF-8. */
bool tool_json_is_text(const char *text, size_t count);
/** Prints on one line of stdout and releases. */
void tool_json_print(json_t *json);

#endif
