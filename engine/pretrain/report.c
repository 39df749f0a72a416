// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/report.h"

#include <math.h>

static double seconds_left(const struct pace *pace, const struct progress *progress)
{
    const double sound = (double)(pace->steps - progress->step) * pace->step_seconds;
    return pace->realtime > 0 ? sound / pace->realtime : 0;
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
        journal_write(sink->journal, "step", &report);
    if (sink->journal && event == AURICLE_PRETRAIN_EVALUATION)
        journal_write(sink->journal, "evaluation", &report);
    if (sink->config->report)
        sink->config->report(&report, sink->config->user);
}

void report_note(void *sink, const char *line)
{
    report_event(sink, AURICLE_PRETRAIN_NOTE, line, NAN, NULL);
}
