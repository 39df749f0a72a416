// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle pretrain: unlabelled recordings in, an encoder file out. */
#include "tool.h"

#include <auricle/pretrain.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] = "Learns an encoder from recordings without labels. Progress, "
                              "checkpoint and metrics.jsonl go to\n"
                              "the run folder. Ctrl-C finishes the step and leaves a checkpoint; "
                              "the same command with --resume\n"
                              "goes on from it to the same bits.\n\n"
                              "Data: of a folder, what its metadata.csv names (file_name; speaker, "
                              "split, source, licence and\n"
                              "ship where they are known), or else every recording below it. A "
                              "file is heard whole, and is one\n"
                              "recording however many rows name it: start and end, which mark a "
                              "label's place in it for fit\n"
                              "and eval, are no edges here. Clips that were joined into one file "
                              "are best cut apart again.";

static const char examples[] =
    "  auricle pretrain --data ~/recordings --run runs/first --steps 5000\n"
    "  auricle pretrain --data a --data b --only-shippable --run runs/ab --hours 200 --workers 2 "
    "\\\n"
    "      --objective cpc:1,apc:0.5,masked:0.5 --set cpc.temperature=0.1 --out "
    "models/encoder.safetensors\n"
    "  auricle pretrain --objective distill --data a --teacher rows/a --set teacher.hop_s=0.02 "
    "--run runs/s\n"
    "  auricle pretrain ... --resume                  (the same options as before)\n"
    "  auricle pretrain --list-objectives             objectives and their settings\n"
    "  auricle pretrain --list-settings               every other --set group.name=value\n";

struct options {
    auricle_pretrain_config config;
    struct text_list data, noise, excluded, settings;
    const char *run;
    int64_t seed;
    bool list_objectives, list_settings, json, quiet;
};

struct watch {
    struct progress_view view;
    bool saved; // a checkpoint, in this session
};

// What the progress line shows, in this order, of the numbers a step reports.
static const char *const shown[] = {"cpc.accuracy", "simclr.accuracy", "gradient_norm"};

static double number_of(const auricle_pretrain_report *report, const char *name)
{
    for (int i = 0; i < report->number_count; i++)
        if (!strcmp(report->numbers[i].name, name))
            return report->numbers[i].value;
    return (double)NAN;
}

static void show_step(struct progress_view *view, const auricle_pretrain_report *report)
{
    char text[512], left[32];
    int used = snprintf(text, sizeof text, "%lld/%lld  loss %.4f", (long long)report->step,
                        (long long)report->steps, report->loss);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        double value = number_of(report, shown[i]);
        if (!isnan(value))
            used += snprintf(text + used, sizeof text - (size_t)used, "  %s %.3f", shown[i], value);
    }
    snprintf(text + used, sizeof text - (size_t)used, "  %.2f h heard  %.0f x real time  %s left",
             report->audio_hours, report->realtime, tool_time(report->seconds_left, 0, left));
    progress_show(view, (double)report->step / (double)report->steps, report->step == report->steps,
                  text);
}

static void show_evaluation(struct progress_view *view, const auricle_pretrain_report *report)
{
    char text[1024];
    int used = snprintf(text, sizeof text, "step %lld held out: loss %.4f", (long long)report->step,
                        report->loss);
    for (int i = 0; i < report->number_count && used < (int)sizeof text; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "  %s %.4g",
                         report->numbers[i].name, report->numbers[i].value);
    progress_line(view, text);
}

static void show(const auricle_pretrain_report *report, void *user)
{
    struct watch *watch = user;
    struct progress_view *view = &watch->view;
    char text[640];
    switch (report->event) {
    case AURICLE_PRETRAIN_NOTE:
        progress_line(view, report->message);
        break;
    case AURICLE_PRETRAIN_STEP:
        show_step(view, report);
        break;
    case AURICLE_PRETRAIN_EVALUATION:
        show_evaluation(view, report);
        break;
    case AURICLE_PRETRAIN_CHECKPOINT:
        watch->saved = true;
        snprintf(text, sizeof text, "step %lld: %s", (long long)report->step, report->message);
        progress_line(view, text);
        break;
    case AURICLE_PRETRAIN_DONE:
        snprintf(text, sizeof text, "written: %s", report->message);
        progress_line(view, text);
        break;
    }
}

static void print_settings(const char *group, const json_t *settings)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)settings, i, one) {
        char name[96];
        snprintf(name, sizeof name, "%s.%s", group,
                 json_string_value(json_object_get(one, "name")));
        printf("  %-32s %g  [%g to %g]\n      %s\n", name,
               json_number_value(json_object_get(one, "default")),
               json_number_value(json_object_get(one, "low")),
               json_number_value(json_object_get(one, "high")),
               json_string_value(json_object_get(one, "help")));
    }
}

// Takes over text. Objectives are a list, other settings an object of groups.
static int print_list(char *text, bool as_json)
{
    json_t *list = text ? json_loads(text, 0, NULL) : NULL, *each;
    size_t i;
    const char *group;
    if (as_json && list)
        puts(text);
    else if (json_is_array(list))
        json_array_foreach(list, i, each) {
            const char *name = json_string_value(json_object_get(each, "name"));
            printf("%s: %s\n  (%s)\n", name, json_string_value(json_object_get(each, "summary")),
                   json_string_value(json_object_get(each, "source")));
            print_settings(name, json_object_get(each, "settings"));
        }
    else {
        json_object_foreach(list, group, each)
            print_settings(group, each);
        printf(
            "words, not numbers:\n"
            "  shape.front_end                  logmel, or waveform (convolutions on the samples)\n"
            "  shape.conv                       channels x kernel of each convolution, with "
            "/stride\n"
            "      for the waveform front end: 256x1,128x1 or "
            "256x10/5,256x8/4,256x4/2,256x4/2,256x4/2\n");
    }
    free(text);
    int status = list ? TOOL_DONE : TOOL_FAILED;
    json_decref(list);
    return status;
}

// The command that makes the same model in one go: how often it was interrupted doesn't matter.
static char *uninterrupted(int argc, char **argv)
{
    char **kept = calloc((size_t)argc + 1, sizeof *kept);
    int count = 0;
    for (int i = 0; kept && i < argc; i++)
        if (!strcmp(argv[i], "--stop-after"))
            i++;
        else if (strcmp(argv[i], "--resume") != 0 && strncmp(argv[i], "--stop-after=", 13) != 0)
            kept[count++] = argv[i];
    char *line = kept ? tool_command_line(count, kept) : NULL;
    free(kept);
    return line;
}

static int run(struct options *options, int argc, char **argv)
{
    auricle_pretrain_config *config = &options->config;
    auricle_error error = {0};
    struct watch watch = {.view = progress_begin(options->quiet)};
    char *command = uninterrupted(argc, argv);
    config->data = options->data.text;
    config->data_count = options->data.count;
    config->noise = options->noise.text;
    config->noise_count = options->noise.count;
    config->exclude_sources = options->excluded.text;
    config->exclude_source_count = options->excluded.count;
    config->settings = options->settings.text;
    config->setting_count = options->settings.count;
    config->run_folder = options->run;
    config->seed = (uint64_t)options->seed;
    config->command = command;
    config->report = show;
    config->user = &watch;
    config->stop = tool_catch_interrupts();
    auricle_status status = auricle_pretrain(config, &error);
    progress_end(&watch.view);
    free(command);
    if (status == AURICLE_INTERRUPTED && watch.saved) { // what was asked for: not a failure
        fprintf(stderr, "auricle pretrain: %s\n", error.text);
        return TOOL_DONE;
    }
    return status ? tool_failed("pretrain", &error) : TOOL_DONE;
}

static int parse(struct options *o, int argc, char **argv)
{
    const struct tool_option list[] = {
        TOOL_LIST("data", 'd', &o->data, "DIR", "recordings: a folder or a file"),
        TOOL_LIST("noise", 0, &o->noise, "DIR", "recordings to mix in as noise"),
        TOOL_TEXT("split", 0, &o->config.split, "NAME", "rows of this split; \"\" = all"),
        TOOL_FLAG("only-shippable", 0, &o->config.only_shippable,
                  "only rows whose ship column, where there is one, begins with yes"),
        TOOL_LIST("exclude-source", 0, &o->excluded, "NAME", "leave this source out"),
        TOOL_TEXT("objective", 0, &o->config.objective, "NAME:WEIGHT,...", "what is learned"),
        TOOL_TEXT("teacher", 0, &o->config.teacher, "DIR",
                  "a teacher's rows: DIR/a/b.npy for a/b.flac of --data"),
        TOOL_TEXT("from", 0, &o->config.from, "FILE",
                  "begin with this encoder's weights (fp32) where name and shape agree"),
        TOOL_LIST("set", 's', &o->settings, "GROUP.NAME=VALUE", "any setting"),
        TOOL_INT64("steps", 0, &o->config.steps, "N", 1, 1e12, "steps in all"),
        TOOL_FLOAT("hours", 0, &o->config.hours, "H", 0, 1e9, "instead: hours of sound in all"),
        TOOL_FLOAT("minutes", 0, &o->config.minutes, "M", 0, 1e6,
                   "instead: minutes of training in all"),
        TOOL_FLOAT("cpu-minutes", 0, &o->config.cpu_minutes, "M", 0, 1e6,
                   "instead: minutes of CPU time, so that a busy machine changes little"),
        TOOL_INT64("stop-after", 0, &o->config.stop_after, "N", 0, 1e12,
                   "leave a checkpoint after N steps of this session"),
        TOOL_INT64("eval-every", 0, &o->config.eval_every, "N", 0, 1e12,
                   "steps between evaluations"),
        TOOL_FLAG("keep-best", 0, &o->config.keep_best,
                  "the model of the evaluation with the lowest held-out loss, not of the end"),
        TOOL_FLOAT("checkpoint-minutes", 0, &o->config.checkpoint_minutes, "M", 0, 1e6,
                   "minutes between checkpoints"),
        TOOL_INT("workers", 'j', &o->config.workers, "N", 1, 16, "data-parallel workers"),
        TOOL_INT("loader-threads", 0, &o->config.loader_threads, "N", 0, 16,
                 "threads that read recordings"),
        TOOL_INT64("seed", 0, &o->seed, "N", 0, 9e15, "of every random choice"),
        TOOL_TEXT("run", 'r', &o->run, "DIR", "run folder"),
        TOOL_FLAG("resume", 0, &o->config.resume, "go on from the run folder's checkpoint"),
        TOOL_TEXT("out", 'o', &o->config.out, "FILE", "the model; else DIR/model.safetensors"),
        TOOL_TEXT("name", 0, &o->config.name, "NAME", "the model's name on its card"),
        TOOL_TEXT("licence", 0, &o->config.licence, "NAME", "the model's licence on its card"),
        TOOL_FLAG("list-objectives", 0, &o->list_objectives, "print them and leave"),
        TOOL_FLAG("list-settings", 0, &o->list_settings, "print them and leave"),
        TOOL_FLAG("json", 0, &o->json, "print lists as JSON"),
        TOOL_FLAG("quiet", 'q', &o->quiet, "no progress"),
    };
    const struct tool_page page = {
        .name = "pretrain",
        .operands = "",
        .summary = summary,
        .options = list,
        .option_count = sizeof list / sizeof *list,
        .examples = examples,
    };
    int operand = 0, status = tool_parse(&page, argc, argv, &operand);
    if (status == TOOL_GO_ON && operand < argc)
        status = tool_wrong("pretrain", "%s: name recordings with --data", argv[operand]);
    if (status == TOOL_GO_ON && !o->list_objectives && !o->list_settings) {
        if (o->data.count == 0)
            status = tool_wrong("pretrain", "no recordings: name a folder with --data");
        else if (!o->run)
            status = tool_wrong("pretrain", "no run folder: name one with --run");
    }
    return status;
}

int tool_pretrain(int argc, char **argv)
{
    struct options options = {.run = NULL, .seed = 1};
    auricle_pretrain_defaults(&options.config);
    int status = parse(&options, argc, argv);
    if (status == TOOL_GO_ON && options.list_objectives)
        status = print_list(auricle_objectives_json(), options.json);
    if (status == TOOL_GO_ON && options.list_settings)
        status = print_list(auricle_settings_json(), options.json);
    if (status == TOOL_GO_ON)
        status = run(&options, argc, argv);
    text_list_free(&options.data);
    text_list_free(&options.noise);
    text_list_free(&options.excluded);
    text_list_free(&options.settings);
    return status;
}
