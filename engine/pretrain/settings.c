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

struct group {
    const char *name;
    struct setting_table table;
    void *record;
};

enum { GROUPS = 7 + MIXTURE_PARTS };

static int list_groups(struct settings *settings, struct group *groups)
{
    const struct group fixed[] = {
        {"loop", loop_table, &settings->loop},
        {"optimiser", optimiser_table, &settings->optimiser},
        {"teacher", teacher_table, &settings->teacher},
        {"augment", augment_table, &settings->augment[0]},
        {"target_augment", augment_table, &settings->augment[1]},
        {"distort", distort_table, &settings->distortion},
        {"shape", shape_table, &settings->shape},
    };
    int count = sizeof fixed / sizeof *fixed;
    memcpy(groups, fixed, sizeof fixed);
    for (int i = 0; i < settings->mixture.count; i++) {
        struct mixture_part *part = &settings->mixture.part[i];
        const struct setting_table table = {part->objective->settings,
                                            part->objective->setting_count};
        groups[count++] = (struct group){part->objective->name, table, part->setting};
    }
    return count;
}

static double group_read(const struct group *group, int i)
{
    return setting_read(group->table.list, i, group->record);
}

static void take_defaults(const struct setting_table *table, void *record)
{
    for (int i = 0; i < table->count; i++)
        setting_write(table->list, i, record, table->list[i].fallback);
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
    for (int i = 0; i < group->table.count; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %s", group->table.list[i].name);
    }
    return error_set(error, AURICLE_INVALID, "%s has no setting \"%s\"; it has%s", group->name,
                     name, known);
}

static auricle_status set_number(const struct group *group, int i, const char *text,
                                 auricle_error *error)
{
    const struct setting *setting = &group->table.list[i];
    char *end;
    double value = strtod(text, &end);
    bool good = end != text && !*end && value >= setting->low && value <= setting->high;
    if (!good || (setting->whole && value != floor(value)))
        return error_set(error, AURICLE_INVALID, "%s.%s=%s: must be a%s number from %g to %g",
                         group->name, setting->name, text, setting->whole ? " whole" : "",
                         setting->low, setting->high);
    setting_write(group->table.list, i, group->record, value);
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

static auricle_status set_in_group(struct settings *settings, const struct group *group,
                                   const char *name, const char *text, auricle_error *error)
{
    for (int i = 0; i < group->table.count; i++)
        if (!strcmp(group->table.list[i].name, name)) {
            auricle_status status = set_number(group, i, text, error);
            // a setting of augment is for both views, until target_augment sets another
            if (!status && group->record == &settings->augment[0])
                setting_write(augment_table.list, i, &settings->augment[1], group_read(group, i));
            return status;
        }
    return unknown_name(group, name, error);
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
        return set_in_group(settings, &groups[g], dot + 1, equals + 1, error);
    }
    return unknown_group(groups, count, name, error);
}

static auricle_status check(const struct settings *settings, auricle_error *error)
{
    const struct loop_settings *loop = &settings->loop;
    const struct objective *predicts = mixture_needs(&settings->mixture, NEEDS_FEATURES);
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
    if (mixture_needs(&settings->mixture, NEEDS_TARGET_VIEW) && loop->views < 2)
        return error_set(error, AURICLE_INVALID,
                         "the objective compares two views of each sound: set loop.views=2");
    double ahead = fmax(settings->shape.future_steps, settings->shape.feature_shift);
    ahead = fmax(ahead, settings->shape.mask_frames);
    if (loop->frames < ahead + 2)
        return error_set(error, AURICLE_INVALID,
                         "loop.frames=%d is too short for objectives that look %g frames ahead",
                         loop->frames, ahead);
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
    take_defaults(&loop_table, &settings->loop);
    take_defaults(&optimiser_table, &settings->optimiser);
    take_defaults(&teacher_table, &settings->teacher);
    take_defaults(&distort_table, &settings->distortion);
    if (mixture_needs(&settings->mixture, NEEDS_TARGET_VIEW))
        settings->loop.views = 2;
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
        for (int i = 0; groups[g].record != &copy.shape && i < groups[g].table.count; i++)
            json_array_append_new(list, json_sprintf("%s.%s=%.9g", groups[g].name,
                                                     groups[g].table.list[i].name,
                                                     group_read(&groups[g], i)));
    return list;
}

static json_t *number_of(const struct setting *setting, double value)
{
    return setting->whole ? json_integer((json_int_t)value) : json_real(value);
}

// With a record: the values in it are the defaults.
static json_t *describe(struct setting_table table, const void *record)
{
    json_t *list = json_array();
    for (int i = 0; i < table.count; i++) {
        const struct setting *each = &table.list[i];
        const double fallback = record ? setting_read(table.list, i, record) : each->fallback;
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
        json_object_set_new(all, groups[g].name, describe(groups[g].table, groups[g].record));
    return all;
}

static json_t *describe_objective(const struct objective *objective)
{
    const struct setting_table table = {objective->settings, objective->setting_count};
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o}",                    //
                     "name", objective->name,                                  //
                     "summary", objective->summary,                            //
                     "source", objective->source,                              //
                     "two_views", (objective->needs & NEEDS_TARGET_VIEW) != 0, //
                     "logmel_only", (objective->needs & NEEDS_FEATURES) != 0,  //
                     "teacher", (objective->needs & NEEDS_TEACHER) != 0,       //
                     "settings", describe(table, NULL));
}

json_t *objectives_describe(void)
{
    json_t *all = json_array();
    for (const struct objective *const *each = objectives; *each; each++)
        json_array_append_new(all, describe_objective(*each));
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
