// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The JSON lines of docs/events.md, as objects for tool_json_print. */
#ifndef AURICLE_TOOLS_EVENT_LINES_H
#define AURICLE_TOOLS_EVENT_LINES_H

#include <auricle/head.h>

#include <jansson.h>

/** Where results come from. */
struct event_source {
    const char *stream; // a file or device, or NULL
    const auricle_head *head;
    double frame_s; // seconds of a frame
    int channel;
};

/** Type event-start or event. */
json_t *event_line(const struct event_source *source, const auricle_event *event);
/** Type gap: sound that was lost and is heard as silence. lost_s: of this stream so far, in so many
 * gaps; stream: or NULL. */
json_t *event_line_gap(const char *stream, double start_s, double end_s, double lost_s, int gaps);
/** Type posteriors, of the decision after this frame; posteriors [class_count]. */
json_t *event_line_posteriors(const struct event_source *source, uint64_t frame,
                              const float *posteriors);

#endif
