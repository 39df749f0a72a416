// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "data/teacher.h"

#include "base/error.h"
#include "base/grow.h"
#include "base/text.h"
#include "data/npy_read.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- where the rows are

// path below the --data folder it came from; its name alone where --data is a file.
static const char *below(const char *folder, const char *path)
{
    const size_t length = strlen(folder);
    if (strncmp(path, folder, length) == 0 && path[length] == '/')
        return path + length + strspn(path + length, "/");
    return text_file_name(path);
}

auricle_status teacher_path(const struct teacher_config *config, const struct corpus_row *row,
                            char *path, size_t size, auricle_error *error)
{
    const char *name = config->folder ? below(config->data[row->folder], row->path) : row->path;
    const char *dot = strrchr(text_file_name(name), '.');
    const int stem = dot ? (int)(dot - name) : (int)strlen(name);
    const int length = snprintf(path, size, "%s%s%.*s.npy", config->folder ? config->folder : "",
                                config->folder ? "/" : "", stem, name);
    return length < (int)size
               ? AURICLE_OK
               : error_set(error, AURICLE_INVALID, "%.80s...: the path is too long", path);
}

auricle_status teacher_width(const struct teacher_config *config, const struct corpus *corpus,
                             int *width, auricle_error *error)
{
    char path[PATH_MAX], first[PATH_MAX] = "";
    struct npy_file npy;
    for (int i = 0; i < corpus->count; i++) {
        auricle_status status = teacher_path(config, &corpus->rows[i], path, sizeof path, error);
        if (!status)
            status = npy_open(path, &npy, error);
        if (!status) {
            *width = (int)npy.columns;
            npy_close(&npy);
            return AURICLE_OK;
        }
        if (status != AURICLE_NOT_FOUND)
            return status;
        if (!*first)
            strcpy(first, path);
    }
    return error_set(error, AURICLE_INVALID,
                     "no recording has a teacher's rows: the first one's were looked for in %s; "
                     "name their folder with --teacher",
                     first);
}

// ---- reading

static auricle_status copy_rows(const char *path, const struct npy_file *npy, size_t from,
                                size_t count, struct teacher_rows *rows, auricle_error *error)
{
    const size_t width = npy->columns, needed = count * width;
    if (!GROW(rows->values, needed, rows->capacity))
        return error_no_memory(error, "%zu rows of %zu", count, width);
    for (size_t i = 0; i < count; i++)
        npy_read_row(npy, from + i, rows->values + i * width);
    for (size_t i = 0; i < needed; i++)
        if (!isfinite(rows->values[i]))
            return error_set(error, AURICLE_FORMAT, "%s: row %zu holds what is no number", path,
                             from + i / width);
    rows->count = count;
    return AURICLE_OK;
}

// The rows from the last one before start_s to the first one after end_s.
static auricle_status read_stretch(const struct teacher_config *config, const char *path,
                                   const struct npy_file *npy, double length_s, double start_s,
                                   double end_s, struct teacher_rows *rows, auricle_error *error)
{
    if (npy->columns != (size_t)config->width)
        return error_set(error, AURICLE_MISMATCH,
                         "%s: rows of %zu numbers, where the first teacher's rows have %d", path,
                         npy->columns, config->width);
    const double hop_s = config->hop_s > 0 ? config->hop_s : length_s / (double)npy->rows;
    const double first_s = config->first_s < 0 ? hop_s / 2 : config->first_s;
    const double last = (double)npy->rows - 1;
    const size_t from = (size_t)fmin(fmax(floor((start_s - first_s) / hop_s), 0), last);
    const size_t to = (size_t)fmin(fmax(ceil((end_s - first_s) / hop_s), (double)from), last);
    rows->hop_s = hop_s;
    rows->first_s = first_s + (double)from * hop_s;
    return copy_rows(path, npy, from, to - from + 1, rows, error);
}

auricle_status teacher_read(const struct teacher_config *config, const struct corpus_row *row,
                            double length_s, double start_s, double end_s,
                            struct teacher_rows *rows, auricle_error *error)
{
    char path[PATH_MAX];
    struct npy_file npy;
    rows->count = 0;
    auricle_status status = teacher_path(config, row, path, sizeof path, error);
    if (!status)
        status = npy_open(path, &npy, error);
    if (status == AURICLE_NOT_FOUND && config->may_lack)
        return AURICLE_OK;
    if (status)
        return status;
    status = read_stretch(config, path, &npy, length_s, start_s, end_s, rows, error);
    npy_close(&npy);
    return status;
}

void teacher_rows_free(struct teacher_rows *rows)
{
    free(rows->values);
    *rows = (struct teacher_rows){0};
}

// ---- at a moment

bool teacher_at(const struct teacher_config *config, const struct teacher_rows *rows,
                double moment_s, float *values)
{
    const int width = config->width;
    const double at = (moment_s - rows->first_s) / rows->hop_s, last = (double)rows->count - 1;
    memset(values, 0, (size_t)width * sizeof *values);
    if (rows->count == 0 || at <= -1 || at >= last + 1)
        return false;
    const double within = fmin(fmax(at, 0), last);
    const size_t before = (size_t)within, after = before < (size_t)last ? before + 1 : before;
    const double part = within - (double)before;
    const float share = (float)(config->nearest ? round(part) : part);
    const float *x = rows->values + before * (size_t)width,
                *y = rows->values + after * (size_t)width;
    for (int c = 0; c < width; c++)
        values[c] = x[c] + share * (y[c] - x[c]);
    return true;
}
