// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/selection.h"

#include "base/error.h"
#include "base/text.h"
#include "data/sources.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SOURCES = 256, MAX_BOOST = 32, MAX_STRETCHES = 4096 };
static const double assumed_seconds = 5; // of a recording whose length nobody states

static double seconds_of(const struct corpus_row *row)
{
    return row->seconds > 0 ? row->seconds : assumed_seconds;
}

// All of a speaker, or a file by its name alone, so that another place of the folder changes
// nothing.
static bool is_held_out(const struct corpus_row *row, double percent)
{
    uint64_t hash = text_hash(*row->speaker ? row->speaker : text_file_name(row->path));
    return (double)((hash >> 20) % 10000) < percent * 100;
}

static bool is_excluded(const auricle_pretrain_config *config, const struct corpus_row *row)
{
    if (!corpus_row_is_of(row, config->split))
        return true;
    for (int i = 0; i < config->exclude_source_count; i++)
        if (!strcmp(config->exclude_sources[i], row->source))
            return true;
    return false;
}

// ---- balance: a source is what the source column says, or else the folder

struct source {
    const char *name;
    int folder;
    double seconds;
};

static int source_find(struct source *sources, int *count, const struct corpus_row *row)
{
    for (int i = 0; i < *count; i++)
        if (!strcmp(sources[i].name, row->source) &&
            (*row->source || sources[i].folder == row->folder))
            return i;
    if (*count == MAX_SOURCES)
        return MAX_SOURCES - 1;
    sources[*count] = (struct source){.name = row->source, .folder = row->folder};
    return (*count)++;
}

// A long recording is in the list once for each stretch that the loader plays of it; a source of S
// seconds is heard in proportion to S^balance.
static int repeats(double seconds, double longest, double balance, const struct corpus_row *row)
{
    double stretches = fmin(fmax(seconds_of(row) / LOADER_RECORDING_S, 1), MAX_STRETCHES);
    double wanted = stretches * fmin(pow(longest / seconds, 1 - balance), MAX_BOOST);
    double fraction = (double)(text_hash(row->path) % 1000) / 1000; // which rows get the odd one
    return (int)(wanted + fraction);
}

static void measure_sources(const struct corpus *rows, struct source *sources, int *count,
                            double *longest)
{
    *longest = 0;
    for (int i = 0; i < rows->count; i++)
        sources[source_find(sources, count, &rows->rows[i])].seconds += seconds_of(&rows->rows[i]);
    for (int i = 0; i < *count; i++)
        *longest = fmax(*longest, sources[i].seconds);
}

static auricle_status balance(struct corpus *rows, double exponent, auricle_error *error)
{
    int *times = malloc(sizeof *times * (size_t)rows->count);
    struct source *sources = calloc(MAX_SOURCES, sizeof *sources);
    struct corpus_row *listed = NULL;
    int count = 0, total = 0;
    double longest;
    if (!times || !sources)
        goto fail;
    measure_sources(rows, sources, &count, &longest);
    for (int i = 0; i < rows->count; i++) {
        double seconds = sources[source_find(sources, &count, &rows->rows[i])].seconds;
        times[i] = repeats(seconds, longest, exponent, &rows->rows[i]);
        total += times[i];
    }
    listed = malloc(sizeof *listed * (size_t)total);
    if (!listed)
        goto fail;
    for (int i = 0, at = 0; i < rows->count; i++)
        for (int j = 0; j < times[i]; j++)
            listed[at++] = rows->rows[i];
    free(rows->rows);
    *rows = (struct corpus){.rows = listed, .count = total};
fail:
    free(times);
    free(sources);
    return listed ? AURICLE_OK : error_no_memory(error, "the recordings");
}

// ---- the whole

static auricle_status add_folders(const char *const *folders, int count,
                                  const struct corpus_filter *filter, struct corpus *corpus,
                                  selection_log log, void *user, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < count && !status; i++) {
        auricle_error said = {0};
        status = corpus_add(corpus, folders[i], filter, &said);
        if (!status && said.text[0])
            log(user, said.text);
        if (status)
            error_set(error, status, "%s", said.text);
    }
    return status;
}

static auricle_status divide(const auricle_pretrain_config *config, const struct settings *settings,
                             struct selection *selection, auricle_error *error)
{
    const size_t room = sizeof(struct corpus_row) * (size_t)selection->all.count + 1;
    selection->train.rows = malloc(room);
    selection->held_out.rows = malloc(room);
    if (!selection->train.rows || !selection->held_out.rows)
        return error_no_memory(error, "%d recordings", selection->all.count);
    for (int i = 0; i < selection->all.count; i++) {
        const struct corpus_row *row = &selection->all.rows[i];
        if (is_excluded(config, row))
            continue;
        struct corpus *side =
            is_held_out(row, settings->loop.held_out) ? &selection->held_out : &selection->train;
        side->rows[side->count++] = *row;
        // pretraining hears whole recordings: a label's place in one is not a boundary
        side->rows[side->count - 1].start_s = side->rows[side->count - 1].end_s = 0;
    }
    selection->recordings = selection->train.count;
    if (selection->train.count == 0)
        return error_set(
            error, AURICLE_INVALID,
            "no recording is left to train on: of %d, %d are held out, the others are of "
            "another split than \"%s\" or of excluded sources",
            selection->all.count, selection->held_out.count, config->split ? config->split : "");
    return balance(&selection->train, settings->loop.balance, error);
}

auricle_status selection_make(const auricle_pretrain_config *config,
                              const struct settings *settings, struct selection *selection,
                              selection_log log, void *user, auricle_error *error)
{
    const struct corpus_filter wanted = {.only_ship = config->only_shippable, .unique_files = true},
                               noise = {.unique_files = true};
    *selection = (struct selection){0};
    if (config->data_count < 1)
        return error_set(error, AURICLE_INVALID,
                         "no data: name a folder of recordings with --data");
    auricle_status status =
        add_folders(config->data, config->data_count, &wanted, &selection->all, log, user, error);
    if (!status)
        status = add_folders(config->noise, config->noise_count, &noise, &selection->noise, log,
                             user, error);
    if (!status)
        status = divide(config, settings, selection, error);
    if (status)
        selection_free(selection);
    return status;
}

void selection_free(struct selection *selection)
{
    free(selection->train.rows);
    free(selection->held_out.rows);
    corpus_free(&selection->all);
    corpus_free(&selection->noise);
    *selection = (struct selection){0};
}

json_t *selection_describe(const struct selection *selection)
{
    json_t *list = json_array();
    const char *last = "";
    for (int i = 0; i < selection->train.count; i++) {
        const struct corpus_row *row = &selection->train.rows[i];
        if (row->path == last) // repeats are neighbours
            continue;
        last = row->path;
        sources_count(list, row);
    }
    return list;
}
