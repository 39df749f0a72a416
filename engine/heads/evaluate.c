// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// head + rows -> scenes as recorded -> live stream, head, detector -> events against the marks
// head + hours -> live stream, head, detectors -> false alarms (hours.c)
#define _POSIX_C_SOURCE 200809L // strdup
#include <auricle/evaluate.h>

#include "base/error.h"
#include "base/grow.h"
#include "model/shape.h"
#include "heads/hours.h"
#include "heads/recorded_posteriors.h"
#include "heads/word_recall.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCENE_SECONDS = 300 };
static const double tolerance_s = 0.3;

struct heard_event {
    int track, label;
    double start_s, end_s;
    float confidence;
};

struct evaluation {
    const auricle_head_evaluation_config *config;
    auricle_head_evaluation *result;
    auricle_model *model;
    auricle_head *head;
    auricle_stream *stream;
    auricle_head_stream *head_stream;
    struct fit_data data;
    struct rehearsal rehearsal;
    auricle_detector_config points[OPERATING_POINTS];
    struct heard_event *events;
    int event_count;
    size_t event_capacity;
    bool out_of_memory;
    int *truth, *answer; // [clips]
    int clips;
};

static auricle_status open_all(struct evaluation *e, auricle_error *error)
{
    auricle_status status = auricle_model_open(e->config->encoder, &e->model, error);
    if (!status)
        status = auricle_head_open(e->config->head, e->model, &e->head, error);
    if (!status)
        status = auricle_stream_create(e->model, NULL, &e->stream, error);
    if (!status)
        status = auricle_head_stream_create(e->head, &e->head_stream, error);
    return status;
}

static bool is_steady(const struct evaluation *e)
{
    if (e->config->steady >= 0)
        return e->config->steady > 0;
    const json_t *training = json_object_get(json_object_get(e->head->json, "card"), "training");
    return json_is_true(json_object_get(training, "steady"));
}

static auricle_status read_data(struct evaluation *e, auricle_error *error)
{
    const struct head_shape *shape = &e->head->shape;
    auricle_fit_config rows = e->config->rows;
    const struct fit_classes given = {.labels = (const char **)shape->labels,
                                      .background = (bool *)shape->background,
                                      .count = shape->class_count};
    rows.train_split = ""; // no row is of it
    rows.dev_split = e->config->split && *e->config->split ? e->config->split : "dev";
    rows.steady = e->result->steady;
    auricle_status status = fit_data_read(&rows, &given, &e->data, error);
    if (!status && e->data.count[FIT_DEV] == 0)
        status = error_set(error, AURICLE_INVALID,
                           "none of %d rows is of split '%s' and of a label the head knows",
                           e->data.corpus.count, rows.dev_split);
    return status;
}

static auricle_status play(struct evaluation *e, auricle_error *error)
{
    const struct head_shape *shape = &e->head->shape;
    const struct scene_style style = {.window_frames = shape->window_frames,
                                      .seed = e->config->rows.seed,
                                      .steady = e->result->steady,
                                      .active = NO_CLASS,
                                      .as_recorded = true,
                                      .gain_db = e->config->gain_db,
                                      .babble = e->config->babble,
                                      .babble_snr_db = e->config->babble_snr_db};
    struct scene scene = {0};
    struct scene_maker maker;
    auricle_status status = scene_maker_open(&e->data, FIT_DEV, &style, &maker, error);
    if (status)
        return status;
    e->rehearsal.classes = shape->class_count;
    while (!status && maker.next < maker.plays) {
        status = scene_make(&maker, SCENE_SECONDS, &scene, error);
        if (!status)
            status = rehearse_live(e->stream, e->head_stream, &scene, &e->data.classes,
                                   shape->window_frames, &e->rehearsal, error);
        if (!status && e->config->progress &&
            !e->config->progress(maker.next, maker.plays, e->config->user))
            status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    e->result->recordings = maker.count - maker.skipped;
    e->result->skipped = e->data.skipped + maker.skipped;
    snprintf(e->result->note, sizeof e->result->note, "%.255s",
             maker.skipped ? maker.first_skipped : e->data.first_skipped);
    if (!status && e->result->recordings == 0)
        status = error_set(error, AURICLE_INVALID, "none of %d recordings could be read: %s",
                           maker.count, maker.first_skipped);
    scene_free(&scene);
    scene_maker_close(&maker);
    return status;
}

static void keep_event(void *user, int track, const auricle_event *event)
{
    struct evaluation *e = user;
    const double hop_s = (double)HOP_SAMPLES / SAMPLE_RATE_HZ;
    if (event->kind != AURICLE_EVENT_END)
        return;
    if (!GROW(e->events, (size_t)e->event_count + 1, e->event_capacity)) {
        e->out_of_memory = true;
        return;
    }
    e->events[e->event_count++] =
        (struct heard_event){track, event->label, (double)event->start_frame * hop_s,
                             (double)event->end_frame * hop_s, event->confidence};
}

// ---- a recording's answer

// The strongest event on it; without one, background: its own, if it is background itself.
static int answer_by_events(const struct evaluation *e, int track, const struct scene_mark *mark)
{
    const struct fit_classes *classes = &e->data.classes;
    const double start = (double)mark->start / SAMPLE_RATE_HZ - tolerance_s,
                 end = (double)mark->end / SAMPLE_RATE_HZ + tolerance_s;
    float most = 0;
    int answer = classes->background[mark->label] ? mark->label : classes->unknown;
    for (int i = 0; i < e->event_count; i++) {
        const struct heard_event *event = &e->events[i];
        if (event->track != track || event->start_s > end || event->end_s < start ||
            event->confidence <= most)
            continue;
        most = event->confidence;
        answer = event->label;
    }
    return answer;
}

static int answer_by_mean(const struct rehearsal *rehearsal, const struct track *track,
                          const struct scene_mark *mark)
{
    double sums[MAX_HEAD_CLASSES] = {0};
    int heard = 0, best = 0;
    for (int n = 0; n < track->count; n++) {
        const size_t now = (size_t)(track->frames[n] + 1) * HOP_SAMPLES;
        if (now <= mark->start || now > mark->end || track->truths[n] == NO_CLASS)
            continue;
        heard++;
        for (int k = 0; k < rehearsal->classes; k++)
            sums[k] +=
                (double)track->posteriors[(size_t)n * (size_t)rehearsal->classes + (size_t)k];
    }
    for (int k = 1; k < rehearsal->classes; k++)
        best = sums[k] > sums[best] ? k : best;
    return heard ? best : NO_CLASS;
}

static auricle_status answer_clips(struct evaluation *e, auricle_error *error)
{
    size_t marks = 1;
    for (int i = 0; i < e->rehearsal.count; i++)
        marks += (size_t)e->rehearsal.tracks[i].mark_count;
    e->truth = malloc(marks * sizeof *e->truth);
    e->answer = malloc(marks * sizeof *e->answer);
    if (!e->truth || !e->answer)
        return error_no_memory(error, "%zu recordings", marks);
    for (int i = 0; i < e->rehearsal.count; i++)
        for (int m = 0; m < e->rehearsal.tracks[i].mark_count; m++) {
            const struct track *track = &e->rehearsal.tracks[i];
            const struct scene_mark *mark = &track->marks[m];
            int answer = e->result->steady ? answer_by_mean(&e->rehearsal, track, mark)
                                           : answer_by_events(e, i, mark);
            if (answer == NO_CLASS) // no background to answer with
                answer = answer_by_mean(&e->rehearsal, track, mark);
            if (answer == NO_CLASS)
                continue;
            e->truth[e->clips] = mark->label;
            e->answer[e->clips++] = answer;
        }
    return AURICLE_OK;
}

static auricle_status score(struct evaluation *e, auricle_error *error)
{
    const struct head_shape *shape = &e->head->shape;
    auricle_head_evaluation *result = e->result;
    const size_t classes = (size_t)shape->class_count;
    auricle_status status =
        rehearsal_detect(&e->rehearsal, shape, &e->config->detector, keep_event, e, error);
    if (!status && e->out_of_memory)
        status = error_no_memory(error, "events");
    if (!status)
        status = answer_clips(e, error);
    result->confusion = calloc(classes * classes, sizeof *result->confusion);
    if (!status && !result->confusion)
        status = error_no_memory(error, "%zu classes", classes);
    if (!status)
        status = auricle_metric_classification(e->truth, e->answer, e->clips, shape->class_count,
                                               result->confusion, &result->clips, error);
    result->hours = rehearsal_hours(&e->rehearsal);
    if (!status)
        status = rehearsal_score(&e->rehearsal, shape, &e->config->detector, tolerance_s,
                                 &result->events, &result->background_alarms, error);
    return status;
}

// ---- hours

static auricle_status hear_hours(struct evaluation *e, auricle_error *error)
{
    const auricle_head_evaluation_config *config = e->config;
    auricle_head_evaluation *result = e->result;
    const struct hours_config hours = {.model = e->model,
                                       .head = e->head,
                                       .points = e->points,
                                       .gain_db = config->gain_db,
                                       .progress = config->progress,
                                       .user = config->user};
    int alarms[OPERATING_POINTS] = {0};
    double total = 0;
    auricle_status status = AURICLE_OK;
    result->kinds = calloc((size_t)config->hours_count, sizeof *result->kinds);
    if (!result->kinds)
        return error_no_memory(error, "hours of sound");
    for (int i = 0; i < config->hours_count && !status; i++) {
        status = hours_play(&hours, config->hours[i], &result->kinds[i], alarms, error);
        result->kind_count = i + 1;
        total += result->kinds[i].hours;
    }
    for (int p = 0; p < OPERATING_POINTS && total > 0; p++)
        result->points[p].alarms_per_hour = alarms[p] / total;
    return status;
}

// ---- the whole

static auricle_status name_labels(struct evaluation *e, auricle_error *error)
{
    const struct head_shape *shape = &e->head->shape;
    auricle_head_evaluation *result = e->result;
    result->labels = calloc((size_t)shape->class_count, sizeof *result->labels);
    for (int i = 0; result->labels && i < shape->class_count; i++) {
        result->labels[i] = strdup(shape->labels[i]);
        if (!result->labels[i])
            break;
        result->class_count = i + 1;
    }
    if (result->class_count != shape->class_count)
        return error_no_memory(error, "labels");
    return AURICLE_OK;
}

static auricle_status choose_points(struct evaluation *e, auricle_error *error)
{
    const struct head_shape *shape = &e->head->shape;
    auricle_head_evaluation *result = e->result;
    result->words = calloc((size_t)shape->class_count, sizeof *result->words);
    result->points = calloc(OPERATING_POINTS, sizeof *result->points);
    if (!result->words || !result->points)
        return error_no_memory(error, "%d labels", shape->class_count);
    operating_points_choose(shape, &e->config->detector, e->points);
    result->point_count = OPERATING_POINTS;
    for (int p = 0; p < OPERATING_POINTS; p++) {
        const float asked = e->points[p].threshold_on;
        result->points[p] = (auricle_operating_point){
            asked != 0 ? asked : shape->detector.threshold_on, (double)NAN, (double)NAN};
    }
    return AURICLE_OK;
}

auricle_status auricle_head_evaluate(const auricle_head_evaluation_config *config,
                                     auricle_head_evaluation *result, auricle_error *error)
{
    struct evaluation e = {.config = config, .result = result};
    const bool rows = config->rows.folder_count + config->rows.named_folder_count > 0;
    *result = (auricle_head_evaluation){0};
    auricle_status status = open_all(&e, error);
    if (!status)
        status = name_labels(&e, error);
    if (!status)
        status = choose_points(&e, error);
    if (!status)
        result->steady = is_steady(&e);
    if (!status && rows)
        status = read_data(&e, error);
    if (!status && rows)
        status = play(&e, error);
    if (!status && rows)
        status = score(&e, error);
    if (!status && rows && !result->steady)
        status =
            word_recall_measure(&e.rehearsal, &e.data, &e.head->shape, e.points, result, error);
    if (!status && config->hours_count > 0)
        status = hear_hours(&e, error);
    free(e.truth);
    free(e.answer);
    free(e.events);
    rehearsal_free(&e.rehearsal);
    fit_data_free(&e.data);
    auricle_head_stream_destroy(&e.head_stream);
    auricle_stream_destroy(&e.stream);
    if (e.head)
        auricle_head_unref(&e.head);
    auricle_model_unref(&e.model);
    if (status)
        auricle_head_evaluation_free(result);
    return status;
}

void auricle_head_evaluation_free(auricle_head_evaluation *result)
{
    for (int i = 0; result->labels && i < result->class_count; i++)
        free(result->labels[i]);
    for (int i = 0; i < result->kind_count; i++) {
        free(result->kinds[i].name);
        free(result->kinds[i].by_label);
    }
    free(result->kinds);
    free(result->words);
    free(result->points);
    free(result->labels);
    free(result->confusion);
    *result = (auricle_head_evaluation){0};
}
