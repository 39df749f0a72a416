// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The pictures of `auricle plot`, one file each. */
#ifndef AURICLE_TOOLS_PLOT_H
#define AURICLE_TOOLS_PLOT_H

#include "tool.h"

struct plot_options {
    const char *out;
    int pixels;
    const char *title;      // map, sound: NULL = what it is
    struct text_list shown; // curves: these numbers; none = all of an evaluation
    bool hours;             // curves: over hours of sound, not steps
    const char *model;      // map, sound
    struct text_list heads; // sound
    struct text_list data;  // map
    const char *task, *split;
    int most; // map: recordings of a label
    bool quiet;
};

/** Metrics of runs: folders that hold metrics.jsonl, or such files. */
auricle_status plot_curves(const struct plot_options *options, char **runs, int count,
                           auricle_error *error);
/** Recordings as points, coloured by label. */
auricle_status plot_map(const struct plot_options *options, auricle_error *error);
/** A recording: spectrogram, events, surprise. */
auricle_status plot_sound(const struct plot_options *options, const char *file,
                          auricle_error *error);

#endif
