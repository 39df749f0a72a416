// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "golden_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A file and the line that was read last. */
struct reader {
    FILE *file;
    char *line;
    size_t room;
};

static struct reader reader_open(const char *name)
{
    char path[4096];
    const char *root = getenv("MESON_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/%s", root ? root : ".", name);
    struct reader reader = {.file = fopen(path, "r")};
    if (!reader.file)
        fail_msg("cannot open %s: run through meson test, or in the source folder", path);
    return reader;
}

static void reader_close(struct reader *reader)
{
    fclose(reader->file);
    free(reader->line);
}

static bool next_line(struct reader *reader)
{
    if (getline(&reader->line, &reader->room, reader->file) < 0)
        return false;
    reader->line[strcspn(reader->line, "\n")] = '\0';
    return true;
}

// On to the next case, of which name gets the name.
static bool next_case(struct reader *reader, char *name)
{
    while (next_line(reader))
        if (sscanf(reader->line, "case %63s", name) == 1)
            return true;
    return false;
}

static void split_words(const char *line, struct golden *golden)
{
    assert_true(strlen(line) < sizeof golden->line);
    strcpy(golden->line, line);
    char *rest, *word = strtok_r(golden->line, " ", &rest);
    for (int i = 0; word; i++, word = strtok_r(NULL, " ", &rest))
        if (i >= 2) { // "case NAME"
            assert_true(golden->word_count < GOLDEN_WORDS);
            golden->words[golden->word_count++] = word;
        }
}

static bool read_array(struct reader *reader, struct golden_array *array)
{
    struct tensor *x = &array->tensor;
    if (!next_line(reader) || !strncmp(reader->line, "case ", 5))
        return false;
    if (sscanf(reader->line, "%63s %d %d %d", array->name, &x->b, &x->t, &x->c) != 4)
        fail_msg("\"%.60s\" is not NAME B T C", reader->line);
    x->data = malloc(tensor_size(x) * sizeof *x->data);
    x->grad = calloc(tensor_size(x), sizeof *x->grad);
    assert_true(x->data && x->grad && next_line(reader));
    char *at = reader->line;
    for (size_t i = 0; i < tensor_size(x); i++) {
        char *number = at;
        x->data[i] = strtof(number, &at);
        if (at == number)
            fail_msg("%s has fewer numbers than it says", array->name);
    }
    return true;
}

void golden_read(const char *file, const char *name, struct golden *golden)
{
    char found[GOLDEN_NAME];
    struct reader reader = reader_open(file);
    *golden = (struct golden){0};
    do
        if (!next_case(&reader, found))
            fail_msg("%s has no case %s", file, name);
    while (strcmp(found, name) != 0);
    split_words(reader.line, golden);
    while (read_array(&reader, &golden->arrays[golden->count]))
        assert_true(++golden->count < GOLDEN_ARRAYS);
    reader_close(&reader);
}

void golden_free(struct golden *golden)
{
    for (int i = 0; i < golden->count; i++) {
        free(golden->arrays[i].tensor.data);
        free(golden->arrays[i].tensor.grad);
    }
}

struct tensor *golden_find(struct golden *golden, const char *name)
{
    for (int i = 0; i < golden->count; i++)
        if (strcmp(golden->arrays[i].name, name) == 0)
            return &golden->arrays[i].tensor;
    return NULL;
}

struct tensor *golden_get(struct golden *golden, const char *name)
{
    struct tensor *x = golden_find(golden, name);
    if (!x)
        fail_msg("the case has no array %s", name);
    return x;
}

int golden_names(const char *file, char (*names)[GOLDEN_NAME], int room)
{
    int count = 0;
    struct reader reader = reader_open(file);
    while (count < room && next_case(&reader, names[count]))
        count++;
    reader_close(&reader);
    return count;
}
