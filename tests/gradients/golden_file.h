// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The files of tests/golden: cases of named arrays, which a script beside them wrote. */
#ifndef AURICLE_TESTS_GOLDEN_FILE_H
#define AURICLE_TESTS_GOLDEN_FILE_H

#include "nn/tape.h"

enum { GOLDEN_ARRAYS = 64, GOLDEN_WORDS = 40, GOLDEN_NAME = 64 };

struct golden_array {
    char name[GOLDEN_NAME];
    struct tensor tensor; // on the heap, with a grad
};

/** One case: a line "case NAME WORD...", then the arrays. */
struct golden {
    char line[2048];
    const char *words[GOLDEN_WORDS]; // what follows the name, into line
    int word_count;
    struct golden_array arrays[GOLDEN_ARRAYS];
    int count;
};

/** Fails the test when the file or the case is not there. */
void golden_read(const char *file, const char *name, struct golden *golden);
void golden_free(struct golden *golden);
/** NULL when the case has none of that name. */
struct tensor *golden_find(struct golden *golden, const char *name);
/** Fails the test when the case has none of that name. */
struct tensor *golden_get(struct golden *golden, const char *name);
/** The names of all cases, in order; at most room. Returns how many there are. */
int golden_names(const char *file, char (*names)[GOLDEN_NAME], int room);

#endif
