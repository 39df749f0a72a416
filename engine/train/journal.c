// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "train/journal.h"

#include "base/error.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void numbers_add(struct numbers *numbers, double value, const char *format, ...)
{
    CHECK(numbers->count < NUMBERS);
    char *name = numbers->names[numbers->count];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof numbers->names[0], format, arguments);
    va_end(arguments);
    numbers->list[numbers->count++] = (auricle_number){name, value};
}

void numbers_add_report(struct numbers *numbers, const struct mixture *mixture,
                        const struct mixture_report *report)
{
    for (int i = 0; i < mixture->count; i++) {
        const char *name = mixture->part[i].objective->name;
        numbers_add(numbers, report->loss[i], "%s.loss", name);
        const struct objective_statistics *statistics = &report->statistics[i];
        for (int j = 0; j < statistics->count; j++)
            numbers_add(numbers, statistics->list[j].value, "%s.%s", name,
                        statistics->list[j].name);
    }
}

// A line that can't be read (cut off by a crash) counts as too late.
static bool is_later(const char *line, int64_t step)
{
    json_t *json = json_loads(line, 0, NULL);
    const json_t *at = json_object_get(json, "step");
    bool later = !json_is_integer(at) || json_integer_value(at) > step;
    json_decref(json);
    return later;
}

// The lines to keep, as one malloc'ed text; NULL when there is no such file.
static char *kept_lines(const char *path, int64_t step, size_t *length)
{
    FILE *file = fopen(path, "r");
    char *line = NULL, *kept = NULL;
    size_t room = 0;
    *length = 0;
    FILE *out = file ? open_memstream(&kept, length) : NULL;
    while (out && getline(&line, &room, file) >= 0 && !is_later(line, step))
        fputs(line, out);
    if (out)
        fclose(out);
    if (file)
        fclose(file);
    free(line);
    return kept;
}

auricle_status journal_open(const char *path, int64_t step, FILE **journal, auricle_error *error)
{
    size_t length = 0;
    char *kept = step > 0 ? kept_lines(path, step, &length) : NULL;
    *journal = fopen(path, "w");
    if (*journal && kept)
        fwrite(kept, 1, length, *journal);
    free(kept);
    return *journal ? AURICLE_OK
                    : error_set(error, AURICLE_IO, "cannot write %s: %s", path, strerror(errno));
}

void journal_write(FILE *journal, const char *event, const auricle_pretrain_report *report)
{
    json_t *json =
        json_pack("{s:s, s:I, s:f, s:f}", "event", event, "step", (json_int_t)report->step, "hours",
                  report->audio_hours, "seconds", report->seconds);
    json_object_set_new(json, "loss",
                        isfinite(report->loss) ? json_real(report->loss) : json_null());
    for (int i = 0; i < report->number_count; i++) {
        double value = report->numbers[i].value;
        json_object_set_new(json, report->numbers[i].name,
                            isfinite(value) ? json_real(value) : json_null());
    }
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    if (text && journal) {
        fprintf(journal, "%s\n", text);
        fflush(journal);
    }
    free(text);
    json_decref(json);
}
