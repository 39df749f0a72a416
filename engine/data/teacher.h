// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What another model, the teacher, said of the recordings: a row of numbers each so many
 * milliseconds, as FILE.npy for FILE.flac, brought to the loader's frames.
 *
 *     rows      |    r0    |    r1    |    r2    |        each hop_s, r0 at first_s
 *     frames    | | | | | | | | | | | | | | | |           each 10 ms of the sound as recorded
 *
 * A frame gets the two rows about the moment delay frames before its own middle, in proportion to
 * their nearness: a student that is asked for them may be that late. Where the sound is played
 * faster or slower its rows are too. */
#ifndef AURICLE_DATA_TEACHER_H
#define AURICLE_DATA_TEACHER_H

#include "data/corpus.h"

#include <stddef.h>

struct teacher_config {
    int width;               // numbers of a row; 0 = there is no teacher
    const char *folder;      // laid out as the recordings' folders; NULL = beside each recording
    const char *const *data; // the recordings' folders, by corpus_row.folder
    double hop_s;            // between rows; 0 = the recording's length shared out
    double first_s;          // the moment of the first row; < 0 = half a hop
    int delay;               // frames
    bool nearest;            // a frame gets the nearest row, not a mean of two: class numbers
    bool may_lack;           // recordings without rows are played too, untaught
};

/** A stretch of one recording's rows. Zeros = none; kept for the next teacher_read. */
struct teacher_rows {
    float *values; // [count][width]
    size_t count, capacity;
    double first_s, hop_s; // of the stretch's first row, from the recording's beginning
};

/** The .npy of a recording. Errors: INVALID (the path is too long). */
auricle_status teacher_path(const struct teacher_config *config, const struct corpus_row *row,
                            char *path, size_t size, auricle_error *error);
/** The width of the rows of the first recording that has any. Errors: INVALID (none has; says where
 * they were looked for), FORMAT. */
auricle_status teacher_width(const struct teacher_config *config, const struct corpus *corpus,
                             int *width, auricle_error *error);
/** The rows about [start_s, end_s] of a recording of length_s. Errors: NOT_FOUND, IO, FORMAT,
 * MISMATCH (another width), NO_MEMORY. */
auricle_status teacher_read(const struct teacher_config *config, const struct corpus_row *row,
                            double length_s, double start_s, double end_s,
                            struct teacher_rows *rows, auricle_error *error);
void teacher_rows_free(struct teacher_rows *rows);
/** values [width] at a moment of the recording; false, and zeros, where no row is within a hop. */
bool teacher_at(const struct teacher_config *config, const struct teacher_rows *rows,
                double moment_s, float *values);

#endif
