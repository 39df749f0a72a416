// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/word_recall.h"

#include "base/error.h"
#include "model/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct recall {
    const struct rehearsal *tracks;
    const struct fit_data *data;
    const struct head_shape *shape;
    int *first;   // [tracks + 1] index of the track's first mark among all
    char *heard;  // [marks] at the point being measured
    float *delay; // [marks] seconds, of what was heard
    int wrong;    // words reported as another word
};

// The word a START at this frame answers; -1 = none. Marks are sorted by start.
static int mark_at(const struct track *track, int64_t frame)
{
    const int64_t now = (frame + 1) * HOP_SAMPLES, late = (int64_t)WORD_LATE_FRAMES * HOP_SAMPLES;
    for (int m = track->mark_count; m-- > 0;)
        if ((int64_t)track->marks[m].start <= now)
            return now <= (int64_t)track->marks[m].end + late && !track->marks[m].steady ? m : -1;
    return -1;
}

static void take_event(void *user, int index, const auricle_event *event)
{
    struct recall *recall = user;
    const struct track *track = &recall->tracks->tracks[index];
    if (event->kind != AURICLE_EVENT_START)
        return;
    const int m = mark_at(track, (int64_t)event->at_frame);
    if (m < 0)
        return;
    const struct scene_mark *mark = &track->marks[m];
    const int at = recall->first[index] + m;
    if (mark->label != event->label) {
        recall->wrong++;
    } else if (!recall->heard[at]) {
        const double now = (double)(event->at_frame + 1) * HOP_SAMPLES;
        recall->heard[at] = 1;
        recall->delay[at] = (float)((now - (double)mark->end) / SAMPLE_RATE_HZ);
    }
}

// label NO_CLASS: of every word that is listened for.
static auricle_status measure(const struct recall *recall, int label, int *said, int *heard,
                              auricle_interval *share, auricle_error *error)
{
    const int groups = recall->data->group_count;
    auricle_count *counts = calloc((size_t)groups + 1, sizeof *counts);
    int kept = 0;
    *said = *heard = 0;
    if (!counts)
        return error_no_memory(error, "%d speakers", groups);
    for (int i = 0; i < recall->tracks->count; i++)
        for (int m = 0; m < recall->tracks->tracks[i].mark_count; m++) {
            const struct scene_mark *mark = &recall->tracks->tracks[i].marks[m];
            const bool wanted =
                label == NO_CLASS ? !recall->shape->background[mark->label] : mark->label == label;
            if (!wanted || mark->steady)
                continue;
            auricle_count *count = &counts[recall->data->list[FIT_DEV][mark->recording].group];
            count->of++;
            count->events += recall->heard[recall->first[i] + m];
            ++*said;
            *heard += recall->heard[recall->first[i] + m];
        }
    for (int g = 0; g < groups; g++)
        if (counts[g].of > 0)
            counts[kept++] = counts[g];
    auricle_status status = auricle_metric_interval(counts, kept, share, error);
    free(counts);
    return status;
}

static int count_other_words(const struct recall *recall)
{
    int count = 0;
    for (int i = 0; i < recall->tracks->count; i++)
        for (int m = 0; m < recall->tracks->tracks[i].mark_count; m++) {
            const struct scene_mark *mark = &recall->tracks->tracks[i].marks[m];
            count += !mark->steady && recall->shape->background[mark->label];
        }
    return count;
}

static int compare_floats(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

static void measure_delays(const struct recall *recall, auricle_head_evaluation *result)
{
    const int marks = recall->first[recall->tracks->count];
    int count = 0;
    for (int i = 0; i < marks; i++)
        if (recall->heard[i])
            recall->delay[count++] = recall->delay[i];
    result->delay_p50_s = result->delay_p95_s = (double)NAN;
    if (count == 0)
        return;
    qsort(recall->delay, (size_t)count, sizeof *recall->delay, compare_floats);
    result->delay_p50_s = (double)recall->delay[count / 2];
    result->delay_p95_s = (double)recall->delay[(int)(0.95 * (count - 1))];
}

static auricle_status measure_point(struct recall *recall,
                                    const auricle_detector_config points[OPERATING_POINTS],
                                    int point, auricle_head_evaluation *result,
                                    auricle_error *error)
{
    auricle_interval share;
    int said, heard;
    memset(recall->heard, 0, (size_t)recall->first[recall->tracks->count] + 1);
    recall->wrong = 0;
    auricle_status status =
        rehearsal_detect(recall->tracks, recall->shape, &points[point], take_event, recall, error);
    if (!status)
        status = measure(recall, NO_CLASS, &said, &heard, &share, error);
    if (status)
        return status;
    result->points[point].recall = share.value;
    if (point > 0)
        return AURICLE_OK;
    result->recall = share;
    result->wrong_words = recall->wrong;
    for (int k = 0; k < recall->shape->class_count && !status; k++)
        status = measure(recall, k, &result->words[k].said, &result->words[k].heard,
                         &result->words[k].recall, error);
    result->other_words = count_other_words(recall);
    measure_delays(recall, result);
    return status;
}

auricle_status word_recall_measure(const struct rehearsal *tracks, const struct fit_data *data,
                                   const struct head_shape *shape,
                                   const auricle_detector_config points[OPERATING_POINTS],
                                   auricle_head_evaluation *result, auricle_error *error)
{
    struct recall recall = {.tracks = tracks, .data = data, .shape = shape};
    auricle_status status = AURICLE_OK;
    recall.first = calloc((size_t)tracks->count + 1, sizeof *recall.first);
    for (int i = 0; recall.first && i < tracks->count; i++)
        recall.first[i + 1] = recall.first[i] + tracks->tracks[i].mark_count;
    const size_t marks = recall.first ? (size_t)recall.first[tracks->count] + 1 : 1;
    recall.heard = calloc(marks, sizeof *recall.heard);
    recall.delay = calloc(marks, sizeof *recall.delay);
    if (!recall.first || !recall.heard || !recall.delay)
        status = error_no_memory(error, "%zu words", marks);
    for (int p = 0; p < OPERATING_POINTS && !status; p++)
        status = measure_point(&recall, points, p, result, error);
    free(recall.first);
    free(recall.heard);
    free(recall.delay);
    return status;
}
