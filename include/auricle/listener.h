// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sound in, events out: one model and any number of heads behind one call.
 *
 *     auricle_listener_create(model, &head, 1, NULL, &listener, &error);
 *     while (more sound)
 *         auricle_listener_feed(listener, samples, count, on_result, user, &error);
 *     auricle_listener_drain(listener, on_result, user);
 *
 * Threads: one thread at a time uses a listener. Listeners share nothing but the immutable model
 * and heads. After creation, no call allocates, locks or waits unless it says so ("RT safe"). Any
 * cutting of the sound into calls gives the same bits. stream.h says what a sample is. */
#ifndef AURICLE_LISTENER_H
#define AURICLE_LISTENER_H

#include <auricle/head.h>
#include <auricle/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_listener auricle_listener;

/** 0 in a field is the field's default. A NULL config is all defaults. */
typedef struct auricle_listener_config {
    size_t size;               /**< sizeof(auricle_listener_config) */
    int sample_rate_hz;        /**< of the samples fed, 8000..48000; 0 = the model's own */
    auricle_resample resample; /**< used only when the rates differ */
    bool cold;                 /**< begin with an empty state, not as after a second of silence */
    bool frames_only;          /**< the caller feeds frames of a stream of its own, not samples */
    auricle_detector_config
        detector; /**< of every head; 0 in a field = the head's recommendation */
} auricle_listener_config;

/** Events that one head can report with one frame. */
enum { AURICLE_LISTENER_EVENTS = 4 };

/** What one head makes of a frame. */
typedef struct auricle_head_result {
    const float *posteriors; /**< [class_count], held between decisions */
    bool decided;            /**< the posteriors are new */
    int event_count;
    auricle_event events[AURICLE_LISTENER_EVENTS]; /**< frames count from creation or reset */
} auricle_head_result;

/** What a listener reports with each frame. Everything in it is valid during the callback only. */
typedef struct auricle_result {
    uint64_t frame;      /**< index since creation or reset: covers [frame, frame + 1) * hop */
    const float *vector; /**< [frame_dim]; NULL: the sound is over, these are late decisions */
    int head_count;
    const auricle_head_result *heads; /**< [head_count], in the order given at creation */
} auricle_result;

/** Runs in the thread that feeds. It must not call into this listener. */
typedef void (*auricle_on_result)(const auricle_result *result, void *user);

/** heads [head_count] are heads of this model; with 0 heads the results are plain frames. The
 * listener holds references on the model and the heads.
 * Errors: INVALID (config), MISMATCH (a head of another encoder), NO_MEMORY. */
AURICLE_API auricle_status auricle_listener_create(auricle_model *model, auricle_head *const *heads,
                                                   int head_count,
                                                   const auricle_listener_config *config,
                                                   auricle_listener **listener,
                                                   auricle_error *error);
AURICLE_API void auricle_listener_destroy(auricle_listener **listener);

/** As new. RT safe. */
AURICLE_API void auricle_listener_reset(auricle_listener *listener);

/** Hears all of samples [count] and calls on_result (may be NULL) for each frame that they
 * complete. Errors: INVALID for a sample that is not finite or beyond AURICLE_SAMPLE_MAX (the text
 * names its place and value), and after a drain without reset. Nothing is heard then: the state is
 * as before. RT safe. */
AURICLE_API auricle_status auricle_listener_feed(auricle_listener *listener, const float *samples,
                                                 size_t count, auricle_on_result on_result,
                                                 void *user, auricle_error *error);

/** The same for a listener created with frames_only: vector [frame_dim] is the next frame. RT safe.
 */
AURICLE_API void auricle_listener_frame(auricle_listener *listener, const float *vector,
                                        auricle_on_result on_result, void *user);

/** The end of the sound. Silence fills the last frame; decisions then go on over silence until
 * everything that was heard is decided, and open events end. No event lies behind the end of the
 * sound. Reset before feeding again. A listener created with frames_only just ends open events, and
 * may go on. RT safe. */
AURICLE_API void auricle_listener_drain(auricle_listener *listener, auricle_on_result on_result,
                                        void *user);

/** New settings for the detector of one head, from the next frame on. An open event is dropped:
 * drain first to have it reported. Allocates. Errors: INVALID, NO_MEMORY; the old settings stay
 * then. */
AURICLE_API auricle_status auricle_listener_set_detector(auricle_listener *listener, int head,
                                                         const auricle_detector_config *config,
                                                         auricle_error *error);

/** The longest time, in frames, from the first frame of a sound that the head knows to its event.
 * RT safe. */
AURICLE_API int auricle_listener_delay_frames(const auricle_listener *listener, int head);

#ifdef __cplusplus
}
#endif
#endif
