// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings in folders. A folder with metadata.csv (audiofolder convention:
 * file_name,label,speaker, task,split,start,end,ship,...) gives one row per line; a folder without
 * gives one row per audio file below it, sorted by name. Files named by several rows are several
 * rows. */
#ifndef AURICLE_DATA_CORPUS_H
#define AURICLE_DATA_CORPUS_H

#include <auricle/status.h>

#include <stdbool.h>

struct corpus_row {
    const char *path; // openable
    const char *label, *speaker, *task, *split, *source, *lang, *text, *licence,
        *ship;             // "" = absent
    double seconds;        // 0 = not stated
    double start_s, end_s; // of the labelled part; both 0 = all of it
    int folder;            // index of the --data it came from
};

struct corpus {
    struct corpus_row *rows;
    int count;
    int folders;       // added so far
    char columns[200]; // of the first metadata.csv that has no column label; "" = there is none
    int skipped;       // rows named in metadata.csv that cannot be used: the file is absent or
                       // unreadable, or the labelled part has a start and no end
                       // after it
};

/** Whether the row is of the split (NULL or "" = any); one that states none, as in a plain folder,
 * is of every split. */
bool corpus_row_is_of(const struct corpus_row *row, const char *split);
/** Whether a row that states no split is kept for dev: some 15 % of the speakers, or of the file
 * names where no speaker is named. */
bool corpus_row_is_held_out(const struct corpus_row *row);

/** What to keep; NULL or "" = anything. only_ship: the licence column ship starts with "yes", rows
 * without that column are kept. unique_files: one row per distinct path (pretraining). or_none: by
 * corpus_row_is_of, so that a row that states no split is kept. draw: which rows that state no
 * split are kept, by corpus_row_is_held_out. */
struct corpus_filter {
    const char *task, *split, *source;
    bool only_ship, unique_files, or_none;
    enum { CORPUS_DRAW_NONE, CORPUS_DRAW_TRAIN, CORPUS_DRAW_DEV } draw;
};

/** Appends a folder's rows; on failure the corpus is as before. A path may also be a single audio
 * file. Hidden files and linked folders are not looked into. When rows were skipped the call is
 * still AURICLE_OK and error->text says how many and names the first ("" when there are none).
 * Errors: NOT_FOUND (folder), FORMAT (metadata.csv: line and column), INVALID (nothing matched:
 * says what there is), IO, NO_MEMORY. */
auricle_status corpus_add(struct corpus *corpus, const char *folder,
                          const struct corpus_filter *filter, auricle_error *error);
void corpus_free(struct corpus *corpus);

#endif
