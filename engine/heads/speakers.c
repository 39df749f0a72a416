// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// rows -> some seconds of each, clean and disturbed -> pooled speech -> verifier -> pairs of dev
#include "heads/fitting.h"

#include "base/error.h"
#include "data/recording.h"
#include "heads/verifier.h"
#include "signal/augment.h"
#include "stream/enrolment.h"
#include "stream/head_kind.h"

#include <auricle/metric.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECONDS_EACH = 8,     // of a recording, at most
    RECORDINGS_EACH = 12, // of a speaker, at most
    LEAST_SPEAKERS = 8,
};
#define DCF_PRIOR 0.05

// ---- hearing recordings

struct hearing {
    struct fit *fit;
    struct voice_parts *parts;
    struct speech_parts *speech;
    struct recording recording;
    struct random random;
};

// Rooms, noise and telephones, but the speed and the vocal tract are the speaker's own.
static struct augment_config disturbances(void)
{
    struct augment_config config = augment_config_default();
    config.gain_db_low = config.gain_db_high = 0;
    config.speed_probability = 0;
    config.warp_low = config.warp_high = 1;
    config.noise_snr_db_low = 8;
    return config;
}

static auricle_status hear_copy(struct hearing *h, bool disturbed, auricle_error *error)
{
    float *samples = h->recording.samples;
    if (disturbed) {
        const struct augment_config config = disturbances();
        struct augment *augment = augment_draw(&config, NULL, 0, &h->random);
        if (!augment)
            return error_no_memory(error, "an augmentation");
        augment_set_level(augment, recording_rms(&h->recording));
        augment_apply(augment, samples, h->recording.count);
        augment_destroy(&augment);
    }
    auricle_status status = speech_parts_feed(h->speech, samples, h->recording.count, error);
    return status ? status : speech_parts_end(h->speech, error);
}

static auricle_status hear_recording(struct hearing *h, const struct fit_recording *it, int copies,
                                     auricle_error *error)
{
    auricle_model_info info;
    auricle_model_get_info(h->fit->model, &info);
    auricle_status status = AURICLE_OK;
    for (int copy = 0; copy <= copies && !status; copy++) {
        auricle_error reason = {0};
        if (recording_read(&h->recording, it->row->path, info.sample_rate_hz,
                           (size_t)SECONDS_EACH * (size_t)info.sample_rate_hz, 0.5f, 0, &reason)) {
            h->fit->result->skipped++;
            fit_note(h->fit, "%s", reason.text);
            break;
        }
        status = hear_copy(h, copy > 0, error);
    }
    return status;
}

static bool is_repeat(const struct fit_data *data, int split, int i)
{
    return i > 0 && !strcmp(data->list[split][i].row->path, data->list[split][i - 1].row->path);
}

static auricle_status hear_all(struct hearing *h, int split, int most, int copies, int *heard,
                               auricle_error *error)
{
    const struct fit_data *data = &h->fit->data;
    auricle_status status = AURICLE_OK;
    int *used = calloc((size_t)data->classes.count, sizeof *used);
    if (!used)
        return error_no_memory(error, "%d speakers", data->classes.count);
    for (int i = 0; i < data->count[split] && !status; i++) {
        const struct fit_recording *it = &data->list[split][i];
        if (is_repeat(data, split, i) || used[it->label]++ >= most)
            continue;
        h->parts->now_speaker = it->label;
        h->parts->now_recording = (*heard)++;
        status = hear_recording(h, it, copies, error);
        if (!status && h->fit->config->progress &&
            !h->fit->config->progress(i, data->count[split], h->fit->config->user))
            status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    free(used);
    return status;
}

static auricle_status hear(struct fit *fit, int split, struct voice_parts *parts, int *heard,
                           auricle_error *error)
{
    struct hearing h = {
        .fit = fit, .parts = parts, .random = random_for(fit->config->seed, 0x5bea)};
    const bool train = split == FIT_TRAIN;
    parts->inputs = (size_t)head_inputs(&fit->shape);
    auricle_status status =
        speech_parts_create(fit->model, &(auricle_stream_config){.warm = true},
                            fit->shape.window_frames, voice_parts_add, parts, &h.speech, error);
    if (!status)
        status = hear_all(&h, split, train ? RECORDINGS_EACH : 1 << 20,
                          train ? fit->config->copies : 0, heard, error);
    speech_parts_destroy(&h.speech);
    recording_free(&h.recording);
    return status;
}

// ---- dev

// Pairs of whole recordings: a voice each, the mean of its parts.
static auricle_status try_on_dev(struct fit *fit, const struct verifier *v, auricle_error *error)
{
    struct voice_parts parts = {0};
    struct voice_pairs pairs = {0};
    float *voices = NULL, *means = NULL;
    int heard = 0, *speaker = NULL, *order = NULL;
    fit->result->eer = fit->result->min_dcf = (double)NAN;
    auricle_status status = hear(fit, FIT_DEV, &parts, &heard, error);
    if (!status && heard > 1) {
        voices = verifier_voices(&parts, &fit->shape, v);
        means = voices ? voices_mean(voices, parts.recording, parts.count, heard,
                                     (size_t)fit->shape.hidden)
                       : NULL;
        speaker = calloc((size_t)heard, sizeof *speaker);
        order = calloc((size_t)heard, sizeof *order);
        if (!means || !speaker || !order)
            status = error_no_memory(error, "%d recordings", heard);
    }
    int count = 0; // recordings with speech, moved together
    for (size_t i = 0; i < parts.count && !status && means; i++)
        if (i == 0 || parts.recording[i] != parts.recording[i - 1]) {
            memmove(means + (size_t)count * (size_t)fit->shape.hidden,
                    means + (size_t)parts.recording[i] * (size_t)fit->shape.hidden,
                    (size_t)fit->shape.hidden * sizeof *means);
            speaker[count] = parts.speaker[i];
            order[count] = count;
            count++;
        }
    if (!status && count > 1 &&
        !voice_pairs_score(&fit->shape, v, means, speaker, order, (size_t)count, &pairs))
        status = error_no_memory(error, "%d recordings", count);
    fit->result->dev_recordings = count;
    size_t same = 0;
    for (size_t i = 0; i < pairs.count; i++)
        same += pairs.same[i];
    if (!status && same > 0 && same < pairs.count)
        status =
            auricle_metric_eer(pairs.scores, pairs.same, pairs.count, &fit->result->eer, error);
    if (!status && same > 0 && same < pairs.count)
        status = auricle_metric_min_dcf(pairs.scores, pairs.same, pairs.count, DCF_PRIOR,
                                        &fit->result->min_dcf, error);
    voice_pairs_free(&pairs);
    free(voices);
    free(means);
    free(speaker);
    free(order);
    voice_parts_free(&parts);
    return status;
}

auricle_status fit_speakers(struct fit *fit, auricle_error *error)
{
    struct voice_parts parts = {0};
    struct verifier *v =
        verifier_create((size_t)head_inputs(&fit->shape), (size_t)fit->shape.hidden);
    auricle_status status = v ? AURICLE_OK : error_no_memory(error, "a verification head");
    if (!status)
        status = hear(fit, FIT_TRAIN, &parts, &fit->result->train_recordings, error);
    int speakers = 0;
    if (!status) {
        voice_parts_thin(&parts);
        speakers = voice_parts_number(&parts, fit->data.classes.count);
        fit->result->examples = (int)parts.count;
    }
    if (!status && speakers < LEAST_SPEAKERS)
        status = error_set(error, AURICLE_INVALID,
                           "%d speakers have enough speech to learn from, %d are needed: name more "
                           "--data with a column 'speaker'",
                           speakers, LEAST_SPEAKERS);
    if (!status)
        status = verifier_calibrate(&parts, speakers, &fit->shape, v->calibration, error);
    if (!status)
        status = verifier_learn(&parts, speakers, &fit->shape, v, error);
    voice_parts_free(&parts);
    if (!status)
        status = try_on_dev(fit, v, error);
    if (status) {
        free(v);
        return status;
    }
    fit->learned.weights = verifier_weights(v);
    fit->learned.memory = (float *)(void *)v;
    fit->more = json_pack("{s:i, s:f}", "speakers", speakers, "score_for_even_odds",
                          (double)v->calibration[1]);
    return AURICLE_OK;
}
