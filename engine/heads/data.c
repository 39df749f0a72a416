// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L // strdup
#include "heads/data.h"

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "data/sources.h"
#include "heads/hours.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAW_LIMIT = 0x11 };

// ---- rows

struct row_reading {
    const auricle_fit_config *config;
    struct fit_data *data;
    auricle_error missing; // why a folder gave nothing; told when no other gave anything either
};

static auricle_status add_rows(struct row_reading *reading, const char *folder, const char *task,
                               auricle_error *error)
{
    struct corpus *corpus = &reading->data->corpus;
    const struct corpus_filter filter = {.task = task,
                                         .only_ship = reading->config->only_shippable};
    auricle_error said = {0};
    const int skipped = corpus->skipped;
    auricle_status status = corpus_add(corpus, folder, &filter, &said);
    if (status == AURICLE_INVALID) {
        reading->missing = said;
        return AURICLE_OK;
    }
    if (status)
        return error_set(error, status, "%s", said.text);
    if (corpus->skipped > skipped && reading->data->skipped == 0)
        snprintf(reading->data->first_skipped, sizeof reading->data->first_skipped, "%.255s",
                 said.text);
    reading->data->skipped += corpus->skipped - skipped;
    return AURICLE_OK;
}

static auricle_status add_task(struct row_reading *reading, const char *task, auricle_error *error)
{
    const auricle_fit_config *config = reading->config;
    const int before = reading->data->corpus.count;
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < config->folder_count && !status; i++)
        status = add_rows(reading, config->folders[i], task, error);
    if (!status && config->folder_count && reading->data->corpus.count == before)
        status = error_set(error, AURICLE_INVALID, "%s", reading->missing.text);
    return status;
}

static auricle_status add_named(struct row_reading *reading, const char *named, char **names,
                                auricle_error *error)
{
    struct corpus *corpus = &reading->data->corpus;
    const char *equals = strchr(named, '=');
    const int before = corpus->count;
    if (!equals || equals == named)
        return error_set(error, AURICLE_INVALID, "'%.100s' must be LABEL=DIR", named);
    auricle_status status = add_rows(reading, equals + 1, NULL, error);
    if (!status && corpus->count == before)
        status = error_set(error, AURICLE_INVALID, "%s", reading->missing.text);
    memcpy(*names, named, (size_t)(equals - named)); // the rest of *names is zeros
    for (int i = before; i < corpus->count; i++) {
        corpus->rows[i].label = *names;
        corpus->rows[i].task = "";
        corpus->rows[i].start_s = corpus->rows[i].end_s = 0;
    }
    *names += equals - named + 1;
    return status;
}

// Whole speakers are held out; rows of another split than train are left out.
static int split_of_hour(const auricle_fit_config *config, const struct corpus_row *row)
{
    enum { HELD_OUT_OF = 6 };
    const uint64_t hash = text_hash(*row->speaker ? row->speaker : text_file_name(row->path));
    if (*row->split && strcmp(row->split, config->train_split) != 0)
        return FIT_SPLITS;
    return (hash ^ (hash >> 29)) % HELD_OUT_OF ? FIT_TRAIN : FIT_HOURS;
}

// Keeps rows of [from, count), drawn by seed: of what is trained on and of what is held out, so
// many hours each.
static void limit_hours(const auricle_fit_config *config, struct corpus *corpus, int from)
{
    struct random random = random_for(config->seed, DRAW_LIMIT + FIT_HOURS);
    double seconds[FIT_SPLITS + 1] = {0};
    for (int i = corpus->count - 1; i > from; i--) {
        const size_t other = (size_t)from + random_below(&random, (uint64_t)(i + 1 - from));
        const struct corpus_row row = corpus->rows[other];
        corpus->rows[other] = corpus->rows[i];
        corpus->rows[i] = row;
    }
    int kept = from;
    for (int i = from; i < corpus->count; i++) {
        const struct corpus_row row = corpus->rows[i];
        double *sum = &seconds[split_of_hour(config, &row)];
        if (*sum >= 3600 * config->hours_each) {
            free((void *)(uintptr_t)row.path); // all texts of the row
            continue;
        }
        *sum += row.seconds;
        corpus->rows[kept++] = row;
    }
    corpus->count = kept;
}

static auricle_status add_hours(struct row_reading *reading, const char *folder,
                                auricle_error *error)
{
    const int before = reading->data->corpus.count;
    auricle_status status = add_rows(reading, folder, NULL, error);
    if (!status && reading->data->corpus.count == before)
        status = error_set(error, AURICLE_INVALID, "%s", reading->missing.text);
    if (!status && reading->config->hours_each > 0)
        limit_hours(reading->config, &reading->data->corpus, before);
    return status;
}

static auricle_status read_rows(struct row_reading *reading, auricle_error *error)
{
    const auricle_fit_config *config = reading->config;
    auricle_status status = AURICLE_OK;
    if (config->folder_count + config->named_folder_count < 1)
        return error_set(error, AURICLE_INVALID, "no data: name a folder with --data");
    for (int i = 0; i < config->task_count && !status; i++)
        status = add_task(reading, config->tasks[i], error);
    if (config->task_count == 0)
        status = add_task(reading, NULL, error);
    size_t room = 1;
    for (int i = 0; i < config->named_folder_count; i++)
        room += strlen(config->named_folders[i]) + 1;
    char *names = reading->data->names = calloc(1, room);
    if (!names)
        return error_no_memory(error, "the labels");
    for (int i = 0; i < config->named_folder_count && !status; i++)
        status = add_named(reading, config->named_folders[i], &names, error);
    reading->data->first_hour = reading->data->corpus.count;
    for (int i = 0; i < config->hours_count && !status; i++)
        status = add_hours(reading, config->hours[i], error);
    return status;
}

// ---- labels

// Who speaks instead of what is said; rows of sounds, which have no language, have no speaker.
static void label_by_speaker(struct corpus *corpus)
{
    for (int i = 0; i < corpus->count; i++) {
        struct corpus_row *row = &corpus->rows[i];
        row->label = row->speaker;
        row->start_s = row->end_s = 0;
    }
}

static bool map_fits(const char *from, size_t length, const struct corpus_row *row)
{
    const size_t task = strlen(row->task);
    if (length > task && from[task] == ':' && !strncmp(from, row->task, task)) {
        from += task + 1;
        length -= task + 1;
    }
    return (length == 1 && *from == '*') ||
           (length == strlen(row->label) && !strncmp(from, row->label, length));
}

// Writes the label anew; "" leaves the row out.
static auricle_status map_row(const auricle_fit_config *config, struct corpus_row *row,
                              auricle_error *error)
{
    for (int i = 0; i < config->map_count; i++) {
        const char *equals = strrchr(config->map[i], '=');
        if (!equals)
            return error_set(error, AURICLE_INVALID, "map '%.100s' must be FROM=TO",
                             config->map[i]);
        if (map_fits(config->map[i], (size_t)(equals - config->map[i]), row)) {
            row->label = equals + 1;
            break;
        }
    }
    return AURICLE_OK;
}

static int find_label(const struct fit_classes *classes, const char *label)
{
    for (int i = 0; i < classes->count; i++)
        if (!strcmp(classes->labels[i], label))
            return i;
    return NO_CLASS;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Every label there is that is not background, sorted.
static void gather_labels(const struct fit_data *data, const auricle_fit_config *config,
                          struct fit_classes *classes)
{
    for (int i = 0; i < data->corpus.count; i++) {
        const struct corpus_row *row = &data->corpus.rows[i];
        bool background = i >= data->first_hour || !strcmp(row->task, config->silence_task);
        for (int b = 0; b < config->background_count; b++)
            background |= !strcmp(config->background[b], row->label);
        if (*row->label && !background && find_label(classes, row->label) == NO_CLASS)
            classes->labels[classes->count++] = row->label;
    }
    qsort(classes->labels, (size_t)classes->count, sizeof *classes->labels, compare_texts);
}

static void find_catchalls(struct fit_classes *classes)
{
    int first = NO_CLASS;
    for (int i = classes->count - 1; i >= 0; i--)
        first = classes->background[i] ? i : first;
    const int silence = find_label(classes, "silence"), unknown = find_label(classes, "unknown");
    classes->silence = silence != NO_CLASS && classes->background[silence] ? silence : first;
    classes->unknown = unknown != NO_CLASS && classes->background[unknown] ? unknown : first;
}

static auricle_status choose_classes(const auricle_fit_config *config,
                                     const struct fit_classes *given, struct fit_data *data,
                                     auricle_error *error)
{
    struct fit_classes *classes = &data->classes;
    size_t room = (size_t)(data->corpus.count + config->label_count + config->background_count +
                           (given ? given->count : 0));
    classes->labels = calloc(room, sizeof *classes->labels);
    classes->background = calloc(room, sizeof *classes->background);
    if (!classes->labels || !classes->background)
        return error_no_memory(error, "%zu labels", room);
    if (given) {
        memcpy(classes->labels, given->labels, (size_t)given->count * sizeof *given->labels);
        memcpy(classes->background, given->background,
               (size_t)given->count * sizeof *given->background);
        classes->count = given->count;
    } else {
        for (int i = 0; i < config->label_count; i++)
            classes->labels[classes->count++] = config->labels[i];
        if (config->label_count == 0)
            gather_labels(data, config, classes);
        for (int i = 0; i < config->background_count; i++) {
            int at = find_label(classes, config->background[i]);
            if (at == NO_CLASS)
                classes->labels[at = classes->count++] = config->background[i];
            classes->background[at] = true;
        }
    }
    find_catchalls(classes);
    if (classes->count < 2 && *data->corpus.columns)
        return error_set(error, AURICLE_INVALID,
                         "no labels: metadata.csv has no column 'label'; its columns are %s",
                         data->corpus.columns);
    if (classes->count < 2)
        return error_set(error, AURICLE_INVALID,
                         "a head needs at least two classes, there is %d: give more --labels or a "
                         "--background",
                         classes->count);
    return AURICLE_OK;
}

static int class_of(const struct fit_classes *classes, const char *silence_task,
                    const struct corpus_row *row)
{
    int label = *row->label ? find_label(classes, row->label) : NO_CLASS;
    if (label != NO_CLASS)
        return label;
    if (!strcmp(row->task, silence_task))
        return classes->silence;
    return *row->label ? classes->unknown : NO_CLASS;
}

// ---- recordings

// Rows without a split: whole speakers, or files by their name, are kept for dev.
static int split_of(const auricle_fit_config *config, const struct corpus_row *row)
{
    if (!*row->split)
        return corpus_row_is_held_out(row) ? FIT_DEV : FIT_TRAIN;
    if (!strcmp(row->split, config->train_split))
        return FIT_TRAIN;
    return strcmp(row->split, config->dev_split) ? FIT_SPLITS : FIT_DEV;
}

// A sound whose text holds a word that is listened for can serve no purpose.
static int class_of_hour(const struct fit_classes *classes, const struct corpus_row *row)
{
    for (int i = 0; i < classes->count; i++)
        if (!classes->background[i] && hours_text_holds(row->text, classes->labels[i]))
            return NO_CLASS;
    return classes->unknown;
}

static int compare_rows(const void *a, const void *b)
{
    const struct corpus_row *left = *(const struct corpus_row *const *)a,
                            *right = *(const struct corpus_row *const *)b;
    int order = strcmp(left->path, right->path);
    if (order == 0)
        order = (left->start_s > right->start_s) - (left->start_s < right->start_s);
    return order ? order : strcmp(left->label, right->label);
}

static bool has_bounds(const struct corpus_row *row)
{
    return row->end_s > row->start_s;
}

static int group_of(struct fit_data *data, const char **speakers, const struct corpus_row *row)
{
    for (int i = 0; *row->speaker && i < data->group_count; i++)
        if (!strcmp(speakers[i], row->speaker))
            return i;
    speakers[data->group_count] = row->speaker;
    return data->group_count++;
}

// The first of them is named where nothing else was left out.
static void note_unlabelled(struct fit_data *data, const struct corpus_row *row)
{
    if (data->skipped++ == 0)
        snprintf(data->first_skipped, sizeof data->first_skipped,
                 "rows without a label are left out; the first is %.200s", row->path);
}

// A row becomes a recording, or one more word of the recording before it.
static void place_row(const auricle_fit_config *config, struct fit_data *data,
                      const char **speakers, const struct corpus_row *row)
{
    const bool hour = row >= data->corpus.rows + data->first_hour;
    const int label = hour ? class_of_hour(&data->classes, row)
                           : class_of(&data->classes, config->silence_task, row);
    const int split = hour ? split_of_hour(config, row) : split_of(config, row);
    if (label == NO_CLASS && !hour && !*row->label && split != FIT_SPLITS)
        note_unlabelled(data, row);
    if (label == NO_CLASS || split == FIT_SPLITS)
        return;
    const bool background = data->classes.background[label];
    const bool steady = config->steady || hour || (background && label != data->classes.unknown) ||
                        label == data->classes.silence;
    const bool word = !steady && has_bounds(row);
    int *count = &data->count[split];
    struct fit_recording *last = *count ? &data->list[split][*count - 1] : NULL;
    if (word && last && last->span_count && !strcmp(last->row->path, row->path)) {
        last->span_count++;
    } else {
        data->list[split][(*count)++] = (struct fit_recording){
            .row = row,
            .label = label,
            .group = group_of(data, speakers, row),
            .first_span = data->span_count,
            .span_count = word,
            .steady = steady,
        };
    }
    if (word)
        data->spans[data->span_count++] = (struct fit_span){row->start_s, row->end_s, label};
}

static void limit_class(struct fit_data *data, int split, int most, uint64_t seed)
{
    struct random random = random_for(seed, DRAW_LIMIT + (uint64_t)split);
    struct fit_recording *list = data->list[split];
    int kept = 0;
    for (int i = data->count[split] - 1; i > 0; i--) {
        size_t other = random_below(&random, (uint64_t)i + 1);
        struct fit_recording held = list[i];
        list[i] = list[other];
        list[other] = held;
    }
    int *used = calloc((size_t)data->classes.count, sizeof *used);
    for (int i = 0; used && i < data->count[split]; i++)
        if (used[list[i].label]++ < most)
            list[kept++] = list[i];
    data->count[split] = used ? kept : data->count[split];
    free(used);
}

static auricle_status make_recordings(const auricle_fit_config *config, struct fit_data *data,
                                      auricle_error *error)
{
    const size_t rows = (size_t)data->corpus.count;
    const struct corpus_row **order = malloc(rows * sizeof *order);
    const char **speakers = malloc(rows * sizeof *speakers);
    data->spans = malloc(rows * sizeof *data->spans);
    for (int s = 0; s < FIT_SPLITS; s++)
        data->list[s] = malloc(rows * sizeof *data->list[s]);
    auricle_status status = AURICLE_OK;
    if (!order || !speakers || !data->spans || !data->list[FIT_TRAIN] || !data->list[FIT_DEV] ||
        !data->list[FIT_HOURS]) {
        status = error_no_memory(error, "%zu recordings", rows);
        goto fail;
    }
    for (size_t i = 0; i < rows; i++)
        order[i] = &data->corpus.rows[i];
    qsort(order, rows, sizeof *order, compare_rows); // the order of --data changes nothing
    for (size_t i = 0; i < rows; i++)
        place_row(config, data, speakers, order[i]);
    for (int s = 0; s < FIT_SPLITS && config->recordings_per_class > 0; s++)
        limit_class(data, s, config->recordings_per_class, config->seed);
fail:
    free(order);
    free(speakers);
    return status;
}

auricle_status fit_data_read(const auricle_fit_config *config, const struct fit_classes *given,
                             struct fit_data *data, auricle_error *error)
{
    *data = (struct fit_data){0};
    struct row_reading reading = {.config = config, .data = data};
    auricle_status status = read_rows(&reading, error);
    if (config->speakers)
        label_by_speaker(&data->corpus);
    for (int i = 0; i < data->corpus.count && !status; i++)
        status = map_row(config, &data->corpus.rows[i], error);
    if (!status)
        status = choose_classes(config, given, data, error);
    if (!status)
        status = make_recordings(config, data, error);
    if (status)
        fit_data_free(data);
    return status;
}

void fit_data_free(struct fit_data *data)
{
    for (int s = 0; s < FIT_SPLITS; s++)
        free(data->list[s]);
    free(data->spans);
    free(data->classes.labels);
    free(data->classes.background);
    free(data->names);
    corpus_free(&data->corpus);
    *data = (struct fit_data){0};
}

// ---- the card

json_t *fit_data_describe(const struct fit_data *data, int split)
{
    json_t *list = json_array();
    for (int i = 0; i < data->count[split]; i++)
        sources_count(list, data->list[split][i].row);
    return list;
}
