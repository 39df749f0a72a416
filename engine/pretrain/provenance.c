// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/provenance.h"

#include <math.h>

static json_t *objective_names(const struct mixture *mixture)
{
    json_t *list = json_array();
    for (int i = 0; i < mixture->count; i++) {
        const struct mixture_part *part = &mixture->part[i];
        json_array_append_new(list, json_pack("{s:s, s:f, s:s}",              //
                                              "name", part->objective->name,  //
                                              "weight", (double)part->weight, //
                                              "source", part->objective->source));
    }
    return list;
}

static json_t *results(const struct held_out *held_out)
{
    const struct numbers *numbers = &held_out->numbers;
    json_t *json = json_object();
    if (numbers->count == 0)
        return json;
    json_object_set_new(json, "held_out.loss", json_real(held_out->loss));
    for (int i = 0; i < numbers->count; i++)
        if (isfinite(numbers->list[i].value))
            json_object_set_new(json, numbers->names[i], json_real(numbers->list[i].value));
    return json;
}

static json_t *training(const auricle_pretrain_config *config, const struct settings *settings,
                        const struct selection *selection, const struct training_result *result)
{
    const struct progress *progress = result->progress;
    json_t *json = json_pack("{s:o, s:o, s:I, s:I, s:i, s:f, s:I, s:i, s:i, s:i}", //
                             "objectives", objective_names(&settings->mixture),    //
                             "settings", settings_to_json(settings),               //
                             "seed", (json_int_t)config->seed,                     //
                             "steps", (json_int_t)progress->step,                  //
                             "workers", config->workers,                           //
                             "audio_hours", result->audio_hours,                   //
                             "skipped_steps", (json_int_t)progress->skipped_steps, //
                             "recordings", selection->recordings,                  //
                             "held_out_recordings", selection->held_out.count,     //
                             "skipped_recordings", result->skipped_recordings);
    if (pace_has_budget(config)) // the clock decided how many steps there were
        json_object_set_new(json, "seconds", json_real(progress->seconds));
    if (progress->replanned) // steps planned up to a step, from which a resume planned others
        json_object_set(json, "replanned", progress->replanned);
    if (*progress->from)
        json_object_set_new(json, "from", json_string(progress->from));
    return json;
}

json_t *provenance_card(const auricle_pretrain_config *config, const struct settings *settings,
                        const struct selection *selection, const struct training_result *result,
                        const char *name)
{
    json_t *card = json_pack("{s:s, s:s, s:o, s:o, s:o}",                               //
                             "name", config->name ? config->name : name,                //
                             "made_by", "auricle " AURICLE_VERSION,                     //
                             "training", training(config, settings, selection, result), //
                             "data", selection_describe(selection),                     //
                             "results", results(result->held_out));
    if (card && config->command)
        json_object_set_new(card, "command", json_string(config->command));
    if (card && config->licence)
        json_object_set_new(card, "licence", json_string(config->licence));
    return card;
}
