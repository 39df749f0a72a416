// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/recorded_posteriors.h"

#include "base/error.h"
#include "base/grow.h"
#include "model/shape.h"
#include "stream/head_kind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCENE_SECONDS = 90 };

static const double hop_s = (double)HOP_SAMPLES / SAMPLE_RATE_HZ;

void rehearsal_free(struct rehearsal *rehearsal)
{
    for (int i = 0; i < rehearsal->count; i++) {
        free(rehearsal->tracks[i].posteriors);
        free(rehearsal->tracks[i].frames);
        free(rehearsal->tracks[i].truths);
        free(rehearsal->tracks[i].marks);
    }
    free(rehearsal->tracks);
    *rehearsal = (struct rehearsal){0};
}

double rehearsal_hours(const struct rehearsal *rehearsal)
{
    double seconds = 0;
    for (int i = 0; i < rehearsal->count; i++)
        seconds += rehearsal->tracks[i].seconds;
    return seconds / 3600;
}

// ---- filling

static struct track *add_track(struct rehearsal *rehearsal, const struct scene *scene)
{
    if (!GROW(rehearsal->tracks, (size_t)rehearsal->count + 1, rehearsal->capacity))
        return NULL;
    struct track *track = &rehearsal->tracks[rehearsal->count++];
    *track = (struct track){.mark_count = scene->mark_count,
                            .seconds = (double)scene->count / SAMPLE_RATE_HZ};
    track->marks = malloc(((size_t)scene->mark_count + 1) * sizeof *track->marks);
    if (!track->marks)
        return NULL;
    if (scene->mark_count)
        memcpy(track->marks, scene->marks, (size_t)scene->mark_count * sizeof *track->marks);
    return track;
}

static float *add_decision(struct track *track, int classes, int64_t frame, int truth)
{
    if (!GROW_ALL((size_t)track->count + 1, track->capacity,
                  {&track->posteriors, (size_t)classes * sizeof *track->posteriors},
                  {&track->frames, sizeof *track->frames}, {&track->truths, sizeof *track->truths}))
        return NULL;
    track->frames[track->count] = frame;
    track->truths[track->count] = truth;
    return track->posteriors + (size_t)track->count++ * (size_t)classes;
}

struct playing {
    struct rehearsal *rehearsal;
    struct rehearsal_head head;
    const struct scene *scenes;
    const struct fit_classes *classes;
    int first;                 // track of scenes[0]
    int marks[SCENES_AT_ONCE]; // where each has got to
    float *hidden;
    bool out_of_memory;
};

static bool keep_decision(void *user, int scene, int64_t frame, float *x)
{
    struct playing *playing = user;
    int truth = scene_label(&playing->scenes[scene], playing->classes,
                            playing->head.shape->window_frames, frame, &playing->marks[scene]);
    float *posteriors = add_decision(&playing->rehearsal->tracks[playing->first + scene],
                                     playing->rehearsal->classes, frame, truth);
    playing->out_of_memory = !posteriors;
    if (posteriors)
        head_classifier_decide(NULL, playing->head.shape, playing->head.weights, x, playing->hidden,
                               posteriors);
    return posteriors != NULL;
}

static auricle_status play_batch(struct playing *playing, struct scene_encoder *encoder,
                                 const struct scene *scenes, int count, auricle_error *error)
{
    playing->scenes = scenes;
    playing->first = playing->rehearsal->count;
    memset(playing->marks, 0, sizeof playing->marks);
    for (int i = 0; i < count; i++)
        if (!add_track(playing->rehearsal, &scenes[i]))
            return error_no_memory(error, "a head's posteriors");
    auricle_status status =
        scene_encoder_run(encoder, scenes, count, keep_decision, playing, error);
    return playing->out_of_memory ? error_no_memory(error, "a head's posteriors") : status;
}

auricle_status rehearse(struct scene_maker *maker, struct scene_encoder *encoder,
                        struct rehearsal_head head, const auricle_fit_config *config,
                        struct rehearsal *rehearsal, auricle_error *error)
{
    struct scene scenes[SCENES_AT_ONCE] = {0};
    struct playing playing = {
        .rehearsal = rehearsal, .head = head, .classes = &maker->data->classes};
    auricle_status status = AURICLE_OK;
    *rehearsal = (struct rehearsal){.classes = head.shape->class_count};
    playing.hidden = malloc(((size_t)head.shape->hidden + 1) * sizeof *playing.hidden);
    if (!playing.hidden)
        status = error_no_memory(error, "a head's posteriors");
    while (!status && maker->next < maker->plays) {
        int count = 0;
        for (; count < SCENES_AT_ONCE && !status && maker->next < maker->plays; count++)
            status = scene_make(maker, SCENE_SECONDS, &scenes[count], error);
        if (!status)
            status = play_batch(&playing, encoder, scenes, count, error);
        if (!status && config->progress &&
            !config->progress(maker->next, maker->plays, config->user))
            status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    for (int i = 0; i < SCENES_AT_ONCE; i++)
        scene_free(&scenes[i]);
    free(playing.hidden);
    if (status)
        rehearsal_free(rehearsal);
    return status;
}

/** A scene on its way through a head. */
struct live {
    auricle_head_stream *head;
    const struct scene *scene;
    const struct fit_classes *classes;
    int window_frames, mark;
    struct track *track;
};

static auricle_status record_decision(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct live *live = user;
    const int classes = live->classes->count;
    bool decided;
    const float *now = auricle_head_stream_step(live->head, frame->vector, &decided);
    if (!decided)
        return AURICLE_OK;
    const int truth = scene_label(live->scene, live->classes, live->window_frames,
                                  (int64_t)frame->index, &live->mark);
    float *kept = add_decision(live->track, classes, (int64_t)frame->index, truth);
    if (!kept)
        return error_no_memory(error, "a head's posteriors");
    memcpy(kept, now, (size_t)classes * sizeof *kept);
    return AURICLE_OK;
}

auricle_status rehearse_live(auricle_stream *stream, auricle_head_stream *head,
                             const struct scene *scene, const struct fit_classes *classes,
                             int window_frames, struct rehearsal *rehearsal, auricle_error *error)
{
    struct live live = {.head = head,
                        .scene = scene,
                        .classes = classes,
                        .window_frames = window_frames,
                        .track = add_track(rehearsal, scene)};
    CHECK(classes->count == rehearsal->classes);
    if (!live.track)
        return error_no_memory(error, "a head's posteriors");
    auricle_stream_reset(stream);
    auricle_head_stream_reset(head);
    return auricle_stream_each(stream, scene->samples, scene->count, record_decision, &live, error);
}

// ---- windows

void rehearsal_windows(const struct rehearsal *rehearsal, double *accuracy, double *uar)
{
    int right[MAX_HEAD_CLASSES] = {0}, seen[MAX_HEAD_CLASSES] = {0};
    double total = 0, correct = 0, recalls = 0, present = 0;
    for (int i = 0; i < rehearsal->count; i++)
        for (int n = 0; n < rehearsal->tracks[i].count; n++) {
            const struct track *track = &rehearsal->tracks[i];
            const float *p = track->posteriors + (size_t)n * (size_t)rehearsal->classes;
            int best = 0, truth = track->truths[n];
            for (int k = 1; k < rehearsal->classes; k++)
                best = p[k] > p[best] ? k : best;
            if (truth == NO_CLASS)
                continue;
            seen[truth]++;
            right[truth] += best == truth;
        }
    for (int k = 0; k < rehearsal->classes; k++) {
        total += seen[k];
        correct += right[k];
        present += seen[k] > 0;
        recalls += seen[k] ? (double)right[k] / seen[k] : 0;
    }
    *accuracy = total > 0 ? correct / total : (double)NAN;
    *uar = present > 0 ? recalls / present : (double)NAN;
}

// ---- events

static void detect_track(const struct rehearsal *rehearsal, int index, auricle_detector *detector,
                         rehearsal_event each, void *user)
{
    const struct track *track = &rehearsal->tracks[index];
    const int64_t frames = (int64_t)(track->seconds / hop_s);
    auricle_event events[4];
    auricle_detector_reset(detector);
    for (int64_t frame = 0, at = 0; frame < frames; frame++) {
        const bool decided = at < track->count && track->frames[at] == frame;
        const int count = auricle_detector_step(
            detector, track->posteriors + (size_t)at * (size_t)rehearsal->classes, decided, events,
            4);
        at += decided;
        for (int i = 0; i < count; i++)
            each(user, index, &events[i]);
    }
    const int count = auricle_detector_drain(detector, events, 4);
    for (int i = 0; i < count; i++)
        each(user, index, &events[i]);
}

auricle_status rehearsal_detect(const struct rehearsal *rehearsal, const struct head_shape *shape,
                                const auricle_detector_config *config, rehearsal_event each,
                                void *user, auricle_error *error)
{
    auricle_detector *detector;
    auricle_status status = detector_create(shape, config, &detector, error);
    for (int i = 0; i < rehearsal->count && !status; i++)
        detect_track(rehearsal, i, detector, each, user);
    if (!status)
        auricle_detector_destroy(&detector);
    return status;
}

// ---- scores: all tracks on one time line, a gap between them

struct spans {
    auricle_span *list;
    int count;
    size_t capacity;
    const double *offsets; // [tracks]
    bool out_of_memory;
};

static void add_span(struct spans *spans, auricle_span span)
{
    if (!GROW(spans->list, (size_t)spans->count + 1, spans->capacity)) {
        spans->out_of_memory = true;
        return;
    }
    spans->list[spans->count++] = span;
}

static void add_event(void *user, int track, const auricle_event *event)
{
    struct spans *spans = user;
    const double offset = spans->offsets[track];
    if (event->kind == AURICLE_EVENT_END)
        add_span(spans, (auricle_span){offset + (double)event->start_frame * hop_s,
                                       offset + (double)event->end_frame * hop_s, event->label});
}

// The marks that are events; or, any: those and the single words of background.
static void add_marks(const struct rehearsal *rehearsal, const struct head_shape *shape, bool any,
                      struct spans *spans)
{
    for (int i = 0; i < rehearsal->count; i++)
        for (int m = 0; m < rehearsal->tracks[i].mark_count; m++) {
            const struct scene_mark *mark = &rehearsal->tracks[i].marks[m];
            const double offset = spans->offsets[i];
            if (!shape->background[mark->label] || (any && !mark->steady))
                add_span(spans,
                         (auricle_span){offset + (double)mark->start / SAMPLE_RATE_HZ,
                                        offset + (double)mark->end / SAMPLE_RATE_HZ, mark->label});
        }
}

static int compare_spans(const void *a, const void *b)
{
    const auricle_span *left = a, *right = b;
    return (left->start_s > right->start_s) - (left->start_s < right->start_s);
}

static void sort_spans(struct spans *spans)
{
    if (spans->count)
        qsort(spans->list, (size_t)spans->count, sizeof *spans->list, compare_spans);
}

// Both lists by start; what is heard does not overlap.
static int count_background_alarms(const struct spans *truth, const struct spans *detected,
                                   double tolerance_s)
{
    int alarms = 0;
    for (int i = 0, at = 0; i < detected->count; i++) {
        const double start = detected->list[i].start_s - tolerance_s;
        while (at < truth->count && truth->list[at].end_s < start)
            at++;
        alarms +=
            at == truth->count || truth->list[at].start_s > detected->list[i].end_s + tolerance_s;
    }
    return alarms;
}

auricle_status rehearsal_score(const struct rehearsal *rehearsal, const struct head_shape *shape,
                               const auricle_detector_config *config, double tolerance_s,
                               auricle_detection *result, int *background_alarms,
                               auricle_error *error)
{
    double *offsets = calloc((size_t)rehearsal->count + 1, sizeof *offsets);
    struct spans truth = {.offsets = offsets}, any = truth, detected = truth;
    if (!offsets)
        return error_no_memory(error, "a head's posteriors");
    for (int i = 0; i < rehearsal->count; i++)
        offsets[i + 1] = offsets[i] + rehearsal->tracks[i].seconds + 60;
    add_marks(rehearsal, shape, false, &truth);
    add_marks(rehearsal, shape, true, &any);
    auricle_status status = rehearsal_detect(rehearsal, shape, config, add_event, &detected, error);
    if (!status && (truth.out_of_memory || any.out_of_memory || detected.out_of_memory))
        status = error_no_memory(error, "a head's posteriors");
    if (!status) {
        sort_spans(&truth);
        sort_spans(&any);
        sort_spans(&detected);
        *background_alarms = count_background_alarms(&any, &detected, tolerance_s);
        status = auricle_metric_detection(truth.list, truth.count, detected.list, detected.count,
                                          rehearsal_hours(rehearsal), tolerance_s, result, error);
    }
    free(truth.list);
    free(any.list);
    free(detected.list);
    free(offsets);
    return status;
}

// ---- choosing

struct choice {
    auricle_detector_config config;
    auricle_detection scores;
    int background_alarms;
    bool allowed, made;
};

static bool is_better(const struct choice *tried, const struct choice *best)
{
    if (!best->made || tried->allowed != best->allowed)
        return !best->made || tried->allowed;
    if (!tried->allowed && tried->background_alarms != best->background_alarms)
        return tried->background_alarms < best->background_alarms;
    return tried->scores.f1 > best->scores.f1;
}

auricle_status rehearsal_tune(const struct rehearsal *rehearsal, struct head_shape *shape,
                              double false_alarms_per_hour, auricle_detection *result,
                              int *background_alarms, auricle_error *error)
{
    static const float offs[] = {0.5f, 0.75f};
    static const int smoothings[] = {1, 2, 3, 4, 6};
    const double most = false_alarms_per_hour * rehearsal_hours(rehearsal) + 1;
    struct choice best = {.made = false};
    for (size_t s = 0; s < sizeof smoothings / sizeof *smoothings; s++)
        for (size_t o = 0; o < sizeof offs / sizeof *offs; o++)
            for (int step = 15; step <= 49; step++) {
                struct choice tried = {.config = shape->detector, .made = true};
                tried.config.threshold_on = 0.02f * (float)step;
                tried.config.threshold_off = tried.config.threshold_on * offs[o];
                tried.config.smoothing_hops = smoothings[s];
                auricle_status status =
                    rehearsal_score(rehearsal, shape, &tried.config, 0.3, &tried.scores,
                                    &tried.background_alarms, error);
                if (status)
                    return status;
                tried.allowed = tried.background_alarms <= most;
                if (is_better(&tried, &best))
                    best = tried;
            }
    shape->detector = best.config;
    *result = best.scores;
    *background_alarms = best.background_alarms;
    return AURICLE_OK;
}
