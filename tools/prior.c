// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle prior: recordings in, a prior over an encoder's codes out. */
#include "tool.h"
#include "tool_json.h"

#include <auricle/generate.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char summary[] =
    "Learns what code comes next, for auricle generate. The encoder is one that was pretrained "
    "with\n"
    "--objective jukebox; its decoder stands beside it. Recordings become codes first; every\n"
    "twentieth is held out, and how many bits its codes cost is printed at the end.";

static const char examples[] =
    "  auricle pretrain --objective jukebox --data DIR --run juke\n"
    "  auricle prior --model juke/model.safetensors --data DIR\n"
    "  auricle generate --model juke/model.safetensors --seconds 10 --out new.wav\n";

struct options {
    auricle_prior_config config;
    struct text_list data;
    int64_t seed;
    bool json, quiet;
};

struct watch {
    struct progress_view view;
    const volatile sig_atomic_t *stop;
};

static bool show(double share, double bits, void *user)
{
    struct watch *watch = user;
    char text[64] = "recordings to codes";
    if (bits > 0)
        snprintf(text, sizeof text, "%.2f bits a code", bits);
    progress_show(&watch->view, share, false, text);
    return !*watch->stop;
}

static const char *const level_names[] = {"bottom", "top"};

static void print_json(const auricle_prior_result *result)
{
    json_t *json = json_object(), *levels = json_array();
    for (int l = 0; l < result->levels; l++) {
        json_t *level = json_object();
        json_object_set_new(level, "level", json_string(level_names[l]));
        json_object_set_new(level, "prior", tool_json_number(result->level[l].prior, 6));
        json_object_set_new(level, "unigram", tool_json_number(result->level[l].unigram, 6));
        json_object_set_new(level, "uniform", tool_json_number(result->level[l].uniform, 6));
        json_object_set_new(level, "in_use", tool_json_number(result->level[l].in_use, 6));
        json_array_append_new(levels, level);
    }
    json_object_set_new(json, "recordings", json_integer(result->recordings));
    json_object_set_new(json, "held_out", json_integer(result->held_out));
    json_object_set_new(json, "hours", tool_json_number(result->hours, 6));
    json_object_set_new(json, "labels", json_integer(result->labels));
    json_object_set_new(json, "levels", levels);
    tool_json_print(json);
}

static void print_text(const auricle_prior_result *result)
{
    printf("%d recordings (%d held out), %.2f hours, %d labels\n"
           "level    bits a code  by frequency  uniform  codes in use\n",
           result->recordings, result->held_out, result->hours, result->labels);
    for (int l = 0; l < result->levels; l++) {
        if (isfinite(result->level[l].prior))
            printf("%-8s %11.3f  %12.3f", level_names[l], result->level[l].prior,
                   result->level[l].unigram);
        else
            printf("%-8s %11s  %12s", level_names[l], "-", "-");
        printf("  %7.3f  %12.1f\n", result->level[l].uniform, result->level[l].in_use);
    }
}

static int run(struct options *o, int argc, char **argv)
{
    auricle_error error = {0};
    auricle_prior_result result;
    struct watch watch = {progress_begin(o->quiet), tool_catch_interrupts()};
    char *command = tool_command_line(argc, argv);
    o->config.data = o->data.text;
    o->config.data_count = o->data.count;
    o->config.seed = (uint64_t)o->seed;
    o->config.command = command;
    o->config.progress = show;
    o->config.user = &watch;
    auricle_status status = auricle_prior_fit(&o->config, &result, &error);
    progress_end(&watch.view);
    free(command);
    if (!status)
        o->json ? print_json(&result) : print_text(&result);
    return status ? tool_failed("prior", &error) : TOOL_DONE;
}

int tool_prior(int argc, char **argv)
{
    struct options o = {.seed = 1};
    auricle_prior_config *c = &o.config;
    auricle_prior_defaults(c);
    const struct tool_option list[] = {
        TOOL_TEXT("model", 'm', &c->model, "FILE", "the encoder"),
        TOOL_TEXT("decoder", 0, &c->decoder, "FILE", "its decoder; else beside it"),
        TOOL_LIST("data", 'd', &o.data, "DIR", "recordings: a folder or a file"),
        TOOL_TEXT("task", 't', &c->task, "TASK", "rows of this task, for their labels"),
        TOOL_TEXT("split", 0, &c->split, "NAME", "rows of this split; \"\" = all"),
        TOOL_TEXT("out", 'o', &c->out, "FILE", "the prior; else beside the encoder"),
        TOOL_FLOAT("hours", 0, &c->hours, "H", 1e-4, 1000, "of sound at most"),
        TOOL_INT64("steps", 0, &c->steps, "N", 1, 1e9, "of learning"),
        TOOL_FLOAT("minutes", 0, &c->minutes, "M", 0, 1e6, "of learning at most; 0 = all steps"),
        TOOL_INT("streams", 0, &c->streams, "N", 1, 256, "windows in a step"),
        TOOL_FLOAT("window", 0, &c->seconds, "S", 0.2, 60, "seconds of a window"),
        TOOL_INT("width", 0, &c->width, "N", 1, 8192, "numbers of an embedding"),
        TOOL_INT("hidden", 0, &c->hidden, "N", 1, 8192, "units of the network"),
        TOOL_FLOAT("rate", 0, &c->rate, "R", 1e-8, 1, "highest learning rate"),
        TOOL_FLOAT("unlabelled", 0, &c->unlabelled, "P", 0, 1,
                   "share of recordings whose label isn't told"),
        TOOL_INT64("seed", 0, &o.seed, "N", 0, 9e15, "of every random choice"),
        TOOL_FLAG("json", 0, &o.json, "the result as JSON"),
        TOOL_FLAG("quiet", 'q', &o.quiet, "no progress"),
    };
    const struct tool_page page = {"prior", "", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand = 0, status = tool_parse(&page, argc, argv, &operand);
    if (status == TOOL_GO_ON && operand < argc)
        status = tool_wrong("prior", "%s: name recordings with --data", argv[operand]);
    if (status == TOOL_GO_ON && !c->model)
        status = tool_wrong("prior", "name the encoder with --model");
    if (status == TOOL_GO_ON && o.data.count == 0)
        status = tool_wrong("prior", "no recordings: name a folder with --data");
    if (status == TOOL_GO_ON)
        status = run(&o, argc, argv);
    text_list_free(&o.data);
    return status;
}
