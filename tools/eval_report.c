// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "eval_report.h"

#include "tool_json.h"

#include <math.h>
#include <stdio.h>

// ---- text

void eval_print_words(const auricle_head_evaluation *r)
{
    if (!isfinite(r->recall.value))
        return;
    printf(
        "words: recall %.1f %% (95 %% of draws by speaker: %.1f to %.1f), %d reported as another "
        "word, reported %.2f s after their end (95 %% within %.2f s)\n",
        100 * r->recall.value, 100 * r->recall.low, 100 * r->recall.high, r->wrong_words,
        r->delay_p50_s, r->delay_p95_s);
    for (int k = 0; k < r->class_count; k++) {
        const auricle_word_recall *word = &r->words[k];
        if (word->said)
            printf("  %-16s %4d of %4d  %5.1f %% (%.1f to %.1f)\n", r->labels[k], word->heard,
                   word->said, 100 * word->recall.value, 100 * word->recall.low,
                   100 * word->recall.high);
    }
}

void eval_print_hours(const auricle_head_evaluation *r)
{
    for (int i = 0; i < r->kind_count; i++) {
        const auricle_sound_kind *kind = &r->kinds[i];
        printf("%s: %.2f h, %d false alarms, %.2f/h (%.2f to %.2f)", kind->name, kind->hours,
               kind->alarms, kind->per_hour.value, kind->per_hour.low, kind->per_hour.high);
        for (int k = 0; k < r->class_count; k++)
            if (kind->by_label[k])
                printf("  %s %d", r->labels[k], kind->by_label[k]);
        if (kind->said)
            printf("  (and %d that the recordings do hold)", kind->said);
        printf("\n");
    }
}

void eval_print_points(const auricle_head_evaluation *r)
{
    printf("threshold   recall   false alarms/h\n");
    for (int i = 1; i < r->point_count; i++) {
        const auricle_operating_point *point = &r->points[i];
        printf("%9.4f   ", (double)point->threshold_on);
        if (isfinite(point->recall))
            printf("%5.1f %%", 100 * point->recall);
        else
            printf("%7s", "-");
        if (isfinite(point->alarms_per_hour))
            printf("   %8.2f", point->alarms_per_hour);
        printf("\n");
    }
}

// ---- JSON

static json_t *number(double value)
{
    return tool_json_number(value, 6);
}

static json_t *interval(const auricle_interval *x)
{
    return json_pack("[o, o]", number(x->low), number(x->high));
}

json_t *eval_words_json(const auricle_head_evaluation *r)
{
    json_t *words = json_object();
    for (int k = 0; k < r->class_count; k++) {
        const auricle_word_recall *word = &r->words[k];
        if (word->said)
            json_object_set_new(words, r->labels[k],
                                json_pack("{s:i, s:i, s:o, s:o}",               //
                                          "said", word->said,                   //
                                          "heard", word->heard,                 //
                                          "recall", number(word->recall.value), //
                                          "interval", interval(&word->recall)));
    }
    return json_pack("{s:o, s:o, s:o, s:i, s:i, s:o, s:o}", //
                     "by_word", words,                      //
                     "recall", number(r->recall.value),     //
                     "interval", interval(&r->recall),      //
                     "reported_as_another", r->wrong_words, //
                     "other_words", r->other_words,         //
                     "delay_p50_s", number(r->delay_p50_s), //
                     "delay_p95_s", number(r->delay_p95_s));
}

json_t *eval_hours_json(const auricle_head_evaluation *r)
{
    json_t *list = json_array();
    for (int i = 0; i < r->kind_count; i++) {
        const auricle_sound_kind *kind = &r->kinds[i];
        json_t *labels = json_object();
        for (int k = 0; k < r->class_count; k++)
            if (kind->by_label[k])
                json_object_set_new(labels, r->labels[k], json_integer(kind->by_label[k]));
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:i, s:f, s:i, s:i, s:o, s:o, s:o}",       //
                                        "kind", kind->name,                                    //
                                        "recordings", kind->recordings,                        //
                                        "skipped", kind->skipped,                              //
                                        "hours", kind->hours,                                  //
                                        "false_alarms", kind->alarms,                          //
                                        "said", kind->said,                                    //
                                        "false_alarms_per_hour", number(kind->per_hour.value), //
                                        "interval", interval(&kind->per_hour),                 //
                                        "by_label", labels));
    }
    return list;
}

json_t *eval_points_json(const auricle_head_evaluation *r)
{
    json_t *list = json_array();
    for (int i = 0; i < r->point_count; i++)
        json_array_append_new(list,
                              json_pack("{s:f, s:o, s:o}", //
                                        "threshold_on",
                                        round((double)r->points[i].threshold_on * 1e6) / 1e6, //
                                        "recall", number(r->points[i].recall),                //
                                        "false_alarms_per_hour",                              //
                                        number(r->points[i].alarms_per_hour)));
    return list;
}
