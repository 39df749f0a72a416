// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A head's posteriors over scenes, kept, so that detectors can be tried on them. */
#ifndef AURICLE_HEADS_RECORDED_POSTERIORS_H
#define AURICLE_HEADS_RECORDED_POSTERIORS_H

#include <auricle/metric.h>
#include <auricle/stream.h>

#include "stream/head.h"
#include "heads/scene_encoder.h"

/** One scene's decisions. */
struct track {
    float *posteriors; // [count][classes]
    int64_t *frames;   // [count]
    int *truths;       // [count] class or NO_CLASS
    int count;
    size_t capacity;
    struct scene_mark *marks; // [mark_count]
    int mark_count;
    double seconds;
};

struct rehearsal {
    int classes;
    struct track *tracks; // [count]
    int count;
    size_t capacity;
};

void rehearsal_free(struct rehearsal *rehearsal);

/** A head that exists only in memory. */
struct rehearsal_head {
    const struct head_shape *shape;
    const struct head_weights *weights;
};
/** Plays everything maker has through the encoder, many scenes at once. scene_encoder has the
 * head's window and hop. Errors: NO_MEMORY, INTERRUPTED. */
auricle_status rehearse(struct scene_maker *maker, struct scene_encoder *encoder,
                        struct rehearsal_head head, const auricle_fit_config *config,
                        struct rehearsal *rehearsal, auricle_error *error);
/** One scene through the live stream and head, as deployed. */
auricle_status rehearse_live(auricle_stream *stream, auricle_head_stream *head,
                             const struct scene *scene, const struct fit_classes *classes,
                             int window_frames, struct rehearsal *rehearsal, auricle_error *error);

/** Share of labelled windows that are right, and the mean of the classes' shares; NAN without. */
void rehearsal_windows(const struct rehearsal *rehearsal, double *accuracy, double *uar);

/** What a detector makes of a track; called for every START and every END. */
typedef void (*rehearsal_event)(void *user, int track, const auricle_event *event);
/** Errors: INVALID (config), NO_MEMORY. */
auricle_status rehearsal_detect(const struct rehearsal *rehearsal, const struct head_shape *shape,
                                const auricle_detector_config *config, rehearsal_event each,
                                void *user, auricle_error *error);
/** Events against the marks that are not background. tolerance_s as auricle_metric_detection.
 * *background_alarms: events in pauses, noise and talk; one on a single word, wanted or not, is a
 * confusion, which precision tells. */
auricle_status rehearsal_score(const struct rehearsal *rehearsal, const struct head_shape *shape,
                               const auricle_detector_config *config, double tolerance_s,
                               auricle_detection *result, int *background_alarms,
                               auricle_error *error);
/** The detector with the best event F1 among those with at most so many events an hour where
 * nothing is (and one more, for minutes can't tell none from some), or the fewest such events where
 * all have more, into shape->detector. *background_alarms: how many. */
auricle_status rehearsal_tune(const struct rehearsal *rehearsal, struct head_shape *shape,
                              double false_alarms_per_hour, auricle_detection *result,
                              int *background_alarms, auricle_error *error);
double rehearsal_hours(const struct rehearsal *rehearsal);

#endif
