// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Flat combining (Hendler, Incze, Shavit & Tzafrir 2010): threads leave their hops in a queue, and
 * one of them, the leader, encodes for all.
 *
 *     thread A: hop --.              .--> A's frames
 *     thread B: hop --+-- a batch ---+--> B's frames
 *     thread C: hop --'              '--> C's frames                                            */
#define _POSIX_C_SOURCE 200809L
#include <auricle/group.h>

#include "base/error.h"
#include "model/model.h"
#include "stream/hop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_BATCH = 64, USUAL_BATCH = 32, MOST_WAIT_US = 10000 };

/** One thread's hops: lies on its stack until they are encoded. */
struct request {
    auricle_stream *const *streams;
    int count;
    bool done;
    pthread_cond_t woken; // done, or asked to lead
    struct request *next;
};

struct auricle_group {
    atomic_int references;
    auricle_model *model;
    auricle_group_config config;
    struct encoder_scratch *scratch; // the leader's
    // guarded by lock:
    pthread_mutex_t lock;
    pthread_cond_t arrived; // the leader waits for company
    bool led;
    int members, queued;          // streams
    struct request *first, *last; // of the queue
    auricle_group_counts counts;
};

// ---- creation

static auricle_status check_config(auricle_group_config *config, auricle_error *error)
{
    if (config->batch == 0)
        config->batch = USUAL_BATCH;
    if (config->batch < 1 || config->batch > MOST_BATCH)
        return error_set(error, AURICLE_INVALID, "a group's batch is %d, must be 1 to %d",
                         config->batch, MOST_BATCH);
    if (config->wait_us < 0 || config->wait_us > MOST_WAIT_US)
        return error_set(error, AURICLE_INVALID, "a group's wait is %d us, must be 0 to %d",
                         config->wait_us, MOST_WAIT_US);
    return AURICLE_OK;
}

static void init_arrived(auricle_group *group)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&group->arrived, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

auricle_status auricle_group_create(auricle_model *model, const auricle_group_config *config,
                                    auricle_group **group, auricle_error *error)
{
    auricle_group_config chosen = config ? *config : (auricle_group_config){0};
    *group = NULL;
    auricle_status status = check_config(&chosen, error);
    if (status)
        return status;
    auricle_group *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a group");
    made->scratch = encoder_scratch_create(&model->shape, &model->weights, chosen.batch);
    if (!made->scratch) {
        free(made);
        return error_no_memory(error, "a group");
    }
    atomic_init(&made->references, 1);
    made->model = auricle_model_ref(model);
    made->config = chosen;
    pthread_mutex_init(&made->lock, NULL);
    init_arrived(made);
    *group = made;
    return AURICLE_OK;
}

auricle_group *auricle_group_ref(auricle_group *group)
{
    atomic_fetch_add(&group->references, 1);
    return group;
}

void auricle_group_unref(auricle_group **group)
{
    auricle_group *gone = *group;
    *group = NULL;
    if (!gone || atomic_fetch_sub(&gone->references, 1) > 1)
        return;
    CHECK(!gone->first);
    pthread_cond_destroy(&gone->arrived);
    pthread_mutex_destroy(&gone->lock);
    encoder_scratch_destroy(&gone->scratch);
    auricle_model_unref(&gone->model);
    free(gone);
}

void auricle_group_join(auricle_group *group, int streams)
{
    pthread_mutex_lock(&group->lock);
    group->members += streams;
    CHECK(group->members >= 0);
    pthread_cond_signal(&group->arrived);
    pthread_mutex_unlock(&group->lock);
}

void auricle_group_get_counts(auricle_group *group, auricle_group_counts *counts)
{
    pthread_mutex_lock(&group->lock);
    *counts = group->counts;
    pthread_mutex_unlock(&group->lock);
}

// ---- encoding

/** The streams of a round, of one request or of several. */
struct round {
    int count;
    struct encoder_state *states[MOST_BATCH];
    const float *inputs[MOST_BATCH];
    float *frames[MOST_BATCH];
};

static void round_encode(auricle_group *group, struct round *round)
{
    if (round->count)
        encoder_step_batch(&group->model->shape, &group->model->weights, round->count,
                           round->states, round->inputs, round->frames, group->scratch);
    round->count = 0;
}

static void round_add(auricle_group *group, struct round *round, auricle_stream *stream)
{
    const int i = round->count++;
    round->states[i] = stream_state(stream);
    round->inputs[i] = stream_hear(stream);
    round->frames[i] = stream_vector(stream);
    if (round->count == group->config.batch)
        round_encode(group, round);
}

static void encode_requests(auricle_group *group, const struct request *first)
{
    struct round round = {.count = 0};
    for (const struct request *each = first; each; each = each->next)
        for (int i = 0; i < each->count; i++)
            round_add(group, &round, each->streams[i]);
    round_encode(group, &round);
}

static void count_round(auricle_group *group, int streams)
{
    group->counts.frames += (uint64_t)streams;
    group->counts.rounds++;
}

// ---- the queue: the lock is held

static void enqueue(auricle_group *group, struct request *request)
{
    if (group->last)
        group->last->next = request;
    else
        group->first = request;
    group->last = request;
    group->queued += request->count;
    pthread_cond_signal(&group->arrived);
}

// As many from the front as fit a batch; the front one always.
static struct request *dequeue(auricle_group *group, int *streams)
{
    struct request *first = group->first, *end = first;
    *streams = first->count;
    while (end->next && *streams + end->next->count <= group->config.batch) {
        end = end->next;
        *streams += end->count;
    }
    group->first = end->next;
    group->last = group->first ? group->last : NULL;
    group->queued -= *streams;
    end->next = NULL;
    return first;
}

static void wait_for_company(auricle_group *group)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 1000L * group->config.wait_us;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    while (group->queued < group->members && group->queued < group->config.batch &&
           pthread_cond_timedwait(&group->arrived, &group->lock, &until) == 0)
        ;
}

// Encodes the front of the queue, then asks who is next in it to lead.
static void lead(auricle_group *group)
{
    int streams;
    group->led = true;
    if (group->config.wait_us)
        wait_for_company(group);
    struct request *taken = dequeue(group, &streams);
    pthread_mutex_unlock(&group->lock);
    encode_requests(group, taken);
    pthread_mutex_lock(&group->lock);
    count_round(group, streams);
    for (struct request *each = taken, *next; each; each = next) {
        next = each->next; // once done, it may be gone
        each->done = true;
        pthread_cond_signal(&each->woken);
    }
    group->led = false;
    if (group->first)
        pthread_cond_signal(&group->first->woken);
}

static void encode_shared(auricle_group *group, int count, auricle_stream *const *streams)
{
    struct request request = {
        .streams = streams, .count = count, .woken = PTHREAD_COND_INITIALIZER};
    pthread_mutex_lock(&group->lock);
    enqueue(group, &request);
    // Whoever is running leads if nobody does: the one asked to may not get a processor soon.
    while (!request.done) {
        if (group->led)
            pthread_cond_wait(&request.woken, &group->lock);
        else
            lead(group);
    }
    pthread_mutex_unlock(&group->lock);
    pthread_cond_destroy(&request.woken);
}

static void encode(auricle_group *group, int count, auricle_stream *const *streams,
                   auricle_frame *frames)
{
    if (group->config.shared) {
        encode_shared(group, count, streams);
    } else {
        const struct request alone = {.streams = streams, .count = count};
        encode_requests(group, &alone);
        count_round(group, count);
    }
    for (int i = 0; i < count; i++)
        stream_finish(streams[i], &frames[i]);
}

// ---- feeding

static bool accepts(const auricle_group *group, int count, auricle_stream *const *streams,
                    const float *const *samples, size_t length)
{
    for (int i = 0; i < count; i++)
        if (stream_model(streams[i]) != group->model || !stream_in_step(streams[i], streams[0]) ||
            !stream_accepts(streams[i], samples[i], length))
            return false;
    return true;
}

// All streams are checked before any stream takes a sample: an error leaves every stream as it was.
auricle_status auricle_group_feed(auricle_group *group, int count, auricle_stream *const *streams,
                                  const float *const *samples, size_t length, size_t *consumed,
                                  auricle_frame *frames)
{
    bool complete = false;
    *consumed = 0;
    for (int i = 0; i < count; i++)
        frames[i] = (auricle_frame){.vector = NULL};
    if (!accepts(group, count, streams, samples, length))
        return AURICLE_INVALID;
    for (int i = 0; i < count; i++)
        CHECK(stream_take(streams[i], samples[i], length, consumed, &complete) == AURICLE_OK);
    if (complete)
        encode(group, count, streams, frames);
    return AURICLE_OK;
}

void auricle_group_drain(auricle_group *group, int count, auricle_stream *const *streams,
                         auricle_frame *frames)
{
    bool more = false;
    for (int i = 0; i < count; i++) {
        frames[i] = (auricle_frame){.vector = NULL};
        more = stream_take_rest(streams[i]);
    }
    if (more)
        encode(group, count, streams, frames);
}
