// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/mixture.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static auricle_status unknown_objective(const char *name, auricle_error *error)
{
    char known[256] = "";
    for (const struct objective *const *each = objectives; *each; each++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", (*each)->name);
    }
    return error_set(error, AURICLE_INVALID, "there is no objective \"%s\"; there are %s", name,
                     known);
}

// One "name" or "name:weight".
static auricle_status add_part(struct mixture *mixture, char *item, auricle_error *error)
{
    if (mixture->count == MIXTURE_PARTS)
        return error_set(error, AURICLE_INVALID, "more than %d objectives at once", MIXTURE_PARTS);
    struct mixture_part *part = &mixture->part[mixture->count];
    *part = (struct mixture_part){.weight = 1};
    char *colon = strchr(item, ':');
    if (colon) {
        *colon = '\0';
        char *end;
        part->weight = strtof(colon + 1, &end);
        if (end == colon + 1 || *end || !(part->weight > 0) || part->weight > 1e6f)
            return error_set(error, AURICLE_INVALID,
                             "objective %s: its weight \"%s\" is not a positive number", item,
                             colon + 1);
    }
    part->objective = objective_find(item);
    if (!part->objective)
        return unknown_objective(item, error);
    for (int i = 0; i < mixture->count; i++)
        if (mixture->part[i].objective == part->objective)
            return error_set(error, AURICLE_INVALID, "objective %s is named twice", item);
    CHECK(part->objective->setting_count <= OBJECTIVE_SETTINGS);
    for (int i = 0; i < part->objective->setting_count; i++)
        part->setting[i] = part->objective->settings[i].fallback;
    mixture->count++;
    return AURICLE_OK;
}

auricle_status mixture_parse(const char *text, struct mixture *mixture, auricle_error *error)
{
    *mixture = (struct mixture){0};
    char copy[512];
    if (strlen(text) >= sizeof copy)
        return error_set(error, AURICLE_INVALID, "the objective \"%.40s...\" is too long", text);
    strcpy(copy, text);
    for (char *item = copy; item;) {
        char *comma = strchr(item, ',');
        if (comma)
            *comma = '\0';
        auricle_status status = add_part(mixture, item, error);
        if (status)
            return status;
        item = comma ? comma + 1 : NULL;
    }
    return AURICLE_OK;
}

const struct objective *mixture_needs(const struct mixture *mixture, enum objective_needs need)
{
    for (int i = 0; i < mixture->count; i++)
        if (mixture->part[i].objective->needs & need)
            return mixture->part[i].objective;
    return NULL;
}

// The setting that is the width of a teacher's rows, or NULL.
static double *teacher_width_of(struct mixture_part *part)
{
    for (int i = 0; i < part->objective->setting_count; i++)
        if (!strcmp(part->objective->settings[i].name, "teacher"))
            return &part->setting[i];
    return NULL;
}

auricle_status mixture_set_teacher(struct mixture *mixture, int width, auricle_error *error)
{
    bool told = width == 0;
    for (int i = 0; i < mixture->count; i++) {
        double *place = teacher_width_of(&mixture->part[i]);
        if (!place)
            continue;
        if (*place != 0 && *place != width)
            return error_set(error, AURICLE_INVALID,
                             "%s.teacher=%g, but %s: leave it out, it is set by the files",
                             mixture->part[i].objective->name, *place,
                             width ? "the teacher's rows are not so wide"
                                   : "there is no teacher (--teacher)");
        *place = width;
        told = true;
    }
    return told ? AURICLE_OK
                : error_set(error, AURICLE_INVALID,
                            "no objective here learns from a teacher: leave --teacher out, or take "
                            "distill or hubert");
}

void mixture_configure(const struct mixture *mixture, struct encoder_shape *shape)
{
    shape->future_steps = shape->feature_shift = shape->mask_frames = 0;
    for (int i = 0; i < mixture->count; i++)
        if (mixture->part[i].objective->configure)
            mixture->part[i].objective->configure(mixture->part[i].setting, shape);
}

void mixture_declare(struct mixture *mixture, const struct encoder_shape *shape,
                     struct parameters *parameters)
{
    for (int i = 0; i < mixture->count; i++) {
        struct mixture_part *part = &mixture->part[i];
        if (part->objective->declare) {
            int count = part->objective->declare(shape, part->setting, parameters, part->own);
            CHECK(count <= OBJECTIVE_OWN);
        }
    }
}

static struct objective_context context_of(const struct mixture_part *part,
                                           struct objective_context context)
{
    context.setting = part->setting;
    context.own = part->own;
    return context;
}

void mixture_init(const struct mixture *mixture, struct objective_context context)
{
    for (int i = 0; i < mixture->count; i++)
        if (mixture->part[i].objective->init) {
            struct objective_context own = context_of(&mixture->part[i], context);
            mixture->part[i].objective->init(&own);
        }
}

bool mixture_fits(const struct mixture *mixture)
{
    for (int i = 0; i < mixture->count; i++)
        if (mixture->part[i].objective->fit)
            return true;
    return false;
}

bool mixture_fit(const struct mixture *mixture, struct objective_context context,
                 const struct objective_batch *sample)
{
    for (int i = 0; i < mixture->count; i++) {
        const struct objective_context own = context_of(&mixture->part[i], context);
        if (mixture->part[i].objective->fit && !mixture->part[i].objective->fit(&own, sample))
            return false;
    }
    return true;
}

void mixture_settle(const struct mixture *mixture, struct objective_context context)
{
    for (int i = 0; i < mixture->count; i++)
        if (mixture->part[i].objective->settle) {
            struct objective_context own = context_of(&mixture->part[i], context);
            mixture->part[i].objective->settle(&own);
        }
}

auricle_status mixture_write(const struct mixture *mixture, struct objective_context context,
                             const char *path, const char *hash, const json_t *card,
                             auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < mixture->count && !status; i++)
        if (mixture->part[i].objective->write) {
            struct objective_context own = context_of(&mixture->part[i], context);
            status = mixture->part[i].objective->write(&own, path, hash, card, error);
        }
    return status;
}

struct tensor *mixture_loss(const struct mixture *mixture, struct objective_context context,
                            const struct objective_batch *batch,
                            const struct objective_encoding *encoding,
                            struct mixture_report *report)
{
    struct tensor *losses[MIXTURE_PARTS];
    float weights[MIXTURE_PARTS];
    *report = (struct mixture_report){0};
    for (int i = 0; i < mixture->count; i++) {
        const struct mixture_part *part = &mixture->part[i];
        struct objective_context own = context_of(part, context);
        losses[i] = part->objective->loss(&own, batch, encoding, &report->statistics[i]);
        weights[i] = part->weight;
        report->loss[i] = (double)losses[i]->data[0];
    }
    struct tensor *total = tape_weighted_sum(context.tape, losses, weights, mixture->count);
    report->total = (double)total->data[0];
    return total;
}
