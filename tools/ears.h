// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Channels of sound, each its own stream through one model, all heads on each. */
#ifndef AURICLE_TOOLS_EARS_H
#define AURICLE_TOOLS_EARS_H

#include "tool.h"

#include <auricle/head.h>
#include <auricle/model.h>
#include <auricle/stream.h>

enum { MAX_EARS = 64, MAX_HEADS = 16 };

struct ear {
    int channel;
    auricle_stream *stream;
    auricle_head_stream *heads[MAX_HEADS];
    auricle_detector *detectors[MAX_HEADS];
    float peak; // since it was last shown, 0..1
    const float *posteriors[MAX_HEADS];
};

struct ears {
    auricle_model *model;
    auricle_model_info info;
    auricle_head *heads[MAX_HEADS];
    int head_count;
    struct ear ear[MAX_EARS];
    int count;
    int channels;                     // interleaved in what is fed
    auricle_detector_config detector; // zeros: as each head recommends
    bool json, raw, many;
    struct live *live; // shown between events, or NULL
    long long events;
    double heard_s;
};

struct live {
    double last_s;
    bool shown;
};

/** Errors name the file and the cure. */
auricle_status ears_open(struct ears *ears, const char *model, const struct text_list *heads,
                         auricle_error *error);
/** channels of sound at this rate; wanted: channel numbers from 0, none = all. On failure none
 * listens: count is 0. */
auricle_status ears_attach(struct ears *ears, int rate_hz, int channels,
                           const struct text_list *wanted, auricle_error *error);
void ears_close(struct ears *ears);
/** interleaved [frames][channels]; prints what is heard. Errors: INVALID (when, and what sample).
 */
auricle_status ears_feed(struct ears *ears, const float *interleaved, size_t frames, int rate_hz,
                         auricle_error *error);
/** The end of the sound: closes what is open. */
void ears_finish(struct ears *ears);

#endif
