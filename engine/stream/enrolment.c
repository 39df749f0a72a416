// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// samples -> stream -> loud frames, window_frames at a time -> a voice each -> their mean: a
// profile
#include "stream/enrolment.h"

#include "base/error.h"
#include "base/file.h"
#include "base/grow.h"
#include "stream/head_kind.h"
#include "stream/head_verification.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SECONDS = 3, MOST_NAME = 60, FRAMES_A_SECOND = 100 };

struct auricle_enrolment {
    auricle_head *head;
    struct speech_parts *parts;
    float *voices; // [count][hidden]
    size_t count, room;
    int64_t frames; // loud ones, pooled in the voices
};

static auricle_status add_voice(float *x, int frames, void *user, auricle_error *error)
{
    auricle_enrolment *enrolment = user;
    const struct head_shape *shape = &enrolment->head->shape;
    const size_t hidden = (size_t)shape->hidden;
    if (!grow_arrays(&(struct grow_array){&enrolment->voices, hidden * sizeof(float)}, 1,
                     enrolment->count + 1, &enrolment->room))
        return error_no_memory(error, "an enrolment of %zu parts", enrolment->count);
    verification_embed(shape, &enrolment->head->weights, x,
                       enrolment->voices + enrolment->count++ * hidden);
    enrolment->frames += frames;
    return AURICLE_OK;
}

auricle_status auricle_enrolment_create(auricle_model *model, auricle_head *head,
                                        const auricle_stream_config *config,
                                        auricle_enrolment **enrolment, auricle_error *error)
{
    *enrolment = NULL;
    if (head->shape.kind != &head_kind_verification)
        return error_set(error, AURICLE_INVALID,
                         "a head of kind '%s' knows no speakers: enrolment needs a verification "
                         "head",
                         head->shape.kind->name);
    auricle_enrolment *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "an enrolment");
    made->head = auricle_head_ref(head);
    auricle_status status = speech_parts_create(model, config, head->shape.window_frames, add_voice,
                                                made, &made->parts, error);
    if (status)
        auricle_enrolment_destroy(&made);
    *enrolment = made;
    return status;
}

void auricle_enrolment_destroy(auricle_enrolment **enrolment)
{
    auricle_enrolment *gone = *enrolment;
    *enrolment = NULL;
    if (!gone)
        return;
    speech_parts_destroy(&gone->parts);
    auricle_head_unref(&gone->head);
    free(gone->voices);
    free(gone);
}

auricle_status auricle_enrolment_feed(auricle_enrolment *enrolment, const float *samples,
                                      size_t count, auricle_error *error)
{
    return speech_parts_feed(enrolment->parts, samples, count, error);
}

auricle_status auricle_enrolment_end_recording(auricle_enrolment *enrolment, auricle_error *error)
{
    return speech_parts_end(enrolment->parts, error);
}

double auricle_enrolment_seconds(const auricle_enrolment *enrolment)
{
    return (double)enrolment->frames / FRAMES_A_SECOND;
}

// The mean voice, of length 1, without part `without` (none: count).
static void profile_of(const auricle_enrolment *enrolment, size_t without, float *profile)
{
    const size_t hidden = (size_t)enrolment->head->shape.hidden;
    float squares = 0;
    memset(profile, 0, hidden * sizeof *profile);
    for (size_t i = 0; i < enrolment->count; i++)
        for (size_t d = 0; i != without && d < hidden; d++)
            profile[d] += enrolment->voices[i * hidden + d];
    for (size_t d = 0; d < hidden; d++)
        squares += profile[d] * profile[d];
    for (size_t d = 0; d < hidden; d++)
        profile[d] = squares > 0 ? profile[d] / sqrtf(squares) : 0;
}

double auricle_enrolment_likeness(const auricle_enrolment *enrolment)
{
    const size_t hidden = (size_t)enrolment->head->shape.hidden;
    float *others = malloc(hidden * sizeof *others);
    double sum = 0;
    for (size_t i = 0; others && i < enrolment->count; i++) {
        profile_of(enrolment, i, others);
        sum += (double)verification_score(&enrolment->head->shape, &enrolment->head->weights,
                                          others, enrolment->voices + i * hidden);
    }
    const bool known = others && enrolment->count > 1;
    free(others);
    return known ? sum / (double)enrolment->count : (double)NAN;
}

// ---- files

// The head with other speakers: labels [count], profiles [count - 1][hidden].
static auricle_status write_head(const auricle_head *head, const char *const *labels, int count,
                                 const float *profiles, const char *path, auricle_error *error)
{
    bool *background = calloc((size_t)count, sizeof *background);
    struct head_shape shape = head->shape;
    struct head_weights weights = head->weights;
    if (!background)
        return error_no_memory(error, "%d speakers", count);
    background[0] = true;
    shape.labels = labels;
    shape.background = background;
    shape.class_count = count;
    weights.output_weight = profiles;
    auricle_status status = file_make_private(path, error);
    if (!status)
        status =
            head_write(path, &shape, &weights, json_object_get(head->json, "card"), NULL, error);
    free(background);
    return status;
}

static auricle_status check_name(const struct head_shape *shape, const char *name,
                                 auricle_error *error)
{
    json_t *text = json_string(name); // NULL when the name is not UTF-8
    json_decref(text);
    if (!text)
        return error_set(error, AURICLE_INVALID, "the speaker's name is not UTF-8 text");
    if (!*name || strlen(name) > MOST_NAME)
        return error_set(error, AURICLE_INVALID, "a speaker's name has 1 to %d bytes, not %zu",
                         MOST_NAME, strlen(name));
    for (int i = 0; i < shape->class_count; i++)
        if (!strcmp(shape->labels[i], name))
            return error_set(error, AURICLE_INVALID,
                             i ? "speaker '%s' is enrolled already: forget that speaker first, or "
                                 "choose another name"
                               : "'%s' is what strangers are called: choose another name",
                             name);
    return AURICLE_OK;
}

auricle_status auricle_enrolment_save(const auricle_enrolment *enrolment, const char *name,
                                      const char *path, auricle_error *error)
{
    const struct head_shape *shape = &enrolment->head->shape;
    const size_t hidden = (size_t)shape->hidden, count = (size_t)shape->class_count;
    auricle_status status = check_name(shape, name, error);
    if (!status && enrolment->frames < LEAST_SECONDS * FRAMES_A_SECOND)
        status = error_set(error, AURICLE_INVALID,
                           "only %.1f s of speech to enrol '%s' with: give %d s or more, better "
                           "20 s",
                           auricle_enrolment_seconds(enrolment), name, LEAST_SECONDS);
    if (!status && count == MAX_HEAD_CLASSES)
        status = error_set(error, AURICLE_INVALID,
                           "%d speakers are enrolled, there is no room for "
                           "more",
                           MAX_HEAD_CLASSES - 1);
    if (status)
        return status;
    const char **labels = malloc((count + 1) * sizeof *labels);
    float *profiles = malloc(count * hidden * sizeof *profiles);
    if (labels && profiles) {
        memcpy(labels, shape->labels, count * sizeof *labels);
        labels[count] = name;
        if (count > 1)
            memcpy(profiles, enrolment->head->weights.output_weight,
                   (count - 1) * hidden * sizeof *profiles);
        profile_of(enrolment, enrolment->count, profiles + (count - 1) * hidden);
        status = write_head(enrolment->head, labels, (int)count + 1, profiles, path, error);
    } else {
        status = error_no_memory(error, "%zu speakers", count);
    }
    free(labels);
    free(profiles);
    return status;
}

static int find_speaker(const struct head_shape *shape, const char *name)
{
    for (int i = 1; i < shape->class_count; i++)
        if (!strcmp(shape->labels[i], name))
            return i;
    return 0;
}

static auricle_status no_such_speaker(const struct head_shape *shape, const char *name,
                                      auricle_error *error)
{
    char names[300] = "";
    size_t used = 0;
    for (int i = 1; i < shape->class_count && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 1 ? ", " : "",
                                 shape->labels[i]);
    return error_set(error, AURICLE_NOT_FOUND, "speaker '%.60s' is not enrolled; enrolled: %s",
                     name, *names ? names : "nobody");
}

auricle_status auricle_speaker_forget(const auricle_head *head, const char *name, const char *path,
                                      auricle_error *error)
{
    const struct head_shape *shape = &head->shape;
    const size_t hidden = (size_t)shape->hidden, count = (size_t)shape->class_count;
    if (shape->kind != &head_kind_verification)
        return error_set(error, AURICLE_INVALID, "a head of kind '%s' knows no speakers",
                         shape->kind->name);
    const int gone = find_speaker(shape, name);
    if (!gone)
        return no_such_speaker(shape, name, error);
    const char **labels = malloc(count * sizeof *labels);
    float *profiles = malloc(count * hidden * sizeof *profiles);
    auricle_status status = AURICLE_OK;
    if (labels && profiles) {
        const size_t before = (size_t)gone - 1, after = count - 1 - (size_t)gone;
        memcpy(labels, shape->labels, (size_t)gone * sizeof *labels);
        memcpy(labels + gone, shape->labels + gone + 1, after * sizeof *labels);
        memcpy(profiles, head->weights.output_weight, before * hidden * sizeof *profiles);
        memcpy(profiles + before * hidden, head->weights.output_weight + (before + 1) * hidden,
               after * hidden * sizeof *profiles);
        status = write_head(head, labels, (int)count - 1, profiles, path, error);
    } else {
        status = error_no_memory(error, "%zu speakers", count);
    }
    free(labels);
    free(profiles);
    return status;
}
