// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   rows of one file, e.g.  | pau 0-0.34 | k -0.39 | ay -0.42 | ...
//   its frames, 10 ms each  ||||||||||||||||||||||||||||||||||||   each takes the label it lies in
#define _POSIX_C_SOURCE 200809L
#include "probe/probe.h"

#include "base/error.h"
#include "base/grow.h"
#include "data/audio_file.h"

#include <stdlib.h>
#include <string.h>

enum { TRAIN_STEP = 16 };

struct gathering { // of one split
    struct probe *probe;
    struct vectors *split;
    size_t room;                   // items
    int step, met;                 // every step-th labelled frame is kept, of those met
    const struct corpus_row *rows; // [row_count] of the recording under way
    int row_count, row;            // the one the last frame lay in
    int *labels, *speakers;        // [row_count] theirs
    int frame;
    double hop_s;
    bool no_memory;
};

static bool lies_in(const struct corpus_row *row, double at_s)
{
    return at_s >= row->start_s && (at_s < row->end_s || row->end_s <= 0);
}

// The row a moment lies in, -1 when in none. Moments come in order, and so do rows, mostly.
static int row_at(const struct gathering *g, double at_s)
{
    for (int i = 0; i < g->row_count; i++) {
        int row = (g->row + i) % g->row_count;
        if (lies_in(&g->rows[row], at_s))
            return row;
    }
    return -1;
}

static bool make_room(struct gathering *g)
{
    struct vectors *split = g->split;
    return GROW_ALL((size_t)split->count + 1, g->room,
                    {&split->x, (size_t)g->probe->result->dims * sizeof *split->x},
                    {&split->label, sizeof *split->label},
                    {&split->speaker, sizeof *split->speaker});
}

static void take_frame(void *user, const float *frame)
{
    struct gathering *g = user;
    struct vectors *split = g->split;
    const size_t dims = (size_t)g->probe->result->dims;
    int row = row_at(g, (g->frame++ + 0.5) * g->hop_s);
    if (row < 0 || g->no_memory || g->met++ % g->step != 0)
        return;
    g->row = row;
    if (!make_room(g)) {
        g->no_memory = true;
        return;
    }
    memcpy(split->x + (size_t)split->count * dims, frame, dims * sizeof *frame);
    split->speaker[split->count] = g->speakers[row];
    split->label[split->count++] = g->labels[row];
}

static bool name_rows(struct gathering *g)
{
    free(g->labels);
    g->labels = malloc(2 * (size_t)g->row_count * sizeof *g->labels);
    g->speakers = g->labels ? g->labels + g->row_count : NULL;
    for (int i = 0; g->labels && i < g->row_count; i++) {
        g->labels[i] = probe_name_label(g->probe, g->rows[i].label);
        g->speakers[i] = probe_name_speaker(g->probe, g->rows[i].speaker);
        if (g->labels[i] < 0)
            return false;
    }
    return g->labels != NULL;
}

// Errors: those of reading it; NO_MEMORY.
static auricle_status take_recording(struct gathering *g, auricle_error *error)
{
    float *samples = NULL;
    size_t count = 0;
    auricle_model_info info;
    auricle_model_get_info(g->probe->encoder.model, &info);
    g->hop_s = (double)info.hop_samples / info.sample_rate_hz;
    g->row = g->frame = 0;
    auricle_status status =
        audio_file_load(g->rows->path, info.sample_rate_hz, -1, 0, 0, &samples, &count, error);
    if (status == AURICLE_OK && !name_rows(g))
        status = AURICLE_NO_MEMORY;
    if (status == AURICLE_OK)
        status = clip_frames(g->probe->encoder.embedder, samples, count, take_frame, g, error);
    free(samples);
    return g->no_memory ? AURICLE_NO_MEMORY : status;
}

auricle_status probe_embed_frames(struct probe *probe, int s, auricle_error *error)
{
    const int step = probe->config->train_step > 0 ? probe->config->train_step : TRAIN_STEP;
    struct vectors *split = &probe->split[s];
    const struct corpus *corpus = &split->corpus;
    struct gathering g = {.probe = probe, .split = split, .step = s == TRAIN ? step : 1};
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < corpus->count && status == AURICLE_OK; i += g.row_count) {
        auricle_error reason = {0};
        g.rows = corpus->rows + i;
        for (g.row_count = 1;
             i + g.row_count < corpus->count && !strcmp(g.rows[g.row_count].path, g.rows->path);)
            g.row_count++;
        status = take_recording(&g, &reason);
        if (status == AURICLE_NO_MEMORY)
            error_set(error, status, "no memory for %d frames of %d numbers", split->count,
                      probe->result->dims);
        else if (status != AURICLE_OK)
            probe_skip(probe, g.row_count, &reason);
        if (status != AURICLE_NO_MEMORY)
            status = probe_advance(probe, g.row_count, error);
    }
    free(g.labels);
    if (status == AURICLE_OK && split->count == 0)
        status = error_set(error, AURICLE_INVALID, "not a frame of %d rows could be read: %s",
                           corpus->count, probe->result->note);
    return status;
}
