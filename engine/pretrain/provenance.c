// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The card of a pretrained encoder: what it learned from, how, and how well. */
#include "pretrain/run.h"

#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

static json_t *objective_names(const struct mixture *mixture)
{
    json_t *list = json_array();
    for (int i = 0; i < mixture->count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:f, s:s}", "name", mixture->part[i].objective->name,
                                        "weight", (double)mixture->part[i].weight, "source",
                                        mixture->part[i].objective->source));
    return list;
}

static json_t *results(const struct pretraining *p)
{
    json_t *json = json_object();
    if (p->evaluation.count == 0)
        return json;
    json_object_set_new(json, "held_out.loss", json_real(p->held_out_loss));
    for (int i = 0; i < p->evaluation.count; i++)
        if (isfinite(p->evaluation.list[i].value))
            json_object_set_new(json, p->evaluation.names[i],
                                json_real(p->evaluation.list[i].value));
    return json;
}

auricle_status pretraining_write_model(struct pretraining *p, auricle_error *error)
{
    const auricle_pretrain_config *config = p->config;
    json_t *training = json_pack(
        "{s:o, s:o, s:I, s:I, s:i, s:f, s:I, s:i, s:i, s:i}", "objectives",
        objective_names(&p->settings.mixture), "settings", settings_to_json(&p->settings), "seed",
        (json_int_t)config->seed, "steps", (json_int_t)p->progress.step, "workers", config->workers,
        "audio_hours", pretraining_hours(p), "skipped_steps", (json_int_t)p->progress.skipped_steps,
        "recordings", p->selection.recordings, "held_out_recordings", p->selection.held_out.count,
        "skipped_recordings", loader_skipped(p->loader));
    if (pretraining_has_budget(config)) // the clock had a say in how many steps there were
        json_object_set_new(training, "seconds", json_real(p->progress.seconds));
    if (p->progress.replanned) // steps planned up to a step, from which a resume planned others
        json_object_set(training, "replanned", p->progress.replanned);
    if (*p->progress.from)
        json_object_set_new(training, "from", json_string(p->progress.from));
    json_t *card = json_pack("{s:s, s:s, s:o, s:o, s:o}", "name",
                             config->name ? config->name : text_file_name(p->out_path), "made_by",
                             "auricle " AURICLE_VERSION, "training", training, "data",
                             selection_describe(&p->selection), "results", results(p));
    if (card && config->command)
        json_object_set_new(card, "command", json_string(config->command));
    if (card && config->licence)
        json_object_set_new(card, "licence", json_string(config->licence));
    if (!card)
        return error_no_memory(error, "the card");
    char hash[65];
    auricle_status status =
        model_write(p->out_path, &p->settings.shape, &p->parameters, card, hash, error);
    if (!status)
        status = mixture_write(&p->settings.mixture, pretraining_context(p), p->out_path, hash,
                               card, error);
    json_decref(card);
    return status;
}
