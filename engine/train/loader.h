// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Endless parallel streams of windows: B streams, each playing one recording after another, cut into
 * windows of T frames that follow on one another (training carries state across them, as in
 * deployment). Each recording gets one drawn augmentation per view.
 *
 * Stream b's n-th recording and its augmentations are a function of (seed, b, n) alone, so a position
 * is two numbers per stream and a resumed loader gives the same bits. Threads decode ahead; what they
 * give does not depend on their number. Memory is bounded by queue depth, never by recording length.
 * Unreadable recordings are skipped, counted and reported once each through the log callback. */
#ifndef AURICLE_TRAIN_LOADER_H
#define AURICLE_TRAIN_LOADER_H

#include "signal/augment.h"
#include "signal/logmel.h"
#include "train/corpus.h"

#include <stdint.h>

enum { LOADER_VIEWS = 2 };

struct loader_config {
    const struct corpus *corpus; // borrowed
    const struct corpus *noise;  // recordings to mix in (borrowed), or NULL: coloured noise only
    int streams, frames;         // B, T
    int views;                   // 1, or 2: both see the same stretch of the same recording, at the
                                 // same speed, under independently drawn other augmentations
    struct augment_config augment[LOADER_VIEWS]; // speed is taken from [0]
    struct logmel_config logmel; // warp is set per view from the drawn augmentation
    bool want_features, want_samples;
    uint64_t seed;
    int threads;                 // 0 = decode in the caller
};

struct loader_batch {
    float *features[LOADER_VIEWS]; // [B][T][mels], raw log-mel, not normalised
    float *samples[LOADER_VIEWS];  // [B][T*160]
    unsigned char *fresh;          // [B] this window is the first of a new recording
    int *recording;                // [B] row index in corpus
    int *speaker;                  // [B] small integer, same for the same speaker string; -1 unknown
    int64_t window;                // ordinal of this batch since the start
};

struct loader;
auricle_status loader_create(const struct loader_config *config, struct loader **loader,
                             auricle_error *error);
void loader_destroy(struct loader **loader);
/** The next batch, valid until the next call. IO when no recording at all can be read. */
auricle_status loader_next(struct loader *loader, const struct loader_batch **batch,
                           auricle_error *error);
/** [2 * streams] numbers: enough for loader_seek to give the batch that would come next. */
void loader_position(const struct loader *loader, int64_t *position);
auricle_status loader_seek(struct loader *loader, const int64_t *position, auricle_error *error);
int loader_skipped(const struct loader *loader); // unreadable recordings met so far

#endif
