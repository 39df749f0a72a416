// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What auricle eval --head reports of words and of hours of sound. */
#ifndef AURICLE_TOOLS_EVAL_REPORT_H
#define AURICLE_TOOLS_EVAL_REPORT_H

#include <auricle/evaluate.h>

#include <jansson.h>

void eval_print_words(const auricle_head_evaluation *result);
void eval_print_hours(const auricle_head_evaluation *result);
void eval_print_points(const auricle_head_evaluation *result);

/** Shares are 0..1, times seconds; what is not known is null. NULL when memory is out. */
json_t *eval_words_json(const auricle_head_evaluation *result);
json_t *eval_hours_json(const auricle_head_evaluation *result);
json_t *eval_points_json(const auricle_head_evaluation *result);

#endif
