// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "pretrain/journal.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

// The lines to keep, as one malloc'ed text. Errors: IO.
static auricle_status keep_lines(FILE *file, int64_t step, char **kept, size_t *length)
{
    char *line = NULL;
    size_t room = 0;
    FILE *out = open_memstream(kept, length);
    bool whole = out;
    errno = ENOMEM;
    while (out && getline(&line, &room, file) >= 0 && !is_later(line, step))
        whole = fputs(line, out) >= 0 && whole;
    whole = whole && !ferror(file);
    if (out && fclose(out))
        whole = false;
    free(line);
    return whole ? AURICLE_OK : AURICLE_IO;
}

// Forgets what came after the step. No such file is as good as an empty one.
static auricle_status cut_off(const char *path, int64_t step, auricle_error *error)
{
    char *kept = NULL;
    size_t length = 0;
    FILE *file = fopen(path, "r");
    if (!file && errno == ENOENT)
        return AURICLE_OK;
    auricle_status status = file ? keep_lines(file, step, &kept, &length) : AURICLE_IO;
    if (status)
        error_set(error, status, "cannot read %s: %s", path, strerror(errno));
    else
        status = file_replace(path, &(struct file_part){kept, length}, 1, error);
    if (file)
        fclose(file);
    free(kept);
    return status;
}

auricle_status journal_open(const char *path, int64_t step, FILE **journal, auricle_error *error)
{
    auricle_status status = step > 0 ? cut_off(path, step, error) : AURICLE_OK;
    if (status)
        return status;
    *journal = fopen(path, step > 0 ? "a" : "w");
    return *journal ? AURICLE_OK
                    : error_set(error, AURICLE_IO, "cannot write %s: %s", path, strerror(errno));
}

// The whole line or, on a full disk, nothing of it.
static bool append_line(int descriptor, const char *line, size_t count)
{
    const off_t before = lseek(descriptor, 0, SEEK_END);
    size_t done = 0;
    while (done < count) {
        const ssize_t wrote = write(descriptor, line + done, count - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            const int reason = errno;
            if (before >= 0 && ftruncate(descriptor, before) < 0)
                errno = 0; // a reader passes over a line that does not end
            errno = reason;
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

bool journal_write(FILE *journal, const char *event, const auricle_pretrain_report *report)
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
    const size_t length = text ? strlen(text) : 0;
    bool written = false;
    errno = ENOMEM;
    if (text) {
        text[length] = '\n'; // in the place of the NUL: the line has its length
        written = append_line(fileno(journal), text, length + 1);
    }
    const int reason = errno;
    free(text);
    json_decref(json);
    errno = reason;
    return written;
}
