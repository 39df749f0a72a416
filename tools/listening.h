// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Channels of sound, each with a listener of its own, all heads on each; what is heard is printed.
 *
 *     interleaved samples --listening.c--> a listener per channel --listening_print.c--> lines
 */
#ifndef AURICLE_TOOLS_LISTENING_H
#define AURICLE_TOOLS_LISTENING_H

#include "tool.h"

#include <auricle/listener.h>

enum { MAX_LISTENING_CHANNELS = 64, MAX_LISTENING_HEADS = 16 };

struct listening;

struct listening_channel {
    struct listening *listening;
    int number; // of the channel in the recording
    auricle_listener *listener;
    float peak;                                   // since it was last shown, 0..1
    const float *posteriors[MAX_LISTENING_HEADS]; // latest; NULL before the first
};

/** The line of a terminal that shows what is heard right now. */
struct live_line {
    double last_s;
    bool shown;
};

struct listening {
    auricle_model *model;
    double frame_s;
    auricle_head *heads[MAX_LISTENING_HEADS];
    auricle_head_info info[MAX_LISTENING_HEADS];
    int head_count;
    struct listening_channel channels[MAX_LISTENING_CHANNELS];
    int channel_count;
    int interleaved;                  // channels in what is fed
    auricle_detector_config detector; // zeros: as each head recommends
    const char *stream;               // for JSON: the recording or the device; NULL = not named
    bool json, raw;
    struct live_line *live; // NULL: none
    long long events;
    double heard_s; // lost sound included
    double lost_s;
    int gaps; // of lost sound
};

/** Errors name the file and the cure. */
auricle_status listening_open(struct listening *listening, const char *model,
                              const struct text_list *heads, auricle_error *error);
/** Sound of `interleaved` channels at this rate comes next. wanted: channel numbers from 0; none =
 * all. On failure channel_count is 0. */
auricle_status listening_attach(struct listening *listening, int rate_hz, int interleaved,
                                const struct text_list *wanted, auricle_error *error);
void listening_close(struct listening *listening);
/** samples [frames][interleaved]; prints what is heard. Errors: INVALID (which sample, and when).
 */
auricle_status listening_feed(struct listening *listening, const float *samples, size_t frames,
                              int rate_hz, auricle_error *error);
/** Sound of so many frames is missing here: silence is heard in its place, and counted. Errors: as
 * listening_feed, NO_MEMORY. */
auricle_status listening_feed_lost(struct listening *listening, size_t frames, int rate_hz,
                                   auricle_error *error);
/** The end of the sound: decides what is pending. */
void listening_finish(struct listening *listening);

// ---- listening_print.c

/** auricle_on_result; user: struct listening_channel. */
void listening_print(const auricle_result *result, void *user);
void listening_print_gap(struct listening *listening, double seconds);
void listening_show_live(struct listening *listening);
void listening_hide_live(struct listening *listening);

#endif
