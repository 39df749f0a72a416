// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// encoder -> OUT.part without a cost -> both heard, probed, judged -> OUT with the cost on its card
#include <auricle/evaluate.h>
#include <auricle/export.h>
#include <auricle/probe.h>
#include <auricle/stream.h>

#include "base/error.h"
#include "base/grow.h"
#include "model/storage.h"
#include "data/audio_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct quantizing {
    const auricle_quantize_config *config;
    auricle_quantize_result *result;
    size_t change_room; // of result->changes
    enum storage storage;
    char part[FILENAME_MAX];
    auricle_model *before, *after;
};

// ---- frames

/** Sums of squares over frames. */
struct weight_distance {
    double error, power;
};

static void distance_add(struct weight_distance *distance, const float *before, const float *after,
                         int n)
{
    for (int i = 0; i < n; i++) {
        distance->error += pow((double)after[i] - (double)before[i], 2);
        distance->power += pow((double)before[i], 2);
    }
}

struct comparison {
    struct weight_distance latents, contexts;
    auricle_model_info info;
    double seconds;
    const float *exact; // the frame of the encoder before
};

static auricle_status keep_exact(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct comparison *c = user;
    (void)error;
    c->exact = frame->vector; // until that stream's next call
    return AURICLE_OK;
}

static auricle_status compare_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct comparison *c = user;
    const int latent = c->info.feature_dim, context = latent + c->info.latent_dim;
    (void)error;
    distance_add(&c->latents, c->exact + latent, frame->vector + latent, c->info.latent_dim);
    distance_add(&c->contexts, c->exact + context, frame->vector + context,
                 c->info.context_layers * c->info.context_dim);
    c->seconds += 0.01;
    return AURICLE_OK;
}

static auricle_status compare_sound(struct quantizing *q, struct comparison *c,
                                    const float *samples, size_t count, auricle_error *error)
{
    auricle_stream *before = NULL, *after = NULL;
    auricle_status status = auricle_stream_create(q->before, NULL, &before, error);
    if (!status)
        status = auricle_stream_create(q->after, NULL, &after, error);
    for (size_t at = 0; at < count && !status; at += HOP_SAMPLES) { // one frame of each
        const size_t hop = count - at < HOP_SAMPLES ? count - at : HOP_SAMPLES;
        status = auricle_stream_each(before, samples + at, hop, keep_exact, c, error);
        if (!status)
            status = auricle_stream_each(after, samples + at, hop, compare_frame, c, error);
    }
    auricle_stream_destroy(&before);
    auricle_stream_destroy(&after);
    return status;
}

// Bursts of noise and tones, pauses between: what an encoder without a recording can be tried on.
static float *made_up_sound(size_t count)
{
    float *samples = malloc(count * sizeof *samples);
    struct random random = random_seeded(1);
    for (size_t i = 0; samples && i < count; i++) {
        double seconds = (double)i / SAMPLE_RATE_HZ;
        float loud = fmod(seconds, 0.9) < 0.6 ? 0.2f : 0.001f;
        double hz = 150 + 90 * floor(fmod(seconds / 0.3, 11));
        samples[i] = loud * (0.3f * random_normal(&random) +
                             (float)sin(2 * 3.14159265358979 * hz * seconds));
        samples[i] = fminf(1, fmaxf(-1, samples[i]));
    }
    return samples;
}

static auricle_status compare_frames(struct quantizing *q, auricle_error *error)
{
    struct comparison c = {0};
    auricle_status status = AURICLE_OK;
    auricle_model_get_info(q->before, &c.info);
    if (q->config->audio_count == 0) {
        const size_t count = 20 * SAMPLE_RATE_HZ;
        float *samples = made_up_sound(count);
        status = samples ? compare_sound(q, &c, samples, count, error)
                         : error_no_memory(error, "comparing encoders");
        free(samples);
    }
    for (int i = 0; i < q->config->audio_count && !status; i++) {
        float *samples = NULL;
        size_t count;
        status =
            audio_file_load(q->config->audio[i], SAMPLE_RATE_HZ, -1, 0, 0, &samples, &count, error);
        if (!status)
            status = compare_sound(q, &c, samples, count, error);
        free(samples);
    }
    q->result->seconds = c.seconds;
    q->result->latent_error = sqrt(c.latents.error / fmax(c.latents.power, 1e-30));
    q->result->context_error = sqrt(c.contexts.error / fmax(c.contexts.power, 1e-30));
    return status;
}

// ---- results

static auricle_quantize_change *change_add(struct quantizing *q, const char *name)
{
    auricle_quantize_result *result = q->result;
    if (!GROW(result->changes, (size_t)result->change_count + 1, q->change_room))
        return NULL;
    auricle_quantize_change *change = &result->changes[result->change_count++];
    *change = (auricle_quantize_change){0};
    snprintf(change->name, sizeof change->name, "%s", name);
    return change;
}

static auricle_status probe(struct quantizing *q, const char *encoder, const char *task,
                            auricle_quantize_change *change, double *value, auricle_error *error)
{
    const auricle_probe_config config = {.encoder = encoder,
                                         .data = {.folders = q->config->folders,
                                                  .folder_count = q->config->folder_count,
                                                  .task = task},
                                         .progress = q->config->progress,
                                         .user = q->config->user};
    auricle_probe_result result;
    auricle_status status = auricle_probe(&config, &result, error);
    if (status)
        return status;
    change->measure = result.verification ? "EER" : "UAR"; // classes may be of unequal size
    change->count = result.test_count;
    *value = 100 * (result.verification ? result.eer_lda : result.scores.uar);
    auricle_probe_result_free(&result);
    return AURICLE_OK;
}

static auricle_status judge(struct quantizing *q, const char *encoder, const char *head,
                            auricle_quantize_change *change, double *value, auricle_error *error)
{
    auricle_head_evaluation_config config = {.encoder = encoder,
                                             .head = head,
                                             .steady = -1,
                                             .progress = q->config->progress,
                                             .user = q->config->user};
    auricle_head_evaluation result;
    auricle_fit_defaults(&config.rows);
    config.rows.folders = q->config->folders;
    config.rows.folder_count = q->config->folder_count;
    config.rows.tasks = q->config->tasks;
    config.rows.task_count = q->config->task_count;
    auricle_status status = auricle_head_evaluate(&config, &result, error);
    if (status)
        return status;
    change->measure = "UAR";
    change->count = result.recordings;
    *value = 100 * result.clips.uar;
    auricle_head_evaluation_free(&result);
    return AURICLE_OK;
}

typedef auricle_status measuring(struct quantizing *q, const char *encoder, const char *what,
                                 auricle_quantize_change *change, double *value,
                                 auricle_error *error);

static auricle_status measure(struct quantizing *q, measuring *way, const char *what,
                              auricle_error *error)
{
    auricle_quantize_change *change = change_add(q, what);
    if (!change)
        return error_no_memory(error, "comparing encoders");
    auricle_status status = way(q, q->config->encoder, what, change, &change->before, error);
    return status ? status : way(q, q->part, what, change, &change->after, error);
}

static auricle_status compare_results(struct quantizing *q, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    for (int i = 0; q->config->folder_count && i < q->config->task_count && !status; i++)
        status = measure(q, probe, q->config->tasks[i], error);
    for (int i = 0; q->config->folder_count && i < q->config->head_count && !status; i++)
        status = measure(q, judge, q->config->heads[i], error);
    return status;
}

// ---- the card

static json_t *cost_of(const struct quantizing *q)
{
    const auricle_quantize_result *r = q->result;
    json_t *results = json_array();
    for (int i = 0; i < r->change_count; i++) {
        const auricle_quantize_change *c = &r->changes[i];
        json_array_append_new(results, json_pack("{s:s, s:s, s:i, s:f, s:f}", "name", c->name,
                                                 "measure", c->measure, "n", c->count, "before",
                                                 c->before, "after", c->after));
    }
    json_t *cost =
        json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:s*, s:o}", "type", q->config->type,
                  "bytes_before", (json_int_t)r->bytes_before, "bytes", (json_int_t)r->bytes_after,
                  "heard_s", r->seconds, "latent_error", r->latent_error, "context_error",
                  r->context_error, "command", q->config->command, "results", results);
    return cost;
}

// What the encoder's card says, and how this file came out of it.
static json_t *card_of(const struct quantizing *q, bool with_cost)
{
    json_t *whole = json_loads(auricle_model_card(q->before), 0, NULL);
    json_t *card = json_deep_copy(json_object_get(whole, "card"));
    json_decref(whole);
    if (!card)
        card = json_object();
    if (with_cost && json_object_set_new(card, "quantized", cost_of(q)) < 0) {
        json_decref(card);
        return NULL;
    }
    return card;
}

static auricle_status write_to(struct quantizing *q, const char *path, bool with_cost,
                               auricle_error *error)
{
    json_t *card = card_of(q, with_cost);
    if (!card)
        return error_set(error, AURICLE_INVALID, "the command line is not UTF-8");
    auricle_status status = quantize_write(path, q->before, q->storage, card, error);
    json_decref(card);
    return status;
}

// ---- the whole

static auricle_status find_type(struct quantizing *q, auricle_error *error)
{
    for (int i = STORAGE_FP16; i < STORAGES; i++)
        if (!strcmp(q->config->type, model_storage_name((enum storage)i))) {
            q->storage = (enum storage)i;
            return AURICLE_OK;
        }
    return error_set(error, AURICLE_INVALID, "there is no type '%.40s', use int8 or fp16",
                     q->config->type);
}

static auricle_status make_part(struct quantizing *q, auricle_error *error)
{
    int length = snprintf(q->part, sizeof q->part, "%s.part", q->config->out);
    if (length < 0 || (size_t)length >= sizeof q->part)
        return error_set(error, AURICLE_INVALID, "the name of the output is too long");
    auricle_status status = write_to(q, q->part, false, error);
    if (!status)
        status = auricle_model_open(q->part, &q->after, error);
    if (!status) {
        q->result->bytes_before = q->before->weight_bytes;
        q->result->bytes_after = q->after->weight_bytes;
    }
    return status;
}

auricle_status auricle_quantize(const auricle_quantize_config *config,
                                auricle_quantize_result *result, auricle_error *error)
{
    struct quantizing q = {.config = config, .result = result};
    *result = (auricle_quantize_result){0};
    auricle_status status = find_type(&q, error);
    if (!status)
        status = auricle_model_open(config->encoder, &q.before, error);
    if (!status)
        status = make_part(&q, error);
    if (!status)
        status = compare_frames(&q, error);
    if (!status)
        status = compare_results(&q, error);
    if (!status)
        status = write_to(&q, config->out, true, error);
    if (q.part[0])
        remove(q.part);
    if (q.after)
        auricle_model_unref(&q.after);
    if (q.before)
        auricle_model_unref(&q.before);
    if (status)
        auricle_quantize_result_free(result);
    return status;
}

void auricle_quantize_result_free(auricle_quantize_result *result)
{
    free(result->changes);
    *result = (auricle_quantize_result){0};
}
