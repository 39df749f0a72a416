// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "eval_head.h"
#include "eval_report.h"
#include "tool_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void eval_print_confusion(char *const *labels, int classes, const int *confusion)
{
    printf("\nrow = truth, column = answer\n%-16s", "");
    for (int k = 0; k < classes; k++)
        printf(" %6.6s", labels[k]);
    for (int i = 0; i < classes; i++) {
        printf("\n%-16.16s", labels[i]);
        for (int k = 0; k < classes; k++)
            printf(" %6d", confusion[i * classes + k]);
    }
    printf("\n");
}

void eval_add_confusion(json_t *json, char *const *labels, int classes, const int *confusion)
{
    json_t *names = json_array(), *rows = json_array();
    for (int i = 0; i < classes; i++) {
        json_t *row = json_array();
        for (int k = 0; k < classes; k++)
            json_array_append_new(row, json_integer(confusion[i * classes + k]));
        json_array_append_new(names, tool_json_text(labels[i]));
        json_array_append_new(rows, row);
    }
    json_object_set_new(json, "labels", names);
    json_object_set_new(json, "confusion", rows);
}

static void print_text(const char *head, const auricle_head_evaluation *r, bool confusion)
{
    if (r->hours > 0) {
        printf("%s: %d recordings  accuracy %.1f  UAR %.1f  macro F1 %.1f\n", head, r->recordings,
               100 * r->clips.accuracy, 100 * r->clips.uar, 100 * r->clips.macro_f1);
        printf(
            "events over %.3f h: %d, %d heard, %d missed (recall %.1f %%), precision %.1f %%, %d "
            "false alarms (%.1f/h), %d of them in pauses, noise and talk (%.1f/h)\n",
            r->hours, r->events.truths, r->events.hits, r->events.misses, 100 * r->events.recall,
            100 * r->events.precision, r->events.false_alarms, r->events.false_alarms_per_hour,
            r->background_alarms, r->background_alarms / r->hours);
        if (confusion)
            eval_print_confusion(r->labels, r->class_count, r->confusion);
    }
    eval_print_words(r);
    eval_print_hours(r);
    if (isfinite(r->points[0].alarms_per_hour))
        eval_print_points(r);
}

static void add_rows(json_t *json, const auricle_head_evaluation *r)
{
    const auricle_detection *events = &r->events;
    json_object_set_new(json, "n", json_integer(r->recordings));
    json_object_set_new(json, "skipped", json_integer(r->skipped));
    json_object_set_new(json, "accuracy", tool_json_number(r->clips.accuracy, 6));
    json_object_set_new(json, "uar", tool_json_number(r->clips.uar, 6));
    json_object_set_new(json, "macro_f1", tool_json_number(r->clips.macro_f1, 6));
    json_object_set_new(json, "hours", tool_json_number(r->hours, 5));
    json_object_set_new(json, "events", json_integer(events->truths));
    json_object_set_new(json, "hits", json_integer(events->hits));
    json_object_set_new(json, "misses", json_integer(events->misses));
    json_object_set_new(json, "false_alarms", json_integer(events->false_alarms));
    json_object_set_new(json, "recall", tool_json_number(events->recall, 6));
    json_object_set_new(json, "precision", tool_json_number(events->precision, 6));
    json_object_set_new(json, "f1", tool_json_number(events->f1, 6));
    json_object_set_new(json, "false_alarms_per_hour",
                        tool_json_number(events->false_alarms_per_hour, 3));
    json_object_set_new(json, "background_alarms_per_hour",
                        tool_json_number(r->background_alarms / r->hours, 3));
    eval_add_confusion(json, r->labels, r->class_count, r->confusion);
}

static void print_json(const char *head, const auricle_head_evaluation *r)
{
    json_t *json = json_object();
    json_object_set_new(json, "head", tool_json_text(head));
    json_object_set_new(json, "steady", json_boolean(r->steady));
    if (r->hours > 0)
        add_rows(json, r);
    if (isfinite(r->recall.value))
        json_object_set_new(json, "words", eval_words_json(r));
    if (r->kind_count > 0)
        json_object_set_new(json, "kinds", eval_hours_json(r));
    json_object_set_new(json, "points", eval_points_json(r));
    tool_json_print(json);
}

int eval_head(auricle_head_evaluation_config *config, bool json, bool confusion, bool quiet)
{
    struct progress_count progress = {progress_begin(quiet), tool_catch_interrupts(), config->head};
    auricle_head_evaluation result;
    auricle_error error = {0};
    config->progress = progress_count;
    config->user = &progress;
    auricle_status status = auricle_head_evaluate(config, &result, &error);
    progress_end(&progress.view);
    if (status)
        return tool_failed("eval", &error);
    if (result.skipped) {
        char text[400];
        snprintf(text, sizeof text, "%d recordings skipped; %s", result.skipped, result.note);
        progress_line(&progress.view, text);
    }
    if (json)
        print_json(config->head, &result);
    else
        print_text(config->head, &result, confusion);
    auricle_head_evaluation_free(&result);
    return TOOL_DONE;
}
