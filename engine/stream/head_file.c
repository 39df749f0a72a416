// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Head files: reading checks everything the card says before it is used. */
#define _POSIX_C_SOURCE 200809L
#include "stream/head.h"

#include "base/error.h"
#include "model/card.h"
#include "model/model.h"
#include "stream/head_kind.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

// ---- reading

static auricle_status read_int(const json_t *json, const char *key, int *value,
                               auricle_error *error)
{
    const json_t *found = json_object_get(json, key);
    json_int_t number = json_integer_value(found);
    if (!json_is_integer(found) || number < INT_MIN || number > INT_MAX)
        return error_set(error, AURICLE_FORMAT, "the card's '%s' is missing or not a whole number",
                         key);
    *value = (int)number;
    return AURICLE_OK;
}

static auricle_status read_float(const json_t *json, const char *key, float *value,
                                 auricle_error *error)
{
    const json_t *found = json_object_get(json, key);
    if (!json_is_number(found))
        return error_set(error, AURICLE_FORMAT, "the card's '%s' is missing or not a number", key);
    *value = (float)json_number_value(found);
    return AURICLE_OK;
}

static auricle_status read_text(const json_t *json, const char *key, const char **text,
                                auricle_error *error)
{
    *text = json_string_value(json_object_get(json, key));
    if (*text)
        return AURICLE_OK;
    return error_set(error, AURICLE_FORMAT, "the card's '%s' is missing or not a string", key);
}

static auricle_status read_detector(const json_t *json, auricle_detector_config *detector,
                                    auricle_error *error)
{
    auricle_status status = read_float(json, "threshold_on", &detector->threshold_on, error);
    if (!status)
        status = read_float(json, "threshold_off", &detector->threshold_off, error);
    if (!status)
        status = read_int(json, "smoothing_hops", &detector->smoothing_hops, error);
    if (!status)
        status = read_int(json, "min_frames", &detector->min_frames, error);
    if (!status)
        status = read_int(json, "refractory_frames", &detector->refractory_frames, error);
    return status;
}

static auricle_status read_background(auricle_head *head, const json_t *list, auricle_error *error)
{
    if (!json_is_array(list))
        return error_set(error, AURICLE_FORMAT, "the card's 'background' is not a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        bool known = false;
        for (int j = 0; name && j < head->shape.class_count; j++)
            if (!strcmp(name, head->labels[j]))
                known = head->background[j] = true;
        if (!known)
            return error_set(error, AURICLE_FORMAT, "background '%.60s' is not one of the labels",
                             name ? name : "?");
    }
    return AURICLE_OK;
}

static auricle_status read_labels(auricle_head *head, auricle_error *error)
{
    const json_t *list = json_object_get(head->json, "labels");
    size_t count = json_array_size(list);
    if (count < 1 || count > MAX_HEAD_CLASSES)
        return error_set(error, AURICLE_FORMAT,
                         "the card's 'labels' is not a list of up to %d strings", MAX_HEAD_CLASSES);
    head->labels = calloc(count, sizeof *head->labels);
    head->background = calloc(count, sizeof *head->background);
    if (!head->labels || !head->background)
        return error_no_memory(error, "the head");
    for (size_t i = 0; i < count; i++) {
        head->labels[i] = json_string_value(json_array_get(list, i));
        if (!head->labels[i])
            return error_set(error, AURICLE_FORMAT, "label %zu is not a string", i);
    }
    head->shape.class_count = (int)count;
    head->shape.labels = head->labels;
    head->shape.background = head->background;
    return read_background(head, json_object_get(head->json, "background"), error);
}

static auricle_status read_kind(auricle_head *head, const struct head_kind *const *kinds,
                                auricle_error *error)
{
    const json_t *name = json_object_get(head->json, "head_kind");
    if (!name) { // a file of before kinds had names
        head->shape.kind = head_kind_of_window(head->shape.window_frames);
        return AURICLE_OK;
    }
    head->shape.kind = json_is_string(name) ? head_kind_find(kinds, json_string_value(name)) : NULL;
    if (head->shape.kind)
        return AURICLE_OK;
    return error_set(error, AURICLE_FORMAT,
                     "the head is of kind '%.60s', which version %s does not know: update Auricle",
                     json_is_string(name) ? json_string_value(name) : "?", auricle_version());
}

static auricle_status read_shape(auricle_head *head, const struct head_kind *const *kinds,
                                 auricle_error *error)
{
    struct head_shape *shape = &head->shape;
    auricle_status status = read_text(head->json, "task", &shape->task, error);
    if (!status)
        status = read_text(head->json, "encoder_hash", &shape->encoder_hash, error);
    if (!status)
        status = read_int(head->json, "window_frames", &shape->window_frames, error);
    if (!status)
        status = read_int(head->json, "hop_frames", &shape->hop_frames, error);
    if (!status)
        status = read_int(json_object_get(head->json, "shape"), "hidden", &shape->hidden, error);
    if (!status)
        status = read_detector(json_object_get(head->json, "detector"), &shape->detector, error);
    if (!status)
        status = read_labels(head, error);
    if (!status)
        status = read_kind(head, kinds, error);
    if (!status && head_shape_check(shape, error))
        status = error_prefix(error, AURICLE_FORMAT, "the card");
    return status;
}

static auricle_status check_encoder(auricle_head *head, const auricle_model *model,
                                    auricle_error *error)
{
    if (strcmp(head->shape.encoder_hash, model->origin) != 0)
        return error_set(
            error, AURICLE_MISMATCH,
            "this head was fitted on encoder %.12s..., the model is %.12s...: open the "
            "encoder it came with, or fit it anew",
            head->shape.encoder_hash, model->origin);
    head->embedding_offset = encoder_shape_feature_dim(&model->shape);
    head->shape.embedding_dim = encoder_shape_embedding_dim(&model->shape);
    return AURICLE_OK;
}

static auricle_status find_weights(auricle_head *head, auricle_error *error)
{
    const struct head_kind *kind = head->shape.kind;
    struct head_weights *weights = &head->weights;
    struct head_tensor tensors[MAX_HEAD_TENSORS];
    const int count = kind->tensors(&head->shape, weights, tensors);
    for (int i = 0; i < count; i++) {
        auricle_status status = safetensors_float(&head->file, tensors[i].name, tensors[i].rank,
                                                  tensors[i].dims, tensors[i].values, error);
        if (status)
            return status;
    }
    if (safetensors_count(&head->file) != count)
        return error_set(error, AURICLE_FORMAT, "%d tensors, a %s head of this shape has %d",
                         safetensors_count(&head->file), kind->name, count);
    for (int i = 0; weights->input_std && i < head_inputs(&head->shape); i++)
        if (!(weights->input_std[i] >= 1e-8f))
            return error_set(error, AURICLE_FORMAT, "input.std %d is %g, must be above 0", i,
                             (double)weights->input_std[i]);
    return AURICLE_OK;
}

static auricle_status head_load(auricle_head *head, const auricle_model *model,
                                const struct head_kind *const *kinds, auricle_error *error)
{
    const char *text;
    auricle_status status = card_read(&head->file, "head", &text, &head->json, error);
    if (!status)
        status = read_shape(head, kinds, error);
    if (!status)
        status = check_encoder(head, model, error);
    if (!status)
        status = find_weights(head, error);
    if (!status && !(head->card = strdup(text)))
        status = error_no_memory(error, "the head");
    return status;
}

static void head_free(auricle_head *head)
{
    safetensors_close(&head->file);
    json_decref(head->json);
    free(head->labels);
    free(head->background);
    free(head->card);
    free(head);
}

// Takes over the file, also on failure.
static auricle_status head_make(struct safetensors *file, const char *name,
                                const auricle_model *model, const struct head_kind *const *kinds,
                                auricle_head **head, auricle_error *error)
{
    auricle_head *made = calloc(1, sizeof *made);
    if (!made) {
        safetensors_close(file);
        return error_no_memory(error, "the head");
    }
    atomic_init(&made->references, 1);
    made->file = *file;
    auricle_status status = head_load(made, model, kinds, error);
    if (status) {
        error_prefix(error, status, "%s", name);
        head_free(made);
    } else {
        *head = made;
    }
    return status;
}

auricle_status head_open(const char *path, const auricle_model *model,
                         const struct head_kind *const *kinds, auricle_head **head,
                         auricle_error *error)
{
    struct safetensors file;
    *head = NULL;
    auricle_status status = safetensors_open(path, &file, error);
    return status ? status : head_make(&file, path, model, kinds, head, error);
}

auricle_status auricle_head_open(const char *path, const auricle_model *model, auricle_head **head,
                                 auricle_error *error)
{
    return head_open(path, model, head_kinds, head, error);
}

auricle_status auricle_head_open_memory(const void *bytes, size_t count, const auricle_model *model,
                                        auricle_head **head, auricle_error *error)
{
    static const char name[] = "the head in memory";
    struct safetensors file;
    *head = NULL;
    auricle_status status = safetensors_copy(bytes, count, name, &file, error);
    return status ? status : head_make(&file, name, model, head_kinds, head, error);
}

auricle_head *auricle_head_ref(auricle_head *head)
{
    atomic_fetch_add_explicit(&head->references, 1, memory_order_relaxed);
    return head;
}

void auricle_head_unref(auricle_head **head)
{
    if (*head && atomic_fetch_sub_explicit(&(*head)->references, 1, memory_order_acq_rel) == 1)
        head_free(*head);
    *head = NULL;
}

void auricle_head_get_info(const auricle_head *head, auricle_head_info *info)
{
    const struct head_shape *shape = &head->shape;
    *info = (auricle_head_info){.task = shape->task,
                                .class_count = shape->class_count,
                                .window_frames = shape->window_frames,
                                .hop_frames = shape->hop_frames,
                                .threshold_on = shape->detector.threshold_on,
                                .threshold_off = shape->detector.threshold_off,
                                .smoothing_hops = shape->detector.smoothing_hops,
                                .min_frames = shape->detector.min_frames,
                                .refractory_frames = shape->detector.refractory_frames};
}

const char *auricle_head_card(const auricle_head *head)
{
    return head->card;
}

const char *auricle_head_label(const auricle_head *head, int index)
{
    CHECK(index >= 0 && index < head->shape.class_count);
    return head->labels[index];
}

bool auricle_head_is_background(const auricle_head *head, int index)
{
    CHECK(index >= 0 && index < head->shape.class_count);
    return head->background[index];
}
