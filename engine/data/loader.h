// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Endless parallel streams of windows: B streams, each playing one recording after another, cut
 * into windows of T frames that follow on one another (training carries state across them, as in
 * deployment). A window holds as many recordings as fit, end to end; what is less than a frame at a
 * recording's end is left out. Each recording begins like a new stream (augmentation and log-mel
 * history as new) and gets one drawn augmentation per view. Of a recording longer than
 * max_recording_s one stretch of that length is played, from a drawn start.
 *
 * Every recording is played once an epoch: the streams share out a shuffled list, stream b's n-th
 * is number n * B + b of the endless list of shuffled epochs. It, its stretch and its augmentations
 * are a function of (seed, b, n) alone, so a position is two numbers per stream and a resumed
 * loader gives the same bits. Threads decode ahead; what they give does not depend on their number.
 * Memory is bounded by B, T and max_recording_s, never by a recording's length. Recordings that
 * cannot be read or are shorter than a frame are passed over, counted and reported once each. */
#ifndef AURICLE_DATA_LOADER_H
#define AURICLE_DATA_LOADER_H

#include "signal/augment.h"
#include "signal/logmel.h"
#include "data/corpus.h"
#include "data/teacher.h"

#include <stdint.h>

enum { LOADER_VIEWS = 2, LOADER_RECORDING_S = 30 };

struct loader_config {
    const struct corpus *corpus; // borrowed
    const struct corpus *noise;  // recordings to mix in besides coloured noise (read at
                                 // creation, up to 10 minutes of them), or NULL
    int streams, frames;         // B, T
    int views;                   // 1, or 2: both see the same stretch of the same recording, at the
                                 // same speed, under independently drawn other augmentations
    struct augment_config augment[LOADER_VIEWS]; // speed is taken from [0]
    struct logmel_config logmel; // warp is set per view from the drawn augmentation,
                                 // rounded to hundredths
    bool want_features, want_samples;
    uint64_t seed;
    int threads;           // 0 = decode in the caller
    float max_recording_s; // 0 = LOADER_RECORDING_S
    float gap_probability; // of near-silence before a recording, so that clips don't touch
    float gap_low_s, gap_high_s;
    struct teacher_config teacher;             // recordings without its rows are passed over
    void (*log)(void *user, const char *line); // or NULL; called within create and next only
    void *log_user;
};

struct loader_batch {
    float *features[LOADER_VIEWS]; // [B][T][mels], raw log-mel, not normalised
    float *samples[LOADER_VIEWS];  // [B][T*160]
    unsigned char *fresh;          // [B] a new recording begins with the window's first frame
    unsigned char *begins;         // [B][T] a new recording, or the gap before it, begins here
    unsigned char *gap;            // [B][T] this frame is the near-silence before a recording
    unsigned char *voice_changed; // [B][T] this frame's speed or vocal tract (of view 0) is not the
                                  // speaker's own
    int *recording;               // [B] row index in corpus, of the one with most frames here
    int *speaker;   // [B] its speaker: small integer, same for the same speaker string; -1 unknown
    float *teacher; // [B][T][teacher_width] its rows in time with the frames; NULL without
    int teacher_width;
    unsigned char *taught; // [B][T] it says something of this frame
    int64_t window;        // ordinal of this batch since creation or the last seek
};

struct loader;
/** Errors: INVALID (config, empty corpus), NO_MEMORY. */
auricle_status loader_create(const struct loader_config *config, struct loader **loader,
                             auricle_error *error);
void loader_destroy(struct loader **loader);
/** The next batch, valid until the next call. Errors: IO when no recording at all can be read,
 * MISMATCH when a position sought does not exist in this corpus, NO_MEMORY. */
auricle_status loader_next(struct loader *loader, const struct loader_batch **batch,
                           auricle_error *error);
/** [2 * streams] numbers: enough for loader_seek to give the batch that would come next. */
void loader_position(const struct loader *loader, int64_t *position);
/** The held batch is gone. Errors: INVALID (a negative position). */
auricle_status loader_seek(struct loader *loader, const int64_t *position, auricle_error *error);
int loader_skipped(const struct loader *loader); // unreadable or damaged recordings met so far

#endif
