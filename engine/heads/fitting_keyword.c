// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// rows and hours -> scenes -> encoder -> streams -> training and mining -> thresholds on held hours
#include "heads/fitting.h"

#include "base/error.h"
#include "heads/keyword.h"
#include "heads/keyword_thresholds.h"

#include <stdlib.h>
#include <string.h>

static auricle_status check(const struct fit *fit, auricle_error *error)
{
    int background = 0;
    for (int i = 0; i < fit->shape.class_count; i++)
        background += fit->shape.background[i];
    if (background != 1)
        return error_set(error, AURICLE_INVALID,
                         "a keyword head has one --background label, there are %d", background);
    if (fit->data.count[FIT_HOURS] == 0)
        return error_set(error, AURICLE_INVALID,
                         "a keyword head needs --hours of sound without its words, of several "
                         "speakers, to choose its thresholds");
    return AURICLE_OK;
}

static auricle_status hear(struct fit *fit, int split, struct heard_streams *streams,
                           auricle_error *error)
{
    const auricle_fit_config *config = fit->config;
    const struct scene_style style = {.copies = config->copies,
                                      .window_frames = config->window_frames,
                                      .seed = config->seed + (split == FIT_HOURS ? 0x4047 : 0),
                                      .active = NO_CLASS,
                                      .whole = true};
    struct scene_maker maker;
    *streams =
        (struct heard_streams){.dims = fit->shape.embedding_dim, .hop_frames = config->hop_frames};
    auricle_status status = scene_maker_open(&fit->data, split, &style, &maker, error);
    if (status)
        return status;
    status = heard_streams_add(streams, &maker, fit->encoder, config, error);
    fit->result->skipped += maker.skipped;
    if (split == FIT_TRAIN)
        fit->result->train_recordings = maker.count - maker.skipped;
    if (!status && maker.skipped)
        fit_note(fit, "%d recordings could not be read and were skipped; the first: %s",
                 maker.skipped, maker.first_skipped);
    if (!status && maker.skipped == maker.count)
        status = error_set(error, AURICLE_INVALID, "none of %d recordings could be read: %s",
                           maker.count, maker.first_skipped);
    scene_maker_close(&maker);
    return status;
}

// The network's numbers as the head's, in one piece of memory.
static bool take_weights(struct fit *fit, struct keyword_network *network)
{
    struct parameters *p = &network->parameters;
    struct head_weights *weights = &fit->learned.weights;
    const size_t dims = (size_t)network->dims;
    const int indices[] = {network->input_weight,  network->input_bias, network->weight_ih,
                           network->weight_hh,     network->bias_ih,    network->bias_hh,
                           network->output_weight, network->output_bias};
    const float **places[] = {&weights->hidden_weight,       &weights->hidden_bias,
                              &weights->recurrent_weight_ih, &weights->recurrent_weight_hh,
                              &weights->recurrent_bias_ih,   &weights->recurrent_bias_hh,
                              &weights->output_weight,       &weights->output_bias};
    float *out = fit->learned.memory = malloc((2 * dims + p->size) * sizeof *out);
    if (!out)
        return false;
    weights->input_mean = memcpy(out, network->mean, dims * sizeof *out);
    weights->input_std = memcpy(out + dims, network->deviation, dims * sizeof *out);
    out += 2 * dims;
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        const struct tensor *tensor = parameters_tensor(p, indices[i]);
        *places[i] = memcpy(out, tensor->data, tensor_size(tensor) * sizeof *out);
        out += tensor_size(tensor);
    }
    return true;
}

static void describe(struct fit *fit, const struct keyword_report *report, double hours,
                     const float *thresholds)
{
    json_t *by_word = json_object();
    for (int i = 0; i < fit->shape.class_count; i++)
        if (!fit->shape.background[i])
            json_object_set_new(by_word, fit->shape.labels[i], json_real((double)thresholds[i]));
    fit->more =
        json_pack("{s:f, s:i, s:i, s:f, s:o}", "hours_trained_on", report->hours,
                  "rounds_of_mining", report->rounds, "alarms_left_in_training", report->alarms,
                  "hours_thresholds_were_chosen_on", hours, "log_odds_thresholds", by_word);
}

auricle_status fit_keyword(struct fit *fit, auricle_error *error)
{
    struct heard_streams streams = {0}, hours = {0};
    struct keyword_network network = {0};
    struct keyword_report report = {0};
    float *thresholds = calloc((size_t)fit->shape.class_count, sizeof *thresholds);
    auricle_status status = check(fit, error);
    if (!status && !thresholds)
        status = error_set(error, AURICLE_NO_MEMORY, "no memory for thresholds");
    if (!status)
        status = hear(fit, FIT_TRAIN, &streams, error);
    if (!status)
        status = keyword_fit(&streams, &fit->shape, fit->data.classes.unknown, fit->config,
                             &network, &report, error);
    fit->result->examples = (int)heard_streams_size(&streams);
    heard_streams_free(&streams);
    if (!status)
        status = hear(fit, FIT_HOURS, &hours, error);
    if (!status)
        status = keyword_thresholds_choose(&network, &hours, &fit->shape,
                                           fit->config->false_alarms_per_hour, thresholds, error);
    if (!status && !take_weights(fit, &network))
        status = error_set(error, AURICLE_NO_MEMORY, "no memory for the head's weights");
    if (!status)
        describe(fit, &report, (double)heard_streams_size(&hours) * hours.hop_frames / 360000,
                 thresholds);
    heard_streams_free(&hours);
    keyword_network_free(&network);
    free(thresholds);
    return status;
}
