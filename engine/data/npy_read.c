// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   \x93NUMPY | version, 2 bytes | length of the header, 2 or 4 bytes | header | values
//   header: {'descr': '<f4', 'fortran_order': False, 'shape': (131, 96), }   in any order
#include "data/npy_read.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char cure[] = "save it with numpy.save(FILE, x.astype('<f4')), x of [rows][numbers]";

// ---- the header's dictionary

struct scanner {
    const char *at, *end;
};

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n'))
        s->at++;
}

// Takes text where it comes next, after blanks.
static bool take(struct scanner *s, const char *text)
{
    const size_t length = strlen(text);
    skip_blanks(s);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, text, length) != 0)
        return false;
    s->at += length;
    return true;
}

static bool take_number(struct scanner *s, size_t *number)
{
    const char *from = s->at;
    *number = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        if (*number > SIZE_MAX / 10 - 1)
            return false;
        *number = *number * 10 + (size_t)(*s->at - '0');
    }
    return s->at > from;
}

// (131, 96) or (96,)
static bool take_shape(struct scanner *s, struct npy_file *npy)
{
    size_t first, second;
    if (!take(s, "(") || !take_number(s, &first) || !take(s, ","))
        return false;
    skip_blanks(s);
    const bool matrix = take_number(s, &second);
    if (matrix)
        take(s, ",");
    npy->rows = matrix ? first : 1;
    npy->columns = matrix ? second : first;
    return take(s, ")");
}

enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };

/** What is wrong with the header, or NULL. */
static const char *read_header(struct scanner s, struct npy_file *npy)
{
    int seen = 0;
    if (!take(&s, "{"))
        return "its header is no dictionary";
    while (!take(&s, "}")) {
        int key = 0;
        if (take(&s, "'descr':")) {
            key = DESCR;
            if (!take(&s, "'<f4'"))
                return "its numbers are not float32, little-endian";
        } else if (take(&s, "'fortran_order':")) {
            key = ORDER;
            if (!take(&s, "False"))
                return "its columns stand one after another, not its rows";
        } else if (take(&s, "'shape':")) {
            key = SHAPE;
            if (!take_shape(&s, npy))
                return "its array has neither one nor two dimensions";
        }
        if (key == 0 || seen & key)
            return "its header has an unknown or repeated entry";
        seen |= key;
        take(&s, ",");
    }
    skip_blanks(&s);
    return seen == ALL && s.at == s.end ? NULL
                                        : "its header lacks an entry or goes on after its end";
}

// ---- the file

/** Where the header begins and ends, false where the file does not hold it. */
static bool find_header(const struct file_map *map, size_t *begin, size_t *end)
{
    const unsigned char *bytes = map->bytes;
    if (map->count < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0 || bytes[6] < 1 || bytes[6] > 3 ||
        bytes[7] != 0)
        return false;
    size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] > 1)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    *begin = bytes[6] > 1 ? 12 : 10;
    *end = *begin + length;
    return length <= map->count - *begin;
}

static const char *examine(struct npy_file *npy)
{
    size_t begin, end;
    if (!find_header(&npy->map, &begin, &end))
        return "this is no .npy file";
    const char *text = (const char *)npy->map.bytes;
    const char *wrong = read_header((struct scanner){text + begin, text + end}, npy);
    if (wrong)
        return wrong;
    if (npy->rows == 0 || npy->columns == 0)
        return "it is empty";
    if (npy->columns > NPY_MAX_COLUMNS)
        return "its rows have more than 8192 numbers";
    const size_t bytes = npy->map.count - end, row = npy->columns * sizeof(float);
    if (bytes / row != npy->rows || bytes % row != 0)
        return "it is shorter or longer than its header says";
    npy->values = npy->map.bytes + end;
    return NULL;
}

auricle_status npy_open(const char *path, struct npy_file *npy, auricle_error *error)
{
    *npy = (struct npy_file){.rows = 0};
    auricle_status status = file_map_open(path, &npy->map, error);
    if (status)
        return status;
    const char *wrong = examine(npy);
    if (!wrong)
        return AURICLE_OK;
    npy_close(npy);
    return error_set(error, AURICLE_FORMAT, "%s: %s; %s", path, wrong, cure);
}

void npy_close(struct npy_file *npy)
{
    file_map_close(&npy->map);
    *npy = (struct npy_file){.rows = 0};
}

void npy_read_row(const struct npy_file *npy, size_t row, float *values)
{
    CHECK(row < npy->rows);
    memcpy(values, npy->values + row * npy->columns * sizeof(float), npy->columns * sizeof(float));
}
