// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The kind "clip": mean, deviation and maximum of the last window_frames frames are classified,
 * every hop_frames frames. */
#include "stream/head_kind.h"

const struct head_kind head_kind_clip = {
    .name = "clip",
    .check = head_pooled_check,
    .inputs = head_pooled_inputs,
    .span_frames = head_pooled_span,
    .tensors = head_classifier_tensors,
    .create = head_pooled_create,
    .destroy = head_pooled_destroy,
    .reset = head_pooled_reset,
    .gather = head_pooled_gather,
    .decide = head_classifier_decide,
};
