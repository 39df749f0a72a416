// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Results of listeners as lines of text, as JSON (docs/events.md), and as one line of a terminal.
 */
#define _POSIX_C_SOURCE 200809L
#include "listening.h"

#include "event_lines.h"
#include "tool_json.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static struct event_source source_of(const struct listening_channel *channel, int head)
{
    const struct listening *listening = channel->listening;
    return (struct event_source){.stream = listening->stream,
                                 .head = listening->heads[head],
                                 .frame_s = listening->frame_s,
                                 .channel = channel->number};
}

// ---- events

static void print_event_text(const struct listening_channel *channel, int head,
                             const auricle_event *event)
{
    const struct listening *listening = channel->listening;
    char from[32], to[32];
    printf("%s %s %s %.2f", tool_time((double)event->start_frame * listening->frame_s, 3, from),
           tool_time((double)event->end_frame * listening->frame_s, 3, to),
           auricle_head_label(listening->heads[head], event->label), (double)event->confidence);
    if (listening->head_count > 1)
        printf(" %s", listening->info[head].task);
    if (listening->channel_count > 1)
        printf(" channel %d", channel->number);
    putchar('\n');
}

// Text shows an event when it has ended; JSON also when it begins.
static void print_event(struct listening_channel *channel, int head, const auricle_event *event)
{
    struct listening *listening = channel->listening;
    const struct event_source source = source_of(channel, head);
    const bool ended = event->kind == AURICLE_EVENT_END;
    if (!ended && !listening->json)
        return;
    listening_hide_live(listening);
    listening->events += ended;
    if (listening->json)
        tool_json_print(event_line(&source, event));
    else
        print_event_text(channel, head, event);
    fflush(stdout);
}

void listening_print_gap(struct listening *listening, double seconds)
{
    const double start_s = listening->heard_s;
    if (!listening->json)
        return; // text tells the sum at the end
    listening_hide_live(listening);
    tool_json_print(event_line_gap(listening->stream, start_s, start_s + seconds, listening->lost_s,
                                   listening->gaps));
    fflush(stdout);
}

// ---- posteriors

static int likeliest(const struct listening *listening, int head, const float *posteriors)
{
    int best = 0;
    for (int k = 1; k < listening->info[head].class_count; k++)
        best = posteriors[k] > posteriors[best] ? k : best;
    return best;
}

static void print_posteriors(const struct listening_channel *channel, int head, uint64_t frame,
                             const float *posteriors)
{
    const struct listening *listening = channel->listening;
    const struct event_source source = source_of(channel, head);
    char when[32];
    if (listening->json) {
        tool_json_print(event_line_posteriors(&source, frame, posteriors));
        return;
    }
    printf("%s %s %d", tool_time((double)(frame + 1) * listening->frame_s, 3, when),
           listening->info[head].task, channel->number);
    for (int k = 0; k < listening->info[head].class_count; k++)
        printf(" %s=%.3f", auricle_head_label(listening->heads[head], k), (double)posteriors[k]);
    putchar('\n');
}

void listening_print(const auricle_result *result, void *user)
{
    struct listening_channel *channel = user;
    const struct listening *listening = channel->listening;
    for (int h = 0; h < result->head_count; h++) {
        const auricle_head_result *head = &result->heads[h];
        channel->posteriors[h] = head->posteriors;
        if (listening->raw && head->decided && result->vector)
            print_posteriors(channel, h, result->frame, head->posteriors);
        for (int i = 0; i < head->event_count && !listening->raw; i++)
            print_event(channel, h, &head->events[i]);
    }
}

// ---- the live line: time, level of two channels, likeliest label of three heads

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void show_channel(struct listening_channel *channel)
{
    enum { WIDTH = 16 };
    const struct listening *listening = channel->listening;
    const double db = 20 * log10(fmax((double)channel->peak, 1e-5));
    char bar[WIDTH + 1] = "";
    for (int b = 0; b < WIDTH; b++)
        bar[b] = db > -60 + 60.0 * b / WIDTH ? '#' : '.';
    fprintf(stderr, "  %s %4.0f dB", bar, db);
    for (int h = 0; h < listening->head_count && h < 3; h++) {
        if (!channel->posteriors[h])
            continue;
        const int best = likeliest(listening, h, channel->posteriors[h]);
        fprintf(stderr, "  %.16s %.2f", auricle_head_label(listening->heads[h], best),
                (double)channel->posteriors[h][best]);
    }
    channel->peak = 0;
}

void listening_show_live(struct listening *listening)
{
    const double now = now_s();
    char when[32];
    if (!listening->live || now - listening->live->last_s < 0.1)
        return;
    listening->live->last_s = now;
    listening->live->shown = true;
    fprintf(stderr, "\r\033[K%s", tool_time(listening->heard_s, 3, when));
    for (int i = 0; i < listening->channel_count && i < 2; i++)
        show_channel(&listening->channels[i]);
    fflush(stderr);
}

void listening_hide_live(struct listening *listening)
{
    if (listening->live && listening->live->shown)
        fprintf(stderr, "\r\033[K");
    if (listening->live)
        listening->live->shown = false;
}
