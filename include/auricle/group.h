// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Streams of one model, encoded together: several at once cost less than one after another, and a
 * stream gets the same bits either way.
 *
 * A private group serves one thread that feeds many streams (the two channels of a call, the loop
 * of a server); it locks nothing. A shared group serves any number of threads. A thread that feeds
 * the group while no other thread encodes becomes the leader: it encodes its own hops and the hops
 * of the threads that wait, at most `batch` streams at once. Threads that come during this round
 * wait for the next round, and one of them leads it. So a call returns after at most wait_us, the
 * current round, the rounds of the threads that came earlier, and its own round. A stream that
 * stops feeding does not delay the others. */
#ifndef AURICLE_GROUP_H
#define AURICLE_GROUP_H

#include <auricle/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_group auricle_group;

typedef struct auricle_group_config {
    int batch;   /**< streams encoded at once, 1..64; 0 = 32 */
    bool shared; /**< threads feed it at the same time */
    int wait_us; /**< shared: how long a leader waits for members that have not come yet, in
                      microseconds, 0..10000; 0 = takes who is there */
} auricle_group_config;

/** The group holds a reference on the model. config NULL = all zero. Errors: INVALID, NO_MEMORY. */
AURICLE_API auricle_status auricle_group_create(auricle_model *model,
                                                const auricle_group_config *config,
                                                auricle_group **group, auricle_error *error);
/** A shared group lives as long as someone holds it. Any thread. */
AURICLE_API auricle_group *auricle_group_ref(auricle_group *group);
AURICLE_API void auricle_group_unref(auricle_group **group);

/** Registers streams (negative: removes streams) that a leader may wait for. A leader stops waiting
 * when all registered streams have come. Used with wait_us only. Any thread. */
AURICLE_API void auricle_group_join(auricle_group *group, int streams);

/** auricle_stream_feed for count streams that march in step: streams that were fed alike since
 * their creation or reset. samples[i] are the next `length` samples of streams[i]; *consumed is
 * the same for all streams; frames[i] is the frame of streams[i].
 * Errors: INVALID as auricle_stream_feed in any of the streams, a stream of another model, a stream
 * out of step. *consumed is then 0, and every stream is as it was. A private group is RT safe; a
 * shared group locks and may wait. */
AURICLE_API auricle_status auricle_group_feed(auricle_group *group, int count,
                                              auricle_stream *const *streams,
                                              const float *const *samples, size_t length,
                                              size_t *consumed, auricle_frame *frames);

/** auricle_stream_drain for them: call until frames[0].vector is NULL. */
AURICLE_API void auricle_group_drain(auricle_group *group, int count,
                                     auricle_stream *const *streams, auricle_frame *frames);

/** What a group has done since its creation. */
typedef struct auricle_group_counts {
    uint64_t frames; /**< encoded, over all streams */
    uint64_t rounds; /**< batches encoded */
} auricle_group_counts;
AURICLE_API void auricle_group_get_counts(auricle_group *group, auricle_group_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
