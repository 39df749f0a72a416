// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   rows of one file, e.g.  | pau 0-0.34 | k -0.39 | ay -0.42 | ...
//   its frames, 10 ms each  ||||||||||||||||||||||||||||||||||||   each takes the label it lies in
#include "probe/frames.h"

#include "base/error.h"
#include "data/audio_file.h"

#include <stdlib.h>
#include <string.h>

struct visit {
    const struct clip_encoder *encoder;
    const struct frame_sink *sink;
    int step, labelled;            // every step-th of the labelled frames counts
    const struct corpus_row *rows; // [row_count] of the current recording
    int row_count, row;            // row: that of the last labelled frame
    int frame;
    double hop_s;
    bool no_memory;
};

static bool lies_in(const struct corpus_row *row, double at_s)
{
    return at_s >= row->start_s && (at_s < row->end_s || row->end_s <= 0);
}

// The row that a moment lies in, or -1. Moments come in order, and so do most rows.
static int row_at(const struct visit *visit, double at_s)
{
    for (int i = 0; i < visit->row_count; i++) {
        int row = (visit->row + i) % visit->row_count;
        if (lies_in(&visit->rows[row], at_s))
            return row;
    }
    return -1;
}

static void take_frame(void *user, const float *frame)
{
    struct visit *visit = user;
    const int row = row_at(visit, (visit->frame++ + 0.5) * visit->hop_s);
    if (row < 0 || visit->no_memory || visit->labelled++ % visit->step != 0)
        return;
    visit->row = row;
    visit->no_memory = !visit->sink->add(visit->sink->user, row, frame);
}

// Errors: those of reading the recording; NO_MEMORY.
static auricle_status visit_recording(struct visit *visit, auricle_error *error)
{
    float *samples = NULL;
    size_t count = 0;
    auricle_model_info info;
    auricle_model_get_info(visit->encoder->model, &info);
    visit->hop_s = (double)info.hop_samples / info.sample_rate_hz;
    visit->row = visit->frame = 0;
    auricle_status status =
        audio_file_load(visit->rows->path, info.sample_rate_hz, -1, 0, 0, &samples, &count, error);
    if (!status && !visit->sink->begin(visit->sink->user, visit->rows, visit->row_count))
        status = AURICLE_NO_MEMORY;
    if (!status)
        status = clip_frames(visit->encoder->embedder, samples, count, take_frame, visit, error);
    free(samples);
    return visit->no_memory ? AURICLE_NO_MEMORY : status;
}

static int rows_of_recording(const struct corpus *corpus, int first)
{
    int end = first + 1;
    while (end < corpus->count && !strcmp(corpus->rows[end].path, corpus->rows[first].path))
        end++;
    return end - first;
}

auricle_status frames_visit(const struct clip_encoder *encoder, const struct corpus *corpus,
                            int step, const struct frame_sink *sink, auricle_error *error)
{
    struct visit visit = {.encoder = encoder, .sink = sink, .step = step};
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < corpus->count && !status; i += visit.row_count) {
        auricle_error reason = {0};
        visit.rows = corpus->rows + i;
        visit.row_count = rows_of_recording(corpus, i);
        status = visit_recording(&visit, &reason);
        if (status == AURICLE_NO_MEMORY)
            return error_no_memory(error, "the frames of %d rows", corpus->count);
        if (status)
            sink->skip(sink->user, visit.row_count, &reason);
        status = sink->advance(sink->user, visit.row_count, error);
    }
    return status;
}
