// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "stream/head_kind.h"

#include "base/error.h"
#include "model/card.h"

#include <string.h>

static json_t *label_list(const struct head_shape *shape, bool only_background)
{
    json_t *list = json_array();
    for (int i = 0; i < shape->class_count; i++)
        if ((!only_background || shape->background[i]) &&
            json_array_append_new(list, json_string(shape->labels[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *head_card(const struct head_shape *shape, const json_t *card)
{
    const auricle_detector_config *detector = &shape->detector;
    json_t *recommended =
        json_pack("{s:f, s:f, s:i, s:i, s:i}", "threshold_on", (double)detector->threshold_on,
                  "threshold_off", (double)detector->threshold_off, "smoothing_hops",
                  detector->smoothing_hops, "min_frames", detector->min_frames, "refractory_frames",
                  detector->refractory_frames);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:{s:i}, s:o, s:o}", "kind", "head",
                     "head_kind", shape->kind->name, "task", shape->task, "encoder_hash",
                     shape->encoder_hash, "labels", label_list(shape, false), "background",
                     label_list(shape, true), "window_frames", shape->window_frames, "hop_frames",
                     shape->hop_frames, "shape", "hidden", shape->hidden, "detector", recommended,
                     "card", card ? json_deep_copy(card) : json_object());
}

auricle_status head_write(const char *path, const struct head_shape *shape,
                          const struct head_weights *weights, const json_t *card, char hash[65],
                          auricle_error *error)
{
    struct head_tensor tensors[MAX_HEAD_TENSORS];
    struct safetensors_entry entries[MAX_HEAD_TENSORS];
    struct head_weights found = *weights;
    auricle_status status = head_shape_check(shape, error);
    if (status)
        return error_prefix(error, status, "%s", path);
    const int count = shape->kind->tensors(shape, &found, tensors);
    for (int i = 0; i < count; i++) {
        entries[i] = (struct safetensors_entry){
            .name = tensors[i].name, .rank = tensors[i].rank, .values = *tensors[i].values};
        memcpy(entries[i].dims, tensors[i].dims, sizeof tensors[i].dims);
    }
    json_t *metadata = card_metadata(head_card(shape, card));
    if (!metadata)
        return error_set(error, AURICLE_NO_MEMORY, "not enough memory to write %s", path);
    status = safetensors_write(path, entries, count, metadata, hash, error);
    json_decref(metadata);
    return status;
}
