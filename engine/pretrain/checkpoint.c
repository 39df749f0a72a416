// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/checkpoint.h"

#include "base/error.h"
#include "model/safetensors.h"
#include "model/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKPOINT_FORMAT = 1 };
enum { MAX_ENTRIES = MAX_PARAMETERS + 3 + MAX_WORKERS * LOADER_VIEWS * CARRY_PARTS };

struct entry_list {
    struct safetensors_entry entry[MAX_ENTRIES];
    float *values[MAX_ENTRIES]; // of each entry: read from, or to be filled
    char names[MAX_ENTRIES][PARAMETER_NAME + 16];
    int count;
};

static struct safetensors_entry *entry_add(struct entry_list *list, float *values)
{
    CHECK(list->count < MAX_ENTRIES);
    struct safetensors_entry *entry = &list->entry[list->count];
    *entry = (struct safetensors_entry){.name = list->names[list->count], .values = values};
    list->values[list->count++] = values;
    return entry;
}

#define NAME_OF(list) (list)->names[(list)->count - 1], sizeof(list)->names[0]

// A number for each of the weights.
static void list_flat(struct entry_list *list, const char *name, float *values, size_t size)
{
    struct safetensors_entry *entry = entry_add(list, values);
    snprintf(NAME_OF(list), "%s", name);
    entry->rank = 1;
    entry->dims[0] = (int)size;
}

// Every array of the training, in a fixed order.
static void list_all(struct entry_list *list, const struct trainer *trainer,
                     const struct optimiser *optimiser, float *best)
{
    list->count = 0;
    for (int i = 0; i < trainer->network.parameters->count; i++) {
        const struct parameter *parameter = &trainer->network.parameters->list[i];
        struct safetensors_entry *entry =
            entry_add(list, trainer->network.parameters->value + parameter->offset);
        snprintf(NAME_OF(list), "parameter.%s", parameter->name);
        entry->rank = parameter->rank;
        memcpy(entry->dims, parameter->dims, sizeof parameter->dims);
    }
    list_flat(list, "adam.mean", optimiser->mean, optimiser->size);
    list_flat(list, "adam.square", optimiser->square, optimiser->size);
    if (best)
        list_flat(list, "best", best, trainer->network.parameters->size);
    for (int i = 0; i < trainer->worker_count; i++)
        for (int v = 0; v < trainer->settings->loop.views; v++) {
            struct carry_part parts[CARRY_PARTS];
            const struct encoder_carry *carry = &trainer->worker[i].carry[v];
            int count = carry_list(&trainer->settings->shape, carry, parts);
            for (int p = 0; p < count; p++) {
                struct safetensors_entry *entry = entry_add(list, parts[p].values);
                snprintf(NAME_OF(list), "carry.%d.%d.%s.%d", i, v, parts[p].kind, parts[p].layer);
                entry->rank = 2;
                entry->dims[0] = carry->streams;
                entry->dims[1] = (int)parts[p].width;
            }
        }
}

static json_t *integers(const int64_t *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_integer((json_int_t)values[i]));
    return list;
}

// What must be equal for a checkpoint to go on.
static json_t *identity(const struct trainer *trainer)
{
    return json_pack("{s:o, s:o, s:i, s:I}", "settings", settings_to_json(trainer->settings),
                     "shape", encoder_shape_to_json(&trainer->settings->shape), "workers",
                     trainer->worker_count, "seed", (json_int_t)trainer->seed);
}

auricle_status checkpoint_write(const char *path, const struct trainer *trainer,
                                const struct optimiser *optimiser, const struct progress *progress,
                                auricle_error *error)
{
    auricle_status status = AURICLE_NO_MEMORY;
    json_t *metadata = NULL;
    char *text = NULL;
    const int streams = trainer->settings->loop.streams;
    json_t *state = json_pack(
        "{s:i, s:s, s:o, s:I, s:I, s:I, s:f, s:o}", "format", CHECKPOINT_FORMAT, "kind",
        "checkpoint", "identity", identity(trainer), "step", (json_int_t)progress->step, "updates",
        (json_int_t)optimiser->updates, "skipped_steps", (json_int_t)progress->skipped_steps,
        "seconds", progress->seconds, "position", integers(progress->position, 2 * streams));
    json_object_set_new(state, "steps", json_integer((json_int_t)progress->steps));
    json_object_set(state, "replanned", progress->replanned);
    if (*progress->from)
        json_object_set_new(state, "from", json_string(progress->from));
    json_object_set_new(state, "cpu_seconds", json_real(progress->cpu_seconds));
    if (progress->best)
        json_object_set_new(state, "least_loss", json_real(progress->least_loss));
    struct entry_list *list = malloc(sizeof *list);
    if (state)
        text = json_dumps(state, JSON_COMPACT);
    if (text)
        metadata = json_pack("{s:s}", "auricle", text);
    if (list && metadata) {
        list_all(list, trainer, optimiser, progress->best);
        status = safetensors_write(path, list->entry, list->count, metadata, NULL, error);
    } else {
        error_set(error, status, "no memory to write %s", path);
    }
    free(list);
    free(text);
    json_decref(metadata);
    json_decref(state);
    return status;
}

// ---- reading

static auricle_status differs(const char *path, const char *was, const char *is,
                              auricle_error *error)
{
    return error_set(
        error, AURICLE_MISMATCH,
        "%s was made with %s, now it is %s: resume with what it was made with, or start "
        "in another folder",
        path, was, is);
}

// The first of the settings that isn't what it was.
static auricle_status compare_settings(const char *path, const json_t *was, const json_t *is,
                                       auricle_error *error)
{
    size_t count =
        json_array_size(is) > json_array_size(was) ? json_array_size(is) : json_array_size(was);
    for (size_t i = 0; i < count; i++) {
        const char *old = json_string_value(json_array_get(was, i));
        const char *new = json_string_value(json_array_get(is, i));
        if (!old || !new || strcmp(old, new) != 0)
            return differs(path, old ? old : "fewer settings", new ? new : "fewer settings", error);
    }
    return AURICLE_OK;
}

static auricle_status compare_member(const char *path, const char *name, const json_t *was,
                                     const json_t *is, auricle_error *error)
{
    if (json_equal(was, is))
        return AURICLE_OK;
    char *old =
        was ? json_dumps(was, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(7)) : NULL;
    char *new = json_dumps(is, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(7));
    char old_text[160], new_text[160];
    snprintf(old_text, sizeof old_text, "%s %.140s", name, old ? old : "nothing");
    snprintf(new_text, sizeof new_text, "%.140s", new ? new : "nothing");
    free(old);
    free(new);
    return differs(path, old_text, new_text, error);
}

// Member by member of two objects, so that the text names the one that differs.
static auricle_status compare_shape(const char *path, const json_t *was, const json_t *is,
                                    auricle_error *error)
{
    const char *name;
    json_t *value;
    auricle_status status = AURICLE_OK;
    json_object_foreach((json_t *)is, name, value) {
        char shown[80];
        snprintf(shown, sizeof shown, "shape.%s", name);
        if (!status)
            status = compare_member(path, shown, json_object_get(was, name), value, error);
    }
    return status;
}

static auricle_status compare(const char *path, const json_t *was, const json_t *is,
                              auricle_error *error)
{
    auricle_status status = compare_settings(path, json_object_get(was, "settings"),
                                             json_object_get(is, "settings"), error);
    if (!status)
        status =
            compare_shape(path, json_object_get(was, "shape"), json_object_get(is, "shape"), error);
    const char *const names[] = {"workers", "seed"};
    for (int i = 0; i < 2 && !status; i++)
        status = compare_member(path, names[i], json_object_get(was, names[i]),
                                json_object_get(is, names[i]), error);
    return status;
}

static auricle_status read_progress(const char *path, const json_t *state, int streams,
                                    struct optimiser *optimiser, struct progress *progress,
                                    auricle_error *error)
{
    json_int_t format = 0, step = -1, updates = -1, skipped = -1;
    const char *kind = "";
    const json_t *position = NULL;
    int bad = json_unpack((json_t *)state, "{s:I, s:s, s:I, s:I, s:I, s:F, s:o}", "format", &format,
                          "kind", &kind, "step", &step, "updates", &updates, "skipped_steps",
                          &skipped, "seconds", &progress->seconds, "position", &position);
    if (bad || strcmp(kind, "checkpoint") != 0 || format != CHECKPOINT_FORMAT || step < 0 ||
        updates < 0 || json_array_size(position) != 2 * (size_t)streams)
        return error_set(error, AURICLE_FORMAT, "%s is not a checkpoint of this program", path);
    progress->step = step;
    progress->skipped_steps = skipped;
    optimiser->updates = updates;
    for (int i = 0; i < 2 * streams; i++)
        progress->position[i] = json_integer_value(json_array_get(position, (size_t)i));
    progress->steps = json_integer_value(json_object_get(state, "steps"));
    const json_t *cpu_seconds = json_object_get(state, "cpu_seconds"); // not in older ones
    progress->cpu_seconds = cpu_seconds ? json_number_value(cpu_seconds) : progress->seconds;
    json_decref(progress->replanned);
    progress->replanned = json_deep_copy(json_object_get(state, "replanned"));
    const char *from = json_string_value(json_object_get(state, "from"));
    snprintf(progress->from, sizeof progress->from, "%s", from ? from : "");
    return AURICLE_OK;
}

static auricle_status read_tensors(const struct safetensors *file, const struct trainer *trainer,
                                   const struct optimiser *optimiser, float *best,
                                   auricle_error *error)
{
    struct entry_list *list = malloc(sizeof *list);
    if (!list)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to read the checkpoint");
    list_all(list, trainer, optimiser, best);
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < list->count && !status; i++) {
        const struct safetensors_entry *entry = &list->entry[i];
        const float *values;
        size_t count = 1;
        for (int d = 0; d < entry->rank; d++)
            count *= (size_t)entry->dims[d];
        status = safetensors_float(file, entry->name, entry->rank, entry->dims, &values, error);
        if (!status)
            memcpy(list->values[i], values, count * sizeof *values);
    }
    free(list);
    return status;
}

auricle_status checkpoint_read(const char *path, struct trainer *trainer,
                               struct optimiser *optimiser, struct progress *progress,
                               auricle_error *error)
{
    struct safetensors file;
    auricle_status status = safetensors_open(path, &file, error);
    if (status)
        return status;
    const char *text = json_string_value(json_object_get(file.metadata, "auricle"));
    json_t *state = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    json_t *own = identity(trainer);
    if (!json_object_get(state, "identity"))
        status = error_set(error, AURICLE_FORMAT, "%s is not a checkpoint of this program", path);
    else
        status = compare(path, json_object_get(state, "identity"), own, error);
    if (!status)
        status =
            read_progress(path, state, trainer->settings->loop.streams, optimiser, progress, error);
    const json_t *least_loss = json_object_get(state, "least_loss");
    if (!status && least_loss) {
        progress->least_loss = json_number_value(least_loss);
        progress->best = malloc(trainer->network.parameters->size * sizeof *progress->best);
        if (!progress->best)
            status = error_no_memory(error, "the best weights");
    }
    if (!status && (status = read_tensors(&file, trainer, optimiser, progress->best, error)))
        error_prefix(error, status, "%s", path);
    json_decref(own);
    json_decref(state);
    safetensors_close(&file);
    return status;
}
