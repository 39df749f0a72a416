// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "data/corpus.h"

#include "base/error.h"
#include "base/file.h"
#include "base/grow.h"
#include "base/text.h"
#include "data/csv.h"
#include "data/listing.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

// The columns that are read, and where they go. file_name is made into the path.
enum { FILE_NAME, LABEL, SHIP = 9, SECONDS, COLUMNS = SECONDS + 3 };
static const struct {
    const char *name;
    size_t offset;
} columns[COLUMNS] = {
    {"file_name", offsetof(struct corpus_row, path)},
    {"label", offsetof(struct corpus_row, label)},
    {"speaker", offsetof(struct corpus_row, speaker)},
    {"task", offsetof(struct corpus_row, task)},
    {"split", offsetof(struct corpus_row, split)},
    {"source", offsetof(struct corpus_row, source)},
    {"lang", offsetof(struct corpus_row, lang)},
    {"text", offsetof(struct corpus_row, text)},
    {"licence", offsetof(struct corpus_row, licence)},
    {"ship", offsetof(struct corpus_row, ship)},
    {"seconds", offsetof(struct corpus_row, seconds)},
    {"start", offsetof(struct corpus_row, start_s)},
    {"end", offsetof(struct corpus_row, end_s)},
};

static const char *const extensions[] = {".wav",  ".flac", ".ogg",  ".oga",
                                         ".opus", ".mp3",  ".aiff", ".aif"};

// One corpus_add under way.
struct adding {
    struct corpus *corpus;
    const char *folder;
    struct corpus_filter filter;
    int index;         // of this folder
    int first;         // rows before
    size_t capacity;   // of corpus->rows
    int seen, matched; // rows met, rows wanted that can be used
    int skipped;       // rows wanted that cannot be used
    bool has_ship;
    char first_skipped[320];
    struct listing tasks, splits, sources; // what there is, for the message when nothing matches
    uint32_t *paths;                       // hash table of row + 1, for unique_files
    size_t path_slots;
};

static const char **row_text(struct corpus_row *row, int column)
{
    return (const char **)(void *)((char *)row + columns[column].offset);
}

static bool is_audio_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

// ---- rows

// The slot of the row with this path, or the empty one where it belongs.
static uint32_t *path_slot(const struct adding *adding, const char *path)
{
    size_t at = (size_t)text_hash(path) & (adding->path_slots - 1);
    while (adding->paths[at] && strcmp(adding->corpus->rows[adding->paths[at] - 1].path, path) != 0)
        at = (at + 1) & (adding->path_slots - 1);
    return &adding->paths[at];
}

static auricle_status paths_rebuild(struct adding *adding, auricle_error *error)
{
    size_t slots = 64;
    while (slots < 4 * adding->capacity)
        slots *= 2;
    free(adding->paths);
    adding->paths = calloc(slots, sizeof *adding->paths);
    adding->path_slots = slots;
    if (!adding->paths)
        return error_no_memory(error, "the names of %zu recordings", adding->capacity);
    for (int i = 0; i < adding->corpus->count; i++)
        *path_slot(adding, adding->corpus->rows[i].path) = (uint32_t)i + 1;
    return AURICLE_OK;
}

static auricle_status rows_reserve(struct adding *adding, auricle_error *error)
{
    struct corpus *corpus = adding->corpus;
    if ((size_t)corpus->count < adding->capacity)
        return AURICLE_OK;
    if (!GROW(corpus->rows, (size_t)corpus->count + 1, adding->capacity))
        return error_no_memory(error, "%d recordings", corpus->count + 1);
    return adding->filter.unique_files ? paths_rebuild(adding, error) : AURICLE_OK;
}

// Gives the row texts of its own, all in the one block that begins with the path.
static auricle_status row_own(struct corpus_row *row, auricle_error *error)
{
    size_t bytes = 0;
    for (int i = FILE_NAME; i < SECONDS; i++)
        bytes += strlen(*row_text(row, i)) + 1;
    char *block = malloc(bytes);
    if (!block)
        return error_no_memory(error, "a recording's row");
    for (int i = FILE_NAME; i < SECONDS; i++) {
        const char **text = row_text(row, i);
        size_t length = strlen(*text) + 1;
        *text = memcpy(block, *text, length);
        block += length;
    }
    return AURICLE_OK;
}

static bool wanted(const char *filter, const char *value)
{
    return !filter || !*filter || strcmp(filter, value) == 0;
}

bool corpus_row_is_of(const struct corpus_row *row, const char *split)
{
    return !*row->split || wanted(split, row->split);
}

bool corpus_row_is_held_out(const struct corpus_row *row)
{
    enum { PERCENT = 15 };
    const uint64_t hash = text_hash(*row->speaker ? row->speaker : text_file_name(row->path));
    return (hash ^ (hash >> 29)) % 100 < PERCENT;
}

static bool split_matches(const struct corpus_filter *filter, const struct corpus_row *row)
{
    if (filter->draw && !*row->split)
        return corpus_row_is_held_out(row) == (filter->draw == CORPUS_DRAW_DEV);
    return filter->or_none ? corpus_row_is_of(row, filter->split)
                           : wanted(filter->split, row->split);
}

static bool row_matches(const struct adding *adding, const struct corpus_row *row)
{
    const struct corpus_filter *filter = &adding->filter;
    if (filter->only_ship && adding->has_ship && strncasecmp(row->ship, "yes", 3) != 0)
        return false;
    return wanted(filter->task, row->task) && wanted(filter->source, row->source) &&
           split_matches(filter, row);
}

// Real tables hold a few slips; one of them should not cost the others.
static bool row_unusable(struct adding *adding, const struct corpus_row *row)
{
    struct stat status;
    const char *reason = NULL;
    if (stat(row->path, &status) < 0 || !S_ISREG(status.st_mode) || access(row->path, R_OK) < 0)
        reason = "is not there or cannot be read";
    else if (row->end_s > 0.0 && row->end_s <= row->start_s && !adding->filter.unique_files)
        reason = "has a labelled part that ends before it starts";
    else if (row->end_s == 0.0 && row->start_s > 0.0 && !adding->filter.unique_files)
        reason = "has a labelled part with a start and no end";
    if (reason && adding->skipped++ == 0)
        snprintf(adding->first_skipped, sizeof adding->first_skipped, "%s, which %s", row->path,
                 reason);
    return reason != NULL;
}

// row's texts are borrowed; they are copied when the row is kept.
static auricle_status row_add(struct adding *adding, struct corpus_row row, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    adding->seen++;
    listing_note(&adding->tasks, row.task);
    listing_note(&adding->splits, row.split);
    listing_note(&adding->sources, row.source);
    if (!row_matches(adding, &row) || row_unusable(adding, &row))
        return AURICLE_OK;
    adding->matched++;
    if ((status = rows_reserve(adding, error)) != AURICLE_OK)
        return status;
    uint32_t *slot = adding->filter.unique_files ? path_slot(adding, row.path) : NULL;
    if (slot && *slot)
        return AURICLE_OK;
    if ((status = row_own(&row, error)) != AURICLE_OK)
        return status;
    row.folder = adding->index;
    adding->corpus->rows[adding->corpus->count++] = row;
    if (slot)
        *slot = (uint32_t)adding->corpus->count;
    return AURICLE_OK;
}

static struct corpus_row row_of(const char *path)
{
    struct corpus_row row = {0};
    for (int i = FILE_NAME; i < SECONDS; i++)
        *row_text(&row, i) = "";
    row.path = path;
    return row;
}

static auricle_status path_join(char path[PATH_MAX], const char *folder, const char *name,
                                auricle_error *error)
{
    bool whole = name[0] == '/';
    int length = snprintf(path, PATH_MAX, "%s%s%s", whole ? "" : folder, whole ? "" : "/", name);
    if (length >= PATH_MAX)
        return error_set(error, AURICLE_INVALID, "%.100s...: the path is too long", name);
    return AURICLE_OK;
}

// ---- metadata.csv

// A column's name without the blanks around it: tables written by hand have some after commas.
static bool is_column(const char *field, const char *name)
{
    const size_t length = strlen(name), before = strspn(field, " \t");
    return strncmp(field + before, name, length) == 0 &&
           !field[before + length + strspn(field + before + length, " \t")];
}

static const char *names_found(const struct csv_reader *header, char names[200])
{
    size_t used = 0;
    names[0] = '\0';
    for (int i = 0; i < header->count && used < 160; i++)
        used += (size_t)snprintf(names + used, 200 - used, "%s'%.30s'", i ? ", " : "",
                                 header->fields[i]);
    return used ? names : "none";
}

// The field each known column is in, -1 where there is none.
static auricle_status header_read(const struct csv_reader *header, int field_of[COLUMNS],
                                  auricle_error *error)
{
    char names[200];
    for (int column = 0; column < COLUMNS; column++) {
        field_of[column] = -1;
        for (int field = 0; field < header->count; field++) {
            if (!is_column(header->fields[field], columns[column].name))
                continue;
            if (field_of[column] >= 0)
                return error_set(error, AURICLE_FORMAT, "line %d: column '%s' appears twice",
                                 header->record_line, columns[column].name);
            field_of[column] = field;
        }
    }
    if (field_of[FILE_NAME] < 0)
        return error_set(
            error, AURICLE_FORMAT,
            "line %d: there is no column 'file_name'; the first line names the columns: %s",
            header->count ? header->record_line : 1, names_found(header, names));
    return AURICLE_OK;
}

static auricle_status seconds_read(const char *text, int line, const char *column, double *seconds,
                                   auricle_error *error)
{
    char *end = NULL;
    *seconds = *text ? strtod(text, &end) : 0.0;
    if (*text && (*end || end == text || !isfinite(*seconds) || *seconds < 0.0))
        return error_set(error, AURICLE_FORMAT,
                         "line %d, column %s: \"%.40s\" is not a number of seconds (0 or more)",
                         line, column, text);
    return AURICLE_OK;
}

// Without the blanks around it; "" where there is no such field.
static const char *field_text(const struct csv_reader *record, int field)
{
    if (field < 0)
        return "";
    char *text = (char *)(uintptr_t)record->fields[field]; // in the reader's own buffer
    text += strspn(text, " \t");
    for (size_t length = strlen(text); length > 0 && strchr(" \t", text[length - 1]); length--)
        text[length - 1] = '\0';
    return text;
}

static auricle_status record_read(const struct csv_reader *record, const int field_of[COLUMNS],
                                  struct corpus_row *row, auricle_error *error)
{
    int line = record->record_line;
    auricle_status status = AURICLE_OK;
    for (int i = FILE_NAME; i < SECONDS; i++)
        *row_text(row, i) = field_text(record, field_of[i]);
    double *numbers[] = {&row->seconds, &row->start_s, &row->end_s};
    for (int i = SECONDS; i < COLUMNS && status == AURICLE_OK; i++) {
        const char *text = field_text(record, field_of[i]);
        status = seconds_read(text, line, columns[i].name, numbers[i - SECONDS], error);
    }
    if (status == AURICLE_OK && !*row->path)
        return error_set(error, AURICLE_FORMAT, "line %d, column file_name: it is empty", line);
    return status;
}

static auricle_status records_add(struct adding *adding, struct csv_reader *reader,
                                  auricle_error *error)
{
    int field_of[COLUMNS];
    auricle_status status = csv_next(reader, error);
    int fields = reader->count;
    if (status == AURICLE_OK)
        status = header_read(reader, field_of, error);
    if (status == AURICLE_OK)
        adding->has_ship = field_of[SHIP] >= 0;
    if (status == AURICLE_OK && field_of[LABEL] < 0 && !*adding->corpus->columns)
        names_found(reader, adding->corpus->columns);
    while (status == AURICLE_OK) {
        char path[PATH_MAX];
        struct corpus_row row = {0};
        status = csv_next(reader, error);
        if (status == AURICLE_OK && reader->count == 0)
            break;
        if (status == AURICLE_OK && reader->count != fields)
            return error_set(error, AURICLE_FORMAT,
                             "line %d has %d fields, the first line names %d columns; a field "
                             "with a comma in it needs quotes",
                             reader->record_line, reader->count, fields);
        if (status == AURICLE_OK)
            status = record_read(reader, field_of, &row, error);
        if (status == AURICLE_OK)
            status = path_join(path, adding->folder, row.path, error);
        row.path = path;
        if (status == AURICLE_OK)
            status = row_add(adding, row, error);
    }
    return status;
}

static auricle_status metadata_add(struct adding *adding, const char *path, auricle_error *error)
{
    struct file_map map;
    auricle_status status = file_map_open(path, &map, error);
    if (status != AURICLE_OK)
        return status;
    struct csv_reader reader = csv_open(map.bytes, map.count);
    status = records_add(adding, &reader, error);
    csv_close(&reader);
    file_map_close(&map);
    return status == AURICLE_OK ? status : error_prefix(error, status, "%s", path);
}

// ---- metadata.jsonl: an object a line, with the same names

// The value as text; numbers are written into buffer.
static const char *json_field(const json_t *object, const char *name, char buffer[40])
{
    const json_t *value = json_object_get(object, name);
    if (json_is_number(value))
        snprintf(buffer, 40, "%.17g", json_number_value(value));
    return json_is_string(value) ? json_string_value(value) : json_is_number(value) ? buffer : "";
}

static auricle_status object_add(struct adding *adding, const json_t *object, int line,
                                 auricle_error *error)
{
    char path[PATH_MAX], texts[COLUMNS][40];
    struct corpus_row row = {0};
    auricle_status status = AURICLE_OK;
    double *numbers[] = {&row.seconds, &row.start_s, &row.end_s};
    for (int i = FILE_NAME; i < SECONDS; i++)
        *row_text(&row, i) = json_field(object, columns[i].name, texts[i]);
    for (int i = SECONDS; i < COLUMNS && !status; i++)
        status = seconds_read(json_field(object, columns[i].name, texts[i]), line, columns[i].name,
                              numbers[i - SECONDS], error);
    if (!status && !*row.path)
        status = error_set(error, AURICLE_FORMAT, "line %d: there is no 'file_name'", line);
    adding->has_ship |= json_object_get(object, "ship") != NULL;
    if (!status)
        status = path_join(path, adding->folder, row.path, error);
    row.path = path;
    return status ? status : row_add(adding, row, error);
}

static bool is_blank(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

static auricle_status jsonl_add(struct adding *adding, const char *path, auricle_error *error)
{
    struct file_map map;
    auricle_status status = file_map_open(path, &map, error);
    const char *at = (const char *)map.bytes, *end = at ? at + map.count : at;
    for (int line = 1; !status && at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t count = (size_t)((stop ? stop : end) - at);
        json_error_t reason = {.text = ""};
        json_t *object = json_loadb(at, count, 0, &reason);
        if (json_is_object(object))
            status = object_add(adding, object, line, error);
        else if (!is_blank(at, count))
            status = error_set(error, AURICLE_FORMAT, "line %d is not a JSON object: %s", line,
                               reason.text);
        json_decref(object);
        at += count + (stop != NULL);
    }
    file_map_close(&map);
    return status ? error_prefix(error, status, "%s", path) : AURICLE_OK;
}

// ---- a folder without a table: a folder per label, or no labels

// The folder below `folder` that the path is in; "" where it is in none, or its name is not UTF-8.
static const char *folder_label(const char *folder, const char *path, char label[NAME_MAX + 1])
{
    const char *inside = path + strlen(folder);
    inside += strspn(inside, "/");
    const char *slash = strchr(inside, '/');
    const size_t length = slash ? (size_t)(slash - inside) : 0;
    json_t *text = json_stringn(inside, length);
    snprintf(label, NAME_MAX + 1, "%.*s", text ? (int)length : 0, inside);
    json_decref(text);
    return label;
}

static auricle_status tree_add(struct adding *adding, auricle_error *error)
{
    char **paths = NULL;
    int count = 0;
    auricle_status status = listing_tree(adding->folder, is_audio_name, &paths, &count, error);
    for (int i = 0; i < count && status == AURICLE_OK; i++) {
        struct corpus_row row = row_of(paths[i]);
        char label[NAME_MAX + 1];
        row.label = folder_label(adding->folder, paths[i], label);
        status = row_add(adding, row, error);
    }
    listing_tree_free(&paths, count);
    return status;
}

// ---- the whole

static auricle_status nothing_matched(const struct adding *adding, auricle_error *error)
{
    if (adding->skipped)
        return error_set(error, AURICLE_INVALID,
                         "%s: none of the %d recordings that match can be used; the first is %s",
                         adding->folder, adding->skipped, adding->first_skipped);
    if (adding->seen == 0)
        return error_set(error, AURICLE_INVALID,
                         "%s: holds no recording (.wav .flac .ogg .opus .mp3 .aiff) and no "
                         "metadata.csv or metadata.jsonl that names one",
                         adding->folder);
    const struct corpus_filter *filter = &adding->filter;
    return error_set(error, AURICLE_INVALID,
                     "%s: none of %d rows has task \"%s\", split \"%s\", source \"%s\"%s; there is "
                     "task %s; split %s; source %s",
                     adding->folder, adding->seen, filter->task ? filter->task : "",
                     filter->split ? filter->split : "", filter->source ? filter->source : "",
                     filter->only_ship ? " and may be shipped" : "", listing_text(&adding->tasks),
                     listing_text(&adding->splits), listing_text(&adding->sources));
}

static auricle_status source_add(struct adding *adding, auricle_error *error)
{
    char metadata[PATH_MAX];
    struct stat status;
    if (stat(adding->folder, &status) < 0)
        return error_set(error, AURICLE_NOT_FOUND, "%s: there is no such folder or file",
                         adding->folder);
    if (!S_ISDIR(status.st_mode))
        return row_add(adding, row_of(adding->folder), error);
    auricle_status result = path_join(metadata, adding->folder, "metadata.csv", error);
    if (result != AURICLE_OK)
        return result;
    if (access(metadata, F_OK) == 0)
        return metadata_add(adding, metadata, error);
    result = path_join(metadata, adding->folder, "metadata.jsonl", error);
    if (result != AURICLE_OK)
        return result;
    return access(metadata, F_OK) == 0 ? jsonl_add(adding, metadata, error)
                                       : tree_add(adding, error);
}

static void rows_drop(struct corpus *corpus, int keep)
{
    while (corpus->count > keep)
        free((void *)(uintptr_t)corpus->rows[--corpus->count].path);
}

auricle_status corpus_add(struct corpus *corpus, const char *folder,
                          const struct corpus_filter *filter, auricle_error *error)
{
    struct adding adding = {
        .corpus = corpus,
        .folder = folder,
        .filter = filter ? *filter : (struct corpus_filter){0},
        .index = corpus->folders,
        .first = corpus->count,
    };
    auricle_status status = source_add(&adding, error);
    if (status == AURICLE_OK && adding.matched == 0)
        status = nothing_matched(&adding, error);
    free(adding.paths);
    if (status != AURICLE_OK) {
        rows_drop(corpus, adding.first);
        return status;
    }
    corpus->folders++; // one that adds nothing counts, too
    corpus->skipped += adding.skipped;
    if (adding.skipped)
        return error_set(error, AURICLE_OK, "%s: %d rows are left out; the first is %s", folder,
                         adding.skipped, adding.first_skipped);
    return error_set(error, AURICLE_OK, "%s", "");
}

void corpus_free(struct corpus *corpus)
{
    rows_drop(corpus, 0);
    free(corpus->rows);
    *corpus = (struct corpus){0};
}
