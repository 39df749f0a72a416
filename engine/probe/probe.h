// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A linear probe under way: probe.c runs it, probe_frames.c takes its items frame by frame. */
#ifndef AURICLE_PROBE_PROBE_H
#define AURICLE_PROBE_PROBE_H

#include <auricle/probe.h>

#include "probe/clip_encoder.h"

enum { TRAIN, TEST, CHOOSE, SPLITS };

struct vectors { // one split
    struct corpus corpus;
    float *x;     // [count][dims]
    int *label;   // [count]
    int *speaker; // [count], index among all speakers
    int count;    // of items that could be read
};

struct probe {
    const auricle_probe_config *config;
    auricle_probe_result *result;
    struct clip_encoder encoder;
    struct vectors split[SPLITS];
    const char **names; // speakers [name_count], borrowed from the corpora
    int name_count, names_in_train, classes_in_train, done, total;
};

/** The label's number, made up at the first sight of it; -1 when memory is out. */
int probe_name_label(struct probe *probe, const char *label);
int probe_name_speaker(struct probe *probe, const char *speaker);
/** rows more are done. Errors: INTERRUPTED. */
auricle_status probe_advance(struct probe *probe, int rows, auricle_error *error);
/** Counts rows that could not be read, with the reason. */
void probe_skip(struct probe *probe, int rows, const auricle_error *reason);

/** Errors: NO_MEMORY, INTERRUPTED, INVALID (none could be read). */
auricle_status probe_embed_frames(struct probe *probe, int split, auricle_error *error);

#endif
