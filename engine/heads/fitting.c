// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// rows -> scenes -> encoder -> labelled windows -> weights -> dev scenes -> detector -> head file
#include <auricle/fit.h>
#include <auricle/head.h>

#include "base/error.h"
#include "base/file.h"
#include "kernels/kernels.h"
#include "model/model.h"
#include "heads/fitting.h"
#include "heads/recorded_posteriors.h"
#include "stream/head_kind.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCENE_SECONDS = 90 };

void auricle_fit_defaults(auricle_fit_config *config)
{
    *config = (auricle_fit_config){
        .train_split = "train",
        .dev_split = "dev",
        .silence_task = "noise",
        .window_frames = 100,
        .hop_frames = 5,
        .copies = 2,
        .examples = 40000,
        .false_alarms_per_hour = 6,
        .seed = 1,
    };
}

// ---- what is asked for

static int find_active(const struct fit *fit)
{
    for (int i = 0; fit->config->active && i < fit->shape.class_count; i++)
        if (!strcmp(fit->shape.labels[i], fit->config->active))
            return i;
    return NO_CLASS;
}

// A verification head is fitted without speakers: enrolment adds them.
static void take_speakers_shape(struct head_shape *shape)
{
    static const char *const labels[] = {"unknown"};
    static const bool background[] = {true};
    shape->labels = labels;
    shape->background = background;
    shape->class_count = 1;
    shape->hidden = shape->hidden ? shape->hidden : 64;
    shape->detector = (auricle_detector_config){
        .threshold_on = 0.5f, .threshold_off = 0.3f, .smoothing_hops = 2, .min_frames = 50};
}

static auricle_status describe_shape(struct fit *fit, auricle_error *error)
{
    const auricle_fit_config *config = fit->config;
    auricle_model_info info;
    auricle_model_get_info(fit->model, &info);
    fit->shape = (struct head_shape){
        .kind = config->keyword    ? &head_kind_keyword
                : config->speakers ? &head_kind_verification
                                   : head_kind_of_window(config->window_frames),
        .task = config->name             ? config->name
                : config->task_count > 0 ? config->tasks[0]
                                         : "head",
        .encoder_hash = fit->model->origin,
        .embedding_dim = info.embedding_dim,
        .class_count = fit->data.classes.count,
        .labels = fit->data.classes.labels,
        .background = fit->data.classes.background,
        .window_frames = config->window_frames,
        .hop_frames = config->hop_frames,
        .hidden = config->hidden,
        .detector = {.threshold_on = 0.6f,
                     .threshold_off = 0.3f,
                     .smoothing_hops = 3,
                     .min_frames = config->steady ? config->window_frames / 4 : 0,
                     .refractory_frames = config->steady ? 0 : config->window_frames / 4},
    };
    if (config->keyword)
        fit->shape.detector = (auricle_detector_config){.threshold_on = 0.5f,
                                                        .threshold_off = 0.25f,
                                                        .smoothing_hops = 1,
                                                        .refractory_frames = 50};
    if (config->speakers)
        take_speakers_shape(&fit->shape);
    if (config->active && find_active(fit) == NO_CLASS)
        return error_set(error, AURICLE_INVALID, "active label '%.60s' is not one of the labels",
                         config->active);
    if (config->examples < 2 || config->copies < 0)
        return error_set(error, AURICLE_INVALID, "examples %d and copies %d must be above 1 and 0",
                         config->examples, config->copies);
    return head_shape_check(&fit->shape, error);
}

static auricle_status prepare(struct fit *fit, auricle_error *error)
{
    const auricle_fit_config *config = fit->config;
    if (!config->encoder || !config->out)
        return error_set(error, AURICLE_INVALID, "name an encoder and where the head goes");
    auricle_status status = file_check_place(config->out, error);
    if (!status)
        status = auricle_model_open(config->encoder, &fit->model, error);
    if (!status)
        status = fit_data_read(config, NULL, &fit->data, error);
    if (!status)
        status = describe_shape(fit, error);
    if (!status && fit->data.count[FIT_TRAIN] == 0)
        status = error_set(error, AURICLE_INVALID,
                           "none of %d rows is of split '%s' and of a wanted label",
                           fit->data.corpus.count, config->train_split);
    if (!status)
        status = scene_encoder_create(fit->model, &fit->shape, &fit->encoder, error);
    if (!status &&
        !fit_examples_create(head_inputs(&fit->shape), fit->shape.class_count,
                             fit->shape.background, config->examples, config->seed, &fit->examples))
        status = error_no_memory(error, "%d windows", config->examples);
    if (fit->data.skipped)
        fit_note(fit, "%s", fit->data.first_skipped);
    return status;
}

static struct scene_style style_of(const struct fit *fit, bool dev)
{
    const auricle_fit_config *config = fit->config;
    return (struct scene_style){
        .copies = dev ? 0 : config->copies,
        .window_frames = config->window_frames,
        .roomy = dev,
        .seed = config->seed + (dev ? 0x0de7 : 0),
        .steady = config->steady,
        .active = find_active(fit),
    };
}

// ---- windows

struct gathering {
    struct fit *fit;
    const struct scene *scenes;
    const struct scene_maker *maker;
    int marks[SCENES_AT_ONCE];
    bool out_of_memory;
};

// The speaker of what is heard; pauses belong to whom they follow.
static int group_at(const struct gathering *gathering, int scene, int64_t frame)
{
    const struct scene *heard = &gathering->scenes[scene];
    int at = gathering->marks[scene];
    while (at + 1 < heard->mark_count &&
           heard->marks[at + 1].start < (size_t)(frame + 1) * HOP_SAMPLES)
        at++;
    if (heard->mark_count == 0)
        return 0;
    at = at < heard->mark_count ? at : heard->mark_count - 1;
    return gathering->maker->list[heard->marks[at].recording].group;
}

static bool keep_example(void *user, int scene, int64_t frame, float *x)
{
    struct gathering *gathering = user;
    struct fit *fit = gathering->fit;
    const int label = scene_label(&gathering->scenes[scene], &fit->data.classes,
                                  fit->shape.window_frames, frame, &gathering->marks[scene]);
    if (label == NO_CLASS)
        return true;
    gathering->out_of_memory =
        !fit_examples_add(&fit->examples, x, label, group_at(gathering, scene, frame));
    return !gathering->out_of_memory;
}

static auricle_status gather_batch(struct gathering *gathering, struct scene_maker *maker,
                                   struct scene *scenes, auricle_error *error)
{
    struct fit *fit = gathering->fit;
    auricle_status status = AURICLE_OK;
    int count = 0;
    for (; count < SCENES_AT_ONCE && !status && maker->next < maker->plays; count++)
        status = scene_make(maker, SCENE_SECONDS, &scenes[count], error);
    if (status)
        return status;
    gathering->scenes = scenes;
    memset(gathering->marks, 0, sizeof gathering->marks);
    status = scene_encoder_run(fit->encoder, scenes, count, keep_example, gathering, error);
    if (gathering->out_of_memory)
        status = error_no_memory(error, "%d windows", fit->examples.count);
    if (!status && fit->config->progress &&
        !fit->config->progress(maker->next, maker->plays, fit->config->user))
        status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
    return status;
}

static auricle_status gather(struct fit *fit, auricle_error *error)
{
    const struct scene_style style = style_of(fit, false);
    struct scene scenes[SCENES_AT_ONCE] = {0};
    struct scene_maker maker;
    auricle_status status = scene_maker_open(&fit->data, FIT_TRAIN, &style, &maker, error);
    if (status)
        return status;
    struct gathering gathering = {.fit = fit, .maker = &maker};
    while (!status && maker.next < maker.plays)
        status = gather_batch(&gathering, &maker, scenes, error);
    for (int i = 0; i < SCENES_AT_ONCE; i++)
        scene_free(&scenes[i]);
    fit->result->skipped = fit->data.skipped + maker.skipped;
    fit->result->train_recordings = maker.count - maker.skipped;
    fit->result->examples = fit->examples.count;
    if (!status && maker.skipped)
        fit_note(fit, "%d recordings could not be read and were skipped; the first: %s",
                 maker.skipped, maker.first_skipped);
    if (!status && maker.skipped == maker.count)
        status = error_set(error, AURICLE_INVALID, "none of %d recordings could be read: %s",
                           maker.count, maker.first_skipped);
    scene_maker_close(&maker);
    return status;
}

// ---- dev

static auricle_status try_on_dev(struct fit *fit, auricle_error *error)
{
    auricle_fit_result *result = fit->result;
    const struct scene_style style = style_of(fit, true);
    struct rehearsal rehearsal = {0};
    struct scene_maker maker;
    result->decision_accuracy = result->decision_uar = (double)NAN;
    if (fit->data.count[FIT_DEV] == 0) {
        fit_note(fit, "no row is of split '%s': the detector's settings are a guess",
                 fit->config->dev_split);
        return AURICLE_OK;
    }
    auricle_status status = scene_maker_open(&fit->data, FIT_DEV, &style, &maker, error);
    if (status)
        return status;
    status =
        rehearse(&maker, fit->encoder, (struct rehearsal_head){&fit->shape, &fit->learned.weights},
                 fit->config, &rehearsal, error);
    result->dev_recordings = maker.count - maker.skipped;
    result->skipped += maker.skipped;
    if (!status && result->dev_recordings == 0)
        status = error_set(error, AURICLE_INVALID,
                           "none of %d recordings of split '%s' could be read: %s", maker.count,
                           fit->config->dev_split, maker.first_skipped);
    scene_maker_close(&maker);
    if (!status && rehearsal.count) {
        rehearsal_windows(&rehearsal, &result->decision_accuracy, &result->decision_uar);
        result->dev_hours = rehearsal_hours(&rehearsal);
        status = rehearsal_tune(&rehearsal, &fit->shape, fit->config->false_alarms_per_hour,
                                &result->detection, &result->background_alarms, error);
    }
    rehearsal_free(&rehearsal);
    return status;
}

// ---- the file

static json_t *describe_results(const struct fit *fit)
{
    const auricle_fit_result *result = fit->result;
    const auricle_detection *events = &result->detection;
    if (fit->config->speakers && fit->result->dev_recordings)
        return json_pack("{s:i, s:f, s:f}", "dev_recordings", result->dev_recordings, "eer",
                         result->eer, "min_dcf", result->min_dcf);
    if (fit->result->dev_recordings == 0)
        return json_object();
    return json_pack("{s:i, s:f, s:f, s:f, s:i, s:f, s:f, s:f, s:f, s:f}", "dev_recordings",
                     result->dev_recordings, "dev_hours", result->dev_hours, "window_accuracy",
                     isnan(result->decision_accuracy) ? 0 : result->decision_accuracy, "window_uar",
                     isnan(result->decision_uar) ? 0 : result->decision_uar, "events",
                     events->truths, "event_recall", events->recall, "event_precision",
                     events->precision, "event_f1", events->f1, "false_alarms_per_hour",
                     events->false_alarms_per_hour, "background_alarms_per_hour",
                     result->background_alarms / result->dev_hours);
}

static json_t *list_texts(const char *const *texts, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

static json_t *describe(const struct fit *fit)
{
    const auricle_fit_config *config = fit->config;
    json_t *training =
        json_pack("{s:s, s:o, s:o, s:b, s:i, s:i, s:i, s:f, s:I, s:b, s:f}", "method",
                  config->keyword    ? "recurrent, on streams, AdamW"
                  : config->speakers ? "linear discriminant analysis"
                  : config->hidden   ? "one hidden layer, AdamW"
                                     : "multinomial logistic regression",
                  "tasks", list_texts(config->tasks, config->task_count), "map",
                  list_texts(config->map, config->map_count), "steady", config->steady, "copies",
                  config->copies, "recordings", fit->result->train_recordings, "windows",
                  fit->result->examples, config->hidden ? "weight_decay" : "l2", fit->result->l2,
                  "seed", (json_int_t)config->seed, "only_shippable", config->only_shippable,
                  "false_alarms_per_hour_bound", config->false_alarms_per_hour);
    if (fit->more)
        json_object_update(training, fit->more);
    json_t *card =
        json_pack("{s:s, s:o, s:o, s:o, s:o}", "made_by", "auricle " AURICLE_VERSION, "training",
                  training, "data", fit_data_describe(&fit->data, FIT_TRAIN), "dev_data",
                  fit_data_describe(&fit->data, FIT_DEV), "results", describe_results(fit));
    if (card && config->command)
        json_object_set_new(card, "command", json_string(config->command));
    if (card && config->not_for)
        json_object_set_new(card, "not_fit_for", json_string(config->not_for));
    if (card && config->licence)
        json_object_set_new(card, "licence", json_string(config->licence));
    return card;
}

static auricle_status write(struct fit *fit, auricle_error *error)
{
    const auricle_detector_config *detector = &fit->shape.detector;
    json_t *card = describe(fit);
    if (!card)
        return error_set(error, AURICLE_INVALID, "a label or the command line is not UTF-8");
    auricle_status status =
        head_write(fit->config->out, &fit->shape, &fit->learned.weights, card, NULL, error);
    json_decref(card);
    fit->result->threshold_on = detector->threshold_on;
    fit->result->threshold_off = detector->threshold_off;
    fit->result->smoothing_hops = detector->smoothing_hops;
    fit->result->min_frames = detector->min_frames;
    fit->result->refractory_frames = detector->refractory_frames;
    return status;
}

static auricle_status fit_windows(struct fit *fit, auricle_error *error)
{
    auricle_status status = gather(fit, error);
    if (!status) {
        fit_note(fit, "fitting %d windows of %d recordings", fit->examples.count,
                 fit->result->train_recordings);
        status = fit_learn(&fit->examples, fit->config->hidden, fit->shape.labels, fit->config,
                           &fit->learned, error);
        fit->result->l2 = fit->learned.l2;
    }
    return status ? status : try_on_dev(fit, error);
}

auricle_status auricle_fit(const auricle_fit_config *config, auricle_fit_result *result,
                           auricle_error *error)
{
    auricle_fit_result ignored;
    struct fit fit = {.config = config, .result = result ? result : &ignored};
    *fit.result = (auricle_fit_result){0};
    kernels_use_blas(1);
    auricle_status status = prepare(&fit, error);
    if (!status && config->keyword)
        status = fit_keyword(&fit, error);
    else if (!status && config->speakers)
        status = fit_speakers(&fit, error);
    else if (!status)
        status = fit_windows(&fit, error);
    if (!status)
        status = write(&fit, error);
    json_decref(fit.more);
    fit_learned_free(&fit.learned);
    fit_examples_free(&fit.examples);
    scene_encoder_destroy(&fit.encoder);
    fit_data_free(&fit.data);
    auricle_model_unref(&fit.model);
    return status;
}
