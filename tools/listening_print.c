// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Results of listeners as lines of text, as JSON (docs/events.md), and as one line of a terminal.
 */
#define _POSIX_C_SOURCE 200809L
#include "listening.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

// ---- JSON: the schema of docs/events.md

static json_t *rounded(double value, double steps)
{
    return json_real(round(value * steps) / steps);
}

static json_t *json_line(const struct listening_channel *channel, const char *type, int head,
                         double start_s, double end_s, const char *label, double score)
{
    const struct listening *listening = channel->listening;
    json_t *line =
        json_pack("{s:i, s:s, s:i}", "schema", 1, "type", type, "channel", channel->number);
    json_object_set_new(line, "start", rounded(start_s, 1e6));
    json_object_set_new(line, "end", rounded(end_s, 1e6));
    if (listening->stream)
        json_object_set_new(line, "stream", json_string(listening->stream));
    json_object_set_new(line, "head", json_string(listening->info[head].task));
    json_object_set_new(line, "label", json_string(label));
    json_object_set_new(line, "score", rounded(score, 1e4));
    return line;
}

static void print_json(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(line);
}

// ---- events

static void print_event_text(const struct listening_channel *channel, int head, double start_s,
                             double end_s, const char *label, double score)
{
    const struct listening *listening = channel->listening;
    char from[32], to[32];
    printf("%s %s %s %.2f", tool_time(start_s, from), tool_time(end_s, to), label, score);
    if (listening->head_count > 1)
        printf(" %s", listening->info[head].task);
    if (listening->channel_count > 1)
        printf(" channel %d", channel->number);
    putchar('\n');
}

static void print_event(struct listening_channel *channel, int head, const auricle_event *event)
{
    struct listening *listening = channel->listening;
    const char *label = auricle_head_label(listening->heads[head], event->label);
    const double start_s = (double)event->start_frame * listening->frame_s,
                 end_s = (double)event->end_frame * listening->frame_s,
                 decided_s = (double)(event->at_frame + 1) * listening->frame_s,
                 score = (double)event->confidence;
    listening_hide_live(listening);
    listening->events++;
    if (listening->json) {
        json_t *line = json_line(channel, "event", head, start_s, end_s, label, score);
        json_object_set_new(line, "decided", rounded(decided_s, 1e6));
        print_json(line);
    } else {
        print_event_text(channel, head, start_s, end_s, label, score);
    }
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

static void print_posteriors_json(const struct listening_channel *channel, int head, double end_s,
                                  const float *posteriors)
{
    const struct listening *listening = channel->listening;
    const auricle_head *of = listening->heads[head];
    const int best = likeliest(listening, head, posteriors);
    const double hop_s = listening->info[head].hop_frames * listening->frame_s;
    json_t *line = json_line(channel, "posteriors", head, fmax(end_s - hop_s, 0), end_s,
                             auricle_head_label(of, best), (double)posteriors[best]);
    json_t *shares = json_object();
    for (int k = 0; k < listening->info[head].class_count; k++)
        json_object_set_new(shares, auricle_head_label(of, k), rounded((double)posteriors[k], 1e4));
    json_object_set_new(line, "posteriors", shares);
    print_json(line);
}

static void print_posteriors(const struct listening_channel *channel, int head, uint64_t frame,
                             const float *posteriors)
{
    const struct listening *listening = channel->listening;
    const double end_s = (double)(frame + 1) * listening->frame_s;
    char when[32];
    if (listening->json) {
        print_posteriors_json(channel, head, end_s, posteriors);
        return;
    }
    printf("%s %s %d", tool_time(end_s, when), listening->info[head].task, channel->number);
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
            if (head->events[i].kind == AURICLE_EVENT_END)
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
    fprintf(stderr, "\r\033[K%s", tool_time(listening->heard_s, when));
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
