// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** samples -> stream -> visit(frame), for any number of samples at once */
#include <auricle/stream.h>

#include "stream/hop.h"

auricle_status auricle_stream_each(auricle_stream *stream, const float *samples, size_t count,
                                   auricle_visit_frame visit, void *user, auricle_error *error)
{
    auricle_status status = stream_check(stream, samples, count, error);
    for (size_t done = 0, taken; done < count && !status; done += taken) {
        auricle_frame frame;
        status = auricle_stream_feed(stream, samples + done, count - done, &taken, &frame);
        if (!status && frame.vector)
            status = visit(&frame, user, error);
    }
    return status;
}

auricle_status auricle_stream_each_rest(auricle_stream *stream, auricle_visit_frame visit,
                                        void *user, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    auricle_frame frame = {.vector = NULL};
    do {
        auricle_stream_drain(stream, &frame);
        if (frame.vector)
            status = visit(&frame, user, error);
    } while (frame.vector && !status);
    return status;
}
