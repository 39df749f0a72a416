// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle prior: recordings in, a prior over an encoder's codes out. */
#include "tool.h"

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

static void print_result(const auricle_prior_result *result, bool json)
{
    static const char *const names[] = {"bottom", "top"};
    if (json)
        printf("{\"recordings\":%d,\"held_out\":%d,\"hours\":%.6g,\"labels\":%d,\"levels\":[",
               result->recordings, result->held_out, result->hours, result->labels);
    else
        printf("%d recordings (%d held out), %.2f hours, %d labels\n"
               "level    bits a code  by frequency  uniform  codes in use\n",
               result->recordings, result->held_out, result->hours, result->labels);
    for (int l = 0; l < result->levels; l++) {
        const bool known = isfinite(result->level[l].prior);
        const double prior = result->level[l].prior, unigram = result->level[l].unigram;
        if (json && known)
            printf("%s{\"level\":\"%s\",\"prior\":%.6g,\"unigram\":%.6g,", l ? "," : "", names[l],
                   prior, unigram);
        else if (json)
            printf("%s{\"level\":\"%s\",\"prior\":null,\"unigram\":null,", l ? "," : "", names[l]);
        else if (known)
            printf("%-8s %11.3f  %12.3f", names[l], prior, unigram);
        else
            printf("%-8s %11s  %12s", names[l], "-", "-");
        printf(json ? "\"uniform\":%.6g,\"in_use\":%.6g}" : "  %7.3f  %12.1f\n",
               result->level[l].uniform, result->level[l].in_use);
    }
    if (json)
        printf("]}\n");
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
        print_result(&result, o->json);
    return status ? tool_failed("prior", &error) : TOOL_DONE;
}

int tool_prior(int argc, char **argv)
{
    struct options o = {.seed = 1};
    auricle_prior_config *c = &o.config;
    auricle_prior_defaults(c);
    const struct tool_option list[] = {
        {"model", 'm', OPTION_TEXT, &c->model, "FILE", "the encoder", 0, 0},
        {"decoder", 0, OPTION_TEXT, &c->decoder, "FILE", "its decoder; else beside it", 0, 0},
        {"data", 'd', OPTION_LIST, &o.data, "DIR", "recordings: a folder or a file", 0, 0},
        {"task", 't', OPTION_TEXT, &c->task, "TASK", "rows of this task, for their labels", 0, 0},
        {"split", 0, OPTION_TEXT, &c->split, "NAME", "rows of this split; \"\" = all", 0, 0},
        {"out", 'o', OPTION_TEXT, &c->out, "FILE", "the prior; else beside the encoder", 0, 0},
        {"hours", 0, OPTION_FLOAT, &c->hours, "H", "of sound at most", 1e-4, 1000},
        {"steps", 0, OPTION_INT64, &c->steps, "N", "of learning", 1, 1e9},
        {"minutes", 0, OPTION_FLOAT, &c->minutes, "M", "of learning at most; 0 = all steps", 0,
         1e6},
        {"streams", 0, OPTION_INT, &c->streams, "N", "windows in a step", 1, 256},
        {"window", 0, OPTION_FLOAT, &c->seconds, "S", "seconds of a window", 0.2, 60},
        {"width", 0, OPTION_INT, &c->width, "N", "numbers of an embedding", 1, 8192},
        {"hidden", 0, OPTION_INT, &c->hidden, "N", "units of the network", 1, 8192},
        {"rate", 0, OPTION_FLOAT, &c->rate, "R", "highest learning rate", 1e-8, 1},
        {"unlabelled", 0, OPTION_FLOAT, &c->unlabelled, "P",
         "share of recordings whose label isn't told", 0, 1},
        {"seed", 0, OPTION_INT64, &o.seed, "N", "of every random choice", 0, 9e15},
        {"json", 0, OPTION_FLAG, &o.json, NULL, "the result as JSON", 0, 0},
        {"quiet", 'q', OPTION_FLAG, &o.quiet, NULL, "no progress", 0, 0},
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
