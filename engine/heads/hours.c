// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// recordings -> one stream -> head -> a detector for each operating point -> alarms
#define _POSIX_C_SOURCE 200809L // strdup
#include "heads/hours.h"

#include "base/error.h"
#include "model/shape.h"
#include "data/audio_file.h"
#include "data/corpus.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PIECE = SAMPLE_RATE_HZ };

struct hours {
    const struct hours_config *config;
    auricle_stream *stream;
    auricle_head_stream *head_stream;
    auricle_detector *detectors[OPERATING_POINTS];
    const struct corpus_row *row; // being played
    auricle_count *groups;        // [rows] alarms and hours of each speaker
    int group;                    // of row
    const char *is;               // label of all of it, or NULL: events of this label are right
    auricle_sound_kind *kind;
    int *at_points;
};

// ---- what was said

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

bool hours_text_holds(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = text; *at; at++) {
        const bool begins = at == text || !is_letter(at[-1]);
        if (begins && !strncasecmp(at, word, length) && !is_letter(at[length]))
            return true;
    }
    return false;
}

// ---- events

static void count_alarm(struct hours *hours, int point, int label)
{
    const char *name = auricle_head_label(hours->config->head, label);
    const bool said =
        (hours->is && !strcmp(hours->is, name)) || hours_text_holds(hours->row->text, name);
    if (!said)
        hours->at_points[point]++;
    if (point > 0)
        return;
    if (said) {
        hours->kind->said++;
        return;
    }
    hours->kind->alarms++;
    hours->kind->by_label[label]++;
    hours->groups[hours->group].events++;
}

static void count_starts(struct hours *hours, int point, const auricle_event *events, int count)
{
    for (int i = 0; i < count; i++)
        if (events[i].kind == AURICLE_EVENT_START)
            count_alarm(hours, point, events[i].label);
}

static auricle_status hear_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct hours *hours = user;
    auricle_event events[4];
    bool decided;
    (void)error;
    const float *now = auricle_head_stream_step(hours->head_stream, frame->vector, &decided);
    for (int p = 0; p < OPERATING_POINTS; p++)
        count_starts(hours, p, events,
                     auricle_detector_step(hours->detectors[p], now, decided, events, 4));
    return AURICLE_OK;
}

// ---- playing

static auricle_status play_piece(struct hours *hours, float *samples, size_t count,
                                 auricle_error *error)
{
    const float gain = powf(10, hours->config->gain_db / 20);
    for (size_t i = 0; hours->config->gain_db != 0 && i < count; i++)
        samples[i] = fmaxf(-1, fminf(1, samples[i] * gain));
    auricle_status status =
        auricle_stream_each(hours->stream, samples, count, hear_frame, hours, error);
    if (status)
        return status;
    const double piece_hours = (double)count / SAMPLE_RATE_HZ / 3600;
    hours->kind->hours += piece_hours;
    hours->groups[hours->group].of += piece_hours;
    return AURICLE_OK;
}

static auricle_status play_recording(struct hours *hours, float *samples, auricle_error *error)
{
    struct audio_file *file = NULL;
    size_t got = 1;
    auricle_status status = audio_file_open(hours->row->path, SAMPLE_RATE_HZ, -1, &file, error);
    while (!status && got > 0) {
        status = audio_file_read(file, samples, PIECE, &got, error);
        if (!status)
            status = play_piece(hours, samples, got, error);
    }
    if (file)
        audio_file_close(&file);
    return status ? error_prefix(error, status, "%s", hours->row->path) : AURICLE_OK;
}

static void drain(struct hours *hours)
{
    auricle_event events[4];
    auricle_stream_each_rest(hours->stream, hear_frame, hours, NULL);
    for (int p = 0; p < OPERATING_POINTS; p++)
        count_starts(hours, p, events, auricle_detector_drain(hours->detectors[p], events, 4));
}

// The first row of the same speaker; a recording without one is a group of its own.
static int group_of(const struct corpus *corpus, int row)
{
    const char *speaker = corpus->rows[row].speaker;
    for (int i = 0; *speaker && i < row; i++)
        if (!strcmp(corpus->rows[i].speaker, speaker))
            return i;
    return row;
}

static auricle_status play_all(struct hours *hours, const struct corpus *corpus,
                               auricle_error *error)
{
    const struct hours_config *config = hours->config;
    auricle_error reason = {0};
    auricle_status status = AURICLE_OK;
    float *samples = malloc(PIECE * sizeof *samples);
    if (!samples)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to play recordings");
    for (int i = 0; i < corpus->count && !status; i++) {
        hours->row = &corpus->rows[i];
        hours->group = group_of(corpus, i);
        status = play_recording(hours, samples, &reason);
        hours->kind->recordings += !status;
        hours->kind->skipped += status == AURICLE_NOT_FOUND || status == AURICLE_FORMAT;
        if (status == AURICLE_NOT_FOUND || status == AURICLE_FORMAT)
            status = AURICLE_OK;
        else if (status)
            error_set(error, status, "%s", reason.text);
        if (!status && config->progress && !config->progress(i + 1, corpus->count, config->user))
            status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    free(samples);
    if (!status && hours->kind->recordings == 0)
        return error_set(error, AURICLE_INVALID, "none of %d recordings could be read: %s",
                         corpus->count, reason.text);
    return status;
}

// ---- the whole

static auricle_status open_all(struct hours *hours, const struct corpus *corpus,
                               auricle_error *error)
{
    const struct hours_config *config = hours->config;
    auricle_status status = auricle_stream_create(config->model, NULL, &hours->stream, error);
    if (!status)
        status = auricle_head_stream_create(config->head, &hours->head_stream, error);
    for (int p = 0; p < OPERATING_POINTS && !status; p++)
        status =
            auricle_detector_create(config->head, &config->points[p], &hours->detectors[p], error);
    hours->groups = calloc((size_t)corpus->count, sizeof *hours->groups);
    if (!status && !hours->groups)
        status = error_no_memory(error, "%d recordings", corpus->count);
    return status;
}

static void close_all(struct hours *hours)
{
    for (int p = 0; p < OPERATING_POINTS; p++)
        auricle_detector_destroy(&hours->detectors[p]);
    auricle_head_stream_destroy(&hours->head_stream);
    auricle_stream_destroy(&hours->stream);
    free(hours->groups);
}

// Groups that hold nothing are left out: they are the later rows of a speaker.
static auricle_status measure_interval(struct hours *hours, int count, auricle_error *error)
{
    // With no event in T hours, rates above 3.69 / T are unlikely (2.5 %; Poisson).
    const double none_heard = 3.69;
    auricle_interval *per_hour = &hours->kind->per_hour;
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (hours->groups[i].of > 0)
            hours->groups[kept++] = hours->groups[i];
    auricle_status status = auricle_metric_interval(hours->groups, kept, per_hour, error);
    if (!status && hours->kind->hours > 0)
        per_hour->high = fmax(per_hour->high, none_heard / hours->kind->hours);
    return status;
}

static char *name_of(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return strndup(path + start, end - start);
}

// "LABEL=PATH" or "PATH": where the path begins; *label (free it) is NULL where there is none.
static const char *cut_label(const struct hours_config *config, const char *text, char **label)
{
    const char *equals = strchr(text, '=');
    auricle_head_info info;
    auricle_head_get_info(config->head, &info);
    *label = NULL;
    for (int i = 0; equals && i < info.class_count; i++) {
        const char *name = auricle_head_label(config->head, i);
        if (strlen(name) == (size_t)(equals - text) && !strncmp(name, text, strlen(name))) {
            *label = strdup(name);
            return equals + 1;
        }
    }
    return text;
}

auricle_status hours_play(const struct hours_config *config, const char *given,
                          auricle_sound_kind *kind, int *at_points, auricle_error *error)
{
    char *label;
    const char *path = cut_label(config, given, &label);
    const struct corpus_filter filter = {.unique_files = true};
    auricle_head_info info;
    struct hours hours = {.config = config, .is = label, .kind = kind, .at_points = at_points};
    struct corpus corpus = {0};
    auricle_head_get_info(config->head, &info);
    *kind = (auricle_sound_kind){.name = name_of(path)};
    kind->by_label = calloc((size_t)info.class_count, sizeof *kind->by_label);
    auricle_status status = kind->name && kind->by_label ? corpus_add(&corpus, path, &filter, error)
                                                         : error_no_memory(error, "%s", path);
    kind->skipped = corpus.skipped;
    if (!status)
        status = open_all(&hours, &corpus, error);
    if (!status)
        status = play_all(&hours, &corpus, error);
    if (!status) {
        drain(&hours);
        status = measure_interval(&hours, corpus.count, error);
    }
    close_all(&hours);
    corpus_free(&corpus);
    free(label);
    return status;
}
