// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Recordings strung together as a microphone would hear them, and what a head should say when.
 *
 *   level, room, speed drawn for each:   .--word--.      .----event----.   .--word--.
 *   pauses drawn:                  ------'        '------'             '---'        '-----
 *   over a bed of silence, coloured noise or noise recordings, at levels drawn
 *
 * A window is labelled by what of it has been heard when it ends (fractions of a word's length):
 *
 *   word    first tenth: not there yet | to the half: unknown | to 50 ms before its end: unlabelled
 *           | from there while all of it is in the window (100..600 ms after its end): the word
 *           | until 0.7 of it is left: unlabelled | until 0.15 is left: unknown
 *           A word of which more than half is still there makes the next unlabelled.
 *   tight   from 30 ms after its start until its end: its label | 100 ms more: unlabelled
 *   steady  once half a window (half of it, if shorter) has been heard, until it ends: its label
 *   pause   silence, when nothing else is in the window */
#ifndef AURICLE_HEADS_SCENE_H
#define AURICLE_HEADS_SCENE_H

#include "base/random.h"
#include "heads/data.h"
#include "data/noise_bank.h"

#include <stddef.h>

struct scene_mark {
    size_t start, end; // samples
    int label;
    bool steady;
    bool tight;    // steady, and its bounds are known to some 10 ms
    int recording; // index in the list played
};

struct scene {
    float *samples; // [count]
    size_t count, capacity;
    struct scene_mark *marks; // by start
    int mark_count;
    size_t mark_capacity;
};

struct scene_style {
    int copies;        // augmented plays beside the clean one
    int window_frames; // of the head: a word may stay in it
    bool roomy;        // pauses long enough to tell events apart and to count false alarms
    uint64_t seed;     // of everything drawn
    bool steady;       // pauses of a steady head
    // For heads trained on streams: what lasts is played once and to its end, 20 s at a time, and
    // of each word that is listened for, one more play is a part of it that is not the word.
    bool whole;
    // Recordings of this class bear their label only where they are loud (activity.h); the rest is
    // pause. NO_CLASS: none. Noise is then mixed in at any level.
    int active;
    // For judging a head: recordings at the level and length at which they were made, a second
    // apart, over quiet noise, or over babble. The fields above the seed play no part then.
    bool as_recorded;
    float gain_db;       // of the whole scene
    const char *babble;  // folder of speech that several people talk from, or NULL
    float babble_snr_db; // of each word over the babble around it
};

struct scene_play {
    uint32_t recording; // of the maker's list
    uint32_t copy;      // 0: as it is
};

struct scene_maker {
    const struct fit_data *data;
    struct scene_style style;
    const struct fit_recording *list; // [count]
    int count;
    struct noise_bank bank;   // of the list's background recordings, or of the babble folder
    struct scene_play *order; // [plays] shuffled
    int plays, next;
    struct random random;
    int skipped;
    char first_skipped[256];
};

auricle_status scene_maker_open(const struct fit_data *data, int split,
                                const struct scene_style *style, struct scene_maker *maker,
                                auricle_error *error);
void scene_maker_close(struct scene_maker *maker);
/** Plays on for about this long; scene->count is 0 when everything has been played. What cannot be
 * read is counted, the first named. Errors: NO_MEMORY. */
auricle_status scene_make(struct scene_maker *maker, double seconds, struct scene *scene,
                          auricle_error *error);
void scene_free(struct scene *scene);

/** What a window of window_frames that ends with this frame should be called; NO_CLASS =
 * unlabelled. *mark: where to begin looking, 0 at first, for calls with rising frames. */
int scene_label(const struct scene *scene, const struct fit_classes *classes, int window_frames,
                int64_t frame, int *mark);

#endif
