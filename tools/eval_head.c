// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "eval_head.h"
#include "eval_report.h"

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

void eval_print_json_confusion(char *const *labels, int classes, const int *confusion)
{
    printf(", \"labels\": [");
    for (int i = 0; i < classes; i++) {
        printf(i ? ", " : "");
        tool_print_json_text(labels[i]);
    }
    printf("], \"confusion\": [");
    for (int i = 0; i < classes; i++) {
        printf(i ? ", [" : "[");
        for (int k = 0; k < classes; k++)
            printf("%s%d", k ? ", " : "", confusion[i * classes + k]);
        printf("]");
    }
    printf("]");
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

static void print_json_part(const char *name, json_t *part)
{
    char *text = part ? json_dumps(part, JSON_REAL_PRECISION(6)) : NULL;
    printf(", \"%s\": %s", name, text ? text : "null");
    free(text);
    json_decref(part);
}

static void print_json(const char *head, const auricle_head_evaluation *r)
{
    printf("{\"head\": ");
    tool_print_json_text(head);
    printf(", \"steady\": %s", r->steady ? "true" : "false");
    if (r->hours > 0) {
        printf(", \"n\": %d, \"skipped\": %d, \"accuracy\": %.4f, \"uar\": %.4f, \"macro_f1\": "
               "%.4f, \"hours\": %.5f, \"events\": %d, \"hits\": %d, \"misses\": %d, "
               "\"false_alarms\": %d, \"recall\": %.4f, \"precision\": %.4f, \"f1\": %.4f, "
               "\"false_alarms_per_hour\": %.3f, \"background_alarms_per_hour\": %.3f",
               r->recordings, r->skipped, 100 * r->clips.accuracy, 100 * r->clips.uar,
               100 * r->clips.macro_f1, r->hours, r->events.truths, r->events.hits,
               r->events.misses, r->events.false_alarms, 100 * r->events.recall,
               100 * r->events.precision, 100 * r->events.f1, r->events.false_alarms_per_hour,
               r->background_alarms / r->hours);
        eval_print_json_confusion(r->labels, r->class_count, r->confusion);
    }
    if (isfinite(r->recall.value))
        print_json_part("words", eval_words_json(r));
    if (r->kind_count > 0)
        print_json_part("kinds", eval_hours_json(r));
    print_json_part("points", eval_points_json(r));
    printf("}\n");
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
