// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle eval: what encoders and heads are good for, as a table, JSON or confusion matrix. */
#include "eval_head.h"
#include "tool.h"
#include "tool_json.h"

#include <auricle/evaluate.h>
#include <auricle/probe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] =
    "Fits a linear probe on frozen frames (mean, deviation and maximum of each recording,\n"
    "standardised; multinomial logistic regression; its regularisation chosen by speaker groups\n"
    "within train) on the task's train rows and reports on its dev rows. Where rows state no "
    "split,\n"
    "some 15 % of the speakers (of the files, where no speaker is named) are dev. A task whose dev "
    "labels\n"
    "are all unknown to train is speaker verification: equal error rates are reported.\n\n"
    "ENCODER is a .safetensors file, \"random\" (the default model's shape and feature "
    "statistics,\n"
    "fresh weights; random:FILE for another shape) or \"logmel\" (statistics of log-mel and "
    "deltas).\n\n"
    "With --head: the test rows are played to the head and its detector as live sound would be:\n"
    "at the level at which they were recorded, one second apart. --hours plays each folder of\n"
    "recordings as one stream; every event in them is a false alarm, unless the recording's text\n"
    "(metadata.csv) holds the word. Intervals are 95 % bootstrap intervals over speakers.";

static const char examples[] =
    "  auricle eval --encoder models/encoder.safetensors --data DIR --task kws_isolated --json\n"
    "  auricle eval --encoder random --encoder logmel --encoder mine.safetensors \\\n"
    "      --data DIR --task kws_isolated --task emotion\n"
    "  auricle eval --encoder random --encoder mine.safetensors --data PHONES --task phones \\\n"
    "      --level frame --choose dev --test test\n"
    "  auricle eval --head commands.safetensors --data DIR --task kws --json\n"
    "  auricle eval --head commands.safetensors --hours evening.flac --hours night.flac\n"
    "  auricle eval --head commands.safetensors --data DIR --task kws --hours FOREIGN --hours "
    "MUSIC "
    "--json\n"
    "  auricle eval --head commands.safetensors --data DIR --task kws --babble SPEECH --babble-snr "
    "5\n";

struct options {
    struct text_list encoders, data, tasks, maps, named, hours;
    double gain_db, babble_snr_db;
    const char *babble;
    const char *head, *source, *train, *test, *choose, *level;
    int train_step;
    int64_t seed;
    struct tool_detector detector;
    bool json, confusion, quiet, shippable;
};

static void print_row(const char *encoder, const char *task, const auricle_probe_result *result,
                      bool confusion)
{
    if (result->verification)
        printf("%-36s %-16s %5d  EER %5.1f raw, %5.1f after LDA\n", encoder, task,
               result->test_count, 100 * result->eer_raw, 100 * result->eer_lda);
    else
        printf("%-36s %-16s %5d  accuracy %5.1f  UAR %5.1f  macro F1 %5.1f\n", encoder, task,
               result->test_count, 100 * result->scores.accuracy, 100 * result->scores.uar,
               100 * result->scores.macro_f1);
    if (confusion && !result->verification)
        eval_print_confusion(result->labels, result->class_count, result->confusion);
    fflush(stdout);
}

static json_t *row_json(const char *encoder, const char *task, const auricle_probe_result *result)
{
    json_t *json = json_object();
    json_object_set_new(json, "encoder", tool_json_text(encoder));
    json_object_set_new(json, "task", tool_json_text(task));
    json_object_set_new(json, "n", json_integer(result->test_count));
    json_object_set_new(json, "n_train", json_integer(result->train_count));
    json_object_set_new(json, "skipped", json_integer(result->skipped));
    json_object_set_new(json, "shared_speakers", json_integer(result->shared_speakers));
    if (result->verification) {
        json_object_set_new(json, "eer", tool_json_number(result->eer_raw, 6));
        json_object_set_new(json, "eer_lda", tool_json_number(result->eer_lda, 6));
    } else {
        json_object_set_new(json, "accuracy", tool_json_number(result->scores.accuracy, 6));
        json_object_set_new(json, "uar", tool_json_number(result->scores.uar, 6));
        json_object_set_new(json, "macro_f1", tool_json_number(result->scores.macro_f1, 6));
        json_object_set_new(json, "l2", tool_json_number(result->l2, 12));
        eval_add_confusion(json, result->labels, result->class_count, result->confusion);
    }
    return json;
}

// "random" and "logmel" mean those of the default model; free() the answer.
static char *resolve_encoder(const char *given)
{
    bool bare = !strcmp(given, "random") || !strcmp(given, "logmel");
    const char *model = bare ? tool_default_file("encoder.safetensors") : "";
    size_t size = strlen(given) + strlen(model) + 2;
    char *resolved = malloc(size);
    if (resolved)
        snprintf(resolved, size, "%s%s%s", given, bare ? ":" : "", model);
    return resolved;
}

static auricle_status probe(const struct options *options, const char *given, const char *task,
                            struct progress_count *progress, auricle_probe_result *result,
                            auricle_error *error)
{
    char *encoder = resolve_encoder(given);
    if (!encoder)
        return error->status = AURICLE_NO_MEMORY;
    auricle_probe_config config = {
        .encoder = encoder,
        .seed = (uint64_t)options->seed,
        .data = {.folders = options->data.text,
                 .folder_count = options->data.count,
                 .task = task,
                 .source = options->source,
                 .train_split = options->train,
                 .test_split = options->test,
                 .choose_split = options->choose,
                 .only_shippable = options->shippable},
        .frames = !strcmp(options->level, "frame"),
        .train_step = options->train_step,
        .progress = progress_count,
        .user = progress,
    };
    progress->of = given;
    auricle_status status = auricle_probe(&config, result, error);
    free(encoder);
    if (status == AURICLE_OK && result->skipped) {
        char text[400];
        snprintf(text, sizeof text, "%d recordings skipped; %s", result->skipped, result->note);
        progress_line(&progress->view, text);
    }
    if (status == AURICLE_OK && result->shared_speakers) {
        char text[200];
        snprintf(text, sizeof text,
                 "warning: %d speakers of %s stand in both splits; the figures flatter",
                 result->shared_speakers, task);
        progress_line(&progress->view, text);
    }
    return status;
}

// One row of the table: printed, or for JSON appended to rows.
static auricle_status report(const struct options *options, const char *encoder, const char *task,
                             struct progress_count *progress, json_t *rows, auricle_error *error)
{
    auricle_probe_result result;
    auricle_status status = probe(options, encoder, task, progress, &result, error);
    progress_end(&progress->view);
    if (status)
        return status;
    if (options->json)
        json_array_append_new(rows, row_json(encoder, task, &result));
    else
        print_row(encoder, task, &result, options->confusion);
    auricle_probe_result_free(&result);
    return AURICLE_OK;
}

static int run(const struct options *options)
{
    static const char *const every_task[] = {""};
    const int task_count = options->tasks.count ? options->tasks.count : 1;
    const char *const *tasks =
        options->tasks.count ? (const char *const *)options->tasks.text : every_task;
    struct progress_count progress = {progress_begin(options->quiet), tool_catch_interrupts(), ""};
    const int all = options->encoders.count * task_count;
    json_t *rows = json_array();
    auricle_error error = {0};
    auricle_status status = AURICLE_OK;
    for (int t = 0; t < task_count && !status; t++)
        for (int e = 0; e < options->encoders.count && !status; e++)
            status = report(options, options->encoders.text[e], tasks[t], &progress, rows, &error);
    if (options->json && all > 1)
        tool_json_print(json_incref(rows));
    else if (options->json && json_array_size(rows) == 1)
        tool_json_print(json_incref(json_array_get(rows, 0)));
    json_decref(rows);
    return status ? tool_failed("eval", &error) : TOOL_DONE;
}

static int run_head(struct options *options)
{
    auricle_head_evaluation_config config = {
        .encoder = options->encoders.count ? options->encoders.text[0]
                                           : tool_default_file("encoder.safetensors"),
        .head = options->head,
        .split = options->test,
        .hours = options->hours.text,
        .hours_count = options->hours.count,
        .gain_db = (float)options->gain_db,
        .babble = options->babble,
        .babble_snr_db = (float)options->babble_snr_db,
        .steady = -1,
        .detector = tool_detector_config(&options->detector),
    };
    auricle_fit_defaults(&config.rows);
    if (!text_list_cut(&options->tasks) || !text_list_cut(&options->maps))
        return TOOL_FAILED;
    config.rows.folders = options->data.text;
    config.rows.folder_count = options->data.count;
    config.rows.named_folders = options->named.text;
    config.rows.named_folder_count = options->named.count;
    config.rows.tasks = options->tasks.text;
    config.rows.task_count = options->tasks.count;
    config.rows.map = options->maps.text;
    config.rows.map_count = options->maps.count;
    config.rows.only_shippable = options->shippable;
    config.rows.seed = (uint64_t)options->seed;
    return eval_head(&config, options->json, options->confusion, options->quiet);
}

static int check(const struct options *options)
{
    if (strcmp(options->level, "clip") != 0 && strcmp(options->level, "frame") != 0)
        return tool_wrong("eval", "--level %s: must be clip or frame", options->level);
    if (!options->head) {
        if (!options->encoders.count || !options->data.count)
            return tool_wrong("eval", "--encoder and --data are needed");
        if (options->maps.count || options->named.count || options->hours.count)
            return tool_wrong("eval", "--map, --as and --hours need a --head");
        return TOOL_GO_ON;
    }
    if (options->encoders.count > 1)
        return tool_wrong("eval", "--head %s has one --encoder", options->head);
    if (!options->data.count && !options->named.count && !options->hours.count)
        return tool_wrong("eval", "--head needs --data, --as or --hours");
    for (int i = 0; i < options->maps.count; i++)
        if (!strchr(options->maps.text[i], '='))
            return tool_wrong("eval", "--map %s: must be FROM=TO", options->maps.text[i]);
    return TOOL_GO_ON;
}

int tool_eval(int argc, char **argv)
{
    struct options options = {
        .train = "train", .test = "dev", .level = "clip", .seed = 1, .babble_snr_db = 5};
    const struct tool_option list[] = {
        TOOL_LIST("encoder", 'e', &options.encoders, "ENCODER", "again for more rows"),
        TOOL_LIST("data", 'd', &options.data, "DIR", "folder with metadata.csv; again for more"),
        TOOL_LIST("task", 't', &options.tasks, "TASK",
                  "rows of this task; again for more; default: of any"),
        TOOL_TEXT("head", 'H', &options.head, "FILE", "this head, as it listens live"),
        TOOL_LIST("hours", 0, &options.hours, "PATH",
                  "head: a folder of recordings, or a long one, that hold none of its labels, or, "
                  "as LABEL=PATH, only this one"),
        TOOL_FLOAT("gain-db", 0, &options.gain_db, "DB", -80, 40,
                   "head: play everything louder (or, below 0, quieter) than recorded"),
        TOOL_TEXT("babble", 0, &options.babble, "DIR",
                  "head: play the rows among several voices, drawn from this folder of speech"),
        TOOL_FLOAT("babble-snr", 0, &options.babble_snr_db, "DB", -20, 60,
                   "head: level of each word over the babble"),
        TOOL_LIST("map", 'm', &options.maps, "FROM=TO,...", "head: rename labels, as in fit"),
        TOOL_LIST("as", 0, &options.named, "LABEL=DIR",
                  "head: all recordings of DIR have this label"),
        TOOL_DETECTOR_OPTIONS(options.detector),
        TOOL_FLAG("only-shippable", 0, &options.shippable,
                  "only rows whose ship column, where there is one, begins with yes"),
        TOOL_TEXT("source", 0, &options.source, "NAME", "only rows of this source"),
        TOOL_TEXT("train", 0, &options.train, "SPLIT", "split to fit on"),
        TOOL_TEXT("test", 0, &options.test, "SPLIT", "split to report on"),
        TOOL_TEXT("split", 0, &options.test, "SPLIT", "the same"),
        TOOL_TEXT("choose", 0, &options.choose, "SPLIT",
                  "split to choose the regularisation on; else within train"),
        TOOL_TEXT("level", 0, &options.level, "clip|frame",
                  "frame: rows label parts (start, end) of a file, and each frame is judged"),
        TOOL_INT("train-step", 0, &options.train_step, "N", 0, 10000,
                 "frame: fit on every Nth frame of train; else every 16th"),
        TOOL_INT64("seed", 0, &options.seed, "N", 0, 0, "of the random encoder"),
        TOOL_FLAG("confusion", 'c', &options.confusion, "print confusion matrices"),
        TOOL_FLAG("json", 'j', &options.json, "shares of 0 to 1, one object (or a list of them)"),
        TOOL_FLAG("quiet", 'q', &options.quiet, "no progress"),
    };
    const struct tool_page page = {"eval", "", summary, list, sizeof list / sizeof *list, examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        goto done;
    if (operand < argc)
        status = tool_wrong("eval", "\"%s\" is not an option", argv[operand]);
    else
        status = check(&options);
    if (status == TOOL_GO_ON)
        status = options.head ? run_head(&options) : run(&options);
done:
    text_list_free(&options.encoders);
    text_list_free(&options.data);
    text_list_free(&options.tasks);
    text_list_free(&options.maps);
    text_list_free(&options.named);
    text_list_free(&options.hours);
    return status;
}
