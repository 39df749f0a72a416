// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/settings.h"

#include <auricle/pretrain.h>

#include "base/error.h"
#include "pretrain/settings_tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where one group's numbers live: an array of double, or fields of a struct.
struct group {
    const char *name;
    const struct hyper *hypers;
    int count;
    double *values; // [count], or NULL: then fields of record
    const struct field *fields;
    void *record;
};

enum { GROUPS = 7 + MIXTURE_PARTS };

static int list_groups(struct settings *settings, struct group *groups)
{
    int count = 0;
    groups[count++] =
        (struct group){"loop", loop_hypers, LOOP_SETTINGS, settings->loop, NULL, NULL};
    groups[count++] = (struct group){
        "optimiser", optimiser_hypers, OPTIMISER_SETTINGS, settings->optimiser, NULL, NULL};
    groups[count++] =
        (struct group){"teacher", teacher_hypers, TEACHER_SETTINGS, settings->teacher, NULL, NULL};
    groups[count++] = (struct group){"augment", augment_hypers, augment_count,
                                     NULL,      augment_fields, &settings->augment[0]};
    groups[count++] = (struct group){"target_augment", augment_hypers,       augment_count, NULL,
                                     augment_fields,   &settings->augment[1]};
    groups[count++] = (struct group){"distort", distort_hypers, distort_count,
                                     NULL,      distort_fields, &settings->distortion};
    groups[count++] =
        (struct group){"shape", shape_hypers, shape_count, NULL, shape_fields, &settings->shape};
    for (int i = 0; i < settings->mixture.count; i++) {
        struct mixture_part *part = &settings->mixture.part[i];
        groups[count++] = (struct group){part->objective->name,
                                         part->objective->hypers,
                                         part->objective->hyper_count,
                                         part->hyper,
                                         NULL,
                                         NULL};
    }
    return count;
}

static double group_read(const struct group *group, int i)
{
    return group->values ? group->values[i] : field_read(&group->fields[i], group->record);
}

static void group_write(const struct group *group, int i, double value)
{
    if (group->values)
        group->values[i] = value;
    else
        field_write(&group->fields[i], group->record, value);
}

static auricle_status unknown_group(const struct group *groups, int count, const char *name,
                                    auricle_error *error)
{
    char known[256] = "";
    for (int i = 0; i < count; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %s", groups[i].name);
    }
    return error_set(error, AURICLE_INVALID, "there is no setting \"%s\"; the groups here are%s",
                     name, known);
}

static auricle_status unknown_name(const struct group *group, const char *name,
                                   auricle_error *error)
{
    char known[400] = "";
    for (int i = 0; i < group->count; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %s", group->hypers[i].name);
    }
    return error_set(error, AURICLE_INVALID, "%s has no setting \"%s\"; it has%s", group->name,
                     name, known);
}

static auricle_status set_number(const struct group *group, int i, const char *text,
                                 auricle_error *error)
{
    const struct hyper *hyper = &group->hypers[i];
    char *end;
    double value = strtod(text, &end);
    bool good = end != text && !*end && value >= hyper->low && value <= hyper->high;
    if (!good || (hyper->whole && value != floor(value)))
        return error_set(error, AURICLE_INVALID, "%s.%s=%s: must be a%s number from %g to %g",
                         group->name, hyper->name, text, hyper->whole ? " whole" : "", hyper->low,
                         hyper->high);
    group_write(group, i, value);
    return AURICLE_OK;
}

// "256x5,256x3" = channels x kernel, "512x10/5" with a stride.
static auricle_status set_convolutions(const char *text, struct encoder_shape *shape,
                                       auricle_error *error)
{
    shape->conv_layers = 0;
    for (const char *at = text; *at;) {
        struct conv_layer_shape layer = {.stride = 1};
        int used = 0;
        if (sscanf(at, "%5dx%4d%n", &layer.channels, &layer.kernel, &used) != 2 ||
            shape->conv_layers == MAX_CONV_LAYERS)
            goto wrong;
        at += used;
        if (*at == '/') {
            if (sscanf(at, "/%4d%n", &layer.stride, &used) != 1)
                goto wrong;
            at += used;
        }
        if (*at && *at++ != ',')
            goto wrong;
        shape->conv[shape->conv_layers++] = layer;
    }
    return AURICLE_OK;
wrong:
    return error_set(
        error, AURICLE_INVALID,
        "shape.conv=%s: must be up to %d layers of channels x kernel, with /stride for "
        "the waveform front end, like 256x5,256x3",
        text, MAX_CONV_LAYERS);
}

static auricle_status set_front_end(const char *text, struct encoder_shape *shape,
                                    auricle_error *error)
{
    if (!strcmp(text, "waveform"))
        *shape = encoder_shape_waveform(256);
    else if (!strcmp(text, "logmel"))
        *shape = encoder_shape_default();
    else
        return error_set(error, AURICLE_INVALID, "shape.front_end=%s: must be logmel or waveform",
                         text);
    return AURICLE_OK;
}

static auricle_status set_one(struct settings *settings, const char *text, auricle_error *error)
{
    char name[128];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof name)
        return error_set(error, AURICLE_INVALID, "\"%s\" is not group.name=value", text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    if (!strcmp(name, "shape.conv"))
        return set_convolutions(equals + 1, &settings->shape, error);
    if (!strcmp(name, "shape.front_end"))
        return set_front_end(equals + 1, &settings->shape, error);

    struct group groups[GROUPS];
    int count = list_groups(settings, groups);
    char *dot = strchr(name, '.');
    for (int g = 0; g < count; g++) {
        size_t length = strlen(groups[g].name);
        if (!dot || (size_t)(dot - name) != length || strncmp(name, groups[g].name, length) != 0)
            continue;
        for (int i = 0; i < groups[g].count; i++)
            if (!strcmp(groups[g].hypers[i].name, dot + 1)) {
                auricle_status status = set_number(&groups[g], i, equals + 1, error);
                // what is said of augment holds for both views, until target_augment says otherwise
                if (!status && groups[g].record == &settings->augment[0])
                    field_write(&augment_fields[i], &settings->augment[1],
                                group_read(&groups[g], i));
                return status;
            }
        return unknown_name(&groups[g], dot + 1, error);
    }
    return unknown_group(groups, count, name, error);
}

static auricle_status check(const struct settings *settings, auricle_error *error)
{
    const double *loop = settings->loop;
    const struct objective *predicts = mixture_needs_features(&settings->mixture);
    if (settings->shape.front_end != FRONT_END_LOGMEL && predicts)
        return error_set(error, AURICLE_INVALID,
                         "%s needs log-mel: it doesn't go with shape.front_end=waveform",
                         predicts->name);
    const struct logmel_shape *logmel = &settings->shape.logmel;
    const bool running = logmel->normalisation == NORMALISE_RUNNING;
    if (running != (logmel->running_frames > 0))
        return error_set(error, AURICLE_INVALID,
                         "shape.running=%d doesn't go with shape.running_frames=%g: %s", running,
                         (double)logmel->running_frames,
                         running ? "set the running mean's time constant, 200 is two seconds"
                                 : "set shape.running=1, or no running_frames");
    auricle_status status = encoder_shape_check(&settings->shape, error);
    if (status)
        return status;
    if (mixture_needs_targets_view(&settings->mixture) && loop[LOOP_VIEWS] < 2)
        return error_set(error, AURICLE_INVALID,
                         "the objective compares two views of each sound: set loop.views=2");
    double ahead = fmax(settings->shape.future_steps, settings->shape.feature_shift);
    ahead = fmax(ahead, settings->shape.mask_frames);
    if (loop[LOOP_FRAMES] < ahead + 2)
        return error_set(error, AURICLE_INVALID,
                         "loop.frames=%g is too short for objectives that look %g frames ahead",
                         loop[LOOP_FRAMES], ahead);
    return AURICLE_OK;
}

auricle_status settings_parse(const char *objective, const char *const *list, int count,
                              struct settings *settings, auricle_error *error)
{
    *settings = (struct settings){
        .shape = encoder_shape_default(),
        .augment = {augment_config_default(), augment_config_default()},
    };
    auricle_status status = mixture_parse(objective, &settings->mixture, error);
    if (status)
        return status;
    for (int i = 0; i < distort_count; i++)
        field_write(&distort_fields[i], &settings->distortion, distort_hypers[i].fallback);
    for (int i = 0; i < LOOP_SETTINGS; i++)
        settings->loop[i] = loop_hypers[i].fallback;
    for (int i = 0; i < OPTIMISER_SETTINGS; i++)
        settings->optimiser[i] = optimiser_hypers[i].fallback;
    for (int i = 0; i < TEACHER_SETTINGS; i++)
        settings->teacher[i] = teacher_hypers[i].fallback;
    if (mixture_needs_targets_view(&settings->mixture))
        settings->loop[LOOP_VIEWS] = 2;
    for (int pass = 0; pass < 2; pass++) // a front end is a shape of its own: it comes first
        for (int i = 0; i < count && !status; i++)
            if ((pass == 0) == (strncmp(list[i], "shape.front_end=", 16) == 0))
                status = set_one(settings, list[i], error);
    if (status)
        return status;
    mixture_configure(&settings->mixture, &settings->shape);
    return check(settings, error);
}

json_t *settings_to_json(const struct settings *settings)
{
    struct settings copy = *settings; // list_groups hands out places to write to
    struct group groups[GROUPS];
    int count = list_groups(&copy, groups);
    char objective[512] = "objective=";
    for (int i = 0; i < copy.mixture.count; i++) {
        size_t used = strlen(objective);
        snprintf(objective + used, sizeof objective - used, "%s%s:%.9g", i ? "," : "",
                 copy.mixture.part[i].objective->name, (double)copy.mixture.part[i].weight);
    }
    json_t *list = json_pack("[s]", objective);
    for (int g = 0; list && g < count; g++)
        for (int i = 0; groups[g].record != &copy.shape && i < groups[g].count; i++)
            json_array_append_new(list, json_sprintf("%s.%s=%.9g", groups[g].name,
                                                     groups[g].hypers[i].name,
                                                     group_read(&groups[g], i)));
    return list;
}

static json_t *number_of(const struct hyper *hyper, double value)
{
    return hyper->whole ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *describe(const struct hyper *hypers, const struct group *group, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        const struct hyper *each = &hypers[i];
        const double fallback = group ? group_read(group, i) : each->fallback;
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o, s:o, s:o, s:b}", "name", each->name,
                                        "help", each->help, "default", number_of(each, fallback),
                                        "low", number_of(each, each->low), "high",
                                        number_of(each, each->high), "whole", each->whole));
    }
    return list;
}

json_t *settings_describe(void)
{
    struct settings settings;
    CHECK(settings_parse("cpc", NULL, 0, &settings, NULL) == AURICLE_OK);
    settings.mixture.count = 0;
    struct group groups[GROUPS];
    int count = list_groups(&settings, groups);
    json_t *all = json_object();
    for (int g = 0; g < count; g++)
        json_object_set_new(all, groups[g].name,
                            describe(groups[g].hypers, &groups[g], groups[g].count));
    return all;
}

json_t *objectives_describe(void)
{
    json_t *all = json_array();
    for (const struct objective *const *each = objectives; *each; each++)
        json_array_append_new(
            all, json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "name", (*each)->name, "summary",
                           (*each)->summary, "source", (*each)->source, "two_views",
                           (*each)->needs_targets_view, "logmel_only", (*each)->needs_features,
                           "teacher", (*each)->needs_teacher, "settings",
                           describe((*each)->hypers, NULL, (*each)->hyper_count)));
    return all;
}

// Takes over json.
static char *to_text(json_t *json)
{
    char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(7)) : NULL;
    json_decref(json);
    return text;
}

char *auricle_objectives_json(void)
{
    return to_text(objectives_describe());
}

char *auricle_settings_json(void)
{
    return to_text(settings_describe());
}
