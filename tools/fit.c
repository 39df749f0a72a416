// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle fit: an encoder and a few labels in, a head that listens live out. */
#include "tool.h"
#include "tool_json.h"

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

static void add_dev(json_t *json, const auricle_fit_result *r)
{
    const auricle_detection *events = &r->detection;
    json_object_set_new(json, "dev_recordings", json_integer(r->dev_recordings));
    json_object_set_new(json, "dev_hours", tool_json_number(r->dev_hours, 4));
    json_object_set_new(json, "window_accuracy", tool_json_number(r->decision_accuracy, 4));
    json_object_set_new(json, "window_uar", tool_json_number(r->decision_uar, 4));
    json_object_set_new(json, "events", json_integer(events->truths));
    json_object_set_new(json, "recall", tool_json_number(events->recall, 4));
    json_object_set_new(json, "precision", tool_json_number(events->precision, 4));
    json_object_set_new(json, "f1", tool_json_number(events->f1, 4));
    json_object_set_new(json, "false_alarms_per_hour",
                        tool_json_number(events->false_alarms_per_hour, 3));
    json_object_set_new(json, "background_alarms_per_hour",
                        tool_json_number(r->background_alarms / r->dev_hours, 3));
}

static void print_json(const auricle_fit_config *config, const auricle_fit_result *r)
{
    json_t *json = json_object();
    json_object_set_new(json, "out", tool_json_text(config->out));
    json_object_set_new(json, "train_recordings", json_integer(r->train_recordings));
    json_object_set_new(json, "windows", json_integer(r->examples));
    json_object_set_new(json, "skipped", json_integer(r->skipped));
    json_object_set_new(json, "l2", tool_json_number(r->l2, 12));
    if (config->speakers) {
        json_object_set_new(json, "eer", tool_json_number(r->eer, 4));
        json_object_set_new(json, "min_dcf", tool_json_number(r->min_dcf, 4));
    } else if (r->dev_recordings) {
        add_dev(json, r);
    }
    json_object_set_new(json, "threshold_on", tool_json_number((double)r->threshold_on, 3));
    json_object_set_new(json, "threshold_off", tool_json_number((double)r->threshold_off, 3));
    json_object_set_new(json, "smoothing_hops", json_integer(r->smoothing_hops));
    json_object_set_new(json, "min_frames", json_integer(r->min_frames));
    json_object_set_new(json, "refractory_frames", json_integer(r->refractory_frames));
    tool_json_print(json);
}

static void print_speakers(const char *out, const auricle_fit_result *r)
{
    printf("%s: %d parts of speech of %d recordings, %d skipped\n", out, r->examples,
           r->train_recordings, r->skipped);
    if (r->dev_recordings)
        printf("dev (%d recordings): EER %.1f %%, minDCF %.3f\n", r->dev_recordings, 100 * r->eer,
               r->min_dcf);
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
        print_json(&o->config, &result);
    else if (o->config.speakers)
        print_speakers(o->config.out, &result);
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

// Texts that the head's card keeps.
static int check_texts(const struct options *o)
{
    const struct {
        const char *option;
        const struct text_list *list;
    } lists[] = {{"--as", &o->named},
                 {"--map", &o->maps},
                 {"--labels", &o->labels},
                 {"--background", &o->backgrounds},
                 {"--task", &o->tasks}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (int k = 0; k < lists[i].list->count; k++) {
            const char *text = lists[i].list->text[k], *end = strchr(text, '=');
            const bool named = lists[i].list == &o->named;
            if (!tool_json_is_text(text, named && end ? (size_t)(end - text) : strlen(text)))
                return tool_wrong("fit", "%s %s: is not UTF-8 text", lists[i].option, text);
        }
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
    return check_texts(o);
}

static int parse(struct options *o, int argc, char **argv)
{
    auricle_fit_config *c = &o->config;
    const struct tool_option list[] = {
        TOOL_TEXT("encoder", 'e', &c->encoder, "FILE", "the encoder"),
        TOOL_LIST("data", 'd', &o->data, "DIR", "folder with metadata.csv"),
        TOOL_LIST("as", 0, &o->named, "LABEL=DIR", "all recordings of DIR have this label"),
        TOOL_LIST("task", 't', &o->tasks, "TASK,...", "only rows of these tasks"),
        TOOL_LIST("map", 'm', &o->maps, "FROM=TO,...",
                  "rename labels; FROM is LABEL, TASK:LABEL or TASK:*; without TO: left out"),
        TOOL_LIST("labels", 'l', &o->labels, "A,B,...", "what is listened for; else all there is"),
        TOOL_LIST("background", 'b', &o->backgrounds, "A,B,...", "labels that are never an event"),
        TOOL_INT("window", 'w', &c->window_frames, "N", 1, 3000, "frames pooled, 10 ms each"),
        TOOL_INT("hop", 0, &c->hop_frames, "N", 1, 3000, "frames between decisions"),
        TOOL_FLAG("keyword", 0, &c->keyword,
                  "recurrent head for words, trained on streams: needs --hours and --hidden"),
        TOOL_FLAG("speakers", 0, &c->speakers,
                  "head that tells speakers apart, for auricle enroll; labels are the speakers"),
        TOOL_LIST("hours", 0, &o->hours, "DIR",
                  "sound that holds none of the labels: background; again for more"),
        TOOL_FLOAT("hours-each", 0, &c->hours_each, "H", 0, 1e6,
                   "of each --hours folder at most so many hours; 0 = all"),
        TOOL_TEXT("silence-task", 0, &c->silence_task, "TASK",
                  "rows of this task are silence when their label is not listed"),
        TOOL_TEXT("active", 0, &c->active, "LABEL",
                  "recordings of this label bear it only where they are loud: speech with pauses"),
        TOOL_FLAG("frame", 0, &o->frame, "no window: each frame by itself"),
        TOOL_FLAG("steady", 0, &c->steady, "what lasts: events, emotions"),
        TOOL_INT("hidden", 0, &c->hidden, "N", 0, 4096, "units of a hidden layer; 0 = linear"),
        TOOL_INT("augment", 'a', &c->copies, "N", 0, 100, "disturbed copies of each recording"),
        TOOL_INT("per-class", 0, &c->recordings_per_class, "N", 0, 1e9,
                 "recordings of a class at most; 0 = all"),
        TOOL_INT("examples", 0, &c->examples, "N", 2, 1e8, "windows fitted on at most"),
        TOOL_FLOAT("false-alarms", 0, &c->false_alarms_per_hour, "N", 0, 1e6,
                   "per hour in pauses, noise and talk, at most, on dev"),
        TOOL_FLAG("only-shippable", 0, &c->only_shippable,
                  "only rows whose ship column, where there is one, begins with yes"),
        TOOL_TEXT("train", 0, &c->train_split, "SPLIT", "split to fit on"),
        TOOL_TEXT("dev", 0, &c->dev_split, "SPLIT", "split to choose by and report on"),
        TOOL_INT64("seed", 0, &o->seed, "N", 0, 9e15, "of every random choice"),
        TOOL_TEXT("name", 0, &c->name, "NAME", "the head's task; else the first --task"),
        TOOL_TEXT("licence", 0, &c->licence, "NAME", "the head's licence on its card"),
        TOOL_TEXT("not-for", 0, &c->not_for, "TEXT",
                  "a sentence for the head's card: what it is not fit for"),
        TOOL_TEXT("out", 'o', &c->out, "FILE", "the head"),
        TOOL_FLAG("json", 'j', &o->json, "print the result as JSON"),
        TOOL_FLAG("quiet", 'q', &o->quiet, "no progress"),
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
