// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One stream of the loader: plays its recordings one after another into windows. */
#ifndef AURICLE_DATA_PLAYER_H
#define AURICLE_DATA_PLAYER_H

#include "data/loader.h"
#include "data/noise_bank.h"
#include "data/playlist.h"

/** What the players of a loader share; only casualties changes. */
struct stage {
    struct loader_config config;
    struct logmel *tables[101]; // for warps 0.50, 0.51 ... 1.50; NULL where none is drawn
    struct noise_bank noise;
    struct casualties casualties;
    int *speakers; // [corpus rows]
};

/** One stream's part of a batch; NULL where it is not wanted. */
struct window {
    float *features[LOADER_VIEWS]; // [T][mels]
    float *samples[LOADER_VIEWS];  // [T * hop]
    unsigned char *begins, *gap;   // [T]
    unsigned char *voice_changed;  // [T]
    unsigned char *fresh;
    int *recording, *speaker;
    float *teacher;        // [T][width]
    unsigned char *taught; // [T]
};

struct player;
struct player *player_create(struct stage *stage, int stream); // NULL when memory is out
void player_destroy(struct player **player);
/** position: the number of the recording and how many of its frames are played already. */
void player_seek(struct player *player, const int64_t position[2]);
void player_position(const struct player *player, int64_t position[2]);
/** The next T frames. Errors: as loader_next. */
auricle_status player_window(struct player *player, const struct window *window,
                             auricle_error *error);

/** Index into stage.tables of a warp factor. */
int stage_warp_index(float warp);

#endif
