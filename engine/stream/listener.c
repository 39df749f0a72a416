// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** samples -> stream -> frame -> every head -> posteriors -> detector -> events -> on_result
 *
 * Everything is laid out at creation; afterwards a listener only computes. */
#include <auricle/listener.h>

#include "base/error.h"
#include "model/model.h"
#include "stream/head.h"

#include <stdlib.h>
#include <string.h>

/** One head of a listener. */
struct attached_head {
    auricle_head *head;
    auricle_head_stream *stream;
    auricle_detector *detector;
    int delay_frames;
};

struct auricle_listener {
    auricle_model *model;
    auricle_stream *stream; // NULL: frames only
    bool cold;
    int rate_hz;
    // what a reset clears
    uint64_t heard;  // samples
    uint64_t frames; // of sound
    bool drained;
    // [head_count]
    int head_count;
    struct attached_head *heads;
    auricle_head_result *results;
};

// ---- creation

// The struct of a caller that was compiled with an older header is shorter.
static auricle_status read_config(const auricle_listener_config *given,
                                  auricle_listener_config *config, auricle_error *error)
{
    *config = (auricle_listener_config){0};
    if (!given)
        return AURICLE_OK;
    if (given->size < sizeof given->size || given->size > sizeof *config)
        return error_set(error, AURICLE_INVALID,
                         "the config's size is %zu, this library knows %zu: set it to "
                         "sizeof(auricle_listener_config), or update the library",
                         given->size, sizeof *config);
    memcpy(config, given, given->size);
    return AURICLE_OK;
}

static auricle_status attach(auricle_listener *listener, int index, auricle_head *head,
                             const auricle_detector_config *detector, auricle_error *error)
{
    struct attached_head *attached = &listener->heads[index];
    if (strcmp(head->shape.encoder_hash, listener->model->origin) != 0)
        return error_set(error, AURICLE_MISMATCH,
                         "head '%s' is of encoder %.12s..., the model is %.12s...: open the head's "
                         "encoder, or fit the head anew",
                         head->shape.task, head->shape.encoder_hash, listener->model->origin);
    attached->head = auricle_head_ref(head);
    auricle_status status = auricle_head_stream_create(head, &attached->stream, error);
    return status ? status : auricle_listener_set_detector(listener, index, detector, error);
}

static auricle_status fill(auricle_listener *listener, auricle_head *const *heads,
                           const auricle_listener_config *config, auricle_error *error)
{
    const size_t room = (size_t)listener->head_count + 1;
    listener->heads = calloc(room, sizeof *listener->heads);
    listener->results = calloc(room, sizeof *listener->results);
    if (!listener->heads || !listener->results)
        return error_no_memory(error, "a listener");
    auricle_status status = AURICLE_OK;
    if (!config->frames_only)
        status =
            auricle_stream_create(listener->model,
                                  &(auricle_stream_config){.sample_rate_hz = config->sample_rate_hz,
                                                           .resample = config->resample,
                                                           .warm = !config->cold},
                                  &listener->stream, error);
    for (int i = 0; i < listener->head_count && !status; i++)
        status = attach(listener, i, heads[i], &config->detector, error);
    return status;
}

auricle_status auricle_listener_create(auricle_model *model, auricle_head *const *heads,
                                       int head_count, const auricle_listener_config *config,
                                       auricle_listener **listener, auricle_error *error)
{
    auricle_listener_config chosen;
    *listener = NULL;
    CHECK(head_count >= 0);
    auricle_status status = read_config(config, &chosen, error);
    if (status)
        return status;
    auricle_listener *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a listener");
    made->model = auricle_model_ref(model);
    made->cold = chosen.cold;
    made->rate_hz = chosen.sample_rate_hz ? chosen.sample_rate_hz : SAMPLE_RATE_HZ;
    made->head_count = head_count;
    status = fill(made, heads, &chosen, error);
    if (status)
        auricle_listener_destroy(&made);
    else
        auricle_listener_reset(made);
    *listener = made;
    return status;
}

void auricle_listener_destroy(auricle_listener **listener)
{
    auricle_listener *gone = *listener;
    *listener = NULL;
    if (!gone)
        return;
    for (int i = 0; gone->heads && i < gone->head_count; i++) {
        auricle_detector_destroy(&gone->heads[i].detector);
        auricle_head_stream_destroy(&gone->heads[i].stream);
        auricle_head_unref(&gone->heads[i].head);
    }
    auricle_stream_destroy(&gone->stream);
    auricle_model_unref(&gone->model);
    free(gone->heads);
    free(gone->results);
    free(gone);
}

void auricle_listener_reset(auricle_listener *listener)
{
    if (listener->stream)
        auricle_stream_reset(listener->stream);
    listener->heard = listener->frames = 0;
    listener->drained = false;
    for (int i = 0; i < listener->head_count; i++) {
        struct attached_head *attached = &listener->heads[i];
        if (listener->cold)
            auricle_head_stream_reset(attached->stream);
        else
            head_stream_reset_to_silence(attached->stream, listener->model->silent_frame);
        auricle_detector_reset(attached->detector);
    }
}

auricle_status auricle_listener_set_detector(auricle_listener *listener, int head,
                                             const auricle_detector_config *config,
                                             auricle_error *error)
{
    CHECK(head >= 0 && head < listener->head_count);
    struct attached_head *attached = &listener->heads[head];
    auricle_detector *made;
    auricle_status status = auricle_detector_create(attached->head, config, &made, error);
    if (status)
        return status;
    if (attached->detector)
        detector_go_on(made, attached->detector);
    auricle_detector_destroy(&attached->detector);
    attached->detector = made;
    attached->delay_frames = head_delay_frames(&attached->head->shape, config);
    return AURICLE_OK;
}

int auricle_listener_delay_frames(const auricle_listener *listener, int head)
{
    CHECK(head >= 0 && head < listener->head_count);
    return listener->heads[head].delay_frames;
}

// ---- hearing

static void ask_heads(auricle_listener *listener, const float *vector)
{
    for (int i = 0; i < listener->head_count; i++) {
        struct attached_head *attached = &listener->heads[i];
        auricle_head_result *result = &listener->results[i];
        result->posteriors = auricle_head_stream_step(attached->stream, vector, &result->decided);
        result->event_count =
            auricle_detector_step(attached->detector, result->posteriors, result->decided,
                                  result->events, AURICLE_LISTENER_EVENTS);
    }
}

static void report(const auricle_listener *listener, uint64_t frame, const float *vector,
                   auricle_on_result on_result, void *user)
{
    const auricle_result result = {.frame = frame,
                                   .vector = vector,
                                   .head_count = listener->head_count,
                                   .heads = listener->results};
    if (on_result)
        on_result(&result, user);
}

static void hear_frame(auricle_listener *listener, const float *vector, auricle_on_result on_result,
                       void *user)
{
    ask_heads(listener, vector);
    report(listener, listener->frames++, vector, on_result, user);
}

/** Where the results of a call go. */
struct receiver {
    auricle_listener *listener;
    auricle_on_result on_result;
    void *user;
};

static auricle_status receive_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    const struct receiver *to = user;
    (void)error;
    hear_frame(to->listener, frame->vector, to->on_result, to->user);
    return AURICLE_OK;
}

auricle_status auricle_listener_feed(auricle_listener *listener, const float *samples, size_t count,
                                     auricle_on_result on_result, void *user, auricle_error *error)
{
    struct receiver to = {listener, on_result, user};
    CHECK(listener->stream);
    if (listener->drained)
        return error_set(error, AURICLE_INVALID,
                         "the listener was drained: reset it before it hears more");
    auricle_status status =
        auricle_stream_each(listener->stream, samples, count, receive_frame, &to, error);
    if (!status)
        listener->heard += count;
    return status;
}

void auricle_listener_frame(auricle_listener *listener, const float *vector,
                            auricle_on_result on_result, void *user)
{
    CHECK(!listener->stream);
    hear_frame(listener, vector, on_result, user);
}

// ---- the end

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// The silence behind the end belongs to no event.
static void report_late(auricle_listener *listener, auricle_on_result on_result, void *user)
{
    const uint64_t last = listener->frames - 1;
    for (int i = 0; i < listener->head_count; i++)
        for (int e = 0; e < listener->results[i].event_count; e++) {
            auricle_event *event = &listener->results[i].events[e];
            event->start_frame = smaller(event->start_frame, last);
            event->end_frame = smaller(event->end_frame, last + 1);
        }
    report(listener, last, NULL, on_result, user);
}

static uint64_t longest_delay(const auricle_listener *listener)
{
    int longest = 0;
    for (int i = 0; i < listener->head_count; i++)
        if (listener->heads[i].delay_frames > longest)
            longest = listener->heads[i].delay_frames;
    return (uint64_t)longest;
}

// Frames that the sound fills, the last one perhaps in part.
static uint64_t frames_of_sound(const auricle_listener *listener)
{
    const uint64_t hop = (uint64_t)HOP_SAMPLES * (uint64_t)listener->rate_hz;
    return (listener->heard * SAMPLE_RATE_HZ + hop - 1) / hop;
}

static void hear_silence(auricle_listener *listener, auricle_on_result on_result, void *user)
{
    static const float silence[HOP_SAMPLES] = {0};
    const uint64_t sound = frames_of_sound(listener), end = sound + longest_delay(listener);
    for (uint64_t at = listener->frames; at < end;) {
        auricle_frame frame;
        size_t taken;
        CHECK(auricle_stream_feed(listener->stream, silence, HOP_SAMPLES, &taken, &frame) ==
              AURICLE_OK);
        if (!frame.vector)
            continue;
        if (at++ < sound) {
            hear_frame(listener, frame.vector, on_result, user);
        } else {
            ask_heads(listener, frame.vector);
            report_late(listener, on_result, user);
        }
    }
}

void auricle_listener_drain(auricle_listener *listener, auricle_on_result on_result, void *user)
{
    if (listener->drained)
        return;
    listener->drained = listener->stream != NULL; // frames may go on
    if (listener->stream && listener->head_count == 0)
        auricle_stream_each_rest(listener->stream, receive_frame,
                                 &(struct receiver){listener, on_result, user}, NULL);
    else if (listener->stream && listener->heard > 0)
        hear_silence(listener, on_result, user);
    for (int i = 0; i < listener->head_count; i++) {
        auricle_head_result *result = &listener->results[i];
        result->decided = false;
        result->event_count = auricle_detector_drain(listener->heads[i].detector, result->events,
                                                     AURICLE_LISTENER_EVENTS);
    }
    if (listener->head_count > 0 && listener->frames > 0)
        report_late(listener, on_result, user);
}
