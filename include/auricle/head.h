// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Heads turn frames into posteriors; a detector turns posteriors into events.
 *
 * A head file is a small safetensors bound to an encoder by its content hash. Threads: a head is
 * immutable and shared like a model; head streams and detectors are used by one thread at a time
 * and neither allocate, lock nor wait after creation. */
#ifndef AURICLE_HEAD_H
#define AURICLE_HEAD_H

#include <auricle/model.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auricle_head auricle_head;
typedef struct auricle_head_stream auricle_head_stream;
typedef struct auricle_detector auricle_detector;

/** What a head file says. Strings live as long as the head. */
typedef struct auricle_head_info {
    const char *task; /**< "commands" */
    int class_count;
    int window_frames;  /**< frames pooled (mean, std, max) into one decision; 1 = frame head */
    int hop_frames;     /**< frames between decisions; the posterior is held in between */
    float threshold_on; /**< recommended detector settings, chosen on dev data */
    float threshold_off;
    int smoothing_hops;
    int min_frames;
    int refractory_frames;
} auricle_head_info;

/** Errors: as auricle_model_open, and MISMATCH when the head was fitted on another encoder. */
AURICLE_API auricle_status auricle_head_open(const char *path, const auricle_model *model,
                                             auricle_head **head, auricle_error *error);
/** The same from the bytes of such a file, which are copied: they may be freed afterwards. */
AURICLE_API auricle_status auricle_head_open_memory(const void *bytes, size_t count,
                                                    const auricle_model *model, auricle_head **head,
                                                    auricle_error *error);
AURICLE_API auricle_head *auricle_head_ref(auricle_head *head);
AURICLE_API void auricle_head_unref(auricle_head **head);
AURICLE_API void auricle_head_get_info(const auricle_head *head, auricle_head_info *info);
AURICLE_API const char *auricle_head_card(const auricle_head *head);
/** Class i's label, 0 <= i < class_count. */
AURICLE_API const char *auricle_head_label(const auricle_head *head, int index);
/** True for labels that are never an event of their own (silence, unknown, background). */
AURICLE_API bool auricle_head_is_background(const auricle_head *head, int index);

AURICLE_API auricle_status auricle_head_stream_create(auricle_head *head,
                                                      auricle_head_stream **stream,
                                                      auricle_error *error);
AURICLE_API void auricle_head_stream_destroy(auricle_head_stream **stream);
AURICLE_API void auricle_head_stream_reset(auricle_head_stream *stream);
/** vector: [frame_dim] of the next frame. Returns [class_count] posteriors summing to 1, owned by
 * the head stream, valid until its next call. *decided (may be NULL) is true when this frame closed
 * a hop and the posterior is new. RT safe. */
AURICLE_API const float *auricle_head_stream_step(auricle_head_stream *stream, const float *vector,
                                                  bool *decided);

/** All times in frames of the stream. 0 in a field of the config = the head's recommendation.
 *
 * Posteriors are averaged over the last smoothing_hops decisions; what was before the stream counts
 * as background. A class opens an event when its average reaches threshold_on and has been above
 * threshold_off for min_frames; it closes when the average falls below threshold_off, or another
 * class has reached threshold_on and is believed more. At most one event is open. A decision speaks
 * of the window behind it: starts and ends are placed half a window and half the smoothing before
 * the average crossed threshold_off. A head's first decision comes after min(window_frames, 30)
 * frames. */
typedef struct auricle_detector_config {
    float threshold_on;    /**< 0..1: the smoothed posterior that opens an event */
    float threshold_off;   /**< 0..1, <= threshold_on: below it the event closes */
    int smoothing_hops;    /**< moving average over this many decisions, 1..64 */
    int min_frames;        /**< shorter events are dropped */
    int refractory_frames; /**< after an event of a class, no second one for this long */
} auricle_detector_config;

typedef enum auricle_event_kind {
    AURICLE_EVENT_NONE = 0,
    AURICLE_EVENT_START, /**< the label is now believed; start_frame is known, end_frame not yet */
    AURICLE_EVENT_END,   /**< both are known */
} auricle_event_kind;

typedef struct auricle_event {
    auricle_event_kind kind;
    int label;            /**< class index */
    uint64_t start_frame; /**< inclusive */
    uint64_t end_frame;   /**< exclusive; 0 at START */
    uint64_t at_frame;    /**< the frame at which this was decided */
    float confidence;     /**< highest smoothed posterior so far, 0..1 */
} auricle_event;

AURICLE_API auricle_status auricle_detector_create(const auricle_head *head,
                                                   const auricle_detector_config *config,
                                                   auricle_detector **detector,
                                                   auricle_error *error);
AURICLE_API void auricle_detector_destroy(auricle_detector **detector);
AURICLE_API void auricle_detector_reset(auricle_detector *detector);
/** posteriors: [class_count] of the next frame; decided as given by the head stream.
 * Writes at most capacity (>= 2) events, returns how many. RT safe. */
AURICLE_API int auricle_detector_step(auricle_detector *detector, const float *posteriors,
                                      bool decided, auricle_event *events, int capacity);
/** Closes what is open at the end of the stream. RT safe. */
AURICLE_API int auricle_detector_drain(auricle_detector *detector, auricle_event *events,
                                       int capacity);

#ifdef __cplusplus
}
#endif
#endif
