// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "event_lines.h"

#include "tool_json.h"

#include <math.h>

enum { SCHEMA = 1, MICROSECOND = 6, SHARE = 6 }; // SHARE: decimals, enough for a float

static json_t *line_new(const struct event_source *source, const char *type, double start_s,
                        double end_s)
{
    auricle_head_info info;
    auricle_head_get_info(source->head, &info);
    json_t *line = json_object();
    json_object_set_new(line, "schema", json_integer(SCHEMA));
    json_object_set_new(line, "type", json_string(type));
    json_object_set_new(line, "channel", json_integer(source->channel));
    json_object_set_new(line, "start", tool_json_number(start_s, MICROSECOND));
    json_object_set_new(line, "end", tool_json_number(end_s, MICROSECOND));
    if (source->stream)
        json_object_set_new(line, "stream", tool_json_text(source->stream));
    json_object_set_new(line, "head", json_string(info.task));
    return line;
}

json_t *event_line(const struct event_source *source, const auricle_event *event)
{
    const bool ended = event->kind == AURICLE_EVENT_END;
    const double frame_s = source->frame_s;
    json_t *line =
        line_new(source, ended ? "event" : "event-start", (double)event->start_frame * frame_s,
                 ended ? (double)event->end_frame * frame_s : (double)NAN);
    json_object_set_new(line, "label", json_string(auricle_head_label(source->head, event->label)));
    json_object_set_new(line, "score", tool_json_number((double)event->confidence, SHARE));
    json_object_set_new(line, "decided",
                        tool_json_number((double)(event->at_frame + 1) * frame_s, MICROSECOND));
    return line;
}

json_t *event_line_gap(const char *stream, double start_s, double end_s, double lost_s, int gaps)
{
    json_t *line = json_object();
    json_object_set_new(line, "schema", json_integer(SCHEMA));
    json_object_set_new(line, "type", json_string("gap"));
    json_object_set_new(line, "start", tool_json_number(start_s, MICROSECOND));
    json_object_set_new(line, "end", tool_json_number(end_s, MICROSECOND));
    if (stream)
        json_object_set_new(line, "stream", tool_json_text(stream));
    json_object_set_new(line, "heard_as", json_string("silence"));
    json_object_set_new(line, "lost", tool_json_number(lost_s, MICROSECOND));
    json_object_set_new(line, "gaps", json_integer(gaps));
    return line;
}

json_t *event_line_posteriors(const struct event_source *source, uint64_t frame,
                              const float *posteriors)
{
    auricle_head_info info;
    int best = 0;
    json_t *shares = json_object();
    auricle_head_get_info(source->head, &info);
    for (int k = 0; k < info.class_count; k++) {
        best = posteriors[k] > posteriors[best] ? k : best;
        json_object_set_new(shares, auricle_head_label(source->head, k),
                            tool_json_number((double)posteriors[k], SHARE));
    }
    const double end = (double)(frame + 1), start = fmax(end - info.hop_frames, 0);
    json_t *line = line_new(source, "posteriors", start * source->frame_s, end * source->frame_s);
    json_object_set_new(line, "label", json_string(auricle_head_label(source->head, best)));
    json_object_set_new(line, "score", tool_json_number((double)posteriors[best], SHARE));
    json_object_set_new(line, "posteriors", shares);
    return line;
}
