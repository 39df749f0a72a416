// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Posteriors, decision by decision, into events with a start and an end:
 *
 *   smoothed   average over the last smoothing_hops decisions (before the first ones: zero)
 *   rise       frame at which a class's smoothed posterior last came above threshold_off
 *
 *              >= on                      old enough: START
 *     quiet ----------> believed (silent) -----------------> open
 *       ^                   | < off, or another class's smoothed >= on and more   | the same: END
 *       '-------------------'-----------------------------------------------------'
 *
 * Times: a decision speaks about the window behind it, and smoothing about the decisions behind
 * that. A posterior crosses a threshold when about half of them hold the sound, so start and end
 * are placed half a window plus half the smoothing before the crossing, never before the last
 * event. */
#include "stream/head_kind.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { NOBODY = -1 };

struct label_state { // of one class
    bool above;      // threshold_off
    int64_t rise;
    int64_t quiet_until; // refractory: no event before this frame
};

struct auricle_detector {
    auricle_detector_config config;
    int class_count, lag_frames;
    bool *background; // [class_count]
    // what a reset clears
    int64_t frame;     // of the step at hand
    int64_t free_from; // end of the last event
    int64_t since;     // frame from which current is believed
    int ring_at;
    int current;                // class believed or open, or NOBODY
    bool open;                  // its START is out
    auricle_event event;        // of current
    struct label_state *tracks; // [class_count]
    float *ring;                // [smoothing_hops][class_count]
    float *smoothed;            // [class_count]
};

static auricle_status choose_config(const struct head_shape *head,
                                    const auricle_detector_config *wish,
                                    auricle_detector_config *config, auricle_error *error)
{
    struct head_shape shape = *head;
    if (wish) {
#define OVERRIDE(field)                                                                            \
    if (wish->field != 0)                                                                          \
    shape.detector.field = wish->field
        OVERRIDE(threshold_on);
        OVERRIDE(threshold_off);
        OVERRIDE(smoothing_hops);
        OVERRIDE(min_frames);
        OVERRIDE(refractory_frames);
#undef OVERRIDE
    }
    *config = shape.detector;
    return head_shape_check(&shape, error);
}

auricle_status auricle_detector_create(const auricle_head *head,
                                       const auricle_detector_config *config,
                                       auricle_detector **detector, auricle_error *error)
{
    return detector_create(&head->shape, config, detector, error);
}

auricle_status detector_create(const struct head_shape *shape,
                               const auricle_detector_config *config, auricle_detector **detector,
                               auricle_error *error)
{
    const size_t classes = (size_t)shape->class_count;
    auricle_detector_config chosen;
    *detector = NULL;
    auricle_status status = choose_config(shape, config, &chosen, error);
    if (status)
        return status;
    auricle_detector *made = calloc(1, sizeof *made);
    if (!made)
        goto fail;
    made->config = chosen;
    made->class_count = shape->class_count;
    made->lag_frames =
        (shape->kind->span_frames(shape) + (chosen.smoothing_hops - 1) * shape->hop_frames) / 2;
    made->background = malloc(classes * sizeof *made->background);
    made->tracks = calloc(classes, sizeof *made->tracks);
    made->ring = calloc((size_t)chosen.smoothing_hops * classes, sizeof *made->ring);
    made->smoothed = calloc(classes, sizeof *made->smoothed);
    if (!made->background || !made->tracks || !made->ring || !made->smoothed)
        goto fail;
    memcpy(made->background, shape->background, classes * sizeof *made->background);
    auricle_detector_reset(made);
    *detector = made;
    return AURICLE_OK;
fail:
    auricle_detector_destroy(&made);
    return error_no_memory(error, "a detector");
}

void auricle_detector_destroy(auricle_detector **detector)
{
    auricle_detector *gone = *detector;
    *detector = NULL;
    if (!gone)
        return;
    free(gone->background);
    free(gone->tracks);
    free(gone->ring);
    free(gone->smoothed);
    free(gone);
}

void auricle_detector_reset(auricle_detector *detector)
{
    const size_t classes = (size_t)detector->class_count;
    detector->frame = 0;
    detector->free_from = 0;
    detector->ring_at = 0;
    detector->current = NOBODY;
    detector->open = false;
    memset(detector->tracks, 0, classes * sizeof *detector->tracks);
    memset(detector->smoothed, 0, classes * sizeof *detector->smoothed);
    memset(detector->ring, 0,
           (size_t)detector->config.smoothing_hops * classes * sizeof *detector->ring);
}

void detector_go_on(auricle_detector *detector, const auricle_detector *old)
{
    detector->frame = old->frame;
    detector->free_from = old->free_from;
}

// Summed anew each time: a running sum would drift, and never lose a NaN again.
static void smooth(auricle_detector *detector, const float *posteriors)
{
    const int classes = detector->class_count, hops = detector->config.smoothing_hops;
    memcpy(detector->ring + detector->ring_at * classes, posteriors,
           (size_t)classes * sizeof *posteriors);
    detector->ring_at = (detector->ring_at + 1) % hops;
    for (int i = 0; i < classes; i++) {
        float sum = 0;
        for (int h = 0; h < hops; h++)
            sum += detector->ring[h * classes + i];
        detector->smoothed[i] = sum / (float)hops;
    }
}

static void follow_rises(auricle_detector *detector)
{
    for (int i = 0; i < detector->class_count; i++) {
        struct label_state *track = &detector->tracks[i];
        bool above = detector->smoothed[i] >= detector->config.threshold_off;
        if (above && !track->above)
            track->rise = detector->frame;
        track->above = above;
    }
}

// The class that may hold an event now: most believed, at threshold_on, not background, not
// resting.
static int candidate(const auricle_detector *detector)
{
    int best = NOBODY;
    for (int i = 0; i < detector->class_count; i++) {
        bool able = !detector->background[i] &&
                    detector->smoothed[i] >= detector->config.threshold_on &&
                    detector->frame >= detector->tracks[i].quiet_until;
        if (able && (best == NOBODY || detector->smoothed[i] > detector->smoothed[best]))
            best = i;
    }
    return best;
}

// At the start of a stream there is less behind a decision than a whole window.
static int64_t lag_now(const auricle_detector *detector)
{
    int64_t half = (detector->frame + 1) / 2;
    return half < detector->lag_frames ? half : detector->lag_frames;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void believe(auricle_detector *detector, int label)
{
    const struct label_state *track = &detector->tracks[label];
    detector->since = later(track->rise, track->quiet_until);
    detector->current = label;
    detector->open = false;
    detector->event = (auricle_event){
        .label = label,
        .start_frame = (uint64_t)later(detector->since - lag_now(detector), detector->free_from)};
}

// Ends what is current, at end_frame; writes an END when its START was out.
static int finish(auricle_detector *detector, int64_t end_frame, auricle_event *out)
{
    int label = detector->current;
    detector->current = NOBODY;
    if (!detector->open)
        return 0;
    detector->open = false;
    *out = detector->event;
    out->kind = AURICLE_EVENT_END;
    out->end_frame = (uint64_t)later(end_frame, (int64_t)out->start_frame + 1);
    out->at_frame = (uint64_t)detector->frame;
    detector->free_from = (int64_t)out->end_frame;
    detector->tracks[label].quiet_until = detector->frame + detector->config.refractory_frames;
    return 1;
}

static int maybe_start(auricle_detector *detector, auricle_event *out)
{
    auricle_event *event = &detector->event;
    float believed = detector->smoothed[detector->current];
    event->confidence = believed > event->confidence ? believed : event->confidence;
    if (detector->open || detector->frame + 1 - detector->since < detector->config.min_frames)
        return 0;
    detector->open = true;
    *out = *event;
    out->kind = AURICLE_EVENT_START;
    out->at_frame = (uint64_t)detector->frame;
    return 1;
}

static int decide(auricle_detector *detector, auricle_event *events)
{
    int count = 0, next = candidate(detector);
    if (detector->current != NOBODY) {
        float believed = detector->smoothed[detector->current];
        bool faded = !(believed >= detector->config.threshold_off);
        bool overtaken =
            next != NOBODY && next != detector->current && detector->smoothed[next] > believed;
        if (faded || overtaken)
            count += finish(detector, detector->frame - lag_now(detector), &events[count]);
    }
    if (detector->current == NOBODY && next != NOBODY)
        believe(detector, next);
    if (detector->current != NOBODY)
        count += maybe_start(detector, &events[count]);
    return count;
}

int auricle_detector_step(auricle_detector *detector, const float *posteriors, bool decided,
                          auricle_event *events, int capacity)
{
    int count = 0;
    CHECK(capacity >= 2);
    if (decided) {
        smooth(detector, posteriors);
        follow_rises(detector);
        count = decide(detector, events);
    }
    detector->frame++;
    return count;
}

int auricle_detector_drain(auricle_detector *detector, auricle_event *events, int capacity)
{
    CHECK(capacity >= 2);
    if (detector->current == NOBODY)
        return 0;
    int64_t end_frame = detector->frame--; // what follows is decided at the last frame there was
    int count = maybe_start(detector, events);
    count += finish(detector, end_frame, events + count);
    detector->frame = end_frame;
    return count;
}
