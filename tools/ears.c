// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "ears.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static auricle_status fail(auricle_error *error, auricle_status status, const char *text)
{
    error->status = status;
    snprintf(error->text, sizeof error->text, "%s", text);
    return status;
}

auricle_status ears_open(struct ears *ears, const char *model, const struct text_list *heads,
                         auricle_error *error)
{
    if (heads->count > MAX_HEADS)
        return fail(error, AURICLE_INVALID, "at most 16 heads can listen at once");
    auricle_status status = auricle_model_open(model, &ears->model, error);
    tool_add_cure(error, "name an encoder with --model FILE; auricle pretrain makes one");
    for (int i = 0; i < heads->count && !status; i++) {
        status = auricle_head_open(heads->text[i], ears->model, &ears->heads[i], error);
        ears->head_count += status == AURICLE_OK;
        tool_add_cure(error, "name a head with --head FILE; auricle fit makes one");
    }
    if (!status)
        auricle_model_get_info(ears->model, &ears->info);
    return status;
}

static auricle_status open_ear(struct ears *ears, struct ear *ear, int rate_hz,
                               auricle_error *error)
{
    const auricle_stream_config config = {.sample_rate_hz = rate_hz};
    auricle_status status = auricle_stream_create(ears->model, &config, &ear->stream, error);
    for (int i = 0; i < ears->head_count && !status; i++) {
        status = auricle_head_stream_create(ears->heads[i], &ear->heads[i], error);
        if (!status)
            status =
                auricle_detector_create(ears->heads[i], &ears->detector, &ear->detectors[i], error);
    }
    return status;
}

static void detach(struct ears *ears)
{
    for (int i = 0; i < ears->count; i++) {
        for (int h = 0; h < ears->head_count; h++) {
            auricle_detector_destroy(&ears->ear[i].detectors[h]);
            auricle_head_stream_destroy(&ears->ear[i].heads[h]);
        }
        auricle_stream_destroy(&ears->ear[i].stream);
    }
    ears->count = 0;
}

static auricle_status choose_channel(const char *wanted, int channels, int *channel,
                                     auricle_error *error)
{
    char text[160], *end;
    long chosen = strtol(wanted, &end, 10);
    *channel = (int)chosen;
    if (!*end && chosen >= 0 && chosen < channels)
        return AURICLE_OK;
    snprintf(text, sizeof text, "there is no channel %.40s: there are %d, the first is 0", wanted,
             channels);
    return fail(error, AURICLE_INVALID, text);
}

auricle_status ears_attach(struct ears *ears, int rate_hz, int channels,
                           const struct text_list *wanted, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    ears->channels = channels;
    const int count = wanted->count ? wanted->count : channels;
    if (count > MAX_EARS)
        return fail(error, AURICLE_INVALID, "at most 64 channels: choose with --channel");
    ears->many = count > 1;
    for (int i = 0; i < count && !status; i++) {
        struct ear *ear = &ears->ear[i];
        ear->channel = i;
        ears->count = i + 1;
        if (wanted->count)
            status = choose_channel(wanted->text[i], channels, &ear->channel, error);
        if (!status)
            status = open_ear(ears, ear, rate_hz, error);
    }
    if (status)
        detach(ears);
    return status;
}

void ears_close(struct ears *ears)
{
    detach(ears);
    for (int h = 0; h < ears->head_count; h++)
        auricle_head_unref(&ears->heads[h]);
    auricle_model_unref(&ears->model);
    ears->head_count = 0;
}

// ---- what is printed

static double frame_s(const struct ears *ears)
{
    return (double)ears->info.hop_samples / ears->info.sample_rate_hz;
}

static void hide_live(struct ears *ears)
{
    if (ears->live && ears->live->shown)
        fprintf(stderr, "\r\033[K");
    if (ears->live)
        ears->live->shown = false;
}

static const char *task_of(const auricle_head *head)
{
    auricle_head_info info;
    auricle_head_get_info(head, &info);
    return info.task;
}

static void print_event(struct ears *ears, const struct ear *ear, int head,
                        const auricle_event *event)
{
    const char *label = auricle_head_label(ears->heads[head], event->label);
    const double start = (double)event->start_frame * frame_s(ears),
                 end = (double)event->end_frame * frame_s(ears);
    char from[32], to[32];
    hide_live(ears);
    ears->events++;
    if (ears->json) {
        printf("{\"head\": ");
        tool_print_json_text(task_of(ears->heads[head]));
        printf(", \"channel\": %d, \"start\": %.2f, \"end\": %.2f, \"label\": ", ear->channel,
               start, end);
        tool_print_json_text(label);
        printf(", \"confidence\": %.4f}\n", (double)event->confidence);
    } else {
        printf("%s %s %s %.2f", tool_time(start, from), tool_time(end, to), label,
               (double)event->confidence);
        if (ears->head_count > 1)
            printf(" %s", task_of(ears->heads[head]));
        if (ears->many)
            printf(" channel %d", ear->channel);
        printf("\n");
    }
    fflush(stdout);
}

static void print_raw(const struct ears *ears, const struct ear *ear, int head, uint64_t frame,
                      const float *posteriors)
{
    auricle_head_info info;
    char when[32];
    auricle_head_get_info(ears->heads[head], &info);
    const double at = (double)(frame + 1) * frame_s(ears);
    if (ears->json) {
        printf("{\"head\": ");
        tool_print_json_text(info.task);
        printf(", \"channel\": %d, \"at\": %.2f, \"posteriors\": {", ear->channel, at);
    } else {
        printf("%s %s %d", tool_time(at, when), info.task, ear->channel);
    }
    for (int k = 0; k < info.class_count; k++) {
        if (ears->json) {
            printf(k ? ", " : "");
            tool_print_json_text(auricle_head_label(ears->heads[head], k));
            printf(": %.4f", (double)posteriors[k]);
        } else {
            printf(" %s=%.3f", auricle_head_label(ears->heads[head], k), (double)posteriors[k]);
        }
    }
    printf(ears->json ? "}}\n" : "\n");
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void show_top(const struct ears *ears, int head, const float *posteriors)
{
    auricle_head_info info;
    int best = 0;
    auricle_head_get_info(ears->heads[head], &info);
    for (int k = 1; k < info.class_count; k++)
        best = posteriors[k] > posteriors[best] ? k : best;
    fprintf(stderr, "  %.16s %.2f", auricle_head_label(ears->heads[head], best),
            (double)posteriors[best]);
}

// Level and the likeliest label of every head, on one line of a terminal.
static void show_live(struct ears *ears)
{
    enum { WIDTH = 16 };
    const double now = now_s();
    char when[32];
    if (!ears->live || now - ears->live->last_s < 0.1)
        return;
    ears->live->last_s = now;
    ears->live->shown = true;
    fprintf(stderr, "\r\033[K%s", tool_time(ears->heard_s, when));
    for (int i = 0; i < ears->count && i < 2; i++) {
        struct ear *ear = &ears->ear[i];
        const double db = 20 * log10(fmax((double)ear->peak, 1e-5));
        char bar[WIDTH + 1] = "";
        for (int b = 0; b < WIDTH; b++)
            bar[b] = db > -60 + 60.0 * b / WIDTH ? '#' : '.';
        fprintf(stderr, "  %s %4.0f dB", bar, db);
        for (int h = 0; h < ears->head_count && h < 3; h++)
            if (ear->posteriors[h])
                show_top(ears, h, ear->posteriors[h]);
        ear->peak = 0;
    }
    fflush(stderr);
}

// ---- listening

static void hear_frame(struct ears *ears, struct ear *ear, const auricle_frame *frame)
{
    for (int h = 0; h < ears->head_count; h++) {
        auricle_event events[4];
        bool decided;
        const float *posteriors = auricle_head_stream_step(ear->heads[h], frame->vector, &decided);
        ear->posteriors[h] = posteriors;
        if (ears->raw && decided)
            print_raw(ears, ear, h, frame->index, posteriors);
        const int count = auricle_detector_step(ear->detectors[h], posteriors, decided, events, 4);
        for (int i = 0; i < count; i++)
            if (events[i].kind == AURICLE_EVENT_END && !ears->raw)
                print_event(ears, ear, h, &events[i]);
    }
}

static auricle_status feed_ear(struct ears *ears, struct ear *ear, const float *samples,
                               size_t count)
{
    auricle_frame frame;
    for (size_t done = 0, taken; done < count; done += taken) {
        auricle_status status =
            auricle_stream_feed(ear->stream, samples + done, count - done, &taken, &frame);
        if (status)
            return status;
        if (frame.vector)
            hear_frame(ears, ear, &frame);
    }
    return AURICLE_OK;
}

auricle_status ears_feed(struct ears *ears, const float *interleaved, size_t frames, int rate_hz,
                         auricle_error *error)
{
    enum { PIECE = 512 };
    float samples[PIECE];
    for (size_t done = 0; done < frames; done += PIECE) {
        const size_t count = frames - done < PIECE ? frames - done : PIECE;
        for (int i = 0; i < ears->count; i++) {
            struct ear *ear = &ears->ear[i];
            for (size_t n = 0; n < count; n++) {
                samples[n] =
                    interleaved[(done + n) * (size_t)ears->channels + (size_t)ear->channel];
                ear->peak = fmaxf(ear->peak, fabsf(samples[n]));
            }
            if (feed_ear(ears, ear, samples, count)) {
                char text[160], when[32];
                snprintf(text, sizeof text,
                         "a sample near %s is not a number or beyond +-%g: this is no sound",
                         tool_time(ears->heard_s, when), (double)AURICLE_SAMPLE_MAX);
                return fail(error, AURICLE_INVALID, text);
            }
        }
        ears->heard_s += (double)count / rate_hz;
        show_live(ears);
    }
    return AURICLE_OK;
}

void ears_finish(struct ears *ears)
{
    for (int i = 0; i < ears->count; i++) {
        struct ear *ear = &ears->ear[i];
        auricle_frame frame;
        for (auricle_stream_drain(ear->stream, &frame); frame.vector;
             auricle_stream_drain(ear->stream, &frame))
            hear_frame(ears, ear, &frame);
        for (int h = 0; h < ears->head_count; h++) {
            auricle_event events[4];
            const int count = auricle_detector_drain(ear->detectors[h], events, 4);
            for (int e = 0; e < count; e++)
                if (events[e].kind == AURICLE_EVENT_END && !ears->raw)
                    print_event(ears, ear, h, &events[e]);
        }
    }
    hide_live(ears);
}
