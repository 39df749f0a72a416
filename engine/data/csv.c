// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "data/csv.h"

#include "base/error.h"
#include "base/grow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct csv_reader csv_open(const void *bytes, size_t count)
{
    const unsigned char *at = bytes, *end = at ? at + count : at;
    if (count >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    return (struct csv_reader){.at = at, .end = end, .line = 1};
}

void csv_close(struct csv_reader *reader)
{
    free(reader->text);
    free(reader->fields);
    *reader = (struct csv_reader){0};
}

// Length of the well-formed UTF-8 sequence at bytes, 0 if there is none (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF).
static size_t utf8_length(const unsigned char *bytes, size_t left)
{
    unsigned char lead = bytes[0], low = 0x80, high = 0xBF;
    if (lead < 0x80)
        return lead ? 1 : 0;
    size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    if (lead == 0xF0)
        low = 0x90;
    if (lead == 0xED)
        high = 0x9F;
    if (lead == 0xF4)
        high = 0x8F;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (bytes[i] < 0x80 || bytes[i] > 0xBF)
            return 0;
    return length;
}

static bool at_line_end(const struct csv_reader *reader)
{
    const unsigned char *at = reader->at;
    return at == reader->end || *at == '\n' || *at == '\r';
}

static void skip_line_end(struct csv_reader *reader)
{
    if (reader->at < reader->end && *reader->at == '\r')
        reader->at++;
    if (reader->at < reader->end && *reader->at == '\n')
        reader->at++;
    reader->line++;
}

// Copies one character; a byte that is no text is refused.
static auricle_status take_character(struct csv_reader *reader, char **out, auricle_error *error)
{
    size_t length = utf8_length(reader->at, (size_t)(reader->end - reader->at));
    if (length == 0)
        return error_set(error, AURICLE_FORMAT,
                         "line %d, field %d: byte 0x%02X is not UTF-8 text; save the file as UTF-8",
                         reader->line, reader->count + 1, *reader->at);
    memcpy(*out, reader->at, length);
    if (*reader->at == '\n')
        reader->line++;
    *out += length;
    reader->at += length;
    return AURICLE_OK;
}

static auricle_status take_quoted(struct csv_reader *reader, char **out, auricle_error *error)
{
    int opened = reader->line;
    auricle_status status = AURICLE_OK;
    reader->at++;
    while (reader->at < reader->end && status == AURICLE_OK) {
        bool quote = *reader->at == '"';
        if (quote && (reader->at + 1 == reader->end || reader->at[1] != '"')) {
            reader->at++;
            if (at_line_end(reader) || *reader->at == ',')
                return AURICLE_OK;
            return error_set(error, AURICLE_FORMAT,
                             "line %d, field %d: text after the closing quote; a quote inside a "
                             "quoted field is written twice",
                             reader->line, reader->count + 1);
        }
        reader->at += quote;
        status = take_character(reader, out, error);
    }
    if (status != AURICLE_OK)
        return status;
    return error_set(error, AURICLE_FORMAT, "line %d, field %d: the quote is never closed", opened,
                     reader->count + 1);
}

static auricle_status take_plain(struct csv_reader *reader, char **out, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    while (status == AURICLE_OK && !at_line_end(reader) && *reader->at != ',') {
        if (*reader->at == '"')
            return error_set(error, AURICLE_FORMAT,
                             "line %d, field %d: a quote inside a field that is not quoted",
                             reader->line, reader->count + 1);
        status = take_character(reader, out, error);
    }
    return status;
}

static auricle_status add_field(struct csv_reader *reader, const char *field, auricle_error *error)
{
    if (!GROW(reader->fields, (size_t)reader->count + 1, reader->capacity))
        return error_no_memory(error, "%d fields", reader->count + 1);
    reader->fields[reader->count++] = field;
    return AURICLE_OK;
}

// Room for the whole record: no more than there are bytes up to the line end that is outside
// quotes.
static auricle_status reserve_text(struct csv_reader *reader, auricle_error *error)
{
    const unsigned char *at = reader->at;
    for (bool quoted = false; at < reader->end && (quoted || *at != '\n'); at++)
        quoted ^= *at == '"';
    return GROW(reader->text, (size_t)(at - reader->at) + 2, reader->text_capacity)
               ? AURICLE_OK
               : error_no_memory(error, "line %d", reader->line);
}

auricle_status csv_next(struct csv_reader *reader, auricle_error *error)
{
    reader->count = 0;
    while (reader->at < reader->end && at_line_end(reader))
        skip_line_end(reader);
    reader->record_line = reader->line;
    if (reader->at == reader->end)
        return AURICLE_OK;
    auricle_status status = reserve_text(reader, error);
    char *out = reader->text;
    for (bool more = true; more && status == AURICLE_OK;) {
        char *field = out;
        bool quoted = reader->at < reader->end && *reader->at == '"';
        status = quoted ? take_quoted(reader, &out, error) : take_plain(reader, &out, error);
        *out++ = '\0';
        if (status == AURICLE_OK)
            status = add_field(reader, field, error);
        more = reader->at < reader->end && *reader->at == ',';
        reader->at += more;
    }
    if (status == AURICLE_OK)
        skip_line_end(reader);
    return status;
}
