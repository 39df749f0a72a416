// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The labelled frames of a corpus, one by one. */
#ifndef AURICLE_PROBE_FRAMES_H
#define AURICLE_PROBE_FRAMES_H

#include "probe/clip_encoder.h"

/** Where the frames go. */
struct frame_sink {
    /** The frames of rows [count], which are of one recording, follow. false: memory is out. */
    bool (*begin)(void *user, const struct corpus_row *rows, int count);
    /** A frame that lies in this one of the rows. false: memory is out. */
    bool (*add)(void *user, int row, const float *frame);
    /** So many rows cannot be read, for this reason. */
    void (*skip)(void *user, int rows, const auricle_error *reason);
    /** So many more rows are done. Errors: INTERRUPTED. */
    auricle_status (*advance)(void *user, int rows, auricle_error *error);
    void *user;
};

/** Every step-th labelled frame, in order. Errors: NO_MEMORY, INTERRUPTED. */
auricle_status frames_visit(const struct clip_encoder *encoder, const struct corpus *corpus,
                            int step, const struct frame_sink *sink, auricle_error *error);

#endif
