// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The part of auricle eval that plays recordings to a head as it would hear them live. */
#ifndef AURICLE_TOOLS_EVAL_HEAD_H
#define AURICLE_TOOLS_EVAL_HEAD_H

#include "tool.h"

#include <auricle/evaluate.h>

#include <jansson.h>

/** config.progress is set here; prints the result or the reason; returns the exit status. */
int eval_head(auricle_head_evaluation_config *config, bool json, bool confusion, bool quiet);
/** Sets "labels" and "confusion" (rows = truth) of json. */
void eval_add_confusion(json_t *json, char *const *labels, int classes, const int *confusion);
void eval_print_confusion(char *const *labels, int classes, const int *confusion);

#endif
