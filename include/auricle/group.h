// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Streams of one model, encoded together: several at once cost less than one after another, and a
 * stream gets the same bits either way.
 *
 * A private group serves one thread at a time that feeds many streams (a call's two channels, a
 * server's loop): it locks nothing. A shared group serves any number of threads. Whoever comes
 * while nobody encodes leads: it encodes its own hops and those that wait beside them, at most
 * batch streams at once. Whoever comes meanwhile waits for the next round, which one of them leads.
 * So a call returns after at most wait_us, the round under way, the rounds of those that came
 * before, and its own; a stream that stops feeding holds up nobody. */
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

/** So many streams, of whichever thread, take part from now on (negative: no longer): a leader need
 * not wait when all have come. Only wait_us makes use of it. Any thread. */
AURICLE_API void auricle_group_join(auricle_group *group, int streams);

/** auricle_stream_feed for count streams that march in step: streams that were fed alike since
 * their creation or reset. samples[i] are the next `length` of streams[i]; *consumed holds for all;
 * frames[i] is streams[i]'s. INVALID as there, or for streams of another model or out of step:
 * nothing is encoded. A private group: RT safe. A shared one locks and may wait. */
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
    uint64_t rounds; /**< in so many rounds */
} auricle_group_counts;
AURICLE_API void auricle_group_get_counts(auricle_group *group, auricle_group_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
