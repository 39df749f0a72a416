// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "listening.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static auricle_status fail(auricle_error *error, const char *text)
{
    return tool_fail(error, AURICLE_INVALID, "%s", text);
}

auricle_status listening_open(struct listening *listening, const char *model,
                              const struct text_list *heads, auricle_error *error)
{
    auricle_model_info info;
    if (heads->count > MAX_LISTENING_HEADS)
        return fail(error, "at most 16 heads can listen at once");
    auricle_status status = auricle_model_open(model, &listening->model, error);
    tool_add_cure(error, "name an encoder with --model FILE; auricle pretrain makes one");
    for (int i = 0; i < heads->count && !status; i++) {
        status = auricle_head_open(heads->text[i], listening->model, &listening->heads[i], error);
        tool_add_cure(error, "name a head with --head FILE; auricle fit makes one");
        if (status)
            break;
        auricle_head_get_info(listening->heads[i], &listening->info[i]);
        listening->head_count++;
    }
    if (status)
        return status;
    auricle_model_get_info(listening->model, &info);
    listening->frame_s = (double)info.hop_samples / info.sample_rate_hz;
    return AURICLE_OK;
}

static void detach(struct listening *listening)
{
    for (int i = 0; i < listening->channel_count; i++)
        auricle_listener_destroy(&listening->channels[i].listener);
    listening->channel_count = 0;
}

static auricle_status choose_channel(const char *wanted, int interleaved, int *number,
                                     auricle_error *error)
{
    char text[160], *end;
    const long chosen = strtol(wanted, &end, 10);
    *number = (int)chosen;
    if (!*end && chosen >= 0 && chosen < interleaved)
        return AURICLE_OK;
    snprintf(text, sizeof text, "channel %.40s does not exist: there are %d, the first is 0",
             wanted, interleaved);
    return fail(error, text);
}

static auricle_status attach_channel(struct listening *listening, int index, const char *wanted,
                                     int rate_hz, auricle_error *error)
{
    struct listening_channel *channel = &listening->channels[index];
    const auricle_listener_config config = {
        .size = sizeof config, .sample_rate_hz = rate_hz, .detector = listening->detector};
    *channel = (struct listening_channel){.listening = listening, .number = index};
    listening->channel_count = index + 1;
    auricle_status status = AURICLE_OK;
    if (wanted)
        status = choose_channel(wanted, listening->interleaved, &channel->number, error);
    if (!status)
        status = auricle_listener_create(listening->model, listening->heads, listening->head_count,
                                         &config, &channel->listener, error);
    return status;
}

auricle_status listening_attach(struct listening *listening, int rate_hz, int interleaved,
                                const struct text_list *wanted, auricle_error *error)
{
    const int count = wanted->count ? wanted->count : interleaved;
    auricle_status status = AURICLE_OK;
    if (count > MAX_LISTENING_CHANNELS)
        return fail(error, "at most 64 channels can be heard at once: choose some with --channel");
    listening->interleaved = interleaved;
    for (int i = 0; i < count && !status; i++)
        status =
            attach_channel(listening, i, wanted->count ? wanted->text[i] : NULL, rate_hz, error);
    if (status)
        detach(listening);
    return status;
}

void listening_close(struct listening *listening)
{
    detach(listening);
    for (int h = 0; h < listening->head_count; h++)
        auricle_head_unref(&listening->heads[h]);
    auricle_model_unref(&listening->model);
    listening->head_count = 0;
}

auricle_status listening_feed(struct listening *listening, const float *samples, size_t frames,
                              int rate_hz, auricle_error *error)
{
    enum { PIECE = 512 };
    const size_t interleaved = (size_t)listening->interleaved;
    float piece[PIECE];
    for (size_t done = 0; done < frames; done += PIECE) {
        const size_t count = frames - done < PIECE ? frames - done : PIECE;
        for (int i = 0; i < listening->channel_count; i++) {
            struct listening_channel *channel = &listening->channels[i];
            for (size_t n = 0; n < count; n++) {
                piece[n] = samples[(done + n) * interleaved + (size_t)channel->number];
                channel->peak = fmaxf(channel->peak, fabsf(piece[n]));
            }
            auricle_status status = auricle_listener_feed(channel->listener, piece, count,
                                                          listening_print, channel, error);
            if (status)
                return status;
        }
        listening->heard_s += (double)count / rate_hz;
        listening_show_live(listening);
    }
    return AURICLE_OK;
}

auricle_status listening_feed_lost(struct listening *listening, size_t frames, int rate_hz,
                                   auricle_error *error)
{
    enum { PIECE = 4096 };
    float *silence = calloc((size_t)PIECE * (size_t)listening->interleaved, sizeof *silence);
    auricle_status status = silence ? AURICLE_OK : AURICLE_NO_MEMORY;
    if (!silence)
        return tool_fail(error, status, "no memory for lost sound");
    listening->gaps++;
    listening->lost_s += (double)frames / rate_hz;
    listening_print_gap(listening, (double)frames / rate_hz);
    while (frames > 0 && !status) {
        const size_t count = frames < PIECE ? frames : PIECE;
        status = listening_feed(listening, silence, count, rate_hz, error);
        frames -= count;
    }
    free(silence);
    return status;
}

void listening_finish(struct listening *listening)
{
    for (int i = 0; i < listening->channel_count; i++)
        auricle_listener_drain(listening->channels[i].listener, listening_print,
                               &listening->channels[i]);
    listening_hide_live(listening);
}
