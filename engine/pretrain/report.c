// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double seconds_left(const struct pace *pace, const struct progress *progress)
{
    const double sound = (double)(pace->steps - progress->step) * pace->step_seconds;
    return pace->realtime > 0 ? sound / pace->realtime : 0;
}

// A log that cannot be written does not stop training: it is reported once.
static void write_line(struct report_sink *sink, const char *event,
                       const auricle_pretrain_report *report)
{
    char line[160];
    if (journal_write(sink->journal, event, report) || sink->unwritten)
        return;
    sink->unwritten = true;
    snprintf(line, sizeof line,
             "metrics.jsonl cannot be written: %.60s; training goes on, its curves have gaps",
             strerror(errno));
    report_note(sink, line);
}

void report_event(struct report_sink *sink, auricle_pretrain_event event, const char *message,
                  double loss, const struct numbers *numbers)
{
    const auricle_pretrain_report report = {
        .event = event,
        .message = message,
        .step = sink->progress->step,
        .steps = sink->pace->steps,
        .loss = loss,
        .audio_hours = pace_hours(sink->pace, sink->progress),
        .seconds = sink->progress->seconds,
        .realtime = sink->pace->realtime,
        .seconds_left = seconds_left(sink->pace, sink->progress),
        .numbers = numbers ? numbers->list : NULL,
        .number_count = numbers ? numbers->count : 0,
    };
    if (sink->journal && event == AURICLE_PRETRAIN_STEP)
        write_line(sink, "step", &report);
    if (sink->journal && event == AURICLE_PRETRAIN_EVALUATION)
        write_line(sink, "evaluation", &report);
    if (sink->config->report)
        sink->config->report(&report, sink->config->user);
}

void report_note(void *sink, const char *line)
{
    report_event(sink, AURICLE_PRETRAIN_NOTE, line, NAN, NULL);
}
