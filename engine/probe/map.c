// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Rows of a task -> vectors as the probe has them -> standardised -> their principal plane.
#define _POSIX_C_SOURCE 200809L // strdup
#include <auricle/probe.h>

#include "base/error.h"
#include "kernels/kernels.h"
#include "learn/logistic.h"
#include "learn/principal.h"
#include "probe/clip_encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 6000 }; // their products take 12 bytes a pair

struct map {
    const auricle_map_config *config;
    auricle_map *result;
    struct clip_encoder clips;
    struct corpus corpus;
    int *label;    // [corpus.count] of every row
    int *of_label; // [class_count] rows there are
    int kept;      // rows that are drawn: they stand first
    float *x;      // [kept][dims]
    int dims;
};

static auricle_status read_corpus(struct map *map, auricle_error *error)
{
    const auricle_map_config *config = map->config;
    const struct corpus_filter filter = {.task = config->task, .split = config->split};
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < config->folder_count; i++) { // one folder may lack the task
        status = corpus_add(&map->corpus, config->folders[i], &filter, error);
        if (status != AURICLE_OK && status != AURICLE_INVALID)
            return status;
    }
    map->result->skipped = map->corpus.skipped;
    if (map->corpus.count > 0)
        return AURICLE_OK;
    return status ? status : error_set(error, AURICLE_INVALID, "no data: give --data DIR");
}

static auricle_status name_labels(struct map *map, auricle_error *error)
{
    auricle_map *result = map->result;
    const size_t rows = (size_t)map->corpus.count;
    map->label = malloc(rows * sizeof(int));
    map->of_label = calloc(rows, sizeof(int));
    result->labels = calloc(rows, sizeof *result->labels);
    if (!map->label || !map->of_label || !result->labels)
        return error_no_memory(error, "%zu rows", rows);
    for (int i = 0; i < map->corpus.count; i++) {
        const char *label = map->corpus.rows[i].label;
        int at = 0;
        while (at < result->class_count && strcmp(result->labels[at], label) != 0)
            at++;
        if (at == result->class_count && !(result->labels[result->class_count++] = strdup(label)))
            return error_no_memory(error, "labels");
        map->label[i] = at;
        map->of_label[at]++;
    }
    return AURICLE_OK;
}

// Of a label's n rows `most`, evenly spread: is the j-th one of them?
static bool is_kept(int j, int n, int most)
{
    return most <= 0 || n <= most || (int64_t)j * most / n != (int64_t)(j + 1) * most / n;
}

static auricle_status choose_rows(struct map *map, auricle_error *error)
{
    auricle_map *result = map->result;
    int *met = calloc((size_t)result->class_count, sizeof *met), kept = 0;
    if (!met)
        return error_no_memory(error, "labels");
    for (int i = 0; i < map->corpus.count; i++) {
        const int label = map->label[i];
        if (!is_kept(met[label]++, map->of_label[label], map->config->most))
            continue;
        const struct corpus_row row = map->corpus.rows[kept];
        map->corpus.rows[kept] = map->corpus.rows[i];
        map->corpus.rows[i] = row; // the corpus frees it
        map->label[i] = map->label[kept];
        map->label[kept++] = label;
    }
    free(met);
    map->kept = kept;
    if (kept > MOST_POINTS)
        return error_set(
            error, AURICLE_INVALID,
            "%d recordings are too many for a map: at most %d, choose fewer of a label", kept,
            MOST_POINTS);
    map->x = malloc((size_t)kept * (size_t)map->dims * sizeof(float));
    result->label = malloc((size_t)kept * sizeof(int));
    result->places = malloc((size_t)kept * 2 * sizeof(float));
    return map->x && result->label && result->places
               ? AURICLE_OK
               : error_no_memory(error, "%d recordings", kept);
}

static auricle_status embed(struct map *map, auricle_error *error)
{
    auricle_map *result = map->result;
    for (int i = 0; i < map->kept; i++) {
        auricle_error reason = {0};
        float *row = map->x + (size_t)result->count * (size_t)map->dims;
        auricle_status status = clip_encoder_row(&map->clips, &map->corpus.rows[i], row, &reason);
        if (status == AURICLE_NO_MEMORY)
            return error_set(error, status, "%s", reason.text);
        if (status == AURICLE_OK)
            result->label[result->count++] = map->label[i];
        else if (result->skipped++ == 0)
            snprintf(result->note, sizeof result->note, "%.200s", reason.text);
        if (map->config->progress && !map->config->progress(i + 1, map->kept, map->config->user))
            return error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    if (result->count < 3)
        return error_set(error, AURICLE_INVALID, "%d of %d recordings could be read: %s",
                         result->count, map->kept,
                         result->skipped ? result->note : "a map needs three");
    return AURICLE_OK;
}

static auricle_status project(struct map *map, auricle_error *error)
{
    auricle_map *result = map->result;
    float *mean = malloc(2 * (size_t)map->dims * sizeof *mean);
    bool done = mean != NULL;
    if (done) {
        standardise_measure(map->x, result->count, map->dims, mean, mean + map->dims);
        standardise_apply(map->x, result->count, map->dims, mean, mean + map->dims);
        done = principal_plane(map->x, result->count, map->dims, result->places, result->share);
    }
    free(mean);
    return done ? AURICLE_OK : error_no_memory(error, "%d recordings", result->count);
}

auricle_status auricle_map_make(const auricle_map_config *config, auricle_map *result,
                                auricle_error *error)
{
    struct map map = {.config = config, .result = result};
    *result = (auricle_map){0};
    kernels_use_blas(1);
    auricle_status status = clip_encoder_open(config->encoder, config->seed, &map.clips, error);
    if (!status)
        status = read_corpus(&map, error);
    if (!status)
        status = name_labels(&map, error);
    if (!status) {
        map.dims = clip_embedder_dims(map.clips.embedder);
        status = choose_rows(&map, error);
    }
    if (!status)
        status = embed(&map, error);
    if (!status)
        status = project(&map, error);
    free(map.label);
    free(map.of_label);
    free(map.x);
    corpus_free(&map.corpus);
    clip_encoder_close(&map.clips);
    if (status)
        auricle_map_free(result);
    return status;
}

void auricle_map_free(auricle_map *map)
{
    for (int i = 0; map->labels && i < map->class_count; i++)
        free(map->labels[i]);
    free(map->labels);
    free(map->label);
    free(map->places);
    *map = (auricle_map){0};
}
