// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle fit: an encoder and a few labels in, a head that listens live out. */
#include "tool.h"

#include <auricle/fit.h>
#include <auricle/head.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] =
    "Fits a head on labelled recordings (metadata.csv: file_name, label, and where there are\n"
    "speaker, task, split, start, end, ship). Recordings are strung together with pauses over "
    "noise,\n"
    "the encoder listens as it would live, and windows of that stream are what is fitted. The "
    "dev\n"
    "rows, strung together the same way, choose the detector's settings.\n\n"
    "Words end; --steady is for what lasts: events, emotions. Labels that are not listed become\n"
    "\"unknown\", rows of the task \"noise\" and pauses become \"silence\", where these are among "
    "the\n"
    "--background.";

static const char examples[] =
    "  auricle fit --data DIR --task kws --labels yes,no --background unknown,silence \\\n"
    "      --out yesno.safetensors\n"
    "  auricle fit --data DIR --task emotion --steady --window 300 --hop 10 \\\n"
    "      --map angry=high,happy=high,neutral=neutral,sad=low --out arousal.safetensors\n"
    "  auricle fit --data DIR --task event --as speech=talk --as music=songs --steady \\\n"
    "      --background silence --hidden 64 --out sounds.safetensors\n";

struct options {
    auricle_fit_config config;
    struct text_list data, hours, named, tasks, maps, labels, backgrounds;
    int64_t seed;
    bool frame, json, quiet;
};

static void show_note(const char *line, void *user)
{
    progress_line(&((struct progress_count *)user)->view, line);
}

static void print_json(const char *out, const auricle_fit_result *r)
{
    const auricle_detection *events = &r->detection;
    printf("{\"out\": ");
    tool_print_json_text(out);
    printf(", \"train_recordings\": %d, \"windows\": %d, \"skipped\": %d, \"l2\": %g",
           r->train_recordings, r->examples, r->skipped, r->l2);
    if (r->dev_recordings)
        printf(", \"dev_recordings\": %d, \"dev_hours\": %.4f, \"window_accuracy\": %.4f, "
               "\"window_uar\": %.4f, \"events\": %d, \"recall\": %.4f, \"precision\": %.4f, "
               "\"f1\": %.4f, \"false_alarms_per_hour\": %.3f, "
               "\"background_alarms_per_hour\": %.3f",
               r->dev_recordings, r->dev_hours, r->decision_accuracy, r->decision_uar,
               events->truths, events->recall, events->precision, events->f1,
               events->false_alarms_per_hour, r->background_alarms / r->dev_hours);
    printf(", \"threshold_on\": %.3f, \"threshold_off\": %.3f, \"smoothing_hops\": %d, "
           "\"min_frames\": %d, \"refractory_frames\": %d}\n",
           (double)r->threshold_on, (double)r->threshold_off, r->smoothing_hops, r->min_frames,
           r->refractory_frames);
}

static void print_result(const char *out, const auricle_fit_result *r)
{
    const auricle_detection *events = &r->detection;
    printf("%s: %d windows of %d recordings, %d skipped, regularisation %g\n", out, r->examples,
           r->train_recordings, r->skipped, r->l2);
    if (r->dev_recordings)
        printf("dev (%d recordings, %.2f h): windows %.1f %% right (UAR %.1f), events recall %.1f "
               "%%, precision %.1f %%, %.1f false alarms/h (%.1f/h in pauses, noise and talk)\n",
               r->dev_recordings, r->dev_hours, 100 * r->decision_accuracy, 100 * r->decision_uar,
               100 * events->recall, 100 * events->precision, events->false_alarms_per_hour,
               r->background_alarms / r->dev_hours);
    printf("detector: on %.2f, off %.2f, smoothing %d, at least %d frames, refractory %d\n",
           (double)r->threshold_on, (double)r->threshold_off, r->smoothing_hops, r->min_frames,
           r->refractory_frames);
}

static int run(struct options *o)
{
    struct progress_count progress = {progress_begin(o->quiet), tool_catch_interrupts(),
                                      o->config.out};
    auricle_fit_result result;
    auricle_error error = {0};
    o->config.progress = progress_count;
    o->config.note = show_note;
    o->config.user = &progress;
    auricle_status status = auricle_fit(&o->config, &result, &error);
    progress_end(&progress.view);
    if (status)
        return tool_failed("fit", &error);
    if (o->json)
        print_json(o->config.out, &result);
    else
        print_result(o->config.out, &result);
    return TOOL_DONE;
}

static int take_lists(struct options *o)
{
    struct text_list *lists[] = {&o->tasks, &o->maps, &o->labels, &o->backgrounds};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!text_list_cut(lists[i]))
            return TOOL_FAILED;
    auricle_fit_config *config = &o->config;
    config->folders = o->data.text;
    config->folder_count = o->data.count;
    config->hours = o->hours.text;
    config->hours_count = o->hours.count;
    config->named_folders = o->named.text;
    config->named_folder_count = o->named.count;
    config->tasks = o->tasks.text;
    config->task_count = o->tasks.count;
    config->map = o->maps.text;
    config->map_count = o->maps.count;
    config->labels = o->labels.text;
    config->label_count = o->labels.count;
    config->background = o->backgrounds.text;
    config->background_count = o->backgrounds.count;
    config->seed = (uint64_t)o->seed;
    if (o->frame)
        config->window_frames = config->hop_frames = 1;
    return TOOL_GO_ON;
}

static int check(const struct options *o)
{
    const auricle_fit_config *config = &o->config;
    if (!o->data.count && !o->named.count)
        return tool_wrong("fit", "no recordings: name a folder with --data");
    if (!config->out)
        return tool_wrong("fit", "say with --out where the head goes");
    if (!config->keyword && config->window_frames % config->hop_frames)
        return tool_wrong("fit", "--window %d is not a multiple of --hop %d", config->window_frames,
                          config->hop_frames);
    for (int i = 0; i < o->maps.count; i++)
        if (!strchr(o->maps.text[i], '='))
            return tool_wrong("fit", "--map %s: must be FROM=TO", o->maps.text[i]);
    for (int i = 0; i < o->named.count; i++)
        if (!strchr(o->named.text[i], '='))
            return tool_wrong("fit", "--as %s: must be LABEL=DIR", o->named.text[i]);
    return TOOL_GO_ON;
}

static int parse(struct options *o, int argc, char **argv)
{
    auricle_fit_config *c = &o->config;
    const struct tool_option list[] = {
        {"encoder", 'e', OPTION_TEXT, &c->encoder, "FILE", "the encoder", 0, 0},
        {"data", 'd', OPTION_LIST, &o->data, "DIR", "folder with metadata.csv", 0, 0},
        {"as", 0, OPTION_LIST, &o->named, "LABEL=DIR", "all recordings of DIR have this label", 0,
         0},
        {"task", 't', OPTION_LIST, &o->tasks, "TASK,...", "only rows of these tasks", 0, 0},
        {"map", 'm', OPTION_LIST, &o->maps, "FROM=TO,...",
         "rename labels; FROM is LABEL, TASK:LABEL or TASK:*; without TO: left out", 0, 0},
        {"labels", 'l', OPTION_LIST, &o->labels, "A,B,...",
         "what is listened for; else all there "
         "is",
         0, 0},
        {"background", 'b', OPTION_LIST, &o->backgrounds, "A,B,...",
         "labels that are never an event", 0, 0},
        {"window", 'w', OPTION_INT, &c->window_frames, "N", "frames pooled, 10 ms each", 1, 3000},
        {"hop", 0, OPTION_INT, &c->hop_frames, "N", "frames between decisions", 1, 3000},
        {"keyword", 0, OPTION_FLAG, &c->keyword, NULL,
         "recurrent head for words, trained on streams: needs --hours and --hidden", 0, 0},
        {"hours", 0, OPTION_LIST, &o->hours, "DIR",
         "sound that holds none of the labels: background; again for more", 0, 0},
        {"hours-each", 0, OPTION_FLOAT, &c->hours_each, "H",
         "of each --hours folder at most so many hours; 0 = all", 0, 1e6},
        {"active", 0, OPTION_TEXT, &c->active, "LABEL",
         "recordings of this label bear it only where they are loud: speech with pauses", 0, 0},
        {"frame", 0, OPTION_FLAG, &o->frame, NULL, "no window: each frame by itself", 0, 0},
        {"steady", 0, OPTION_FLAG, &c->steady, NULL, "what lasts: events, emotions", 0, 0},
        {"hidden", 0, OPTION_INT, &c->hidden, "N", "units of a hidden layer; 0 = linear", 0, 4096},
        {"augment", 'a', OPTION_INT, &c->copies, "N", "disturbed copies of each recording", 0, 100},
        {"per-class", 0, OPTION_INT, &c->recordings_per_class, "N",
         "recordings of a class at most; 0 = all", 0, 1e9},
        {"examples", 0, OPTION_INT, &c->examples, "N", "windows fitted on at most", 2, 1e8},
        {"false-alarms", 0, OPTION_FLOAT, &c->false_alarms_per_hour, "N",
         "per hour in pauses, noise and talk, at most, on dev", 0, 1e6},
        {"only-shippable", 0, OPTION_FLAG, &c->only_shippable, NULL,
         "only rows whose ship column, where there is one, begins with yes", 0, 0},
        {"train", 0, OPTION_TEXT, &c->train_split, "SPLIT", "split to fit on", 0, 0},
        {"dev", 0, OPTION_TEXT, &c->dev_split, "SPLIT", "split to choose by and report on", 0, 0},
        {"seed", 0, OPTION_INT64, &o->seed, "N", "of every random choice", 0, 9e15},
        {"name", 0, OPTION_TEXT, &c->name, "NAME", "the head's task; else the first --task", 0, 0},
        {"licence", 0, OPTION_TEXT, &c->licence, "NAME", "the head's licence on its card", 0, 0},
        {"out", 'o', OPTION_TEXT, &c->out, "FILE", "the head", 0, 0},
        {"json", 'j', OPTION_FLAG, &o->json, NULL, "print the result as JSON", 0, 0},
        {"quiet", 'q', OPTION_FLAG, &o->quiet, NULL, "no progress", 0, 0},
    };
    const struct tool_page page = {"fit", "", summary, list, sizeof list / sizeof *list, examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status == TOOL_GO_ON && operand < argc)
        status = tool_wrong("fit", "%s: name recordings with --data", argv[operand]);
    if (status == TOOL_GO_ON)
        status = take_lists(o);
    return status == TOOL_GO_ON ? check(o) : status;
}

int tool_fit(int argc, char **argv)
{
    struct options options = {.seed = 1};
    auricle_fit_defaults(&options.config);
    options.config.encoder = tool_default_file("encoder.safetensors");
    char *command = tool_command_line(argc, argv); // before lists are cut
    options.config.command = command;
    int status = parse(&options, argc, argv);
    if (status == TOOL_GO_ON)
        status = run(&options);
    free(command);
    text_list_free(&options.data);
    text_list_free(&options.hours);
    text_list_free(&options.named);
    text_list_free(&options.tasks);
    text_list_free(&options.maps);
    text_list_free(&options.labels);
    text_list_free(&options.backgrounds);
    return status;
}
