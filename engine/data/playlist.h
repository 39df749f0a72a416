// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Which recording comes when, and which cannot be played. */
#ifndef AURICLE_DATA_PLAYLIST_H
#define AURICLE_DATA_PLAYLIST_H

#include "data/corpus.h"

#include <pthread.h>
#include <stdint.h>

/** The row at a place of the endless list in which each epoch of count places is a permutation of
 * the rows, drawn by (seed, epoch). Takes no memory: any place is found directly. */
int playlist_row(uint64_t seed, int64_t place, int count);

/** Recordings that could not be read, or not everywhere. Rows side by side that share a path are
 * one recording. Any thread. */
struct casualties {
    pthread_mutex_t lock;
    struct casualty {
        char *reason; // NULL = none, or no memory for it; "" = reported already
        bool known;   // something of it could not be read
        bool lost;    // nothing of it can be played
        int first;    // row of the same recording that has these fields for all its rows
    } * list;         // [rows]
    int rows, recordings, count, lost, unreported;
};
/** Errors: NO_MEMORY. */
auricle_status casualties_open(struct casualties *casualties, const struct corpus *corpus,
                               auricle_error *error);
void casualties_close(struct casualties *casualties);
bool casualties_lost(struct casualties *casualties, int row);
bool casualties_lost_all(struct casualties *casualties);
/** Notes why a row could not be read, the first time; lost: wherever it is tried. What one stream
 * finds out of a place must not keep the others from another place: who comes first is chance. */
void casualties_note(struct casualties *casualties, int row, bool lost, const char *reason);
int casualties_count(struct casualties *casualties);
/** Gives each reason not reported yet to log (may be NULL), in the order of the rows. */
void casualties_report(struct casualties *casualties, void (*log)(void *user, const char *line),
                       void *user);

#endif
